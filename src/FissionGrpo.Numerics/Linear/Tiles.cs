using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace FissionGrpo.Numerics.Linear;

/// <summary>The instruction sets that the tile kernels are written for.</summary>
internal enum KernelPath
{
    Portable,
    Avx2,
    Avx512,
}

/// <summary>The tile kernel of this machine. All strides are bytes; a tile is at most <see cref="MaxRows"/> by 32 columns. </summary>
internal static unsafe class Tiles
{
    private const int PanelBytes = PackedMatrix.PanelColumns * sizeof(float);

    /// <summary>The path that this machine takes. A constant for the JIT; the tests reach the other paths in processes that have instruction sets turned off.</summary>
    public static KernelPath Path => Avx512F.IsSupported ? KernelPath.Avx512 : Avx2.IsSupported && Fma.IsSupported ? KernelPath.Avx2 : KernelPath.Portable;

    public static int MaxRows => Path switch { KernelPath.Avx512 => Avx512Tile.Rows, KernelPath.Avx2 => Avx2Tile.Rows, _ => PortableTile.Rows };

    public static void Run(int rows, nint depth, byte* a, nint rs, nint ks, byte* b, nint bs, bool bfloat16, byte* c, nint ldc, TileMode mode, in Errand errand)
    {
        if (Path == KernelPath.Avx512)
        {
            Avx512Tile.Run(rows, depth, a, rs, ks, b, bs, bfloat16, c, ldc, mode, errand);
        }
        else if (Path == KernelPath.Avx2)
        {
            Avx2Tile.Run(rows, depth, a, rs, ks, b, bs, bfloat16, c, ldc, mode, errand);
        }
        else
        {
            if (errand.KeepRight is not null)
                Panels.CopyPanel((float*)b, bs / sizeof(float), PackedMatrix.PanelColumns, (int)depth, errand.KeepRight);
            if (errand.KeepLeft is not null)
                Panels.CopyColumns((float*)a, ks / sizeof(float), rows, (int)depth, errand.KeepLeft);
            PortableTile.Run(rows, depth, a, rs, ks, b, bs, bfloat16, c, ldc, mode);
        }
    }

    /// <summary>Any number of rows by 32 columns, single precision: equal shares of at most <see cref="MaxRows"/> rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunRows(int rows, nint depth, byte* a, nint rs, nint ks, byte* b, nint bs, byte* c, nint ldc, TileMode mode)
    {
        var tiles = (rows + MaxRows - 1) / MaxRows;
        for (var tile = 0; tile < tiles; tile++)
        {
            var (row, end) = (rows * tile / tiles, rows * (tile + 1) / tiles);
            Run(end - row, depth, a + (row * rs), rs, ks, b, bs, false, c + (row * ldc), ldc, mode, new(Linear.Fetch.Nothing(b)));
        }
    }

    /// <summary>As <see cref="RunRows"/> for several neighbouring panels, <paramref name="panelStride"/> bytes apart; their results lie side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunPanels(
        int panels, int rows, nint depth, byte* a, nint rs, nint ks, byte* b, nint bs, nint panelStride, byte* c, nint ldc, TileMode mode)
    {
        var panel = 0;
        if (Path == KernelPath.Avx512 && rows <= Avx512Tile.WideRows)
        {
            for (; panel + Avx512Tile.WidePanels <= panels; panel += Avx512Tile.WidePanels)
                Avx512Tile.RunWide(rows, depth, a, rs, ks, b + (panel * panelStride), bs, panelStride, false, c + (panel * PanelBytes), ldc, mode);
        }
        for (; panel < panels; panel++)
            RunRows(rows, depth, a, rs, ks, b + (panel * panelStride), bs, c + (panel * PanelBytes), ldc, mode);
    }

    /// <summary>Fetches memory to the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fetch(byte* start, nint bytes)
    {
        if (!Sse.IsSupported)
            return;
        for (nint i = 0; i < bytes; i += 64)
            Sse.Prefetch1(start + i);
    }
}
