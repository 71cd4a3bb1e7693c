using System.Collections.Immutable;
using System.Security.Cryptography;
using FissionGrpo.Ablation;
using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Evaluation;
using FissionGrpo.Evaluation.Metrics;
using FissionGrpo.Fission;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Ablations;

/// <summary>What a finished run came to, read from its folder alone: so a run is measured the same way whenever that is done.</summary>
internal static class TrialMeasurement
{
    private const string Workshop = "workshop";
    private const string HeldOut = "held_out";

    public static TrialResult Of(Trial trial, RunFolder folder, RunSettings settings)
    {
        var steps = RunMetrics.Read(folder);
        var metrics = ImmutableSortedDictionary.CreateBuilder<string, Measured>(StringComparer.Ordinal);
        Evaluated(folder, "before", MetricNames.Before, metrics);
        Evaluated(folder, "after", "", metrics);
        Trained(steps, settings, metrics);
        return new TrialResult(
            TrialResult.CurrentSchema,
            trial,
            metrics.ToImmutable(),
            Curve(folder, steps),
            HeldOutOf(folder, "before").Failures,
            HeldOutOf(folder, "after").Failures,
            Beginning(folder, settings),
            steps.Count == 0 ? 0 : steps[^1].SampledTokens,
            steps.Sum(s => s.Seconds));
    }

    /// <summary>A hash of the weights that training began with: the warm start's, or the given checkpoint's.</summary>
    private static string Beginning(RunFolder folder, RunSettings settings)
    {
        var place = folder.StartingPoint(settings.Run);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Directory.EnumerateFiles(place, "*.safetensors").Order(StringComparer.Ordinal))
        {
            using var stream = File.OpenRead(file);
            hash.AppendData(SHA256.HashData(stream));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    /// <summary>The rates of a moment: by slice, and those of the held-out slice under their plain names too.</summary>
    private static void Evaluated(RunFolder folder, string moment, string prefix, ImmutableSortedDictionary<string, Measured>.Builder metrics)
    {
        foreach (var world in RunEvaluations.Worlds(folder, moment))
        {
            var place = world == Workshop ? prefix : $"{prefix}{world}.";
            foreach (var slice in RunEvaluations.Episodes(folder, moment, world).GroupBy(e => e.Slice, StringComparer.Ordinal))
            {
                var name = slice.Key.Replace('-', '_');
                Slice($"{place}{name}.", Measure([.. slice]));
                if (world == Workshop && name == HeldOut)
                    foreach (var category in slice.GroupBy(e => e.Category, StringComparer.Ordinal))
                        Add($"{prefix}{MetricNames.Category}{category.Key}.accuracy", Measure([.. category]).Accuracy);
            }
        }
        foreach (var name in MetricNames.Primary)
            if (metrics.TryGetValue(prefix + (name == "injected_recovery_rate" ? "injected.recovery_rate" : $"{HeldOut}.{name}"), out var measured))
                metrics[prefix + name] = measured;

        void Slice(string place, MetricSet set)
        {
            if (set.InjectedRecovery.Of > 0)
            {
                Add($"{place}recovery_rate", set.InjectedRecovery);
                foreach (var (fault, rate) in set.Faults)
                    Add($"{place}{fault}.recovery_rate", rate);
            }
            if (set.Accuracy.Of == 0)
                return;
            Add($"{place}accuracy", set.Accuracy);
            Add($"{place}episode_recovery_rate", set.EpisodeRecovery);
            Add($"{place}step_recovery_rate", set.StepRecovery);
            Add($"{place}repetition_rate", set.Repetition);
        }

        void Add(string name, Rate rate) => metrics[name] = new Measured(rate.Value, rate.Of);
    }

    /// <summary>
    /// What training itself was like. Shares of groups without variance are over all groups of the run, so that runs of unequal numbers of
    /// steps compare.
    /// </summary>
    private static void Trained(IReadOnlyList<StepReport> steps, RunSettings settings, ImmutableSortedDictionary<string, Measured>.Builder metrics)
    {
        if (steps.Count == 0)
            return;
        var explored = steps.Select(s => s.Explore).ToList();
        var fissioned = steps.Where(s => s.Fission.Recoveries is not null).Select(s => s.Fission).ToList();
        var recovered = fissioned.Select(f => f.Recoveries!).ToList();
        Share("zero_variance.explored", explored, b => b.ZeroVariance);
        Share("zero_variance.all_wrong", explored, b => b.AllWrong);
        Share("zero_variance.all_right", explored, b => b.AllRight);
        Share("zero_variance.all_groups", [.. explored, .. recovered], b => b.ZeroVariance);
        Share("trained_groups.explored", explored, b => b.TrainedGroups);
        Share("trained_groups.all_groups", [.. explored, .. recovered], b => b.TrainedGroups);
        if (recovered.Count > 0)
        {
            var groups = recovered.Sum(r => r.Groups);
            metrics["zero_variance.before_fission"] = new Measured(fissioned.Sum(f => f.Recoveries!.Groups * (f.ZeroVarianceParents ?? 0)) / groups, groups);
            Share("zero_variance.after_fission", recovered, b => b.ZeroVariance);
            Share("trained_groups.recovered", recovered, b => b.TrainedGroups);
            Share("training.recovered_accuracy", recovered, b => b.Accuracy);
        }
        Attempts(explored, recovered, steps[^1].SampledTokens, metrics);
        metrics["training.steps"] = new Measured(steps.Count, steps.Count);
        var updates = steps.SelectMany(s => s.Updates).ToList();
        metrics["training.optimizer_steps"] = new Measured(updates.Count, steps.Count);
        metrics["training.recovery_updates"] = new Measured(
            steps.Count(s => s.Updates.Any(u => u.Stage == "fission" || (u.Stage == "merged" && s.Fission.Recoveries?.TrainedGroups > 0))), updates.Count);
        metrics["training.demonstrations"] = new Measured(updates.Sum(u => u.Demonstrations), updates.Count);
        metrics["training.trained_tokens"] = new Measured(updates.Sum(u => (long)u.Tokens), updates.Count);
        metrics["training.largest_log_prob_gap"] = new Measured(steps.Max(s => s.LogProbGap), steps.Count);
        if (!settings.Run.Fission.Enabled || settings.Run.Simulator.Kind is SimulatorKind.RawError)
            return;
        var time = steps.Sum(s => s.Seconds);
        metrics["simulator.time_share"] = new Measured(time == 0 ? null : steps.Sum(s => s.StageSeconds.GetValueOrDefault("diagnose")) / time, steps.Count);
        metrics["simulator.sampled_tokens"] = new Measured(steps[^1].SimulatorTokens, 1);
        var alignments = steps.Select(s => s.Fission.Alignment).OfType<Alignment>().ToList();
        if (alignments.Sum(a => a.Compared) is > 0 and var compared)
        {
            metrics["simulator.agreement"] = new Measured(alignments.Sum(a => a.Compared * a.Agreement) / compared, compared);
            if (alignments.Where(a => a.Kappa is not null).ToList() is { Count: > 0 } beyondChance)
                metrics["simulator.kappa"] = new Measured(beyondChance.Sum(a => a.Compared * a.Kappa!.Value) / beyondChance.Sum(a => a.Compared), compared);
        }
        if (steps.Select(s => s.Fission.Probe).LastOrDefault(p => p is not null) is { Alignment: { } probed } last)
        {
            metrics["simulator.probe_agreement"] = new Measured(probed.Agreement, probed.Compared);
            metrics["simulator.probe_kappa"] = new Measured(probed.Kappa, probed.Compared);
            metrics["simulator.probe_coverage"] = new Measured(probed.Coverage, probed.Occurrences.Count);
            metrics["simulator.probe_leak_rate"] = new Measured(last.LeakRate, last.Usable);
            foreach (var (category, recall) in probed.Recall)
                metrics[$"simulator.probe_recall.{category}"] = new Measured(recall, probed.Occurrences[category]);
        }
        var leaks = steps.Sum(s => (long)s.Fission.Leaks);
        var written = steps.Sum(s => (long)s.Fission.Categories.Values.Sum() - s.Fission.Categories.GetValueOrDefault(FailureWords.Of(Episodes.FailureCategory.MalformedOutput)) - s.Fission.Fallbacks);
        metrics["simulator.leak_rate"] = new Measured(written + leaks <= 0 ? null : leaks / (double)(written + leaks), Math.Max(0, written) + leaks);

        void Share(string name, List<BatchReport> batches, Func<BatchReport, double?> share)
        {
            var groups = batches.Sum(b => b.Groups);
            if (batches.TrueForAll(b => share(b) is not null))
                metrics[name] = new Measured(groups == 0 ? null : batches.Sum(b => b.Groups * share(b)!.Value) / groups, groups);
        }
    }

    /// <summary>
    /// What the sampled tokens bought: trajectories that had an error to recover from (explored ones that met a failed call, and recoveries, each of which
    /// begins behind an error), those of them that ended correct, and the tokens of one.
    /// </summary>
    private static void Attempts(List<BatchReport> explored, List<BatchReport> recovered, long sampledTokens, ImmutableSortedDictionary<string, Measured>.Builder metrics)
    {
        long met = explored.Sum(b => (long)b.WithErrors), tried = recovered.Sum(b => (long)b.Trajectories);
        var metCorrect = explored.Sum(b => b.WithErrors * (b.RecoveryRate ?? 0));
        var triedCorrect = recovered.Sum(b => b.Trajectories * b.Accuracy);
        metrics["attempts.explored"] = new Measured(met, explored.Sum(b => (long)b.Trajectories));
        metrics["attempts.explored_correct"] = new Measured(metCorrect, met);
        if (explored.TrueForAll(b => b.ErrorTokens is not null))
            metrics["attempts.explored_tokens"] = new Measured(Ratio(explored.Sum(b => b.ErrorTokens!.Value), met), met);
        if (recovered.Count > 0)
        {
            var tokens = recovered.Sum(b => (long)b.SampledTokens);
            metrics["attempts.recoveries"] = new Measured(tried, tried);
            metrics["attempts.recoveries_correct"] = new Measured(triedCorrect, tried);
            metrics["attempts.recovery_tokens"] = new Measured(Ratio(tokens, tried), tried);
            metrics["attempts.recovery_token_share"] = new Measured(Ratio(tokens, sampledTokens), sampledTokens);
        }
        metrics["attempts.per_1000_tokens"] = new Measured(Ratio(1000.0 * (met + tried), sampledTokens), sampledTokens);
        metrics["attempts.correct_per_1000_tokens"] = new Measured(Ratio(1000 * (metCorrect + triedCorrect), sampledTokens), sampledTokens);

        static double? Ratio(double part, long of) => of == 0 ? null : part / of;
    }

    /// <summary>Every step, and the held-out rates wherever they were measured: before, at <c>evaluate_every</c>, after.</summary>
    private static ImmutableArray<CurvePoint> Curve(RunFolder folder, IReadOnlyList<StepReport> steps)
    {
        var points = ImmutableArray.CreateBuilder<CurvePoint>();
        points.Add(new CurvePoint(0, Rates("before")));
        foreach (var step in steps)
        {
            var values = Rates(step == steps[^1] ? "after" : $"step-{step.Step + 1:D6}").ToBuilder();
            values["reward"] = step.Explore.MeanReward;
            values["explored.accuracy"] = step.Explore.Accuracy;
            values["zero_variance.explored"] = step.Explore.ZeroVariance;
            if (step.Explore.TrainedGroups is { } trained)
                values["trained_groups.explored"] = trained;
            if (step.Explore.RecoveryRate is { } recovery)
                values["explored.episode_recovery_rate"] = recovery;
            if (step.Fission.Recoveries is { } recovered)
            {
                values["zero_variance.after_fission"] = recovered.ZeroVariance;
                values["zero_variance.before_fission"] = step.Fission.ZeroVarianceParents ?? 0;
                if (recovered.TrainedGroups is { } taught)
                    values["trained_groups.recovered"] = taught;
            }
            if (step.Fission.Alignment is { } alignment)
                values["simulator.agreement"] = alignment.Agreement;
            if (step.Fission.Alignment?.Kappa is { } kappa)
                values["simulator.kappa"] = kappa;
            if (step.Fission.Probe?.Alignment is { } probed)
            {
                values["simulator.probe_agreement"] = probed.Agreement;
                values["simulator.probe_coverage"] = probed.Coverage;
                if (probed.Kappa is { } beyondChance)
                    values["simulator.probe_kappa"] = beyondChance;
            }
            points.Add(new CurvePoint(step.SampledTokens, values.ToImmutable()));
        }
        return points.ToImmutable();

        ImmutableSortedDictionary<string, double> Rates(string moment)
        {
            var set = HeldOutOf(folder, moment);
            return new (string Name, double? Value)[] { ("held_out.accuracy", set.Accuracy.Value), ("held_out.episode_recovery_rate", set.EpisodeRecovery.Value) }
                .Where(r => r.Value is not null).ToImmutableSortedDictionary(r => r.Name, r => r.Value!.Value, StringComparer.Ordinal);
        }
    }

    private static MetricSet HeldOutOf(RunFolder folder, string moment) =>
        Measure([.. RunEvaluations.Episodes(folder, moment, Workshop).Where(e => e.Slice.Replace('-', '_') == HeldOut)]);

    private static MetricSet Measure(IReadOnlyCollection<EvaluatedEpisode> episodes) => MetricSet.Of(episodes, episodes.Count, episodes.Select(e => e.TaskId).Distinct().Count());
}
