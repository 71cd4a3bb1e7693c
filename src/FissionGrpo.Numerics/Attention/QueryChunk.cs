using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Attention;

/// <summary>
/// Consecutive keys and values of one head, laid out for the tile kernels: keys in panels of 32 positions (<c>[D, 32]</c>, position fastest),
/// values as rows in blocks of 32 channels. Strides in bytes.
/// </summary>
internal readonly unsafe struct KeyRun(float* keys, float* values, nint valueStride, nint valueBlockStride, int length)
{
    public const int PanelKeys = PackedMatrix.PanelColumns;

    public readonly byte* Keys = (byte*)keys;
    public readonly byte* Values = (byte*)values;
    public readonly nint ValueStride = valueStride;
    public readonly nint ValueBlockStride = valueBlockStride;
    public readonly int Length = length;
}

/// <summary>
/// Attention of a few neighbouring rows of one key/value head, all heads of the group at once: scores by tile products, softmax over whole rows,
/// values by tile products that add one key after the other. How the keys are cut into runs, and which rows share a chunk, changes no bit; that is why decoding over pages and
/// training over a tree agree exactly.
/// </summary>
internal static unsafe class QueryChunk
{
    /// <summary>Rows of the left operand of the products: (row, head of the group) pairs in a chunk.</summary>
    private const int PairsPerChunk = 48;

    // Pairs whose values are summed together, up to the last key that one of them sees: the rows of a tile, as long as the values (128 bytes a key and block
    // of channels) stay near for the next tile.
    private const int TilePairs = 12;
    private const int NearKeys = 2048;

    // Enough for the queries of the next chunk at the usual sizes of a group.
    private const int MostFetches = 16;

    // With so few pairs (decoding) the pages come from memory and are used once: the next one is fetched while this one is at work.
    private const int FewPairs = 12;

    public static int Rows(int group) => Math.Max(1, PairsPerChunk / group);

    public static int Blocks(int headSize) => Panels.Count(headSize);

    /// <summary>Floats of scratch memory for chunks of <paramref name="rows"/> rows that see at most <paramref name="keys"/> keys.</summary>
    public static long ScratchFloats(AttentionShape shape, int rows, int keys)
    {
        var pairs = (long)rows * shape.Group;
        return (pairs * (shape.HeadSize + ScoreStride(keys) + (Blocks(shape.HeadSize) * PackedMatrix.PanelColumns))) + 64;
    }

    /// <param name="q">First row, first head of the group.</param>
    /// <param name="rows">Rows in the chunk.</param>
    /// <param name="visible">Keys that the first row sees; each further row sees one more.</param>
    /// <param name="runs">At least as many keys as the last row sees.</param>
    /// <param name="output">First row, first head of the group.</param>
    /// <param name="logSumExp">First row, first head of the group, rows <paramref name="ldl"/> apart; or null.</param>
    /// <param name="nextQueries">The queries of a chunk that comes next: fetched meanwhile; or null.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(
        float* q, long ldq, int rows, int visible, KeyRun* runs, AttentionShape shape, float* scratch, float* output, long ldo, float* logSumExp, long ldl,
        float* nextQueries = null)
    {
        var pairs = rows * shape.Group;
        var keys = visible + rows - 1;
        var scoreStride = ScoreStride(keys);
        var blocks = Blocks(shape.HeadSize);
        var resultStride = blocks * PackedMatrix.PanelColumns;
        var queries = scratch;
        var scores = queries + ((long)pairs * shape.HeadSize);
        scores += -((nint)scores / sizeof(float)) & 15;
        var results = scores + (pairs * scoreStride);

        var fetches = stackalloc Fetch[MostFetches];
        var rowBytes = shape.Group * shape.HeadSize * sizeof(float);
        var fetchesEnd = pairs <= FewPairs ? fetches : Fetch.AddRows(fetches, MostFetches, (byte*)output, (nint)ldo * sizeof(float), rows, rowBytes, shape.HeadSize);
        if (nextQueries is not null)
            fetchesEnd = Fetch.AddRows(fetchesEnd, (int)(fetches + MostFetches - fetchesEnd), (byte*)nextQueries, (nint)ldq * sizeof(float), rows, rowBytes, shape.HeadSize);
        CopyScaled(q, ldq, rows, shape, queries);
        Scores(queries, pairs, shape, visible, runs, keys, scores, scoreStride, fetches, fetchesEnd);
        var maxima = stackalloc float[pairs];
        var sums = stackalloc float[pairs];
        var together = keys * blocks <= NearKeys ? TilePairs : pairs;
        for (var first = 0; first < pairs; first += together)
        {
            // The rows of a tile see a few keys more or less; what the last of them sees weighs nothing in the others.
            var count = Math.Min(together, pairs - first);
            var tileKeys = visible + ((first + count - 1) / shape.Group);
            Weigh(scores + (first * scoreStride), scoreStride, first, count, visible, shape.Group, tileKeys, maxima, sums);
            Values(
                scores + (first * scoreStride), scoreStride, count, tileKeys, pairs <= FewPairs, runs, blocks, results + ((long)first * resultStride), resultStride);
        }
        for (var (row, pair) = (0, 0); row < rows; row++)
        {
            for (var head = 0; head < shape.Group; head++, pair++)
            {
                if (logSumExp is not null)
                    logSumExp[(row * ldl) + head] = maxima[pair] + MathF.Log(sums[pair]);
                Softmax.Scale(results + ((long)pair * resultStride), shape.HeadSize, 1 / sums[pair], output + (row * ldo) + (head * shape.HeadSize));
            }
        }
    }

    // Replaces the scores of a tile's pairs by e^(score - max), zero where a pair sees no key.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Weigh(float* lines, long stride, int first, int count, int visible, int group, int tileKeys, float* maxima, float* sums)
    {
        const int Together = Softmax.LinesTogether;
        var pair = first;
        var (seen, left) = (visible + (first / group), group - (first % group)); // keys that the pair sees, and pairs from it on that see as many
        for (; Avx512F.IsSupported && pair + Together <= first + count; pair += Together, lines += Together * stride)
        {
            var length = SoftmaxLength(visible + ((pair + Together - 1) / group));
            for (var i = 0; i < Together; i++)
            {
                Hide(lines + (i * stride), seen, length);
                if (--left == 0)
                    (seen, left) = (seen + 1, group);
            }
            Softmax.WeighLines(lines, (nint)stride, length, maxima + pair, sums + pair);
            if (tileKeys > length)
            {
                for (var i = 0; i < Together; i++)
                    new Span<float>(lines + (i * stride) + length, tileKeys - length).Clear();
            }
        }
        for (; pair < first + count; pair++, lines += stride)
        {
            (maxima[pair], sums[pair]) = Weigh(lines, seen);
            var length = SoftmaxLength(seen);
            if (tileKeys > length)
                new Span<float>(lines + length, tileKeys - length).Clear();
            if (--left == 0)
                (seen, left) = (seen + 1, group);
        }
    }

    /// <summary>Replaces the scores of the first <paramref name="seen"/> keys by e^(score − max); the line has room for whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (float Max, float Sum) Weigh(float* line, int seen)
    {
        var length = SoftmaxLength(seen);
        Hide(line, seen, length);
        var max = Softmax.Max(line, length);
        return (max, Softmax.SumExp(line, length, max, line));
    }

    // Scores of keys that are not seen become -inf, and e^-inf is 0. In whole vectors, because a vector that is read over narrow stores waits for them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Hide(float* line, int seen, int length)
    {
        var unseen = Vector512.Create(float.NegativeInfinity);
        for (var i = seen & ~15; i < length; i += 16)
            Vector512.ConditionalSelect(Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(seen - i)).AsSingle(), Vector512.Load(line + i), unseen).Store(line + i);
    }

    /// <summary>As <see cref="Weigh(float*, int)"/> for lines that see the same keys; gives 1 / sum of each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WeighAll(float* lines, nint stride, int pairs, int seen, float* scales)
    {
        const int Together = Softmax.LinesTogether;
        var maxima = stackalloc float[Together];
        var length = SoftmaxLength(seen);
        var pair = 0;
        for (; Avx512F.IsSupported && pair + Together <= pairs; pair += Together, lines += Together * stride)
        {
            for (var i = 0; i < Together; i++)
                Hide(lines + (i * stride), seen, length);
            Softmax.WeighLines(lines, stride, length, maxima, scales + pair);
            for (var i = pair; i < pair + Together; i++)
                scales[i] = 1 / scales[i];
        }
        for (; pair < pairs; pair++, lines += stride)
            scales[pair] = 1 / Weigh(lines, seen).Sum;
    }

    /// <summary>queries[pair, d] = scale · q.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyScaled(float* q, long ldq, int rows, AttentionShape shape, float* queries)
    {
        var count = shape.Group * shape.HeadSize;
        for (var row = 0; row < rows; row++)
            Softmax.Scale(q + (row * ldq), count, shape.Scale, queries + ((long)row * count));
    }

    /// <summary>
    /// Products of the queries with the keys, side by side in the order of the path; a panel takes only the rows that see its first key.
    /// A panel that is not full writes past its keys, where the next run writes after it.
    /// </summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scores(
        float* queries, int pairs, AttentionShape shape, int visible, KeyRun* runs, int keys, float* scores, long stride, Fetch* fetches, Fetch* fetchesEnd)
    {
        var queryBytes = (nint)shape.HeadSize * sizeof(float);
        var nextPanel = stackalloc Fetch[2];
        for (var (position, run) = (0, 0); position < keys; position += runs[run].Length, run++)
        {
            var length = Math.Min(runs[run].Length, keys - position);
            if (pairs <= FewPairs && position + length < keys)
                Tiles.Fetch(runs[run + 1].Keys, queryBytes * KeyRun.PanelKeys);
            for (var key = 0; key < length; key += KeyRun.PanelKeys)
            {
                var panel = runs[run].Keys + (key / KeyRun.PanelKeys * queryBytes * KeyRun.PanelKeys);
                var first = FirstPair(position + key, visible, shape.Group);
                var column = new TileColumn(
                    shape.HeadSize, queries + ((long)first * shape.HeadSize), queryBytes, sizeof(float), panel, KeyRun.PanelKeys * sizeof(float),
                    scores + (first * stride) + position + key, (nint)stride * sizeof(float), TileMode.Store);
                if (fetches < fetchesEnd)
                {
                    column.Fetches = fetches;
                    column.FetchesEnd = fetchesEnd;
                    Tiles.RunRows(ref column, pairs - first);
                    fetches = column.Fetches;
                }
                else
                {
                    panel += queryBytes * KeyRun.PanelKeys;
                    (nextPanel[0], nextPanel[1]) = (Fetch.Column(panel, KeyRun.PanelKeys * sizeof(float)), Fetch.Column(panel + Fetch.LineBytes, KeyRun.PanelKeys * sizeof(float)));
                    column.Fetches = nextPanel;
                    column.FetchesEnd = nextPanel + 2;
                    Tiles.RunRows(ref column, pairs - first);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Values(float* weights, long stride, int pairs, int keys, bool fewPairs, KeyRun* runs, int blocks, float* results, int resultStride)
    {
        for (var (position, run) = (0, 0); position < keys; position += runs[run].Length, run++)
        {
            if (fewPairs && position + runs[run].Length < keys)
                Tiles.Fetch(runs[run + 1].Values, Math.Min(runs[run].Length, KeyRun.PanelKeys) * runs[run].ValueStride);
            var length = Math.Min(runs[run].Length, keys - position);
            var column = new TileColumn(
                length, weights + position, (nint)stride * sizeof(float), sizeof(float), runs[run].Values, runs[run].ValueStride,
                results, (nint)resultStride * sizeof(float), position == 0 ? TileMode.Store : TileMode.Chain);
            Tiles.RunPanels(ref column, pairs, blocks, runs[run].ValueBlockStride);
        }
    }

    /// <summary>The first pair that sees a key, when the first row sees <paramref name="visible"/> keys.</summary>
    public static int FirstPair(int key, int visible, int group) => Math.Max(0, key - visible + 1) * group;

    private static int SoftmaxLength(int seen) => (seen + 15) & ~15;

    // Room for a panel's overhang; not a multiple of 4 KiB.
    public static long ScoreStride(int keys) => ((keys + KeyRun.PanelKeys + 15) & ~15L) + 16;
}
