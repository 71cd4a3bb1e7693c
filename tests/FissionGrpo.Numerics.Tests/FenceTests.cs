using System.Runtime.Intrinsics;
using FissionGrpo.Numerics.Attention;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Tests;

/// <summary>Nothing is read or written outside the operands, at sizes that fit no tile, no vector and no panel. A failure ends the test process.</summary>
public sealed unsafe class FenceTests
{
    // Vectors that are emulated take ten times as long.
    private static int Rounds => Vector128.IsHardwareAccelerated ? 48 : 8;

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Products_StayWithinTheirOperands(bool atEnd)
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        for (var round = 0; round < Rounds; round++)
        {
            using var numbers = new FencedNumbers(round);
            using var team = new ThreadTeam(1 + (round % 2));
            var m = round % 3 == 0 ? numbers.Next(1, 30) : numbers.Next(1, 330);
            var n = round % 4 == 0 ? 32 * numbers.Next(1, 5) : numbers.Next(1, 140);
            var k = round % 5 == 0 ? numbers.Next(500, 1100) : numbers.Next(1, 140);
            var (ldx, ldw, ldt, ldo, ldy) = round % 6 == 0 ? (2048, 2048, 2048, 2048, 1024) : (k, n, k, m, n);
            var x = numbers.Normal(((m - 1L) * ldx) + k, atEnd);
            var w = numbers.Normal(((k - 1L) * ldw) + n, atEnd);
            var transposed = numbers.Normal(((n - 1L) * ldt) + k, atEnd);
            var columns = numbers.Normal(((k - 1L) * ldo) + m, atEnd);
            var y = numbers.Normal(((m - 1L) * ldy) + n, atEnd);
            for (var pass = 0; pass < 2; pass++)
            {
                Gemm.Multiply(team, x, ldx, w, ldw, y, ldy, m, k, n, accumulate: pass > 0);
                Gemm.MultiplyTransposed(team, x, ldx, transposed, ldt, y, ldy, m, n, k, accumulate: pass > 0);
                Gemm.MultiplyOuter(team, columns, ldo, w, ldw, y, ldy, k, m, n, accumulate: pass > 0);
                foreach (var format in new[] { PackedFormat.Single, PackedFormat.BFloat16 })
                {
                    using var packed = new PackedMatrix(k, n, format);
                    packed.PackInputsByOutputs(team, w, ldw);
                    Gemm.Multiply(team, x, ldx, packed, y, ldy, m, accumulate: pass > 0);
                    packed.PackOutputsByInputs(team, transposed, ldt);
                    Gemm.Multiply(team, x, ldx, packed, y, ldy, m, accumulate: pass > 0);
                }
            }
        }
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void TreeAttention_StaysWithinItsOperands(bool atEnd)
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        for (var round = 0; round < Rounds; round++)
        {
            using var numbers = new FencedNumbers(1000 + round);
            using var team = new ThreadTeam(1 + (round % 2));
            var shape = Shape(numbers);
            var (width, keyWidth) = (shape.Heads * shape.HeadSize, shape.KeyValueHeads * shape.HeadSize);
            var segments = new List<TreeSegment>();
            var rows = 0;
            for (var i = numbers.Next(1, 6); i > 0; i--)
            {
                var length = numbers.Next(1, round % 4 == 0 ? 300 : 50);
                segments.Add(new(rows, length, numbers.Next(-1, segments.Count)));
                rows += length;
            }
            var q = numbers.Normal((long)rows * width, atEnd);
            var dq = numbers.Normal((long)rows * width, atEnd);
            var k = numbers.Normal((long)rows * keyWidth, atEnd);
            var dk = numbers.Normal((long)rows * keyWidth, atEnd);
            var v = numbers.Normal((long)rows * keyWidth, atEnd);
            var dv = numbers.Normal((long)rows * keyWidth, atEnd);
            var output = numbers.Normal((long)rows * width, atEnd);
            var dOutput = numbers.Normal((long)rows * width, atEnd);
            var sums = numbers.Normal((long)rows * shape.Heads, atEnd);

            TreeAttention.Forward(team, q, width, k, v, keyWidth, segments.ToArray(), shape, output, width, sums);
            TreeAttention.Backward(
                team, q, width, k, v, keyWidth, segments.ToArray(), shape, output, dOutput, width, sums, dq, width, dk, dv, keyWidth);
        }
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void PagedAttention_StaysWithinItsOperandsAndPages(bool atEnd)
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        for (var round = 0; round < Rounds; round++)
        {
            using var numbers = new FencedNumbers(2000 + round);
            using var team = new ThreadTeam(1 + (round % 2));
            var shape = Shape(numbers);
            var layout = new KeyValuePage(shape.KeyValueHeads, shape.HeadSize);
            var width = shape.Heads * shape.HeadSize;
            var queries = new List<PagedQuery>();
            var pages = new List<nint>();
            var rows = 0;
            for (var i = numbers.Next(1, 6); i > 0; i--)
            {
                var (length, position) = (numbers.Next(0, 2) == 0 ? 1 : numbers.Next(1, 70), numbers.Next(0, 130));
                queries.Add(new(rows, length, position, pages.Count));
                rows += length;
                for (var first = 0; first < position + length; first += KeyValuePage.Positions)
                    pages.Add((nint)numbers.Normal(layout.Floats, atEnd));
            }
            var q = numbers.Normal((long)rows * width, atEnd);
            var output = numbers.Normal((long)rows * width, atEnd);

            PagedAttention.Forward(team, q, width, queries.ToArray(), pages.ToArray(), shape, output, width);
        }
    }

    // Head sizes that are no multiple of a vector or a panel among them.
    private static AttentionShape Shape(FencedNumbers numbers)
    {
        var keyValueHeads = numbers.Next(1, 4);
        return new(keyValueHeads * numbers.Next(1, 6), keyValueHeads, numbers.Next(0, 2) == 0 ? 2 * numbers.Next(1, 40) : 16 * numbers.Next(1, 6));
    }
}
