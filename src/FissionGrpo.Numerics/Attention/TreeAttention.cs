using System.Runtime.CompilerServices;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Attention;

/// <summary>
/// Causal grouped-query attention over a prefix tree of rows: every distinct token is a row once, segments continue their parents (stored before them).
/// A row's result depends on the rows of its path alone: neither on how the path is cut into segments, nor on siblings, nor on threads.
/// </summary>
public static unsafe partial class TreeAttention
{
    /// <summary>Computes the attention outputs.</summary>
    /// <param name="team">Who works.</param>
    /// <param name="q">Queries, shape <c>[rows, H, D]</c>, rows <paramref name="ldq"/> apart.</param>
    /// <param name="k">Keys, shape <c>[rows, K, D]</c>, rows <paramref name="ldkv"/> apart.</param>
    /// <param name="v">Values, like the keys.</param>
    /// <param name="segments">The tree; its rows lie in 0 … rows − 1 without overlap, parents first.</param>
    /// <param name="output">Result, shape <c>[rows, H, D]</c>, rows <paramref name="ldo"/> apart; overwritten.</param>
    /// <param name="logSumExp">ln Σ e^score of each row and head for the backward pass, shape <c>[rows, H]</c>; null when there is none.</param>
    /// <exception cref="ArgumentException">The segments are no tree with parents first.</exception>
    public static void Forward(
        ThreadTeam team, float* q, long ldq, float* k, float* v, long ldkv, ReadOnlySpan<TreeSegment> segments, AttentionShape shape,
        float* output, long ldo, float* logSumExp)
    {
        if (segments.IsEmpty)
            return;
        var chunkRows = QueryChunk.Rows(shape.Group);
        var memory = new SharedLayout(segments, shape);
        var plan = TreePlan.Create(segments, chunkRows, team.SharedScratch(memory.PlanFloats + memory.KeyFloats + memory.ValueFloats));
        var keys = (float*)plan.Tree + memory.PlanFloats;
        var values = keys + memory.KeyFloats;
        team.Run(plan.Segments * shape.KeyValueHeads, new PackKeys(plan, k, ldkv, shape.HeadSize, keys));
        team.Run(plan.Segments * shape.KeyValueHeads, new PackValues(plan, v, ldkv, shape.HeadSize, values));
        team.RunTiles(plan.Chunks * shape.KeyValueHeads, new ForwardChunks(team, plan, q, ldq, keys, values, shape, chunkRows, output, ldo, logSumExp));
    }

    /// <summary>Where the plan and the panels lie in the team's shared memory, in floats.</summary>
    private readonly struct SharedLayout
    {
        public readonly long PlanFloats;
        public readonly long KeyFloats;
        public readonly long ValueFloats;

        public SharedLayout(ReadOnlySpan<TreeSegment> segments, AttentionShape shape)
        {
            var (panels, rows) = (0L, 0L);
            foreach (var segment in segments)
            {
                panels += Panels.Count(Math.Max(0, segment.Length));
                rows = Math.Max(rows, (long)segment.Start + segment.Length);
            }
            PlanFloats = (TreePlan.Floats(segments.Length) + 15) & ~15L;
            KeyFloats = panels * shape.KeyValueHeads * shape.HeadSize * KeyRun.PanelKeys;
            ValueFloats = rows * shape.KeyValueHeads * QueryChunk.Blocks(shape.HeadSize) * PackedMatrix.PanelColumns;
        }
    }

    private readonly struct ForwardChunks(
        ThreadTeam team, TreePlan plan, float* q, long ldq, float* keys, float* values, AttentionShape shape, int chunkRows,
        float* output, long ldo, float* logSumExp) : ITileKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item, int worker)
        {
            // The last chunks see the most keys; begin with them, so that the threads end together.
            var (chunk, head) = (plan.Chunks - 1 - (item / shape.KeyValueHeads), item % shape.KeyValueHeads);
            var segment = plan.SegmentOf(chunk);
            var first = (chunk - plan.ChunkStart[segment]) * chunkRows;
            var rows = Math.Min(chunkRows, plan.Tree[segment].Length - first);
            var row = plan.Tree[segment].Start + first;
            var runFloats = ((long)sizeof(KeyRun) / sizeof(float) * plan.DeepestPath) + 16;
            var scratch = team.Scratch(worker, runFloats + QueryChunk.ScratchFloats(shape, chunkRows, plan.LongestPath));
            var runs = (KeyRun*)scratch;
            for (var s = segment; s >= 0; s = plan.Tree[s].Parent)
                runs[plan.Depth[s] - 1] = Run(s, head);
            var column = (long)head * shape.Group * shape.HeadSize;
            QueryChunk.Forward(
                q + (row * ldq) + column, ldq, rows, plan.PathStart[segment] + first + 1, runs, shape, scratch + (runFloats & ~15L),
                output + (row * ldo) + column, ldo, logSumExp is null ? null : logSumExp + ((long)row * shape.Heads) + (head * shape.Group), shape.Heads, Queries(item + team.Threads));
        }

        private float* Queries(int item)
        {
            var (chunk, head) = (plan.Chunks - 1 - (item / shape.KeyValueHeads), item % shape.KeyValueHeads);
            if (chunk < 0)
                return null;
            var segment = plan.SegmentOf(chunk);
            var row = plan.Tree[segment].Start + ((chunk - plan.ChunkStart[segment]) * chunkRows);
            return q + (row * ldq) + ((long)head * shape.Group * shape.HeadSize);
        }

        private KeyRun Run(int segment, int head) => new(
            keys + ((((long)head * plan.TotalPanels) + plan.PanelStart[segment]) * shape.HeadSize * KeyRun.PanelKeys),
            values + ((((long)head * QueryChunk.Blocks(shape.HeadSize) * plan.Rows) + plan.Tree[segment].Start) * PackedMatrix.PanelColumns),
            PackedMatrix.PanelColumns * sizeof(float),
            (nint)plan.Rows * PackedMatrix.PanelColumns * sizeof(float),
            plan.Tree[segment].Length);
    }
}
