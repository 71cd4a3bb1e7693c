using System.Collections.Immutable;
using System.Text.Json;

namespace FissionGrpo.Ablation;

/// <summary>What a plan came to: <c>results.json</c>.</summary>
/// <param name="Schema">Version of this record: 1.</param>
/// <param name="Name">The plan.</param>
/// <param name="Question">What it asked.</param>
/// <param name="FrozenOn">When it was fixed.</param>
/// <param name="Seeds">The seeds of the primary setting, each met by every arm.</param>
/// <param name="Comparisons">Of the primary (first) setting: by <c>arm_vs_against</c>, then by metric.</param>
/// <param name="Settings">Every setting that has runs, the primary one first.</param>
public sealed record AblationResults(
    int Schema,
    string Name,
    string Question,
    string FrozenOn,
    ImmutableArray<ulong> Seeds,
    ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, PairedDifference>> Comparisons,
    ImmutableArray<SettingResults> Settings)
{
    /// <summary>Sums up the runs.</summary>
    public static AblationResults Of(AblationPlan plan, ImmutableArray<TrialResult> trials)
    {
        var settings = plan.Settings
            .Select(setting => (setting, Runs: trials.Where(t => t.Trial.Setting == setting.Name).ToImmutableArray()))
            .Where(s => !s.Runs.IsEmpty)
            .Select(s => SettingResults.Of(s.setting, plan, s.Runs))
            .ToImmutableArray();
        return new(
            1, plan.Name, plan.Question, plan.FrozenOn,
            [.. plan.Seeds.Where(seed => trials.Any(t => t.Trial.Seed == seed && t.Trial.Setting == plan.Settings[0].Name))],
            settings[0].Comparisons, settings);
    }

    /// <summary>As indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, AblationJson.Default.AblationResults);
}

/// <summary>One setting.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Note">What it is.</param>
/// <param name="Arms">In the plan's order.</param>
/// <param name="SharedStart">Within every seed all arms began with the same weights. False where the plan varies the warm start itself.</param>
/// <param name="Comparisons">By <c>arm_vs_against</c>, then by metric; metrics with fewer than two pairs are left out.</param>
public sealed record SettingResults(
    string Name,
    string Note,
    bool SharedStart,
    ImmutableArray<ArmResults> Arms,
    ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, PairedDifference>> Comparisons)
{
    internal static SettingResults Of(PlanVariant setting, AblationPlan plan, ImmutableArray<TrialResult> trials) => new(
        setting.Name,
        setting.Note,
        trials.GroupBy(t => t.Trial.Seed).All(seed => seed.Select(t => t.WarmStart).Distinct(StringComparer.Ordinal).Count() == 1),
        [.. plan.Arms.Select(arm => ArmResults.Of(arm, [.. trials.Where(t => t.Trial.Arm == arm.Name)]))],
        plan.Comparisons.ToImmutableSortedDictionary(c => c.Key, c => Differences(c, trials), StringComparer.Ordinal));

    private static ImmutableSortedDictionary<string, PairedDifference> Differences(PlanComparison comparison, ImmutableArray<TrialResult> trials)
    {
        var against = trials.Where(t => t.Trial.Arm == comparison.Against).ToDictionary(t => t.Trial.Seed);
        var pairs = trials.Where(t => t.Trial.Arm == comparison.Arm && against.ContainsKey(t.Trial.Seed))
            .Select(t => (Arm: t.Metrics, Against: against[t.Trial.Seed].Metrics))
            .ToList();
        var differences = ImmutableSortedDictionary.CreateBuilder<string, PairedDifference>(StringComparer.Ordinal);
        foreach (var metric in pairs.SelectMany(p => p.Arm.Keys).Where(name => !MetricNames.IsBefore(name)).Distinct(StringComparer.Ordinal))
        {
            var values = pairs
                .Select(p => (Arm: p.Arm.GetValueOrDefault(metric)?.Value, Against: p.Against.GetValueOrDefault(metric)?.Value))
                .Where(v => v.Arm is not null && v.Against is not null)
                .Select(v => (v.Arm!.Value, v.Against!.Value))
                .ToList();
            if (PairedDifference.Of(values) is { } difference)
                differences[metric] = difference;
        }
        return differences.ToImmutable();
    }
}

/// <summary>One arm in one setting.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Note">What it is.</param>
/// <param name="Seeds">Runs.</param>
/// <param name="Metrics">Mean and spread over the seeds, by metric.</param>
/// <param name="Curve">Mean learning curve, at marks equally far apart in sampled tokens.</param>
/// <param name="FailuresBefore">What was wrong before training, summed over the seeds.</param>
/// <param name="Failures">What remains wrong, summed over the seeds.</param>
/// <param name="SampledTokens">Mean tokens sampled in training.</param>
/// <param name="Seconds">Mean wall time of a run's training steps.</param>
public sealed record ArmResults(
    string Name,
    string Note,
    int Seeds,
    ImmutableSortedDictionary<string, Spread> Metrics,
    ImmutableArray<CurvePoint> Curve,
    ImmutableSortedDictionary<string, int> FailuresBefore,
    ImmutableSortedDictionary<string, int> Failures,
    double SampledTokens,
    double Seconds)
{
    internal static ArmResults Of(PlanVariant arm, ImmutableArray<TrialResult> trials) => new(
        arm.Name,
        arm.Note,
        trials.Length,
        trials.SelectMany(t => t.Metrics.Keys).Distinct(StringComparer.Ordinal)
            .Select(name => (name, Spread: Spread.Of([.. trials.Select(t => t.Metrics.GetValueOrDefault(name)?.Value).OfType<double>()])))
            .Where(m => m.Spread is not null)
            .ToImmutableSortedDictionary(m => m.name, m => m.Spread!, StringComparer.Ordinal),
        MeanCurve.Of([.. trials.Select(t => t.Curve)]),
        Sum(trials, t => t.FailuresBefore),
        Sum(trials, t => t.Failures),
        trials.Length == 0 ? 0 : trials.Average(t => (double)t.SampledTokens),
        trials.Length == 0 ? 0 : trials.Average(t => t.Seconds));

    private static ImmutableSortedDictionary<string, int> Sum(ImmutableArray<TrialResult> trials, Func<TrialResult, ImmutableSortedDictionary<string, int>> counts) =>
        trials.SelectMany(counts).GroupBy(f => f.Key, StringComparer.Ordinal).ToImmutableSortedDictionary(g => g.Key, g => g.Sum(f => f.Value), StringComparer.Ordinal);
}

/// <summary>A mean over seeds and its spread.</summary>
/// <param name="Mean">Mean.</param>
/// <param name="Deviation">Standard deviation between seeds (n − 1); 0 with one seed.</param>
/// <param name="Values">One a seed, in the plan's order.</param>
public sealed record Spread(double Mean, double Deviation, ImmutableArray<double> Values)
{
    internal static Spread? Of(ImmutableArray<double> values) => values.IsEmpty ? null : new(
        values.Average(),
        values.Length < 2 ? 0 : Math.Sqrt(values.Sum(v => Math.Pow(v - values.Average(), 2)) / (values.Length - 1)),
        values);
}
