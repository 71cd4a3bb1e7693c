using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Attention;

public static unsafe partial class PagedAttention
{
    /// <summary>The plain loops for one row.</summary>
    internal static void ReferenceRow(float* q, nint* pages, int keys, AttentionShape shape, float* output)
    {
        var page = new KeyValuePage(shape.KeyValueHeads, shape.HeadSize);
        var scores = new float[keys];
        for (var h = 0; h < shape.Heads; h++)
        {
            for (var j = 0; j < keys; j++)
            {
                var k = page.Keys(pages[j / KeyValuePage.Positions], h / shape.Group) + (j % KeyValuePage.Positions);
                var dot = 0f;
                for (var d = 0; d < shape.HeadSize; d++)
                    dot += q[(h * shape.HeadSize) + d] * k[d * KeyValuePage.Positions];
                scores[j] = dot * shape.Scale;
            }
            Softmax.Forward(scores, scores);
            var result = new Span<float>(output + (h * shape.HeadSize), shape.HeadSize);
            result.Clear();
            for (var j = 0; j < keys; j++)
            {
                var v = page.Values(pages[j / KeyValuePage.Positions], h / shape.Group) + (j % KeyValuePage.Positions * shape.HeadSize);
                for (var d = 0; d < shape.HeadSize; d++)
                    result[d] += scores[j] * v[d];
            }
        }
    }
}
