namespace FissionGrpo.Numerics.Rows;

public static unsafe partial class RmsNorm
{
    /// <summary>The plain loop for one row: the documentation, the oracle of the tests and the baseline of the benchmark.</summary>
    internal static void ReferenceForward(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float epsilon, Span<float> y)
    {
        var sum = 0.0;
        foreach (var value in x)
            sum += (double)value * value;
        var scale = 1 / Math.Sqrt((sum / x.Length) + epsilon);
        for (var i = 0; i < x.Length; i++)
            y[i] = (float)(x[i] * scale * weight[i]);
    }

    /// <summary>Adds the gradients of one row.</summary>
    internal static void ReferenceBackward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> dy, float epsilon, Span<float> dx, Span<float> dWeight)
    {
        var (sum, dot) = (0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            sum += (double)x[i] * x[i];
            dot += (double)weight[i] * dy[i] * x[i];
        }
        var scale = 1 / Math.Sqrt((sum / x.Length) + epsilon);
        for (var i = 0; i < x.Length; i++)
        {
            dx[i] += (float)((weight[i] * dy[i] * scale) - (x[i] * dot * scale * scale * scale / x.Length));
            dWeight[i] += (float)(dy[i] * x[i] * scale);
        }
    }
}
