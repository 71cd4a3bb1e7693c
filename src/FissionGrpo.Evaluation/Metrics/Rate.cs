namespace FissionGrpo.Evaluation.Metrics;

/// <summary>A rate that never travels without its count.</summary>
/// <param name="Count">How many.</param>
/// <param name="Of">Of how many; 0 when nothing was there to count.</param>
/// <param name="Low">Lower end of the 95% interval, as a fraction.</param>
/// <param name="High">Upper end.</param>
public sealed record Rate(long Count, long Of, double Low, double High)
{
    /// <summary>The fraction, or null when there was nothing to count.</summary>
    public double? Value => Of == 0 ? null : (double)Count / Of;

    /// <summary>
    /// Sums up one tally a task. With at most one trial a task the interval is Wilson's; otherwise the tasks are drawn again
    /// (<see cref="Bootstrap"/>), because the trials of one task are not independent.
    /// </summary>
    public static Rate Over(ReadOnlySpan<Tally> tasks)
    {
        var (count, of, most) = (0L, 0L, 0.0);
        foreach (var task in tasks)
        {
            count += (long)task.Successes;
            of += (long)task.Trials;
            most = Math.Max(most, task.Trials);
        }
        var interval = most <= 1 ? Interval.Wilson(count, of) : Bootstrap.Ratio(tasks);
        return new Rate(count, of, interval.Low, interval.High);
    }
}
