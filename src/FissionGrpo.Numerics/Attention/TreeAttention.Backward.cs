using System.Runtime.CompilerServices;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Attention;

public static unsafe partial class TreeAttention
{
    // Keys that the backward pass takes at a time: scores and their gradients (48 x 256 floats each) stay in the second-level cache.
    private const int KeysPerBlock = 256;

    // A root with one key/value head is one job. Below so many jobs a root is cut into parts with sums of their own, which are added in order:
    // by the problem's size and never by the number of threads, so that the bits stay.
    private const int JobsWanted = 8;
    private const int MostParts = 4;

    /// <summary>The gradients of queries, keys and values; sums over descendants run in the order of the segments, whatever the threads.</summary>
    /// <param name="team">Who works.</param>
    /// <param name="output">The result of the forward pass.</param>
    /// <param name="logSumExp">From the forward pass.</param>
    /// <param name="dOutput">Gradient of the output, rows <paramref name="ldo"/> apart like the output.</param>
    /// <param name="dq">Laid out like the queries, rows <paramref name="lddq"/> apart; overwritten.</param>
    /// <param name="dk">Laid out like the keys, rows <paramref name="lddkv"/> apart; overwritten.</param>
    /// <param name="dv">Like <paramref name="dk"/>.</param>
    /// <exception cref="ArgumentException">The segments are no tree with parents first.</exception>
    public static void Backward(
        ThreadTeam team, float* q, long ldq, float* k, float* v, long ldkv, ReadOnlySpan<TreeSegment> segments, AttentionShape shape,
        float* output, float* dOutput, long ldo, float* logSumExp, float* dq, long lddq, float* dk, float* dv, long lddkv)
    {
        if (segments.IsEmpty)
            return;
        var chunkRows = QueryChunk.Rows(shape.Group);
        var memory = new SharedLayout(segments, shape);
        var roots = 0;
        foreach (var segment in segments)
            roots += segment.Parent < 0 ? 1 : 0;
        var parts = Math.Clamp(JobsWanted / Math.Max(1, roots * shape.KeyValueHeads), 1, MostParts);
        var start = team.SharedScratch(memory.PlanFloats + (2 * memory.KeyFloats) + ((1 + (2L * parts)) * memory.ValueFloats));
        var plan = TreePlan.Create(segments, chunkRows, start);
        var keyPanels = start + memory.PlanFloats;
        var valuePanels = keyPanels + memory.KeyFloats;
        var keyRows = valuePanels + memory.KeyFloats;
        var sums = keyRows + memory.ValueFloats;
        team.Run(plan.Segments * shape.KeyValueHeads, new PackKeys(plan, k, ldkv, shape.HeadSize, keyPanels));
        team.Run(plan.Segments * shape.KeyValueHeads, new PackKeys(plan, v, ldkv, shape.HeadSize, valuePanels));
        team.Run(plan.Segments * shape.KeyValueHeads, new PackValues(plan, k, ldkv, shape.HeadSize, keyRows));
        team.RunTiles(
            plan.Roots * parts * shape.KeyValueHeads,
            new BackwardJobs(
                team, plan, q, ldq, keyPanels, valuePanels, keyRows, shape, chunkRows, parts, output, dOutput, ldo, logSumExp, dq, lddq, sums, memory.ValueFloats));
        team.Run(plan.Segments, new AddSums(plan, sums, memory.ValueFloats, parts, shape, dk, dv, lddkv));
    }

    // One root's gradients for one key/value head and one part of its chunks: dq in its place, dK and dV in the part's sums.
    private readonly struct BackwardJobs(
        ThreadTeam team, TreePlan plan, float* q, long ldq, float* keyPanels, float* valuePanels, float* keyRows, AttentionShape shape, int chunkRows, int parts,
        float* output, float* dOutput, long ldo, float* logSumExp, float* dq, long lddq, float* sums, long sumFloats) : ITileKernel
    {
        private const int Columns = PackedMatrix.PanelColumns;
        private const int ScoreStride = KeysPerBlock + KeyRun.PanelKeys + 16;

        // Enough for queries, outputs and their gradients at the usual sizes of a group.
        private const int MostFetches = 24;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item, int worker)
        {
            var head = item % shape.KeyValueHeads;
            var part = item / shape.KeyValueHeads % parts;
            var root = item / shape.KeyValueHeads / parts;
            var pairs = chunkRows * shape.Group;
            var width = QueryChunk.Blocks(shape.HeadSize) * Columns;
            var scratch = team.Scratch(worker, plan.DeepestPath + 32L + ((long)pairs * (1 + (3 * width) + (2 * ScoreStride))));
            var work = new Memory(scratch, pairs, width, plan.DeepestPath);
            Clear(root, part, head);

            var total = 0;
            for (var s = 0; s < plan.Segments; s++)
                total += plan.Root[s] == root ? plan.ChunkStart[s + 1] - plan.ChunkStart[s] : 0;
            var (from, to) = ((int)((long)total * part / parts), (int)((long)total * (part + 1) / parts));
            for (var (s, index) = (0, 0); s < plan.Segments; s++)
            {
                if (plan.Root[s] != root)
                    continue;
                for (var ancestor = s; ancestor >= 0; ancestor = plan.Tree[ancestor].Parent)
                    work.Path[plan.Depth[ancestor] - 1] = ancestor;
                for (var first = 0; first < plan.Tree[s].Length; first += chunkRows, index++)
                {
                    if (index >= from && index < to)
                        Chunk(s, first, Math.Min(chunkRows, plan.Tree[s].Length - first), head, part, work);
                }
            }
        }

        private void Clear(int root, int part, int head)
        {
            for (var s = 0; s < plan.Segments; s++)
            {
                if (plan.Root[s] != root)
                    continue;
                for (var block = 0; block < QueryChunk.Blocks(shape.HeadSize); block++)
                {
                    new Span<float>(Sum(2 * part, head, block, plan.Tree[s].Start), plan.Tree[s].Length * Columns).Clear();
                    new Span<float>(Sum((2 * part) + 1, head, block, plan.Tree[s].Start), plan.Tree[s].Length * Columns).Clear();
                }
            }
        }

        // Sums of dK (even) and dV (odd), laid out as [block, row, 32] per head.
        private float* Sum(int which, int head, int block, int row) =>
            sums + (which * sumFloats) + (((((long)head * QueryChunk.Blocks(shape.HeadSize)) + block) * plan.Rows) + row) * Columns;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Chunk(int segment, int first, int rows, int head, int part, Memory work)
        {
            var pairs = rows * shape.Group;
            var row = plan.Tree[segment].Start + first;
            var column = (long)head * shape.Group * shape.HeadSize;
            Load(q + (row * ldq) + column, ldq, rows, shape.Scale, work.Queries, work.Width);
            Load(dOutput + (row * ldo) + column, ldo, rows, 1, work.DOutputs, work.Width);
            for (var (r, pair) = (0, 0); r < rows; r++)
            {
                for (var g = 0; g < shape.Group; g++, pair++)
                {
                    work.Deltas[pair] = Softmax.Dot(
                        work.DOutputs + ((long)pair * work.Width), output + ((row + r) * ldo) + column + (g * shape.HeadSize), shape.HeadSize);
                }
            }
            new Span<float>(work.DQueries, pairs * work.Width).Clear();

            // Meanwhile the lines that the result goes to and the rows of the next chunk are fetched.
            var fetches = stackalloc Fetch[MostFetches];
            var fetching = new FetchList(fetches);
            fetching.Add(dq + (row * lddq) + column, lddq, rows, shape);
            if (row + rows < plan.Rows)
            {
                fetching.Add(q + ((row + rows) * ldq) + column, ldq, rows, shape);
                fetching.Add(dOutput + ((row + rows) * ldo) + column, ldo, rows, shape);
                fetching.Add(output + ((row + rows) * ldo) + column, ldo, rows, shape);
            }

            var visible = plan.PathStart[segment] + first + 1;
            var keys = visible + rows - 1;
            for (var (position, depth) = (0, 0); position < keys; depth++)
            {
                var run = work.Path[depth];
                var count = Math.Min(plan.Tree[run].Length, keys - position);
                for (var key = 0; key < count; key += KeysPerBlock)
                    Block(run, key, Math.Min(KeysPerBlock, count - key), pairs, visible - position - key, row, head, part, work, ref fetching);
                position += plan.Tree[run].Length;
            }

            // The heads of a group lie side by side; without padding they are one run.
            var (pieces, length) = work.Width == shape.HeadSize ? (1, shape.Group * shape.HeadSize) : (shape.Group, shape.HeadSize);
            for (var r = 0; r < rows; r++)
            {
                for (var g = 0; g < pieces; g++)
                    Softmax.Scale(work.DQueries + ((((long)r * shape.Group) + g) * work.Width), length, shape.Scale, dq + ((row + r) * lddq) + column + (g * length));
            }
        }

        // Keys `key` … of segment `run` against all pairs; `visible` of them are seen by the first row (possibly fewer than none, or more than all).
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Block(int run, int key, int count, int pairs, int visible, int row, int head, int part, Memory work, ref FetchList fetching)
        {
            var panel = ((((long)head * plan.TotalPanels) + plan.PanelStart[run]) * KeyRun.PanelKeys) + key;
            var widthBytes = (nint)work.Width * sizeof(float);
            const int ScoreBytes = ScoreStride * sizeof(float);
            for (var j = 0; j < count; j += KeyRun.PanelKeys)
            {
                var offset = (panel + j) * shape.HeadSize;
                var first = QueryChunk.FirstPair(j, visible, shape.Group);
                var (at, scoreAt) = (first * work.Width, (first * ScoreStride) + j);
                var scores = new TileColumn(
                    shape.HeadSize, work.Queries + at, widthBytes, sizeof(float), keyPanels + offset, Columns * sizeof(float), work.Scores + scoreAt, ScoreBytes, TileMode.Store);
                fetching.RunRows(ref scores, pairs - first);
                var dScores = new TileColumn(
                    shape.HeadSize, work.DOutputs + at, widthBytes, sizeof(float), valuePanels + offset, Columns * sizeof(float), work.DScores + scoreAt, ScoreBytes,
                    TileMode.Store);
                fetching.RunRows(ref dScores, pairs - first);
            }
            for (var (r, pair) = (0, 0); pair < pairs; r++)
            {
                var seen = Math.Clamp(visible + r, 0, count);
                var totals = logSumExp + ((long)(row + r) * shape.Heads) + (head * shape.Group);
                for (var g = 0; g < shape.Group; g++, pair++)
                    Softmax.Gradient(work.Scores + ((long)pair * ScoreStride), work.DScores + ((long)pair * ScoreStride), seen, count, totals[g], work.Deltas[pair]);
            }
            for (var block = 0; block < work.Width / Columns; block++)
            {
                var column = block * Columns;
                var rows = plan.Tree[run].Start + key;
                var keyBlock = keyRows + ((((((long)head * (work.Width / Columns)) + block) * plan.Rows) + rows) * Columns);
                for (var first = 0; first < pairs; first += Tiles.MaxRows)
                {
                    // Up to the last key that a row of the tile sees.
                    var tilePairs = Math.Min(Tiles.MaxRows, pairs - first);
                    var dQueries = new TileColumn(
                        Math.Clamp(visible + ((first + tilePairs - 1) / shape.Group), 0, count), work.DScores + (first * ScoreStride), ScoreBytes, sizeof(float),
                        keyBlock, Columns * sizeof(float), work.DQueries + (first * work.Width) + column, widthBytes, TileMode.Add);
                    Tiles.RunRows(ref dQueries, tilePairs);
                }
                for (var tile = 0; tile < count;)
                {
                    // From the first row that sees a key of the tile; the keys that all rows see are one column.
                    var first = Math.Min(pairs, QueryChunk.FirstPair(tile, visible, shape.Group));
                    var tileKeys = first == 0 ? Math.Clamp(visible, 1, count - tile) : Math.Min(Tiles.MaxRows, count - tile);
                    var (at, scoreAt) = ((first * work.Width) + column, (first * ScoreStride) + tile);
                    var dKeys = new TileColumn(
                        pairs - first, work.DScores + scoreAt, sizeof(float), ScoreBytes, work.Queries + at, widthBytes,
                        Sum(2 * part, head, block, rows + tile), Columns * sizeof(float), TileMode.Add);
                    Tiles.RunRows(ref dKeys, tileKeys);
                    var dValues = new TileColumn(
                        pairs - first, work.Scores + scoreAt, sizeof(float), ScoreBytes, work.DOutputs + at, widthBytes,
                        Sum((2 * part) + 1, head, block, rows + tile), Columns * sizeof(float), TileMode.Add);
                    Tiles.RunRows(ref dValues, tileKeys);
                    tile += tileKeys;
                }
            }
        }

        // Pairs side by side, filled up to whole blocks of channels with zeros.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Load(float* source, long ld, int rows, float scale, float* destination, int width)
        {
            if (width == shape.HeadSize)
            {
                for (var row = 0; row < rows; row++)
                    Softmax.Scale(source + (row * ld), shape.Group * width, scale, destination + ((long)row * shape.Group * width));
                return;
            }
            for (var pair = 0; pair < rows * shape.Group; pair++)
            {
                var to = destination + ((long)pair * width);
                Softmax.Scale(source + (pair / shape.Group * ld) + (pair % shape.Group * shape.HeadSize), shape.HeadSize, scale, to);
                new Span<float>(to + shape.HeadSize, width - shape.HeadSize).Clear();
            }
        }

        // What the products of scores fetch, entry by entry.
        private struct FetchList(Fetch* start)
        {
            private readonly Fetch* _limit = start + MostFetches;
            private Fetch* _next = start;
            private Fetch* _end = start;

            public void Add(float* rows, long ld, int count, AttentionShape shape) =>
                _end = Fetch.AddRows(
                    _end, (int)(_limit - _end), (byte*)rows, (nint)ld * sizeof(float), count, shape.Group * shape.HeadSize * sizeof(float), shape.HeadSize);

            public void RunRows(ref TileColumn column, int rows)
            {
                column.Fetches = _next;
                column.FetchesEnd = _end;
                Tiles.RunRows(ref column, rows);
                _next = column.Fetches;
            }
        }

        private readonly struct Memory
        {
            public readonly int Width;
            public readonly float* Queries;
            public readonly float* DOutputs;
            public readonly float* DQueries;
            public readonly float* Scores;
            public readonly float* DScores;
            public readonly float* Deltas;
            public readonly int* Path;

            public Memory(float* start, int pairs, int width, int deepest)
            {
                Width = width;
                Queries = start;
                DOutputs = Queries + ((long)pairs * width);
                DQueries = DOutputs + ((long)pairs * width);
                Scores = DQueries + ((long)pairs * width);
                DScores = Scores + ((long)pairs * ScoreStride);
                Deltas = DScores + ((long)pairs * ScoreStride);
                Path = (int*)(Deltas + pairs);
            }
        }
    }

    private readonly struct AddSums(TreePlan plan, float* sums, long sumFloats, int parts, AttentionShape shape, float* dk, float* dv, long ld) : IRowKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item)
        {
            var tree = plan.Tree[item];
            var blocks = QueryChunk.Blocks(shape.HeadSize);
            for (var row = tree.Start; row < tree.Start + tree.Length; row++)
            {
                for (var head = 0; head < shape.KeyValueHeads; head++)
                {
                    for (var block = 0; block < blocks; block++)
                    {
                        var columns = Math.Min(PackedMatrix.PanelColumns, shape.HeadSize - (block * PackedMatrix.PanelColumns));
                        var at = (row * ld) + ((long)head * shape.HeadSize) + (block * PackedMatrix.PanelColumns);
                        for (var part = 0; part < parts; part++)
                        {
                            var sum = sums + (2 * part * sumFloats) + (((((long)head * blocks) + block) * plan.Rows) + row) * PackedMatrix.PanelColumns;
                            if (part == 0)
                            {
                                new ReadOnlySpan<float>(sum, columns).CopyTo(new(dk + at, columns));
                                new ReadOnlySpan<float>(sum + sumFloats, columns).CopyTo(new(dv + at, columns));
                                continue;
                            }
                            Residual.AddRow(sum, columns, dk + at);
                            Residual.AddRow(sum + sumFloats, columns, dv + at);
                        }
                    }
                }
            }
        }
    }
}
