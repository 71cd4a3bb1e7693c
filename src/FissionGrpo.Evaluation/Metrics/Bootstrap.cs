using FissionGrpo.Seeds;

namespace FissionGrpo.Evaluation.Metrics;

/// <summary>What one task (the unit that is drawn again) adds to a rate: how many trials it has and how many of them succeeded.</summary>
/// <param name="Successes">Trials that succeeded, or any other sum.</param>
/// <param name="Trials">Trials; may be 0, for a task that says nothing about this rate.</param>
public readonly record struct Tally(double Successes, double Trials);

/// <summary>
/// Percentile bootstrap over tasks (Efron and Tibshirani 1993). Samples of one task, and failed calls of one episode, are not
/// independent, so whole tasks are drawn. The draws come from a seed: the same data give the same interval.
/// </summary>
public static class Bootstrap
{
    /// <summary>Resamples drawn: the interval's ends move by less than a tenth of its width beyond this.</summary>
    private const int Resamples = 2000;

    private static readonly Seed Root = new Seed(0).Derive("bootstrap");

    /// <summary>The interval of <c>Σ successes / Σ trials</c>.</summary>
    /// <remarks>
    /// When every task has the same rate (or only one says anything), resampling has no width although we do not know the rate exactly: then it is Wilson's interval
    /// over as many trials as there are tasks with any.
    /// </remarks>
    public static Interval Ratio(ReadOnlySpan<Tally> tasks)
    {
        var (successes, trials, informed) = (0.0, 0.0, 0L);
        var (lowest, highest) = (1.0, 0.0);
        foreach (var task in tasks)
        {
            successes += task.Successes;
            trials += task.Trials;
            if (task.Trials > 0)
                (lowest, highest, informed) = (Math.Min(lowest, task.Successes / task.Trials), Math.Max(highest, task.Successes / task.Trials), informed + 1);
        }
        if (informed == 0)
            return new Interval(0, 1);
        if (lowest == highest)
            return Interval.Wilson(highest == 1 ? informed : highest * informed, informed);

        var rng = new SampleRng(Root.Derive("ratio"));
        var draws = new List<double>(Resamples);
        for (var r = 0; r < Resamples; r++)
        {
            var (s, t) = (0.0, 0.0);
            for (var i = 0; i < tasks.Length; i++)
            {
                var task = tasks[rng.Next(tasks.Length)];
                s += task.Successes;
                t += task.Trials;
            }
            if (t > 0)
                draws.Add(s / t);
        }
        return Percentiles(draws);
    }

    /// <summary>
    /// The difference <c>after − before</c> of two rates measured on the same tasks, with the interval that comes from drawing the tasks
    /// as pairs. Null when one side has no trial.
    /// </summary>
    /// <param name="before">One tally a task.</param>
    /// <param name="after">The same tasks in the same order.</param>
    public static Difference? Paired(ReadOnlySpan<Tally> before, ReadOnlySpan<Tally> after)
    {
        if (before.Length != after.Length)
            throw new ArgumentException($"{before.Length} tasks before and {after.Length} after: a paired difference needs the same tasks.", nameof(after));
        if (Quotient(before) is not { } rateBefore || Quotient(after) is not { } rateAfter)
            return null;
        if (before.Length == 1)
            return new Difference(rateAfter - rateBefore, new Interval(-1, 1), 1); // of one task nothing follows for others

        var rng = new SampleRng(Root.Derive("paired"));
        var draws = new List<double>(Resamples);
        for (var r = 0; r < Resamples; r++)
        {
            var (s0, t0, s1, t1) = (0.0, 0.0, 0.0, 0.0);
            for (var i = 0; i < before.Length; i++)
            {
                var pick = rng.Next(before.Length);
                s0 += before[pick].Successes;
                t0 += before[pick].Trials;
                s1 += after[pick].Successes;
                t1 += after[pick].Trials;
            }
            if (t0 > 0 && t1 > 0)
                draws.Add(s1 / t1 - s0 / t0);
        }
        return new Difference(rateAfter - rateBefore, Percentiles(draws), before.Length);
    }

    private static double? Quotient(ReadOnlySpan<Tally> tasks)
    {
        var (successes, trials) = (0.0, 0.0);
        foreach (var task in tasks)
        {
            successes += task.Successes;
            trials += task.Trials;
        }
        return trials == 0 ? null : successes / trials;
    }

    private static Interval Percentiles(List<double> draws)
    {
        if (draws.Count == 0)
            return new Interval(0, 1);
        draws.Sort();
        return new Interval(At(draws, 0.025), At(draws, 0.975));
    }

    private static double At(List<double> sorted, double quantile)
    {
        var place = quantile * (sorted.Count - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}

/// <summary>A paired difference of two rates.</summary>
/// <param name="Mean">After minus before, as a fraction.</param>
/// <param name="Interval">Its 95% interval.</param>
/// <param name="Tasks">Tasks that both sides played.</param>
public sealed record Difference(double Mean, Interval Interval, int Tasks)
{
    /// <summary>The interval does not hold zero.</summary>
    public bool IsClear => Interval.Low > 0 || Interval.High < 0;
}
