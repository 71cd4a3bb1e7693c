using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using FissionGrpo.Numerics.Linear;

namespace FissionGrpo.Numerics.Attention;

/// <summary>Up to 32 neighbouring rows of a segment.</summary>
/// <param name="Segment">Which segment.</param>
/// <param name="First">The first of them in the segment.</param>
/// <param name="Row">The same row in the buffer of all rows.</param>
/// <param name="Count">How many.</param>
internal readonly record struct RowPanel(int Segment, int First, int Row, int Count);

/// <summary>
/// Keys or values of one head and one root tree as the tile kernels read them, laid out panel by panel when they are first needed: positions fastest,
/// <c>[panel, D, 32]</c>, or channels fastest, <c>[block of 32 channels, row, 32]</c>.
/// </summary>
internal unsafe struct PackedRows(TreePlan plan, int headSize)
{
    public const int RowBytes = PackedMatrix.PanelColumns * sizeof(float);

    private const int Columns = PackedMatrix.PanelColumns;

    // Rows of each segment that are there.
    private int* _packed;

    public readonly long StateFloats => (plan.Segments + 15L) & ~15L;

    /// <summary>Floats of a root's panels.</summary>
    public readonly long PanelFloats => (long)plan.MostRootPanels * headSize * Columns;

    /// <summary>Floats of a root's rows.</summary>
    public readonly long RowFloats => plan.MostRootRows * (long)Width;

    /// <summary>Channels of a row, filled up to whole blocks.</summary>
    public readonly int Width => QueryChunk.Blocks(headSize) * Columns;

    /// <summary>From a block of channels to the next.</summary>
    public readonly long BlockFloats => (long)plan.MostRootRows * Columns;

    /// <summary>Nothing of a root is there yet.</summary>
    /// <param name="state">Memory of <see cref="StateFloats"/>.</param>
    public void Begin(int* state, int root)
    {
        _packed = state;
        for (var s = plan.FirstOfRoot[root]; s >= 0; s = plan.NextInRoot[s])
            _packed[s] = 0;
    }

    /// <summary>The next panel that is missing of a segment's first <paramref name="seen"/> rows; it counts as there from now on.</summary>
    public readonly bool Next(int segment, int seen, out RowPanel panel)
    {
        var first = _packed[segment];
        var length = plan.Tree[segment].Length;
        panel = new(segment, first, plan.Tree[segment].Start + first, Math.Min(Columns, length - first));
        if (first >= Math.Min(seen, length))
            return false;
        _packed[segment] = first + panel.Count;
        return true;
    }

    /// <summary>Rows of a segment that are there.</summary>
    public readonly int Count(int segment) => _packed[segment];

    /// <summary>Where a segment's panels begin.</summary>
    public readonly float* Panels(int segment, float* panels) => panels + ((long)plan.PanelInRoot[segment] * headSize * Columns);

    /// <summary>Where a segment's rows begin, in the first block of channels.</summary>
    public readonly float* Rows(int segment, float* rows) => rows + ((long)plan.RowInRoot[segment] * Columns);

    /// <summary>Turns rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void PackPanel(RowPanel panel, float* source, long ld, float* panels) =>
        Linear.Panels.Transpose(source, ld, panel.Count, headSize, Panels(panel.Segment, panels) + ((long)panel.First * headSize));

    /// <summary>Copies rows; channels that do not exist become zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void PackRows(RowPanel panel, float* source, long ld, float* rows)
    {
        var to = Rows(panel.Segment, rows) + ((long)panel.First * Columns);
        for (var channel = 0; channel < headSize; channel += Columns, to += BlockFloats)
            Linear.Panels.CopyPanel(source + channel, ld, Math.Min(Columns, headSize - channel), panel.Count, to);
    }

    /// <summary>Fetches the rows that the next panel will take.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void FetchAfter(RowPanel panel, float* source, long ld)
    {
        if (!Sse.IsSupported)
            return;
        var row = (byte*)(source + (Columns * ld));
        for (var i = 0; i < Columns; i++, row += ld * sizeof(float))
        {
            for (nint line = 0; line < headSize * sizeof(float); line += Fetch.LineBytes)
                Sse.Prefetch1(row + line);
        }
    }
}
