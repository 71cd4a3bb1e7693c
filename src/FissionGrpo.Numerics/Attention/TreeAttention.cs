using System.Runtime.CompilerServices;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Attention;

/// <summary>
/// Causal grouped-query attention over a prefix tree of rows: every distinct token is a row once, segments continue their parents (stored before them).
/// A row's result depends on the rows of its path alone: neither on how the path is cut into segments, nor on siblings, nor on threads.
/// </summary>
public static unsafe partial class TreeAttention
{
    // A root with one key/value head is one job of the forward pass. Where these are few they are cut into parts; each lays out the keys that it sees, so there are never many.
    private const int JobsPerThread = 8;
    private const int MostForwardParts = 4;

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
        var plan = TreePlan.Create(segments, chunkRows, team.SharedScratch(TreePlan.Floats(segments.Length)));
        var jobs = plan.Roots * shape.KeyValueHeads;
        var parts = team.Threads == 1 ? 1 : Math.Clamp(team.Threads * JobsPerThread / jobs, 1, MostForwardParts);
        team.RunTiles(jobs * parts, new ForwardJobs(team, plan, q, ldq, k, v, ldkv, shape, chunkRows, parts, output, ldo, logSumExp));
    }

    // A part of one root's chunks for one key/value head. Keys and values are laid out when a chunk first sees them, in memory of the worker's own: that stays in the
    // second-level cache, where panels of all heads, written and read by rounds of their own, came from memory twice.
    private readonly struct ForwardJobs(
        ThreadTeam team, TreePlan plan, float* q, long ldq, float* k, float* v, long ldkv, AttentionShape shape, int chunkRows, int parts,
        float* output, long ldo, float* logSumExp) : ITileKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item, int worker)
        {
            var (head, root) = (item % shape.KeyValueHeads, item / shape.KeyValueHeads % plan.Roots);
            // The last chunks see the most keys; begin with them, so that the threads end together.
            var part = parts - 1 - (item / shape.KeyValueHeads / plan.Roots);
            var (from, to) = ((int)((long)plan.ChunksOfRoot[root] * part / parts), (int)((long)plan.ChunksOfRoot[root] * (part + 1) / parts));

            var packed = new PackedRows(plan, shape.HeadSize);
            var runFloats = ((long)sizeof(KeyRun) / sizeof(float) * plan.DeepestPath) + 16;
            var scratch = team.Scratch(
                worker, packed.StateFloats + packed.PanelFloats + packed.RowFloats + runFloats + QueryChunk.ScratchFloats(shape, chunkRows, plan.LongestPath));
            var keys = scratch + packed.StateFloats;
            var values = keys + packed.PanelFloats;
            var runs = (KeyRun*)(values + packed.RowFloats);
            packed.Begin((int*)scratch, root);
            for (var (s, index) = (plan.FirstOfRoot[root], 0); s >= 0; s = plan.NextInRoot[s])
            {
                for (var first = 0; first < plan.Tree[s].Length; first += chunkRows, index++)
                {
                    if (index < from || index >= to)
                        continue;
                    var rows = Math.Min(chunkRows, plan.Tree[s].Length - first);
                    for (var (run, seen) = (s, first + rows); run >= 0; run = plan.Tree[run].Parent, seen = int.MaxValue)
                    {
                        while (packed.Next(run, seen, out var panel))
                        {
                            var source = (panel.Row * ldkv) + ((long)head * shape.HeadSize);
                            packed.FetchAfter(panel, k + source, ldkv);
                            packed.FetchAfter(panel, v + source, ldkv);
                            packed.PackPanel(panel, k + source, ldkv, keys);
                            packed.PackRows(panel, v + source, ldkv, values);
                        }
                        runs[plan.Depth[run] - 1] = new KeyRun(packed.Panels(run, keys), packed.Rows(run, values), PackedRows.RowBytes, (nint)packed.BlockFloats * sizeof(float), plan.Tree[run].Length);
                    }
                    var row = plan.Tree[s].Start + first;
                    var column = (long)head * shape.Group * shape.HeadSize;
                    var nextQueries = row + rows < plan.Rows ? q + ((row + rows) * ldq) + column : null;
                    QueryChunk.Forward(
                        q + (row * ldq) + column, ldq, rows, plan.PathStart[s] + first + 1, runs, shape, (float*)runs + (runFloats & ~15L),
                        output + (row * ldo) + column, ldo, logSumExp is null ? null : logSumExp + ((long)row * shape.Heads) + (head * shape.Group), shape.Heads, nextQueries);
                }
            }
        }
    }
}
