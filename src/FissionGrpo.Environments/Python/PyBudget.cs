namespace FissionGrpo.Environments.Python;

/// <summary>
/// Bounds the work and the memory of one evaluation: characters and items made, steps taken. Python has no such bound; a model must not be
/// able to stop a training run with one expression.
/// </summary>
internal static class PyBudget
{
    /// <summary>About 100 MB or a second, whichever the expression is after.</summary>
    private const long PerEvaluation = 40_000_000;

    [ThreadStatic]
    private static long _left;

    /// <summary>Starts an evaluation on this thread.</summary>
    public static void Reset() => _left = PerEvaluation;

    /// <summary>Takes this much.</summary>
    /// <exception cref="PyException">MemoryError when nothing is left.</exception>
    public static void Spend(long amount)
    {
        _left -= amount;
        if (_left < 0)
            throw PyException.TooLarge("the computation");
    }
}
