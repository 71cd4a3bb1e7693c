using System.Collections.Immutable;
using FissionGrpo.Numerics.Attention;

namespace FissionGrpo.Model.Forward;

/// <summary>
/// The batch as a prefix tree: every distinct token (same token after the same history) is one row, computed once. Sequences are paths.
/// A dense batch without shared prefixes is a forest of roots, so there is one code path for both.
/// Rows are ordered so that parents precede children, and a segment's rows are contiguous.
/// </summary>
internal sealed class TokenTree
{
    private TokenTree(int[] tokens, int[] positions, int[] parents, TreeSegment[] segments, int[][] paths)
    {
        Tokens = tokens;
        Positions = positions;
        Parents = parents;
        Segments = segments;
        Paths = paths;
    }

    /// <summary>Distinct tokens.</summary>
    public int Rows => Tokens.Length;

    /// <summary>Token id of each row.</summary>
    public int[] Tokens { get; }

    /// <summary>Position of each row for the rotation: its depth, unless positions were given.</summary>
    public int[] Positions { get; }

    /// <summary>Row of the token before; -1 at roots.</summary>
    public int[] Parents { get; }

    /// <summary>Runs of rows without a branch, parents first.</summary>
    public TreeSegment[] Segments { get; }

    /// <summary>Per sequence, the row of each of its tokens.</summary>
    public int[][] Paths { get; }

    /// <summary>Tokens of all sequences, shared ones counted each time: what the unrolled batch would compute.</summary>
    public long UnrolledTokens => Paths.Sum(p => (long)p.Length);

    /// <summary>Merges sequences.</summary>
    /// <param name="sequences">Token ids, each at least one long.</param>
    /// <param name="positions">Per sequence the positions of its tokens; null for 0, 1, 2, …</param>
    /// <param name="share">Whether equal prefixes become one path; false gives the unrolled batch.</param>
    public static TokenTree Build(IReadOnlyList<ImmutableArray<int>> sequences, IReadOnlyList<int[]>? positions = null, bool share = true)
    {
        var (tokens, depths, parents, childCounts, children) = Workspace.Cleared();
        var paths = new int[sequences.Count][];
        for (var s = 0; s < sequences.Count; s++)
        {
            var sequence = sequences[s];
            if (sequence.IsDefaultOrEmpty)
                throw new ArgumentException($"sequence {s} is empty", nameof(sequences));
            var path = paths[s] = new int[sequence.Length];
            var row = -1;
            for (var t = 0; t < sequence.Length; t++)
            {
                var key = (row, sequence[t], positions?[s][t] ?? t);
                if (!share || !children.TryGetValue(key, out var child))
                {
                    child = tokens.Count;
                    tokens.Add(key.Item2);
                    depths.Add(key.Item3);
                    parents.Add(row);
                    childCounts.Add(0);
                    if (row >= 0)
                        childCounts[row]++;
                    if (share)
                        children.Add(key, child);
                }
                path[t] = row = child;
            }
        }
        return new TokenTree([.. tokens], [.. depths], [.. parents], Cut(parents, childCounts), paths);
    }

    /// <summary>Lists that one tree after the other is built in: what a training step allocates is the tree itself. One per thread.</summary>
    private sealed class Workspace
    {
        [ThreadStatic]
        private static Workspace? _current;

        private readonly List<int> _tokens = [];
        private readonly List<int> _depths = [];
        private readonly List<int> _parents = [];
        private readonly List<int> _childCounts = [];
        private readonly Dictionary<(int Parent, int Token, int Position), int> _children = [];

        public static (List<int> Tokens, List<int> Depths, List<int> Parents, List<int> ChildCounts, Dictionary<(int Parent, int Token, int Position), int> Children) Cleared()
        {
            var lists = _current ??= new Workspace();
            lists._tokens.Clear();
            lists._depths.Clear();
            lists._parents.Clear();
            lists._childCounts.Clear();
            lists._children.Clear();
            return (lists._tokens, lists._depths, lists._parents, lists._childCounts, lists._children);
        }
    }

    /// <summary>Cuts a batch into groups of neighbouring sequences whose trees have at most so many rows each (one sequence may exceed it alone).</summary>
    public static List<int[]> Partition(IReadOnlyList<ImmutableArray<int>> sequences, int mostRows)
    {
        if (sequences.Sum(s => (long)s.Length) <= mostRows)
            return [[.. Enumerable.Range(0, sequences.Count)]];
        var groups = new List<int[]>();
        var group = new List<int>();
        var children = new Dictionary<(int Parent, int Token), int>();
        for (var s = 0; s < sequences.Count; s++)
        {
            var row = -1;
            var shared = 0;
            while (shared < sequences[s].Length && children.TryGetValue((row, sequences[s][shared]), out var child))
            {
                row = child;
                shared++;
            }
            if (group.Count > 0 && children.Count + sequences[s].Length - shared > mostRows)
            {
                groups.Add([.. group]);
                group.Clear();
                children.Clear();
                (row, shared) = (-1, 0);
            }
            for (; shared < sequences[s].Length; shared++)
                children.Add((row, sequences[s][shared]), row = children.Count);
            group.Add(s);
        }
        if (group.Count > 0)
            groups.Add([.. group]);
        return groups;
    }

    /// <summary>A row continues its parent's segment when it is the next row and the only child.</summary>
    private static TreeSegment[] Cut(List<int> parents, List<int> childCounts)
    {
        var segments = new List<TreeSegment>();
        var segmentOf = new int[parents.Count];
        for (var first = 0; first < parents.Count;)
        {
            var end = first + 1;
            while (end < parents.Count && parents[end] == end - 1 && childCounts[end - 1] == 1)
                end++;
            var above = parents[first] < 0 ? -1 : segmentOf[parents[first]];
            segmentOf.AsSpan(first, end - first).Fill(segments.Count);
            segments.Add(new TreeSegment(first, end - first, above));
            first = end;
        }
        return [.. segments];
    }
}
