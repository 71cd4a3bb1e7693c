namespace FissionGrpo.Evaluation.Metrics;

/// <summary>A 95% confidence interval.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>The standard normal's 97.5% quantile.</summary>
    private const double Z = 1.959963984540054;

    /// <summary>
    /// Wilson's score interval for a proportion (Wilson 1927): honest at 0 and at 1, where the normal approximation has no width.
    /// It assumes independent trials; where several trials share a task, use <see cref="Bootstrap"/>.
    /// </summary>
    /// <param name="successes">Trials that succeeded; a part of one where trials stand for groups that agree.</param>
    /// <param name="trials">All trials; with none, everything is possible and the interval is [0, 1].</param>
    public static Interval Wilson(double successes, long trials)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(trials);
        if (!(successes >= 0 && successes <= trials))
            throw new ArgumentOutOfRangeException(nameof(successes), successes, $"must be between 0 and the {trials} trials");
        if (trials == 0)
            return new Interval(0, 1);
        var n = (double)trials;
        var p = successes / n;
        var centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n);
        var half = Z * Math.Sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n);
        return new Interval(
            successes == 0 ? 0 : Math.Max(0, centre - half),
            successes == trials ? 1 : Math.Min(1, centre + half));
    }

    /// <summary>True when the interval holds the value.</summary>
    public bool Contains(double value) => Low <= value && value <= High;
}
