using System.Collections.Immutable;
using FissionGrpo.Ablation;
using FissionGrpo.Evaluation;
using FissionGrpo.Evaluation.Metrics;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Runs;

/// <summary>
/// What an ablation compares, read from a finished run's folder. The plain names (<c>accuracy</c>, <c>episode_recovery_rate</c>, …) are those
/// of the held-out slice; other slices have theirs in front; <c>before.</c> is the warm start.
/// </summary>
internal static class TrialMeasurements
{
    private const string Primary = "held-out";
    private const string World = "workshop";
    private const int CurvePoints = 60;

    public static TrialResult Of(Trial trial, RunFolder folder)
    {
        var steps = RunMetrics.Read(folder);
        var after = RunEvaluations.Episodes(folder, "after", World);
        var metrics = ImmutableSortedDictionary.CreateBuilder<string, Measured>(StringComparer.Ordinal);
        Measure(metrics, "", after);
        Measure(metrics, "before.", RunEvaluations.Episodes(folder, "before", World));
        Training(metrics, steps);
        return new TrialResult(
            1,
            trial,
            metrics.ToImmutable(),
            Curve(steps),
            after.Where(e => e is { IsPlayed: true, FirstFailure: not null }).GroupBy(e => FailureWords.Of(e.FirstFailure!.Value), StringComparer.Ordinal)
                .ToImmutableSortedDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal),
            steps.Count == 0 ? 0 : steps[^1].SampledTokens,
            steps.Sum(s => s.Seconds));
    }

    private static void Measure(ImmutableSortedDictionary<string, Measured>.Builder metrics, string moment, IReadOnlyList<EvaluatedEpisode> episodes)
    {
        foreach (var slice in episodes.GroupBy(e => e.Slice, StringComparer.Ordinal))
        {
            var set = MetricSet.Of([.. slice], slice.Count(), slice.Select(e => e.TaskId).Distinct(StringComparer.Ordinal).Count());
            var place = moment + (slice.Key is Primary or "injected" ? "" : slice.Key.Replace('-', '_') + ".");
            Add(place + "accuracy", set.Accuracy);
            Add(place + "episode_recovery_rate", set.EpisodeRecovery);
            Add(place + "step_recovery_rate", set.StepRecovery);
            Add(place + "repetition_rate", set.Repetition);
            Add(place + "injected_recovery_rate", set.InjectedRecovery);
            foreach (var (fault, rate) in set.Faults)
                Add($"{place}injected_recovery_rate.{fault}", rate);
        }

        void Add(string name, Rate rate)
        {
            if (rate.Of > 0)
                metrics[name] = new Measured(rate.Value, rate.Of);
        }
    }

    /// <summary>Means over the training steps: of the groups, of the simulator's diagnostics, and of what they cost.</summary>
    private static void Training(ImmutableSortedDictionary<string, Measured>.Builder metrics, IReadOnlyList<StepReport> steps)
    {
        if (steps.Count == 0)
            return;
        var fissioned = steps.Where(s => s.Fission.Recoveries is not null).ToList();
        Mean("training.explored_zero_variance", steps, s => s.Explore.ZeroVariance);
        Mean("training.explored_all_wrong", steps, s => s.Explore.AllWrong);
        Mean("training.recovered_zero_variance", fissioned, s => s.Fission.Recoveries!.ZeroVariance);
        Mean("training.recovered_accuracy", fissioned, s => s.Fission.Recoveries!.Accuracy);
        Mean("training.largest_log_prob_gap", steps, s => s.LogProbGap);
        var contexts = steps.Sum(s => s.Fission.NewContexts);
        if (contexts > 0)
        {
            metrics["training.leaks_per_context"] = new Measured(steps.Sum(s => s.Fission.Leaks) / (double)contexts, contexts);
            metrics["training.fallbacks_per_context"] = new Measured(steps.Sum(s => s.Fission.Fallbacks) / (double)contexts, contexts);
        }

        void Mean(string name, IReadOnlyCollection<StepReport> of, Func<StepReport, double> value)
        {
            if (of.Count > 0)
                metrics[name] = new Measured(of.Average(value), of.Count);
        }
    }

    private static ImmutableArray<CurvePoint> Curve(IReadOnlyList<StepReport> steps)
    {
        var every = Math.Max(1, (steps.Count + CurvePoints - 1) / CurvePoints);
        return [.. steps.Chunk(every).Where(chunk => chunk.Length == every).Select(chunk => new CurvePoint(chunk[^1].SampledTokens, Values(chunk)))];
    }

    private static ImmutableSortedDictionary<string, double> Values(StepReport[] chunk)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
        values["reward"] = chunk.Average(s => s.Explore.MeanReward);
        values["accuracy"] = chunk.Average(s => s.Explore.Accuracy);
        if (chunk.Select(s => s.Explore.RecoveryRate).OfType<double>().ToArray() is { Length: > 0 } recovery)
            values["episode_recovery_rate"] = recovery.Average();
        return values.ToImmutable();
    }
}
