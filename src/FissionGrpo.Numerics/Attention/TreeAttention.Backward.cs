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
        var (roots, rows) = (0, 0L);
        foreach (var segment in segments)
        {
            roots += segment.Parent < 0 ? 1 : 0;
            rows = Math.Max(rows, (long)segment.Start + segment.Length);
        }
        var parts = Math.Clamp(JobsWanted / Math.Max(1, roots * shape.KeyValueHeads), 1, MostParts);
        var (planFloats, reached) = (TreePlan.Floats(segments.Length), (long)parts * segments.Length);
        var width = shape.KeyValueHeads * shape.HeadSize;
        var start = team.SharedScratch(planFloats + (parts == 1 ? 0 : reached + (2 * parts * rows * width)));
        var plan = TreePlan.Create(segments, chunkRows, start);
        var gradients = new KeyGradients(parts, start + planFloats + reached, rows * width, (int*)(start + planFloats), segments.Length, dk, dv, lddkv, width);
        team.RunTiles(
            plan.Roots * parts * shape.KeyValueHeads,
            new BackwardJobs(team, plan, q, ldq, k, v, ldkv, shape, chunkRows, output, dOutput, ldo, logSumExp, dq, lddq, gradients));
        if (parts > 1)
            team.Run(plan.Segments, new AddParts(plan, gradients));
    }

    /// <summary>Where jobs leave the gradients of keys and values: where they belong or, when roots are cut into parts, in sums of each part.</summary>
    private readonly struct KeyGradients(int parts, float* sums, long floats, int* reached, int segments, float* dk, float* dv, long ld, int width)
    {
        public int Parts => parts;

        /// <summary>Floats from row to row.</summary>
        public long Stride => parts == 1 ? ld : width;

        public float* Keys(int part) => parts == 1 ? dk : sums + (2 * part * floats);

        public float* Values(int part) => parts == 1 ? dv : sums + (((2 * part) + 1) * floats);

        /// <summary>Rows of each segment that the part has seen; the others have no gradient from it.</summary>
        public int* Reached(int part) => reached + ((long)part * segments);

        /// <summary>Adds the parts of a segment's rows in order.</summary>
        public void AddParts(int segment, TreeSegment tree)
        {
            for (var row = 0; row < tree.Length; row++)
            {
                var there = false;
                for (var part = 0; part < parts; part++)
                {
                    if (row >= Reached(part)[segment])
                        continue;
                    var (from, to) = ((tree.Start + (long)row) * width, (tree.Start + (long)row) * ld);
                    AddRow(Keys(part) + from, there, dk + to);
                    AddRow(Values(part) + from, there, dv + to);
                    there = true;
                }
            }
        }

        private void AddRow(float* sum, bool there, float* gradient)
        {
            if (there)
                Residual.AddRow(sum, width, gradient);
            else
                new ReadOnlySpan<float>(sum, width).CopyTo(new(gradient, width));
        }
    }

    // One root's gradients for one key/value head and one part of its chunks: dq in its place, dK and dV summed beside the keys and values and left at the end.
    private readonly struct BackwardJobs(
        ThreadTeam team, TreePlan plan, float* q, long ldq, float* k, float* v, long ldkv, AttentionShape shape, int chunkRows,
        float* output, float* dOutput, long ldo, float* logSumExp, float* dq, long lddq, KeyGradients gradients) : ITileKernel
    {
        private const int Columns = PackedMatrix.PanelColumns;
        private const int ScoreStride = KeysPerBlock + KeyRun.PanelKeys + 16;

        // Enough for what a chunk writes and the next one reads at the usual sizes of a group.
        private const int MostFetches = 32;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item, int worker)
        {
            var head = item % shape.KeyValueHeads;
            var part = item / shape.KeyValueHeads % gradients.Parts;
            var root = item / shape.KeyValueHeads / gradients.Parts;
            var packed = new PackedRows(plan, shape.HeadSize);
            var pairs = chunkRows * shape.Group;
            var work = new Memory(team.Scratch(worker, Memory.Floats(plan, packed, pairs)), packed, root, pairs);

            var (from, to) = ((int)((long)plan.ChunksOfRoot[root] * part / gradients.Parts), (int)((long)plan.ChunksOfRoot[root] * (part + 1) / gradients.Parts));
            for (var (s, index) = (plan.FirstOfRoot[root], 0); s >= 0; s = plan.NextInRoot[s])
            {
                for (var first = 0; first < plan.Tree[s].Length; first += chunkRows, index++)
                {
                    if (index < from || index >= to)
                        continue;
                    var rows = Math.Min(chunkRows, plan.Tree[s].Length - first);
                    for (var (run, seen) = (s, first + rows); run >= 0; run = plan.Tree[run].Parent, seen = int.MaxValue)
                    {
                        work.Path[plan.Depth[run] - 1] = run;
                        while (work.Packed.Next(run, seen, out var panel))
                            Pack(panel, head, work);
                    }
                    Chunk(s, first, rows, head, part, work);
                }
            }
            for (var s = plan.FirstOfRoot[root]; s >= 0; s = plan.NextInRoot[s])
                Leave(s, head, part, work);
        }

        private void Pack(RowPanel panel, int head, Memory work)
        {
            var source = (panel.Row * ldkv) + ((long)head * shape.HeadSize);
            work.Packed.FetchAfter(panel, k + source, ldkv);
            work.Packed.FetchAfter(panel, v + source, ldkv);
            work.Packed.PackPanel(panel, k + source, ldkv, work.KeyPanels);
            work.Packed.PackPanel(panel, v + source, ldkv, work.ValuePanels);
            work.Packed.PackRows(panel, k + source, ldkv, work.KeyRows);
            for (var block = 0; block < work.Width / Columns; block++)
            {
                new Span<float>(work.Block(work.DKeys, panel.Segment, block) + (panel.First * Columns), panel.Count * Columns).Clear();
                new Span<float>(work.Block(work.DValues, panel.Segment, block) + (panel.First * Columns), panel.Count * Columns).Clear();
            }
        }

        private void Leave(int segment, int head, int part, Memory work)
        {
            var rows = work.Packed.Count(segment);
            if (gradients.Parts > 1 && head == 0)
                gradients.Reached(part)[segment] = rows;
            for (var block = 0; block < work.Width / Columns; block++)
            {
                var columns = Math.Min(Columns, shape.HeadSize - (block * Columns));
                var at = (plan.Tree[segment].Start * gradients.Stride) + ((long)head * shape.HeadSize) + (block * Columns);
                Panels.CopyFromPanel(work.Block(work.DKeys, segment, block), columns, rows, gradients.Keys(part) + at, gradients.Stride);
                Panels.CopyFromPanel(work.Block(work.DValues, segment, block), columns, rows, gradients.Values(part) + at, gradients.Stride);
            }
        }

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
            var groupBytes = shape.Group * shape.HeadSize * sizeof(float);
            fetching.Add(dq + (row * lddq) + column, lddq, rows, groupBytes, shape);
            if (row + rows < plan.Rows)
            {
                fetching.Add(q + ((row + rows) * ldq) + column, ldq, rows, groupBytes, shape);
                fetching.Add(dOutput + ((row + rows) * ldo) + column, ldo, rows, groupBytes, shape);
                fetching.Add(output + ((row + rows) * ldo) + column, ldo, rows, groupBytes, shape);
            }
            var gradientRow = (row * gradients.Stride) + ((long)head * shape.HeadSize);
            fetching.Add(gradients.Keys(part) + gradientRow, gradients.Stride, rows, shape.HeadSize * sizeof(float), shape);
            fetching.Add(gradients.Values(part) + gradientRow, gradients.Stride, rows, shape.HeadSize * sizeof(float), shape);

            var visible = plan.PathStart[segment] + first + 1;
            var keys = visible + rows - 1;
            for (var (position, depth) = (0, 0); position < keys; depth++)
            {
                var run = work.Path[depth];
                var count = Math.Min(plan.Tree[run].Length, keys - position);
                for (var key = 0; key < count; key += KeysPerBlock)
                    Block(run, key, Math.Min(KeysPerBlock, count - key), pairs, visible - position - key, row, head, work, ref fetching);
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
        private void Block(int run, int key, int count, int pairs, int visible, int row, int head, Memory work, ref FetchList fetching)
        {
            var keyPanels = work.Packed.Panels(run, work.KeyPanels);
            var valuePanels = work.Packed.Panels(run, work.ValuePanels);
            var widthBytes = (nint)work.Width * sizeof(float);
            const int ScoreBytes = ScoreStride * sizeof(float);
            for (var j = 0; j < count; j += KeyRun.PanelKeys)
            {
                var offset = (key + (long)j) * shape.HeadSize;
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
                var keyBlock = work.Block(work.KeyRows, run, block) + (key * Columns);
                var dKeyBlock = work.Block(work.DKeys, run, block) + (key * Columns);
                var dValueBlock = work.Block(work.DValues, run, block) + (key * Columns);
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
                        dKeyBlock + (tile * Columns), Columns * sizeof(float), TileMode.Add);
                    Tiles.RunRows(ref dKeys, tileKeys);
                    var dValues = new TileColumn(
                        pairs - first, work.Scores + scoreAt, sizeof(float), ScoreBytes, work.DOutputs + at, widthBytes,
                        dValueBlock + (tile * Columns), Columns * sizeof(float), TileMode.Add);
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

            public void Add(float* rows, long ld, int count, int bytes, AttentionShape shape) =>
                _end = Fetch.AddRows(_end, (int)(_limit - _end), (byte*)rows, (nint)ld * sizeof(float), count, bytes, shape.HeadSize);

            public void RunRows(ref TileColumn column, int rows)
            {
                column.Fetches = _next;
                column.FetchesEnd = _end;
                Tiles.RunRows(ref column, rows);
                _next = column.Fetches;
            }
        }

        // A worker's memory during a job.
        private readonly struct Memory
        {
            public readonly PackedRows Packed;
            public readonly int Width;
            public readonly float* KeyPanels;
            public readonly float* ValuePanels;
            public readonly float* KeyRows;
            public readonly float* DKeys;
            public readonly float* DValues;
            public readonly float* Queries;
            public readonly float* DOutputs;
            public readonly float* DQueries;
            public readonly float* Scores;
            public readonly float* DScores;
            public readonly float* Deltas;
            public readonly int* Path;

            public Memory(float* start, PackedRows packed, int root, int pairs)
            {
                Width = packed.Width;
                Packed = packed;
                KeyPanels = start + packed.StateFloats;
                ValuePanels = KeyPanels + packed.PanelFloats;
                KeyRows = ValuePanels + packed.PanelFloats;
                DKeys = KeyRows + packed.RowFloats;
                DValues = DKeys + packed.RowFloats;
                Queries = DValues + packed.RowFloats;
                DOutputs = Queries + ((long)pairs * Width);
                DQueries = DOutputs + ((long)pairs * Width);
                Scores = DQueries + ((long)pairs * Width);
                DScores = Scores + ((long)pairs * ScoreStride);
                Deltas = DScores + ((long)pairs * ScoreStride);
                Path = (int*)(Deltas + pairs);
                Packed.Begin((int*)start, root);
            }

            public static long Floats(TreePlan plan, PackedRows packed, int pairs) =>
                packed.StateFloats + (2 * packed.PanelFloats) + (3 * packed.RowFloats) + (pairs * (1L + (3 * packed.Width) + (2 * ScoreStride))) + plan.DeepestPath;

            /// <summary>Where a segment's rows begin, in one block of channels.</summary>
            public float* Block(float* rows, int segment, int block) => Packed.Rows(segment, rows) + (block * Packed.BlockFloats);
        }
    }

    private readonly struct AddParts(TreePlan plan, KeyGradients gradients) : IRowKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item) => gradients.AddParts(item, plan.Tree[item]);
    }
}
