namespace FissionGrpo.Numerics.Rows;

public static unsafe partial class SwiGlu
{
    /// <summary>The plain loop.</summary>
    internal static void ReferenceForward(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> y)
    {
        for (var i = 0; i < gate.Length; i++)
            y[i] = (float)(gate[i] / (1 + Math.Exp(-gate[i])) * up[i]);
    }

    /// <summary>The plain loop; overwrites the gradients.</summary>
    internal static void ReferenceBackward(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, ReadOnlySpan<float> dy, Span<float> dGate, Span<float> dUp)
    {
        for (var i = 0; i < gate.Length; i++)
        {
            var sigma = 1 / (1 + Math.Exp(-(double)gate[i]));
            dUp[i] = (float)(dy[i] * gate[i] * sigma);
            dGate[i] = (float)(dy[i] * up[i] * sigma * (1 + (gate[i] * (1 - sigma))));
        }
    }
}
