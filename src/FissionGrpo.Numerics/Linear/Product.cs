using System.Runtime.CompilerServices;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Linear;

/// <summary>The left operand of a product: element (row, k) lies at <c>Data + row·RowStride + k·DepthStride</c>, strides in bytes, one of them a float.</summary>
internal readonly unsafe struct LeftOperand(float* data, nint rowStride, nint depthStride)
{
    public readonly byte* Data = (byte*)data;
    public readonly nint RowStride = rowStride;
    public readonly nint DepthStride = depthStride;

    /// <summary>A row-major matrix.</summary>
    public static LeftOperand Rows(float* data, long ld) => new(data, (nint)ld * sizeof(float), sizeof(float));

    /// <summary>The transpose of a row-major matrix.</summary>
    public static LeftOperand Columns(float* data, long ld) => new(data, sizeof(float), (nint)ld * sizeof(float));
}

/// <summary>The right operand of a product: panels of 32 columns; strides in bytes.</summary>
internal readonly unsafe struct RightOperand(byte* data, nint panelStride, nint depthStride, bool bfloat16)
{
    public readonly byte* Data = data;
    public readonly nint PanelStride = panelStride;
    public readonly nint DepthStride = depthStride;
    public readonly bool BFloat16 = bfloat16;
}

/// <summary>
/// c[m, n] (+)= a · b: the loops around the tile kernels. An item is a block of rows by a run of panels and does its whole depth, so
/// there is no barrier inside a product and no two items touch the same element. For each depth block the item copies its part of a
/// (rows padded, so that they do not compete for the same cache sets) and then goes through the panels; a panel's depth block (64 KiB)
/// serves all rows of the block before the next one.
/// </summary>
internal readonly unsafe struct Product(
    ThreadTeam team, LeftOperand a, RightOperand b, float* c, nint ldc, int m, int n, int k, bool accumulate, int blockRows, int itemPanels) : ITileKernel
{
    /// <summary>Depth of a block: the sum over K is cut here. Part of the result's definition (see <see cref="Gemm"/>).</summary>
    public const int DepthBlock = 512;

    private const int RowBlock = 144;
    private const int RowPadding = 16;
    private const int PanelBytes = PackedMatrix.PanelColumns * sizeof(float);

    // Below this many panels per item the copy of a does not pay.
    private const int PanelsWorthACopy = 4;

    public static void Run(ThreadTeam team, LeftOperand a, RightOperand b, float* c, long ldc, int m, int n, int k, bool accumulate)
    {
        if (m <= 0 || n <= 0)
            return;
        var panels = (n + PackedMatrix.PanelColumns - 1) / PackedMatrix.PanelColumns;
        var rowBlocks = (m + RowBlock - 1) / RowBlock;
        var blockRows = (m + rowBlocks - 1) / rowBlocks;
        blockRows = (blockRows + Tiles.MaxRows - 1) / Tiles.MaxRows * Tiles.MaxRows;
        rowBlocks = (m + blockRows - 1) / blockRows;
        var itemPanels = PanelsPerItem(team.Threads, panels, rowBlocks, blockRows, k);
        team.RunTiles(
            rowBlocks * ((panels + itemPanels - 1) / itemPanels),
            new Product(team, a, b, c, (nint)ldc * sizeof(float), m, n, k, accumulate, blockRows, itemPanels));
    }

    public void Invoke(int item, int worker)
    {
        var rowBlocks = (m + blockRows - 1) / blockRows;
        var firstRow = item % rowBlocks * blockRows;
        var rows = Math.Min(blockRows, m - firstRow);
        var firstPanel = item / rowBlocks * itemPanels;
        var panels = Math.Min(itemPanels, ((n + PackedMatrix.PanelColumns - 1) / PackedMatrix.PanelColumns) - firstPanel);
        var left = new LeftOperand((float*)(a.Data + (firstRow * a.RowStride)), a.RowStride, a.DepthStride);
        var target = (byte*)c + (firstRow * ldc) + ((nint)firstPanel * PanelBytes);
        var copy = rows > Avx512Tile.WideRows && (panels >= PanelsWorthACopy || a.DepthStride != sizeof(float))
            ? team.Scratch(worker, (long)blockRows * (DepthBlock + RowPadding))
            : null;
        for (var start = 0; start < k || start == 0; start += DepthBlock)
        {
            var depth = Math.Min(DepthBlock, k - start);
            var part = new LeftOperand((float*)(left.Data + (start * left.DepthStride)), left.RowStride, left.DepthStride);
            if (copy is not null)
                part = Copy(part, rows, depth, copy);
            var right = b.Data + (firstPanel * b.PanelStride) + (start * b.DepthStride);
            Block(part, rows, depth, right, panels, n - (firstPanel * PackedMatrix.PanelColumns), target, start > 0 || accumulate ? TileMode.Add : TileMode.Store);
        }
    }

    private void Block(LeftOperand part, int rows, int depth, byte* right, int panels, int columns, byte* target, TileMode mode)
    {
        var tiles = (rows + Tiles.MaxRows - 1) / Tiles.MaxRows;
        var panel = 0;
        if (rows <= Avx512Tile.WideRows && Tiles.Path == KernelPath.Avx512)
        {
            for (; panel + Avx512Tile.WidePanels <= panels && (panel + Avx512Tile.WidePanels) * PackedMatrix.PanelColumns <= columns; panel += Avx512Tile.WidePanels)
            {
                Avx512Tile.RunWide(
                    rows, depth, part.Data, part.RowStride, part.DepthStride, right + (panel * b.PanelStride), b.PanelStride, b.BFloat16,
                    target + ((nint)panel * PanelBytes), ldc, mode);
            }
        }
        for (; panel < panels; panel++)
        {
            var weights = right + (panel * b.PanelStride);
            var partial = columns - (panel * PackedMatrix.PanelColumns);
            for (var tile = 0; tile < tiles; tile++)
            {
                // Equal shares rather than full tiles and a small rest.
                var (row, end) = (rows * tile / tiles, rows * (tile + 1) / tiles);
                var destination = target + (row * ldc) + ((nint)panel * PanelBytes);
                var source = part.Data + (row * part.RowStride);
                if (partial >= PackedMatrix.PanelColumns)
                    Tiles.Run(end - row, depth, source, part.RowStride, part.DepthStride, weights, b.DepthStride, b.BFloat16, destination, ldc, mode);
                else
                    PartialPanel(end - row, depth, source, part, weights, partial, destination, mode);
            }
        }
    }

    // The last panel of a width that is no multiple of 32: the tile goes to a buffer, and the columns that exist are taken from it.
    [SkipLocalsInit]
    private void PartialPanel(int rows, int depth, byte* source, LeftOperand part, byte* weights, int columns, byte* destination, TileMode mode)
    {
        var buffer = stackalloc float[Avx512Tile.Rows * PackedMatrix.PanelColumns];
        Tiles.Run(rows, depth, source, part.RowStride, part.DepthStride, weights, b.DepthStride, b.BFloat16, (byte*)buffer, PanelBytes, TileMode.Store);
        for (var row = 0; row < rows; row++)
        {
            var from = buffer + (row * PackedMatrix.PanelColumns);
            var to = (float*)(destination + (row * ldc));
            for (var column = 0; column < columns; column++)
                to[column] = mode == TileMode.Add ? to[column] + from[column] : from[column];
        }
    }

    private static LeftOperand Copy(LeftOperand part, int rows, int depth, float* copy)
    {
        if (part.DepthStride == sizeof(float))
        {
            var stride = depth + RowPadding;
            for (var row = 0; row < rows; row++)
                new ReadOnlySpan<float>(part.Data + (row * part.RowStride), depth).CopyTo(new(copy + ((nint)row * stride), depth));
            return LeftOperand.Rows(copy, stride);
        }
        for (var i = 0; i < depth; i++)
            new ReadOnlySpan<float>(part.Data + (i * part.DepthStride), rows).CopyTo(new(copy + ((nint)i * rows), rows));
        return LeftOperand.Columns(copy, rows);
    }

    // Enough items to share out evenly, large enough to be worth a claim and the copy of a. Cuts across columns never change a result.
    private static int PanelsPerItem(int threads, int panels, int rowBlocks, int rows, int k)
    {
        if (threads == 1)
            return panels;
        const int ItemsPerThread = 4;
        const double SmallestItemFlops = 2e6;
        var wanted = Math.Max(1, threads * ItemsPerThread / rowBlocks);
        var perItem = Math.Max(1, panels / wanted);
        var worthwhile = (int)Math.Min(panels, 1 + (SmallestItemFlops / (2.0 * rows * PackedMatrix.PanelColumns * Math.Max(1, k))));
        perItem = Math.Max(perItem, Math.Min(worthwhile, Math.Max(1, panels / threads)));
        return rows <= Avx512Tile.WideRows ? (perItem + Avx512Tile.WidePanels - 1) / Avx512Tile.WidePanels * Avx512Tile.WidePanels : perItem;
    }
}
