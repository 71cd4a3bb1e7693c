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

/// <summary>The tile kernels of this machine; a tile is at most <see cref="MaxRows"/> by 32 columns.</summary>
internal static unsafe class Tiles
{
    private const int PanelBytes = PackedMatrix.PanelColumns * sizeof(float);

    /// <summary>The path that this machine takes. A constant for the JIT; the tests reach the other paths in processes that have instruction sets turned off.</summary>
    public static KernelPath Path => Avx512F.IsSupported ? KernelPath.Avx512 : Avx2.IsSupported && Fma.IsSupported ? KernelPath.Avx2 : KernelPath.Portable;

    public static int MaxRows => Path switch { KernelPath.Avx512 => Avx512Tile.Rows, KernelPath.Avx2 => Avx2Tile.Rows, _ => PortableTile.Rows };

    /// <summary>
    /// Any number of rows by 32 columns: equal shares of at most <see cref="MaxRows"/> rows, rather than full tiles and a small rest. What the column says of
    /// its tiles is filled in here, and its addresses move along. A panel that the first tile keeps, the others find packed.
    /// </summary>
    /// <remarks>Columns go by reference: a copy of fields just written waits for every one of them.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunRows(ref TileColumn column, int rows)
    {
        var tiles = (rows + MaxRows - 1) / MaxRows;
        var (share, larger) = tiles == 0 ? (0, 0) : (rows / tiles, rows % tiles);
        for (var tile = 0; tile < tiles; tile += column.Tiles)
        {
            column.Rows = tile < larger ? share + 1 : share;
            column.Tiles = column.KeepRight is not null ? 1 : (tile < larger ? larger : tiles) - tile;
            if (column.LeftKept)
                (column.LeftRow, column.LeftDepth, column.LeftTile) = (sizeof(float), column.Rows * sizeof(float), column.Rows * column.Depth * sizeof(float));
            else
                column.LeftTile = column.Rows * column.LeftRow;
            if (Path == KernelPath.Avx512)
                Avx512Tile.Run(column);
            else if (Path == KernelPath.Avx2)
                Avx2Tile.Run(column);
            else
                PortableTile.Run(column);
            column.Left += column.Tiles * column.LeftTile;
            column.Result += column.Tiles * column.Rows * column.ResultRow;
            column.Fetches += Math.Min(column.Tiles, column.FetchesEnd - column.Fetches);
            if (column.KeepLeft is not null)
                column.KeepLeft += column.Tiles * column.Rows * column.Depth;
            if (column.KeepRight is not null)
            {
                column.Right = (byte*)column.KeepRight;
                column.RightDepth = PanelBytes;
                column.KeepRight = null;
            }
        }
    }

    /// <summary>The same for several neighbouring panels of single precision, <paramref name="panelStride"/> bytes apart; their results lie side by side.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunPanels(ref TileColumn column, int rows, int panels, nint panelStride)
    {
        var (left, right, result) = ((nint)column.Left, (nint)column.Right, (nint)column.Result);
        var fetches = stackalloc Linear.Fetch[3];
        var panel = 0;
        if (Path == KernelPath.Avx512 && rows <= Avx512Tile.WideRows)
        {
            for (; panel + Avx512Tile.WidePanels <= panels; panel += Avx512Tile.WidePanels)
            {
                Avx512Tile.RunWide(
                    rows, column.Depth, column.Left, column.LeftRow, column.LeftDepth, column.Right + (panel * panelStride), column.RightDepth, panelStride, false,
                    column.Result + (panel * PanelBytes), column.ResultRow, column.Mode);
            }
        }
        for (; panel < panels; panel++)
        {
            column.Left = (byte*)left;
            column.Right = (byte*)(right + (panel * panelStride));
            column.Result = (byte*)(result + (panel * PanelBytes));
            if (panel + 1 < panels)
            {
                // The first tile is busy with its own panel; the next two fetch the panel that comes.
                var next = column.Right + panelStride;
                (fetches[0], fetches[1], fetches[2]) =
                    (Linear.Fetch.Nothing(next), Linear.Fetch.Column(next, column.RightDepth), Linear.Fetch.Column(next + Linear.Fetch.LineBytes, column.RightDepth));
                column.Fetches = fetches;
                column.FetchesEnd = fetches + 3;
            }
            RunRows(ref column, rows);
        }
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
