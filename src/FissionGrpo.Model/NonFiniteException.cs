namespace FissionGrpo.Model;

/// <summary>A loss, gradient or weight became NaN or infinite. The step is stopped: the weights are those of before, the accumulated gradients are cleared.</summary>
public sealed class NonFiniteException : Exception
{
    /// <summary>Names the first tensor, in the order of the computation, that holds such a value.</summary>
    /// <param name="tensor">Its name.</param>
    /// <param name="finding">What was found, and what to try.</param>
    public NonFiniteException(string tensor, string finding)
        : base($"{tensor}: {finding}") => Tensor = tensor;

    /// <summary>The first tensor that is not finite.</summary>
    public string Tensor { get; }
}
