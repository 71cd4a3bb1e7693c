namespace FissionGrpo.Numerics.Rows;

public static unsafe partial class Softmax
{
    /// <summary>The plain loop in double precision. Returns ln Σ e^x.</summary>
    internal static double ReferenceForward(ReadOnlySpan<float> x, Span<float> probabilities)
    {
        var max = double.NegativeInfinity;
        foreach (var value in x)
            max = Math.Max(max, value);
        var sum = 0.0;
        foreach (var value in x)
            sum += Math.Exp(value - max);
        for (var i = 0; i < x.Length; i++)
            probabilities[i] = (float)(Math.Exp(x[i] - max) / sum);
        return max + Math.Log(sum);
    }
}
