using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
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

/// <summary>How a right operand lies in memory.</summary>
internal enum RightLayout
{
    /// <summary>Panels of 32 columns, ready for the kernels.</summary>
    Panels,

    /// <summary>The same in bfloat16.</summary>
    BFloat16Panels,

    /// <summary>Row-major <c>[k, n]</c>; an item copies the panel that it is about to use.</summary>
    Rows,

    /// <summary>Row-major <c>[n, k]</c>; an item transposes the panel that it is about to use.</summary>
    Columns,
}

/// <summary>The right operand of a product; <c>Stride</c> is the number of bytes from panel to panel, or from row to row of a row-major matrix.</summary>
internal readonly unsafe struct RightOperand(void* data, nint stride, RightLayout layout, byte* following = null)
{
    /// <summary>Packed weights that are read after this product; null when nobody knows.</summary>
    public readonly byte* Following = following;

    public readonly byte* Data = (byte*)data;
    public readonly nint Stride = stride;
    public readonly RightLayout Layout = layout;

    public bool IsPacked => Layout is RightLayout.Panels or RightLayout.BFloat16Panels;
}

/// <summary>
/// c[m, n] (+)= a · b: the loops around the tile kernels. An item is a block of rows by a run of panels and does its whole depth, so
/// there is no barrier inside a product and no two items touch the same element. For each depth block the item copies its part of a where
/// rows would compete for the same cache sets, and then goes through the panels; a panel's depth block (64 KiB)
/// serves all rows of the block before the next one.
/// </summary>
internal readonly unsafe struct Product(
    ThreadTeam team, LeftOperand a, RightOperand b, float* c, nint ldc, int m, int n, int k, bool accumulate, int blockRows, int itemPanels) : ITileKernel
{
    /// <summary>Depth of a block: the sum over K is cut here. Part of the result's definition (see <see cref="Gemm"/>).</summary>
    public const int DepthBlock = 512;

    private const int RowPadding = 16;
    private const int Columns = PackedMatrix.PanelColumns;
    private const int PanelBytes = Columns * sizeof(float);

    // Rows of a block: its part of a (144 x 512 floats are 288 KiB) stays in the second-level cache. A panel that is packed for the
    // item alone must serve more rows to be worth it, and more still when it is transposed.
    private const int RowBlock = 144;
    private const int RowBlockWhenPacking = 288;
    private const int RowBlockWhenTransposing = 576;

    private const int CacheWayBytes = 4096;

    // How far ahead of its own reading a tile fetches.
    private const int StepsAhead = 24;

    // As many tiles as the rows of the largest block make, with 12 rows each.
    private const int MostFetches = 48;

    // Below this many panels per item the copy of a does not pay.
    private const int PanelsWorthACopy = 4;

    public static void Run(ThreadTeam team, LeftOperand a, RightOperand b, float* c, long ldc, int m, int n, int k, bool accumulate)
    {
        if (m <= 0 || n <= 0)
            return;
        var panels = (n + Columns - 1) / Columns;
        var largest = b.IsPacked ? RowBlock : b.Layout == RightLayout.Rows ? RowBlockWhenPacking : RowBlockWhenTransposing;
        var rowBlocks = (m + largest - 1) / largest;
        var blockRows = (m + rowBlocks - 1) / rowBlocks;
        blockRows = (blockRows + Tiles.MaxRows - 1) / Tiles.MaxRows * Tiles.MaxRows;
        rowBlocks = (m + blockRows - 1) / blockRows;
        var itemPanels = PanelsPerItem(team.AtWork, panels, rowBlocks, blockRows, k);
        team.RunTiles(
            rowBlocks * ((panels + itemPanels - 1) / itemPanels),
            new Product(team, a, b, c, (nint)ldc * sizeof(float), m, n, k, accumulate, blockRows, itemPanels));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        var rowBlocks = (m + blockRows - 1) / blockRows;
        var firstRow = item % rowBlocks * blockRows;
        var firstPanel = item / rowBlocks * itemPanels;
        var rows = Math.Min(blockRows, m - firstRow);
        var panels = Math.Min(itemPanels, ((n + Columns - 1) / Columns) - firstPanel);
        var leftFloats = (long)blockRows * (DepthBlock + RowPadding);
        var scratch = team.Scratch(worker, leftFloats + ((DepthBlock + (long)blockRows) * Columns));
        var panelMemory = scratch + leftFloats;
        // The copy keeps rows apart that would compete for one cache set, or turns columns into runs.
        var copies = rows > Avx512Tile.WideRows && (a.DepthStride != sizeof(float) || (panels >= PanelsWorthACopy && a.RowStride % CacheWayBytes == 0));
        if (rows <= Avx512Tile.WideRows && Tiles.Path == KernelPath.Avx512 && b.IsPacked)
        {
            var wide = Math.Max(0, Math.Min(panels, (n / Columns) - firstPanel)) / Avx512Tile.WidePanels * Avx512Tile.WidePanels;
            WidePanels(firstRow, rows, firstPanel, wide);
            firstPanel += wide;
            panels -= wide;
        }
        for (var start = 0; start < k || start == 0; start += DepthBlock)
        {
            var depth = Math.Min(DepthBlock, k - start);
            var part = new LeftOperand((float*)(a.Data + (firstRow * a.RowStride) + (start * a.DepthStride)), a.RowStride, a.DepthStride);
            var keepsLeft = copies && a.DepthStride != sizeof(float);
            if (copies && !keepsLeft)
                part = CopyRows(part, rows, depth, scratch);
            Block(part, keepsLeft ? scratch : null, firstRow, rows, start, depth, firstPanel, panels, panelMemory, NextLeft(item, firstRow, start + depth));
        }
    }

    // Few rows: reading the weights is the work, so four panels are read from end to end before the next four.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WidePanels(int firstRow, int rows, int firstPanel, int panels)
    {
        var bfloat16 = b.Layout == RightLayout.BFloat16Panels;
        var rowBytes = bfloat16 ? PanelBytes / 2 : PanelBytes;
        for (var panel = firstPanel; panel < firstPanel + panels; panel += Avx512Tile.WidePanels)
        {
            for (var start = 0; start < k || start == 0; start += DepthBlock)
            {
                Avx512Tile.RunWide(
                    rows, Math.Min(DepthBlock, k - start), a.Data + (firstRow * a.RowStride) + (start * a.DepthStride), a.RowStride, a.DepthStride,
                    b.Data + (panel * b.Stride) + (start * (nint)rowBytes), rowBytes, b.Stride, bfloat16,
                    (byte*)c + (firstRow * ldc) + ((nint)panel * PanelBytes), ldc, start > 0 || accumulate ? TileMode.Add : TileMode.Store);
            }
        }
    }

    // Where the part of a lies that comes after this one; null when nobody knows.
    private byte* NextLeft(int item, int firstRow, int start)
    {
        if (start < k)
            return a.Data + (firstRow * a.RowStride) + (start * a.DepthStride);
        var rowBlocks = (m + blockRows - 1) / blockRows;
        return rowBlocks == 1 ? null : a.Data + ((item + 1) % rowBlocks * blockRows * a.RowStride);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Block(
        LeftOperand part, float* keptLeft, int firstRow, int rows, int start, int depth, int firstPanel, int panels, float* panelMemory, byte* nextLeft)
    {
        var mode = start > 0 || accumulate ? TileMode.Add : TileMode.Store;
        var bfloat16 = b.Layout == RightLayout.BFloat16Panels;
        var rowBytes = bfloat16 ? PanelBytes / 2 : PanelBytes;
        var target = (byte*)c + (firstRow * ldc);
        var edge = panelMemory + (DepthBlock * Columns);
        var fetches = stackalloc Fetch[MostFetches];
        var column = default(TileColumn);
        column.Depth = depth;
        column.LeftRow = part.RowStride;
        column.LeftDepth = part.DepthStride;
        column.BFloat16 = bfloat16;
        var besideWork = team.ReadAhead.HasWork && b.IsPacked && keptLeft is null;
        column.FetchesPairs = besideWork;
        var end = firstPanel + panels;
        for (var panel = firstPanel; panel < end; panel++)
        {
            if (besideWork)
                team.ReadAhead.LetWorkAdvance();
            var columns = Math.Min(Columns, n - (panel * Columns));
            var first = panel == firstPanel;
            column.LeftKept = keptLeft is not null && !first;
            column.Left = column.LeftKept ? (byte*)keptLeft : part.Data;
            column.KeepLeft = first ? keptLeft : null;
            column.RightDepth = rowBytes;
            column.KeepRight = null;
            column.Fetches = fetches;
            if (b.IsPacked)
            {
                column.Right = b.Data + (panel * b.Stride) + (start * (nint)rowBytes);
            }
            else if (b.Layout == RightLayout.Rows && columns == Columns)
            {
                column.Right = b.Data + (start * b.Stride) + (panel * (nint)PanelBytes);
                column.RightDepth = b.Stride;
                if (rows > Tiles.MaxRows)
                    column.KeepRight = panelMemory;
            }
            else
            {
                PackPanel(panel, columns, start, depth, panelMemory);
                column.Right = (byte*)panelMemory;
            }
            var last = panel + 1 == end;
            var next = Next(last ? firstPanel : panel + 1, last ? start + depth : start, rowBytes);
            column.FetchesEnd = fetches + (besideWork
                ? PlanBesideWork(fetches, next, rows, depth)
                : Plan(fetches, next, last ? nextLeft : null, column.KeepLeft is null ? null : column.Left, rows, depth));
            if (columns == Columns)
            {
                (column.ResultRow, column.Mode) = (ldc, mode);
                column.Result = target + ((nint)panel * PanelBytes);
                Tiles.RunRows(ref column, rows);
            }
            else
            {
                // The last panel of a width that is no multiple of 32 goes to a buffer, and the columns that exist are taken from it.
                (column.ResultRow, column.Mode) = (PanelBytes, TileMode.Store);
                column.Result = (byte*)edge;
                Tiles.RunRows(ref column, rows);
                TakeColumns(edge, rows, columns, target + ((nint)panel * PanelBytes), mode);
            }
        }
    }

    // The first two tiles fetch the next panel; the others, beside the last panel, the part of a that comes next, beside the first panel their own rows when these
    // would not stay in the cache until then, and else what is read after the products.
    private int Plan(Fetch* fetches, byte* next, byte* nextLeft, byte* strided, int rows, int depth)
    {
        var tiles = Math.Min(MostFetches, (rows + Tiles.MaxRows - 1) / Tiles.MaxRows);
        var count = 0;
        if (next is not null)
        {
            for (; count < Math.Min(tiles, PanelBytes / Fetch.LineBytes); count++)
            {
                fetches[count] = b.Layout switch
                {
                    RightLayout.Columns => Fetch.SixteenRows(next + (count * Fetch.TurnSteps * b.Stride), b.Stride),
                    RightLayout.Rows => Fetch.Column(next + (count * Fetch.LineBytes), b.Stride),
                    RightLayout.Panels => Fetch.Column(next + (count * Fetch.LineBytes), PanelBytes),
                    _ => Fetch.Column(next + (count * Fetch.LineBytes), PanelBytes / 2),
                };
            }
        }
        if (nextLeft is not null)
        {
            for (var row = 0; row < rows && count < tiles; row += Fetch.TurnSteps, count++)
            {
                fetches[count] = a.DepthStride == sizeof(float)
                    ? Fetch.SixteenRows(nextLeft + (row * a.RowStride), a.RowStride)
                    : Fetch.Column(nextLeft + (row * a.RowStride), a.DepthStride);
            }
        }
        if (strided is not null && a.DepthStride % CacheWayBytes == 0)
        {
            for (; count < tiles; count++)
                fetches[count] = Fetch.Column(strided + (StepsAhead * a.DepthStride) + ((rows * (count + 1) / tiles) - 1) * sizeof(float), a.DepthStride);
        }
        for (; count < tiles && team.ReadAhead.Take(depth) is var ahead && ahead is not null; count++)
            fetches[count] = Fetch.Column(ahead, Fetch.LineBytes);
        return count;
    }

    // When work waits for what is read ahead: some tiles fetch the next panel, all others for the work. With AVX-512 a step fetches two lines, with
    // AVX2, whose tiles are half as large and take as long, one.
    private int PlanBesideWork(Fetch* fetches, byte* next, int rows, int depth)
    {
        var tiles = Math.Min(MostFetches, (rows + Tiles.MaxRows - 1) / Tiles.MaxRows);
        var rowBytes = b.Layout == RightLayout.Panels ? PanelBytes : PanelBytes / 2;
        var lines = Tiles.Path == KernelPath.Avx512 ? 2 : 1;
        var count = 0;
        for (var offset = 0; next is not null && offset < rowBytes && count < tiles; offset += lines * Fetch.LineBytes)
            fetches[count++] = Fetch.Column(next + offset, rowBytes);
        for (; count < tiles && team.ReadAhead.TakeOfBlock(lines * depth, out var taken) is var ahead && ahead is not null; count++)
            fetches[count] = Fetch.Column(ahead, ((taken * Fetch.LineBytes) + depth - 1) / depth);
        return count;
    }

    // What the item, or the product after this one, reads next; null when nobody knows, or when fetching does not help.
    private byte* Next(int panel, int start, int rowBytes)
    {
        if (start >= k)
            return b.Following;
        return b.Layout switch
        {
            RightLayout.Columns => b.Data + (panel * Columns * b.Stride) + (start * (nint)sizeof(float)),
            RightLayout.Rows => b.Data + (start * b.Stride) + (panel * (nint)PanelBytes),
            _ => b.Data + (panel * b.Stride) + (start * (nint)rowBytes),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackPanel(int panel, int columns, int start, int depth, float* destination)
    {
        if (b.Layout == RightLayout.Rows)
            Panels.CopyPanel((float*)(b.Data + (start * b.Stride)) + (panel * Columns), b.Stride / sizeof(float), columns, depth, destination);
        else
            Panels.Transpose((float*)(b.Data + (panel * Columns * b.Stride)) + start, b.Stride / sizeof(float), columns, depth, destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TakeColumns(float* from, int rows, int columns, byte* destination, TileMode mode)
    {
        for (var row = 0; row < rows; row++, from += Columns, destination += ldc)
        {
            var to = (float*)destination;
            for (var column = 0; column < columns; column++)
                to[column] = mode == TileMode.Add ? to[column] + from[column] : from[column];
        }
    }

    // Rows keep a distance that spreads them over the cache.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static LeftOperand CopyRows(LeftOperand part, int rows, int depth, float* copy)
    {
        var stride = depth + RowPadding;
        for (var row = 0; row < rows; row++)
            CopyRun(part.Data + (row * part.RowStride), 4 * part.RowStride, depth, copy + ((nint)row * stride));
        return LeftOperand.Rows(copy, stride);
    }

    // Copies floats and meanwhile fetches those that lie `ahead` bytes further on: the hardware does not foresee jumps from row to row.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRun(byte* source, nint ahead, int count, float* destination)
    {
        if (Sse.IsSupported)
        {
            for (var i = 0; i < count; i += 16)
                Sse.Prefetch1(source + ahead + ((nint)i * sizeof(float)));
        }
        new ReadOnlySpan<float>(source, count).CopyTo(new(destination, count));
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
        var worthwhile = (int)Math.Min(panels, 1 + (SmallestItemFlops / (2.0 * rows * Columns * Math.Max(1, k))));
        perItem = Math.Max(perItem, Math.Min(worthwhile, Math.Max(1, panels / threads)));
        return rows <= Avx512Tile.WideRows ? (perItem + Avx512Tile.WidePanels - 1) / Avx512Tile.WidePanels * Avx512Tile.WidePanels : perItem;
    }
}
