using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Linear;

/// <summary>Lays float matrices out in panels of 32 columns, the last one filled up with zeros.</summary>
internal static unsafe class Panels
{
    private const int Columns = PackedMatrix.PanelColumns;
    private const int RowsPerItem = 256;

    public static int Count(int columns) => (columns + Columns - 1) / Columns;

    /// <summary>Packs b[depth, n] (rows <paramref name="ld"/> floats apart) into the team's shared scratch memory.</summary>
    public static RightOperand Pack(ThreadTeam team, float* b, long ld, int depth, int n)
    {
        var panels = Count(n);
        var memory = team.SharedScratch(((long)panels * depth * Columns) + Columns);
        var slabs = (depth + RowsPerItem - 1) / RowsPerItem;
        team.Run(slabs, new CopySlab(b, ld, depth, n, memory));
        return new((byte*)memory, (nint)depth * Columns * sizeof(float), Columns * sizeof(float), false);
    }

    /// <summary>Packs bᵀ for b[n, depth] into the team's shared scratch memory.</summary>
    public static RightOperand PackTransposed(ThreadTeam team, float* b, long ld, int n, int depth)
    {
        var panels = Count(n);
        var memory = team.SharedScratch(((long)panels * depth * Columns) + Columns);
        team.Run(panels, new TransposePanel(b, ld, n, depth, memory));
        return new((byte*)memory, (nint)depth * Columns * sizeof(float), Columns * sizeof(float), false);
    }

    /// <summary>Copies rows start … start + count − 1 of b[…, n] into all panels.</summary>
    public static void CopyRows(float* b, long ld, int start, int count, int depth, int n, float* memory)
    {
        for (var panel = 0; panel * Columns < n; panel++)
        {
            var columns = Math.Min(Columns, n - (panel * Columns));
            var source = b + (start * ld) + (panel * Columns);
            var destination = memory + ((((long)panel * depth) + start) * Columns);
            for (var row = 0; row < count; row++)
            {
                if (columns == Columns)
                {
                    Vector256.Load(source).Store(destination);
                    Vector256.Load(source + 8).Store(destination + 8);
                    Vector256.Load(source + 16).Store(destination + 16);
                    Vector256.Load(source + 24).Store(destination + 24);
                }
                else
                {
                    for (var i = 0; i < Columns; i++)
                        destination[i] = i < columns ? source[i] : 0;
                }
                source += ld;
                destination += Columns;
            }
        }
    }

    /// <summary>One panel of the transpose: panel[k, j] = b[j, k] for <paramref name="columns"/> rows of b; the other columns are set to zero.</summary>
    public static void Transpose(float* b, long ld, int columns, int depth, float* panel)
    {
        var k = 0;
        if (columns == Columns && Avx512F.IsSupported)
        {
            for (; k <= depth - 16; k += 16)
            {
                Transpose16(b + k, ld, panel + ((long)k * Columns));
                Transpose16(b + (16 * ld) + k, ld, panel + ((long)k * Columns) + 16);
            }
        }
        for (; k < depth; k++)
        {
            for (var j = 0; j < Columns; j++)
                panel[((long)k * Columns) + j] = j < columns ? b[(j * ld) + k] : 0;
        }
    }

    // A 16 × 16 block through registers: pairs, quads, then 128-bit lanes change places.
    private static void Transpose16(float* source, long ld, float* destination)
    {
        var rows = stackalloc Vector512<float>[16];
        var mixed = stackalloc Vector512<float>[16];
        for (var i = 0; i < 16; i += 4)
        {
            var (a, b, c, d) = (
                Vector512.Load(source + (i * ld)), Vector512.Load(source + ((i + 1) * ld)),
                Vector512.Load(source + ((i + 2) * ld)), Vector512.Load(source + ((i + 3) * ld)));
            var (ab, abHigh) = (Avx512F.UnpackLow(a, b).AsDouble(), Avx512F.UnpackHigh(a, b).AsDouble());
            var (cd, cdHigh) = (Avx512F.UnpackLow(c, d).AsDouble(), Avx512F.UnpackHigh(c, d).AsDouble());
            mixed[i] = Avx512F.UnpackLow(ab, cd).AsSingle();
            mixed[i + 1] = Avx512F.UnpackHigh(ab, cd).AsSingle();
            mixed[i + 2] = Avx512F.UnpackLow(abHigh, cdHigh).AsSingle();
            mixed[i + 3] = Avx512F.UnpackHigh(abHigh, cdHigh).AsSingle();
        }
        for (var i = 0; i < 4; i++)
        {
            // mixed[i], [i + 4], [i + 8], [i + 12] hold columns i, 4 + i, 8 + i, 12 + i of four rows each.
            var (low, high) = (Avx512F.Shuffle4x128(mixed[i], mixed[i + 4], 0x88), Avx512F.Shuffle4x128(mixed[i], mixed[i + 4], 0xDD));
            var (low2, high2) = (Avx512F.Shuffle4x128(mixed[i + 8], mixed[i + 12], 0x88), Avx512F.Shuffle4x128(mixed[i + 8], mixed[i + 12], 0xDD));
            rows[i] = Avx512F.Shuffle4x128(low, low2, 0x88);
            rows[i + 8] = Avx512F.Shuffle4x128(low, low2, 0xDD);
            rows[i + 4] = Avx512F.Shuffle4x128(high, high2, 0x88);
            rows[i + 12] = Avx512F.Shuffle4x128(high, high2, 0xDD);
        }
        for (var i = 0; i < 16; i++)
            rows[i].Store(destination + (i * Columns));
    }

    private readonly struct CopySlab(float* b, long ld, int depth, int n, float* memory) : IRowKernel
    {
        public void Invoke(int item) => CopyRows(b, ld, item * RowsPerItem, Math.Min(RowsPerItem, depth - (item * RowsPerItem)), depth, n, memory);
    }

    private readonly struct TransposePanel(float* b, long ld, int n, int depth, float* memory) : IRowKernel
    {
        public void Invoke(int item) =>
            Transpose(b + (item * Columns * ld), ld, Math.Min(Columns, n - (item * Columns)), depth, memory + ((long)item * depth * Columns));
    }
}
