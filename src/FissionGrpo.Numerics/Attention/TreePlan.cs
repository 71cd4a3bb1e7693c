using FissionGrpo.Numerics.Linear;

namespace FissionGrpo.Numerics.Attention;

/// <summary>
/// What the kernels need to know of a tree, computed once per call into the team's shared memory (nothing is allocated in the steady state). Rows and panels are
/// counted within a root tree, because a job lays out the keys and values of one root alone.
/// </summary>
internal unsafe struct TreePlan
{
    // Arrays of an int per segment, the last of which Create needs alone.
    private const int Arrays = 9;

    public int Segments;
    public int Rows;
    public int Roots;
    public int DeepestPath;
    public int LongestPath;

    /// <summary>The most rows that a root tree has.</summary>
    public int MostRootRows;

    /// <summary>The most panels of keys that a root tree has; every segment begins a panel.</summary>
    public int MostRootPanels;

    /// <summary>The tree, copied: kernels run on other threads and cannot hold a span.</summary>
    public TreeSegment* Tree;

    /// <summary>Rows of the path before the segment.</summary>
    public int* PathStart;

    /// <summary>Segments on the path, the segment included.</summary>
    public int* Depth;

    /// <summary>Rows of the root tree in segments before this one.</summary>
    public int* RowInRoot;

    /// <summary>Panels of the root tree in segments before this one.</summary>
    public int* PanelInRoot;

    /// <summary>The next segment of the same root tree; −1 after the last.</summary>
    public int* NextInRoot;

    /// <summary>The segment that each root tree begins with.</summary>
    public int* FirstOfRoot;

    /// <summary>Chunks of queries of each root tree.</summary>
    public int* ChunksOfRoot;

    /// <summary>The root tree of each segment.</summary>
    private int* _root;

    public static long Floats(int segments) => (3L + Arrays) * segments;

    /// <exception cref="ArgumentException">The segments are no tree with parents first.</exception>
    public static TreePlan Create(ReadOnlySpan<TreeSegment> segments, int chunkRows, float* memory)
    {
        long count = segments.Length;
        var ints = (int*)memory + (3 * count);
        var plan = new TreePlan
        {
            Segments = segments.Length,
            Tree = (TreeSegment*)memory,
            PathStart = ints,
            Depth = ints + count,
            RowInRoot = ints + (2 * count),
            PanelInRoot = ints + (3 * count),
            NextInRoot = ints + (4 * count),
            FirstOfRoot = ints + (5 * count),
            ChunksOfRoot = ints + (6 * count),
            _root = ints + (7 * count),
        };
        var lastOfRoot = ints + (8 * count);
        for (var s = 0; s < segments.Length; s++)
        {
            var segment = segments[s];
            if (segment.Length < 1 || segment.Start < 0 || segment.Parent >= s || segment.Parent < -1)
                throw new ArgumentException($"Segment {s} {segment}: expected a start of at least 0, a length of at least 1 and a parent from -1 to {s - 1}.", nameof(segments));
            plan.Tree[s] = segment;
            plan.NextInRoot[s] = -1;
            if (segment.Parent < 0)
            {
                var root = plan.Roots++;
                (plan.PathStart[s], plan.Depth[s], plan.RowInRoot[s], plan.PanelInRoot[s]) = (0, 1, 0, 0);
                (plan._root[s], plan.FirstOfRoot[root], plan.ChunksOfRoot[root], lastOfRoot[root]) = (root, s, 0, s);
            }
            else
            {
                var root = plan._root[segment.Parent];
                var last = lastOfRoot[root];
                plan.PathStart[s] = plan.PathStart[segment.Parent] + plan.Tree[segment.Parent].Length;
                plan.Depth[s] = plan.Depth[segment.Parent] + 1;
                plan.RowInRoot[s] = plan.RowInRoot[last] + plan.Tree[last].Length;
                plan.PanelInRoot[s] = plan.PanelInRoot[last] + Panels.Count(plan.Tree[last].Length);
                (plan._root[s], plan.NextInRoot[last], lastOfRoot[root]) = (root, s, s);
            }
            plan.ChunksOfRoot[plan._root[s]] += (segment.Length + chunkRows - 1) / chunkRows;
            plan.Rows = Math.Max(plan.Rows, segment.Start + segment.Length);
            plan.DeepestPath = Math.Max(plan.DeepestPath, plan.Depth[s]);
            plan.LongestPath = Math.Max(plan.LongestPath, plan.PathStart[s] + segment.Length);
            plan.MostRootRows = Math.Max(plan.MostRootRows, plan.RowInRoot[s] + segment.Length);
            plan.MostRootPanels = Math.Max(plan.MostRootPanels, plan.PanelInRoot[s] + Panels.Count(segment.Length));
        }
        return plan;
    }
}
