using System.Runtime.CompilerServices;
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(
        float* q, long ldq, int rows, int visible, KeyRun* runs, AttentionShape shape, float* scratch, float* output, long ldo, float* logSumExp, long ldl)
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

        var scales = stackalloc float[pairs];
        CopyScaled(q, ldq, rows, shape, queries);
        Scores(queries, pairs, shape.HeadSize, runs, keys, scores, scoreStride);
        for (var pair = 0; pair < pairs; pair++)
        {
            var row = pair / shape.Group;
            var line = scores + (pair * scoreStride);
            var seen = visible + row;
            var (max, sum) = Weigh(line, seen);
            if (keys > SoftmaxLength(seen))
                new Span<float>(line + seen, keys - seen).Clear(); // what later rows see weighs nothing here
            scales[pair] = 1 / sum;
            if (logSumExp is not null)
                logSumExp[(row * ldl) + (pair % shape.Group)] = max + MathF.Log(sum);
        }
        Values(scores, scoreStride, pairs, keys, runs, blocks, results, resultStride);
        for (var pair = 0; pair < pairs; pair++)
        {
            Softmax.Scale(
                results + ((long)pair * resultStride), shape.HeadSize, scales[pair],
                output + (pair / shape.Group * ldo) + (pair % shape.Group * shape.HeadSize));
        }
    }

    /// <summary>Replaces the scores of the first <paramref name="seen"/> keys by e^(score − max); the line has room for whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (float Max, float Sum) Weigh(float* line, int seen)
    {
        var length = SoftmaxLength(seen);
        new Span<float>(line + seen, length - seen).Fill(float.NegativeInfinity); // e^-inf is 0
        var max = Softmax.Max(line, length);
        return (max, Softmax.SumExp(line, length, max, line));
    }

    /// <summary>queries[pair, d] = scale · q.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyScaled(float* q, long ldq, int rows, AttentionShape shape, float* queries)
    {
        var count = shape.Group * shape.HeadSize;
        for (var row = 0; row < rows; row++)
            Softmax.Scale(q + (row * ldq), count, shape.Scale, queries + ((long)row * count));
    }

    /// <summary>Products of the queries with all keys, side by side in the order of the path. A panel that is not full writes past its keys, where the next run writes after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scores(float* queries, int pairs, int headSize, KeyRun* runs, int keys, float* scores, long stride)
    {
        var queryBytes = (nint)headSize * sizeof(float);
        for (var (position, run) = (0, 0); position < keys; position += runs[run].Length, run++)
        {
            var length = Math.Min(runs[run].Length, keys - position);
            if (pairs <= FewPairs && position + length < keys)
                Tiles.Fetch(runs[run + 1].Keys, queryBytes * KeyRun.PanelKeys);
            for (var key = 0; key < length; key += KeyRun.PanelKeys)
            {
                var panel = runs[run].Keys + (key / KeyRun.PanelKeys * queryBytes * KeyRun.PanelKeys);
                Tiles.RunRows(
                    TileColumn.Single(
                        headSize, queries, queryBytes, sizeof(float), panel, KeyRun.PanelKeys * sizeof(float),
                        scores + position + key, (nint)stride * sizeof(float), TileMode.Store),
                    pairs);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Values(float* weights, long stride, int pairs, int keys, KeyRun* runs, int blocks, float* results, int resultStride)
    {
        for (var (position, run) = (0, 0); position < keys; position += runs[run].Length, run++)
        {
            if (pairs <= FewPairs && position + runs[run].Length < keys)
                Tiles.Fetch(runs[run + 1].Values, Math.Min(runs[run].Length, KeyRun.PanelKeys) * runs[run].ValueStride);
            Tiles.RunPanels(
                TileColumn.Single(
                    Math.Min(runs[run].Length, keys - position), weights + position, (nint)stride * sizeof(float), sizeof(float), runs[run].Values, runs[run].ValueStride,
                    results, (nint)resultStride * sizeof(float), position == 0 ? TileMode.Store : TileMode.Chain),
                pairs, blocks, runs[run].ValueBlockStride);
        }
    }

    private static int SoftmaxLength(int seen) => (seen + 15) & ~15;

    // Room for a panel's overhang; not a multiple of 4 KiB.
    public static long ScoreStride(int keys) => ((keys + KeyRun.PanelKeys + 15) & ~15L) + 16;
}
