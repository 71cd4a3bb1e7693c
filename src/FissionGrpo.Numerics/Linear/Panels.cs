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
        for (var k = 0; k < depth; k++)
        {
            if (columns == Columns)
            {
                Vector256.Load(b).Store(panel);
                Vector256.Load(b + 8).Store(panel + 8);
                Vector256.Load(b + 16).Store(panel + 16);
                Vector256.Load(b + 24).Store(panel + 24);
            }
            else
            {
                for (var j = 0; j < Columns; j++)
                    panel[j] = j < columns ? b[j] : 0;
            }
            b += ld;
            panel += Columns;
        }
    }

    /// <summary>panel[k, j] = b[j, k].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
            // mixed[i], [i + 4], [i + 8], [i + 12] hold the columns i, i + 4, i + 8, i + 12 of four source rows each.
            var (even, odd) = (Avx512F.Shuffle4x128(mixed[i], mixed[i + 4], 0x88), Avx512F.Shuffle4x128(mixed[i], mixed[i + 4], 0xDD));
            var (even2, odd2) = (Avx512F.Shuffle4x128(mixed[i + 8], mixed[i + 12], 0x88), Avx512F.Shuffle4x128(mixed[i + 8], mixed[i + 12], 0xDD));
            Avx512F.Shuffle4x128(even, even2, 0x88).Store(destination + (i * Columns));
            Avx512F.Shuffle4x128(odd, odd2, 0x88).Store(destination + ((i + 4) * Columns));
            Avx512F.Shuffle4x128(even, even2, 0xDD).Store(destination + ((i + 8) * Columns));
            Avx512F.Shuffle4x128(odd, odd2, 0xDD).Store(destination + ((i + 12) * Columns));
        }
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
