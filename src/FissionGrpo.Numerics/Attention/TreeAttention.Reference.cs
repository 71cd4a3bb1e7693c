using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Attention;

public static unsafe partial class TreeAttention
{
    /// <summary>The plain loops: for each row and head the scores of its whole path, softmax, weighted values.</summary>
    internal static void ReferenceForward(
        float* q, long ldq, float* k, float* v, long ldkv, ReadOnlySpan<TreeSegment> segments, AttentionShape shape,
        float* output, long ldo, float* logSumExp)
    {
        for (var s = 0; s < segments.Length; s++)
        {
            var path = PathOf(segments, s);
            for (var i = 0; i < segments[s].Length; i++)
            {
                var row = segments[s].Start + i;
                var keys = path.AsSpan(0, path.Length - segments[s].Length + i + 1);
                var scores = new float[keys.Length];
                for (var h = 0; h < shape.Heads; h++)
                {
                    var query = new ReadOnlySpan<float>(q + (row * ldq) + (h * shape.HeadSize), shape.HeadSize);
                    var head = h / shape.Group * shape.HeadSize;
                    for (var j = 0; j < keys.Length; j++)
                        scores[j] = shape.Scale * Dot(query, new(k + (keys[j] * ldkv) + head, shape.HeadSize));
                    var total = Softmax.Forward(scores, scores);
                    if (logSumExp is not null)
                        logSumExp[((long)row * shape.Heads) + h] = total;
                    var result = new Span<float>(output + (row * ldo) + (h * shape.HeadSize), shape.HeadSize);
                    result.Clear();
                    for (var j = 0; j < keys.Length; j++)
                        AddScaled(scores[j], new(v + (keys[j] * ldkv) + head, shape.HeadSize), result);
                }
            }
        }
    }

    /// <summary>The plain loops; adds.</summary>
    internal static void ReferenceBackward(
        float* q, long ldq, float* k, float* v, long ldkv, ReadOnlySpan<TreeSegment> segments, AttentionShape shape,
        float* output, float* dOutput, long ldo, float* logSumExp, float* dq, long lddq, float* dk, float* dv, long lddkv)
    {
        foreach (var segment in segments)
        {
            for (var row = (long)segment.Start; row < segment.Start + segment.Length; row++)
            {
                new Span<float>(dq + (row * lddq), shape.Heads * shape.HeadSize).Clear();
                new Span<float>(dk + (row * lddkv), shape.KeyValueHeads * shape.HeadSize).Clear();
                new Span<float>(dv + (row * lddkv), shape.KeyValueHeads * shape.HeadSize).Clear();
            }
        }
        for (var s = 0; s < segments.Length; s++)
        {
            var path = PathOf(segments, s);
            for (var i = 0; i < segments[s].Length; i++)
            {
                var row = segments[s].Start + i;
                var keys = path.AsSpan(0, path.Length - segments[s].Length + i + 1);
                for (var h = 0; h < shape.Heads; h++)
                {
                    var query = new ReadOnlySpan<float>(q + (row * ldq) + (h * shape.HeadSize), shape.HeadSize);
                    var dOut = new ReadOnlySpan<float>(dOutput + (row * ldo) + (h * shape.HeadSize), shape.HeadSize);
                    var delta = Dot(dOut, new(output + (row * ldo) + (h * shape.HeadSize), shape.HeadSize));
                    var head = h / shape.Group * shape.HeadSize;
                    foreach (var key in keys)
                    {
                        var keyRow = new ReadOnlySpan<float>(k + (key * ldkv) + head, shape.HeadSize);
                        var valueRow = new ReadOnlySpan<float>(v + (key * ldkv) + head, shape.HeadSize);
                        var p = MathF.Exp((shape.Scale * Dot(query, keyRow)) - logSumExp[((long)row * shape.Heads) + h]);
                        var dScore = shape.Scale * p * (Dot(dOut, valueRow) - delta);
                        AddScaled(p, dOut, new(dv + (key * lddkv) + head, shape.HeadSize));
                        AddScaled(dScore, keyRow, new(dq + (row * lddq) + (h * shape.HeadSize), shape.HeadSize));
                        AddScaled(dScore, query, new(dk + (key * lddkv) + head, shape.HeadSize));
                    }
                }
            }
        }
    }

    /// <summary>The rows of a segment's path, from the root to its own last row.</summary>
    internal static int[] PathOf(ReadOnlySpan<TreeSegment> segments, int segment)
    {
        var length = 0;
        for (var s = segment; s >= 0; s = segments[s].Parent)
            length += segments[s].Length;
        var rows = new int[length];
        for (var s = segment; s >= 0; s = segments[s].Parent)
        {
            length -= segments[s].Length;
            for (var i = 0; i < segments[s].Length; i++)
                rows[length + i] = segments[s].Start + i;
        }
        return rows;
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => System.Numerics.Tensors.TensorPrimitives.Dot(a, b);

    private static void AddScaled(float factor, ReadOnlySpan<float> x, Span<float> y) =>
        System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(x, factor, y, y);
}
