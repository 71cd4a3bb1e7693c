namespace FissionGrpo.Numerics.Rows;

public static unsafe partial class AdamW
{
    /// <summary>The plain loop.</summary>
    internal static void ReferenceStep(
        ReadOnlySpan<float> gradient, float gradientScale, int step, float learningRate, float beta1, float beta2, float epsilon, float weightDecay,
        Span<float> weight, Span<float> firstMoment, Span<float> secondMoment)
    {
        for (var i = 0; i < gradient.Length; i++)
        {
            var g = (double)gradient[i] * gradientScale;
            var m = (beta1 * (double)firstMoment[i]) + ((1.0 - beta1) * g);
            var v = (beta2 * (double)secondMoment[i]) + ((1.0 - beta2) * g * g);
            var root = (Math.Sqrt(v) / Math.Sqrt(1 - Math.Pow(beta2, step))) + epsilon;
            weight[i] = (float)((weight[i] * (1 - ((double)learningRate * weightDecay))) - (learningRate / (1 - Math.Pow(beta1, step)) * m / root));
            firstMoment[i] = (float)m;
            secondMoment[i] = (float)v;
        }
    }
}
