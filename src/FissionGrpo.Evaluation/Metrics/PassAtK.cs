namespace FissionGrpo.Evaluation.Metrics;

/// <summary>
/// What k tries of a task are worth, estimated without bias from n ≥ k tries of which c succeeded:
/// pass@k, that at least one of k succeeds (Chen et al. 2021, arXiv:2107.03374, equation 1), and pass^k, that all of k do
/// (Yao et al. 2024, arXiv:2406.12045, section 3).
/// </summary>
public static class PassAtK
{
    /// <summary><c>1 − C(n−c, k) / C(n, k)</c>.</summary>
    /// <param name="tries">n, at least k.</param>
    /// <param name="successes">c.</param>
    /// <param name="k">At least 1.</param>
    public static double AnyOf(int tries, int successes, int k)
    {
        Check(tries, successes, k);
        var allFail = 1.0;
        for (var i = 0; i < k; i++)
            allFail *= Math.Max(0, tries - successes - i) / (double)(tries - i);
        return 1 - allFail;
    }

    /// <summary><c>C(c, k) / C(n, k)</c>.</summary>
    /// <param name="tries">n, at least k.</param>
    /// <param name="successes">c.</param>
    /// <param name="k">At least 1.</param>
    public static double AllOf(int tries, int successes, int k)
    {
        Check(tries, successes, k);
        var allPass = 1.0;
        for (var i = 0; i < k; i++)
            allPass *= Math.Max(0, successes - i) / (double)(tries - i);
        return allPass;
    }

    private static void Check(int tries, int successes, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(tries, k);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, tries);
    }
}
