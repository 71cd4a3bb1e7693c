using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FissionGrpo.Numerics.Linear;

/// <summary>Lays parts of float matrices out as panels of 32 columns; columns that do not exist become zeros.</summary>
internal static unsafe class Panels
{
    private const int Columns = PackedMatrix.PanelColumns;

    /// <summary>Panels that hold so many columns.</summary>
    public static int Count(int columns) => (columns + Columns - 1) / Columns;

    /// <summary>panel[k, j] = b[k, j].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyPanel(float* b, long ld, int columns, int depth, float* panel)
    {
        if (columns == Columns)
        {
            for (var k = 0; k < depth; k++, b += ld, panel += Columns)
            {
                Vector512.Load(b).Store(panel);
                Vector512.Load(b + 16).Store(panel + 16);
            }
        }
        else if (Avx512F.IsSupported)
        {
            var (low, high) = (First(columns), First(columns - 16));
            for (var k = 0; k < depth; k++, b += ld, panel += Columns)
            {
                Avx512F.MaskLoad(b, low, Vector512<float>.Zero).Store(panel);
                Avx512F.MaskLoad(b + 16, high, Vector512<float>.Zero).Store(panel + 16);
            }
        }
        else
        {
            for (var k = 0; k < depth; k++, b += ld, panel += Columns)
            {
                new ReadOnlySpan<float>(b, columns).CopyTo(new(panel, columns));
                new Span<float>(panel + columns, Columns - columns).Clear();
            }
        }
    }

    /// <summary>b[k, j] = panel[k, j].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyFromPanel(float* panel, int columns, int depth, float* b, long ld)
    {
        var (low, high) = (First(columns), First(columns - 16));
        for (var k = 0; k < depth; k++, b += ld, panel += Columns)
        {
            if (columns == Columns)
            {
                Vector512.Load(panel).Store(b);
                Vector512.Load(panel + 16).Store(b + 16);
            }
            else if (Avx512F.IsSupported)
            {
                Avx512F.MaskStore(b, low, Vector512.Load(panel));
                Avx512F.MaskStore(b + 16, high, Vector512.Load(panel + 16));
            }
            else
            {
                new ReadOnlySpan<float>(panel, columns).CopyTo(new(b, columns));
            }
        }
    }

    /// <summary>tile[k, r] = a[k, r] for a few neighbouring columns r of a row-major matrix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyColumns(float* a, long ld, int rows, int depth, float* tile)
    {
        for (var k = 0; k < depth; k++, a += ld, tile += rows)
        {
            var row = 0;
            for (; row <= rows - 4; row += 4)
                Vector128.Load(a + row).Store(tile + row);
            for (; row < rows; row++)
                tile[row] = a[row];
        }
    }

    /// <summary>panel[k, j] = b[j, k].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* b, long ld, int columns, int depth, float* panel)
    {
        var k = 0;
        if (Avx512F.IsSupported)
        {
            for (; k < depth; k += 16)
            {
                for (var j = 0; j < Columns; j += 16)
                {
                    var to = panel + ((long)k * Columns) + j;
                    if (columns >= j + 16 && depth >= k + 16)
                        Transpose16(b + (j * ld) + k, ld, to);
                    else
                        TransposePart(b + (j * ld) + k, ld, columns - j, Math.Min(16, depth - k), to);
                }
            }
        }
        else if (columns == Columns && Avx.IsSupported)
        {
            for (; k <= depth - 8; k += 8)
            {
                for (var j = 0; j < Columns; j += 8)
                    Transpose8(b + (j * ld) + k, ld, panel + ((long)k * Columns) + j);
            }
        }
        for (; k < depth; k++)
        {
            for (var j = 0; j < Columns; j++)
                panel[((long)k * Columns) + j] = j < columns ? b[(j * ld) + k] : 0;
        }
    }

    // A 16 × 16 block: pairs, then quads, then the 128-bit lanes change places.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose16(float* source, long ld, float* destination)
    {
        var (a0, a1, a2, a3) = Quads(source, ld);
        var (b0, b1, b2, b3) = Quads(source + (4 * ld), ld);
        var (c0, c1, c2, c3) = Quads(source + (8 * ld), ld);
        var (d0, d1, d2, d3) = Quads(source + (12 * ld), ld);
        Lanes(a0, b0, c0, d0, destination);
        Lanes(a1, b1, c1, d1, destination + Columns);
        Lanes(a2, b2, c2, d2, destination + (2 * Columns));
        Lanes(a3, b3, c3, d3, destination + (3 * Columns));
    }

    // A block that lacks rows or columns: zeros stand for rows that do not exist, and only `depth` columns are there to be turned.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposePart(float* source, long ld, int rows, int depth, float* destination)
    {
        var block = stackalloc float[16 * 16];
        var turned = stackalloc float[16 * Columns];
        var mask = First(depth);
        for (var row = 0; row < 16; row++)
            (row < rows ? Avx512F.MaskLoad(source + (row * ld), mask, Vector512<float>.Zero) : Vector512<float>.Zero).Store(block + (16 * row));
        Transpose16(block, 16, turned);
        for (var k = 0; k < depth; k++)
            Vector512.Load(turned + (k * Columns)).Store(destination + (k * Columns));
    }

    // The mask of the first lanes.
    private static Vector512<float> First(int lanes) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(lanes)).AsSingle();

    // Four rows to vectors that hold, in their 128-bit lanes, the columns i, i + 4, i + 8, i + 12 of the four rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Q0, Vector512<float> Q1, Vector512<float> Q2, Vector512<float> Q3) Quads(float* source, long ld)
    {
        var (a, b) = (Vector512.Load(source), Vector512.Load(source + ld));
        var (c, d) = (Vector512.Load(source + (2 * ld)), Vector512.Load(source + (3 * ld)));
        var (ab, abHigh) = (Avx512F.UnpackLow(a, b).AsDouble(), Avx512F.UnpackHigh(a, b).AsDouble());
        var (cd, cdHigh) = (Avx512F.UnpackLow(c, d).AsDouble(), Avx512F.UnpackHigh(c, d).AsDouble());
        return (
            Avx512F.UnpackLow(ab, cd).AsSingle(), Avx512F.UnpackHigh(ab, cd).AsSingle(),
            Avx512F.UnpackLow(abHigh, cdHigh).AsSingle(), Avx512F.UnpackHigh(abHigh, cdHigh).AsSingle());
    }

    // Gathers equal lanes of four vectors: the whole columns i, i + 4, i + 8, i + 12.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Lanes(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* destination)
    {
        var (even, odd) = (Avx512F.Shuffle4x128(a, b, 0x88), Avx512F.Shuffle4x128(a, b, 0xDD));
        var (even2, odd2) = (Avx512F.Shuffle4x128(c, d, 0x88), Avx512F.Shuffle4x128(c, d, 0xDD));
        Avx512F.Shuffle4x128(even, even2, 0x88).Store(destination);
        Avx512F.Shuffle4x128(odd, odd2, 0x88).Store(destination + (4 * Columns));
        Avx512F.Shuffle4x128(even, even2, 0xDD).Store(destination + (8 * Columns));
        Avx512F.Shuffle4x128(odd, odd2, 0xDD).Store(destination + (12 * Columns));
    }

    // An 8 × 8 block, the same way.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose8(float* source, long ld, float* destination)
    {
        var mixed = stackalloc Vector256<float>[8];
        for (var i = 0; i < 8; i += 4)
        {
            var (a, b, c, d) = (
                Vector256.Load(source + (i * ld)), Vector256.Load(source + ((i + 1) * ld)),
                Vector256.Load(source + ((i + 2) * ld)), Vector256.Load(source + ((i + 3) * ld)));
            var (ab, abHigh) = (Avx.UnpackLow(a, b).AsDouble(), Avx.UnpackHigh(a, b).AsDouble());
            var (cd, cdHigh) = (Avx.UnpackLow(c, d).AsDouble(), Avx.UnpackHigh(c, d).AsDouble());
            mixed[i] = Avx.UnpackLow(ab, cd).AsSingle();
            mixed[i + 1] = Avx.UnpackHigh(ab, cd).AsSingle();
            mixed[i + 2] = Avx.UnpackLow(abHigh, cdHigh).AsSingle();
            mixed[i + 3] = Avx.UnpackHigh(abHigh, cdHigh).AsSingle();
        }
        for (var i = 0; i < 4; i++)
        {
            Avx.Permute2x128(mixed[i], mixed[i + 4], 0x20).Store(destination + (i * Columns));
            Avx.Permute2x128(mixed[i], mixed[i + 4], 0x31).Store(destination + ((i + 4) * Columns));
        }
    }
}
