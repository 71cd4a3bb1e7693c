using System.Runtime.CompilerServices;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Attention;

/// <summary>
/// What the kernels need to know of a tree, computed once per call into the team's shared memory (nothing is allocated in the steady state), and
/// the keys and values laid out in panels.
/// </summary>
internal unsafe struct TreePlan
{
    public int Segments;
    public int Rows;
    public int TotalPanels;
    public int DeepestPath;
    public int LongestPath;
    public int Roots;

    /// <summary>The tree, copied: kernels run on other threads and cannot hold a span.</summary>
    public TreeSegment* Tree;

    /// <summary>First key panel of each segment; a segment's panels begin at its first row.</summary>
    public int* PanelStart;

    /// <summary>Rows of the path before the segment.</summary>
    public int* PathStart;

    /// <summary>Segments on the path, the segment included.</summary>
    public int* Depth;

    /// <summary>Number of the root tree that the segment belongs to.</summary>
    public int* Root;

    /// <summary>First chunk of queries of each segment, and their total at the end.</summary>
    public int* ChunkStart;

    public static long Floats(int segments) => (6L * segments) + 1 + (5 * 16) + (3L * segments);

    /// <exception cref="ArgumentException">The segments are no tree with parents first.</exception>
    public static TreePlan Create(ReadOnlySpan<TreeSegment> segments, int chunkRows, float* memory)
    {
        var plan = new TreePlan { Segments = segments.Length, Tree = (TreeSegment*)memory };
        var ints = (int*)memory + (((3L * segments.Length) + 15) & ~15L);
        plan.PanelStart = ints;
        plan.PathStart = ints + segments.Length;
        plan.Depth = ints + (2L * segments.Length);
        plan.Root = ints + (3L * segments.Length);
        plan.ChunkStart = ints + (4L * segments.Length);
        var chunks = 0;
        for (var s = 0; s < segments.Length; s++)
        {
            var segment = segments[s];
            if (segment.Length < 1 || segment.Start < 0 || segment.Parent >= s || segment.Parent < -1)
                throw new ArgumentException($"Segment {s} {segment}: expected a start of at least 0, a length of at least 1 and a parent from -1 to {s - 1}.", nameof(segments));
            plan.Tree[s] = segment;
            plan.PanelStart[s] = plan.TotalPanels;
            plan.TotalPanels += Panels.Count(segment.Length);
            plan.PathStart[s] = segment.Parent < 0 ? 0 : plan.PathStart[segment.Parent] + segments[segment.Parent].Length;
            plan.Depth[s] = segment.Parent < 0 ? 1 : plan.Depth[segment.Parent] + 1;
            plan.Root[s] = segment.Parent < 0 ? plan.Roots++ : plan.Root[segment.Parent];
            plan.ChunkStart[s] = chunks;
            chunks += (segment.Length + chunkRows - 1) / chunkRows;
            plan.Rows = Math.Max(plan.Rows, segment.Start + segment.Length);
            plan.DeepestPath = Math.Max(plan.DeepestPath, plan.Depth[s]);
            plan.LongestPath = Math.Max(plan.LongestPath, plan.PathStart[s] + segment.Length);
        }
        plan.ChunkStart[segments.Length] = chunks;
        return plan;
    }

    public readonly int Chunks => ChunkStart[Segments];

    /// <summary>The segment of a chunk.</summary>
    public readonly int SegmentOf(int chunk)
    {
        var (low, high) = (0, Segments - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (ChunkStart[middle] <= chunk)
                low = middle;
            else
                high = middle - 1;
        }
        return low;
    }
}

/// <summary>Transposes panels: item (head, panel) takes up to 32 rows of a segment to <c>[D, 32]</c>.</summary>
internal readonly unsafe struct PackKeys(TreePlan plan, float* source, long ld, int headSize, float* panels) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item)
    {
        var (head, segment) = (item / plan.Segments, item % plan.Segments);
        var tree = plan.Tree[segment];
        var from = source + (tree.Start * ld) + ((long)head * headSize);
        var to = panels + (((long)head * plan.TotalPanels) + plan.PanelStart[segment]) * headSize * KeyRun.PanelKeys;
        for (var row = 0; row < tree.Length; row += KeyRun.PanelKeys)
        {
            Panels.Transpose(from + (row * ld), ld, Math.Min(KeyRun.PanelKeys, tree.Length - row), headSize, to);
            to += (long)headSize * KeyRun.PanelKeys;
        }
    }
}

/// <summary>Copies rows to blocks of 32 channels: item (head, segment) fills <c>[block, row, 32]</c> of its head.</summary>
internal readonly unsafe struct PackValues(TreePlan plan, float* source, long ld, int headSize, float* blocks) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item)
    {
        var (head, segment) = (item / plan.Segments, item % plan.Segments);
        var tree = plan.Tree[segment];
        for (var block = 0; block < QueryChunk.Blocks(headSize); block++)
        {
            Panels.CopyPanel(
                source + (tree.Start * ld) + ((long)head * headSize) + (block * PackedMatrix.PanelColumns), ld,
                Math.Min(PackedMatrix.PanelColumns, headSize - (block * PackedMatrix.PanelColumns)), tree.Length,
                blocks + (((((long)head * QueryChunk.Blocks(headSize)) + block) * plan.Rows) + tree.Start) * PackedMatrix.PanelColumns);
        }
    }
}
