using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Tests.Linear;

public sealed unsafe class GemmTests
{
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 1 }, { 1, 32, 64 }, { 3, 33, 5 }, { 12, 32, 512 }, { 13, 31, 513 }, { 29, 65, 100 }, { 145, 97, 1030 }, { 7, 200, 64 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void AnyShape_AgreesWithThePlainSum(int m, int n, int k)
    {
        using var numbers = new TestNumbers(m + n + k);
        using var team = new ThreadTeam(2);
        var (ldx, ldw, ldy) = (k + 3, k + 1, n + 5);
        var x = numbers.Normal((long)m * ldx);
        var w = numbers.Normal((long)n * ldw);
        var start = numbers.Normal((long)m * ldy);
        var y = numbers.Copy(start, (long)m * ldy);
        var added = numbers.Copy(start, (long)m * ldy);

        Gemm.MultiplyTransposed(team, x, ldx, w, ldw, y, ldy, m, n, k, accumulate: false);
        Gemm.MultiplyTransposed(team, x, ldx, w, ldw, added, ldy, m, n, k, accumulate: true);

        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < ldy; j++)
            {
                var at = ((long)i * ldy) + j;
                if (j >= n)
                {
                    Assert.Equal(start[at], y[at]); // what lies between the rows is not ours
                    continue;
                }
                var (sum, size) = (0.0, 0.0);
                for (var l = 0; l < k; l++)
                {
                    var term = (double)x[((long)i * ldx) + l] * w[((long)j * ldw) + l];
                    (sum, size) = (sum + term, size + Math.Abs(term));
                }
                Assert.InRange(y[at], sum - (size * 2e-6) - 1e-6, sum + (size * 2e-6) + 1e-6);
                Assert.InRange(added[at], sum + start[at] - (size * 2e-6) - 2e-6, sum + start[at] + (size * 2e-6) + 2e-6);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void BothGradients_AreTheForwardProductOfTransposedOperands(int m, int n, int k)
    {
        using var numbers = new TestNumbers(m * n * k);
        using var team = new ThreadTeam(2);
        var dy = numbers.Normal((long)m * n);
        var w = numbers.Normal((long)n * k);
        var x = numbers.Normal((long)m * k);
        var dx = numbers.Zeros((long)m * k);
        var expectedDx = numbers.Zeros((long)m * k);
        var dw = numbers.Filled((long)n * k, 1);
        var expectedDw = numbers.Filled((long)n * k, 1);

        Gemm.Multiply(team, dy, n, w, k, dx, k, m, n, k, accumulate: false);
        Gemm.MultiplyTransposed(team, dy, n, Transposed(numbers, w, n, k), n, expectedDx, k, m, k, n, accumulate: false);
        Gemm.MultiplyOuter(team, dy, n, x, k, dw, k, m, n, k, accumulate: true);
        Gemm.MultiplyTransposed(team, Transposed(numbers, dy, m, n), m, Transposed(numbers, x, m, k), m, expectedDw, k, n, k, m, accumulate: true);

        Assert.Equal(new Span<float>(expectedDx, m * k).ToArray(), new Span<float>(dx, m * k).ToArray());
        Assert.Equal(new Span<float>(expectedDw, n * k).ToArray(), new Span<float>(dw, n * k).ToArray());
    }

    [Fact]
    public void EveryWayToAProduct_GivesTheSameBits()
    {
        using var numbers = new TestNumbers(17);
        for (var round = 0; round < 60; round++)
        {
            // Rows, widths and depths on both sides of tiles (12, 6, 4), panels (32), row blocks and depth blocks (512); rows of memory that compete for a cache set among them.
            var m = round % 3 == 0 ? numbers.Next(1, 30) : numbers.Next(30, 330);
            var n = round % 4 == 0 ? 32 * numbers.Next(1, 7) : numbers.Next(1, 200);
            var k = round % 5 == 0 ? numbers.Next(500, 1100) : numbers.Next(1, 200);
            var (ldx, ldw, ldy) = round % 6 == 0 ? (2048, 2048, 1024) : (k + numbers.Next(0, 4), n + numbers.Next(0, 4), n + numbers.Next(0, 4));
            var accumulate = round % 2 == 1;
            using var team = new ThreadTeam(1 + (round % 3));
            using var arena = new TestNumbers(round);
            var x = arena.Normal((long)m * ldx);
            var w = arena.Normal((long)k * ldw); // [k, n]
            var start = arena.Normal((long)m * ldy);
            var expected = arena.Copy(start, (long)m * ldy);
            var transposedWeights = arena.Copy(start, (long)m * ldy);
            var plainWeights = arena.Copy(start, (long)m * ldy);
            var outer = arena.Copy(start, (long)m * ldy);
            using var packed = new PackedMatrix(k, n);
            packed.PackInputsByOutputs(team, w, ldw);
            var wTransposed = arena.Zeros((long)n * (k + 1));
            for (var i = 0; i < k; i++)
            {
                for (var j = 0; j < n; j++)
                    wTransposed[((long)j * (k + 1)) + i] = w[((long)i * ldw) + j];
            }
            var xTransposed = arena.Zeros((long)k * (m + 2));
            for (var i = 0; i < m; i++)
            {
                for (var j = 0; j < k; j++)
                    xTransposed[((long)j * (m + 2)) + i] = x[((long)i * ldx) + j];
            }

            Gemm.Multiply(team, x, ldx, packed, expected, ldy, m, accumulate);
            Gemm.MultiplyTransposed(team, x, ldx, wTransposed, k + 1, transposedWeights, ldy, m, n, k, accumulate);
            Gemm.Multiply(team, x, ldx, w, ldw, plainWeights, ldy, m, k, n, accumulate);
            Gemm.MultiplyOuter(team, xTransposed, m + 2, w, ldw, outer, ldy, k, m, n, accumulate);

            var size = (int)((long)m * ldy);
            Assert.True(new Span<float>(expected, size).SequenceEqual(new(transposedWeights, size)), $"forward {m} {n} {k}");
            Assert.True(new Span<float>(expected, size).SequenceEqual(new(plainWeights, size)), $"input's gradient {m} {n} {k}");
            Assert.True(new Span<float>(expected, size).SequenceEqual(new(outer, size)), $"weights' gradient {m} {n} {k}");
        }
    }

    [Fact]
    public void RowsBits_DependNeitherOnTheirPlaceNorOnTheirNumberNorOnThreads()
    {
        using var numbers = new TestNumbers(5);
        const int Rows = 150, Outputs = 70, Inputs = 1100;
        var x = numbers.Normal(Rows * Inputs);
        var w = numbers.Normal(Outputs * Inputs);
        foreach (var format in new[] { PackedFormat.Single, PackedFormat.BFloat16 })
        {
            using var one = new ThreadTeam(1);
            using var three = new ThreadTeam(3);
            using var packed = new PackedMatrix(Inputs, Outputs, format);
            packed.PackOutputsByInputs(three, w, Inputs);
            var all = numbers.Zeros(Rows * Outputs);
            Gemm.Multiply(three, x, Inputs, packed, all, Outputs, Rows, accumulate: false);

            for (var count = 1; count <= 30; count++)
            {
                var start = numbers.Next(0, Rows - count + 1);
                var some = numbers.Zeros(count * Outputs);
                Gemm.Multiply(one, x + (start * Inputs), Inputs, packed, some, Outputs, count, accumulate: false);
                Assert.True(new Span<float>(some, count * Outputs).SequenceEqual(new(all + (start * Outputs), count * Outputs)), $"{format}, {count} rows from {start}");
            }
        }
    }

    internal static float* Transposed(TestNumbers numbers, float* source, int rows, int columns)
    {
        var result = numbers.Zeros((long)rows * columns);
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
                result[((long)j * rows) + i] = source[((long)i * columns) + j];
        }
        return result;
    }
}
