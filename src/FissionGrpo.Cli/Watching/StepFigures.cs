using System.Collections.Immutable;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Watching;

/// <summary>What is shown of some steps in a row: a single step of a few dozen trajectories jumps too much to be read.</summary>
/// <param name="Reward">Mean composite reward of what was explored.</param>
/// <param name="Terms">Its terms, unweighted.</param>
/// <param name="Accuracy">Share of explored trajectories that are correct.</param>
/// <param name="Recovery">Of those with a failed call, the share that ends correct; null when there are none.</param>
/// <param name="ZeroVariance">Share of explored groups without variance.</param>
/// <param name="FissionZeroVariance">The same of the recovery groups; null when there are none.</param>
/// <param name="BufferDepth">Contexts waiting after the last of the steps.</param>
/// <param name="TokensPerSecond">Tokens sampled a second while sampling.</param>
/// <param name="Failures">Rollouts that failed outside the policy.</param>
internal sealed record StepFigures(
    double Reward, ImmutableSortedDictionary<string, double> Terms, double Accuracy, double? Recovery, double ZeroVariance, double? FissionZeroVariance,
    int BufferDepth, double TokensPerSecond, int Failures)
{
    /// <summary>Means over what the steps counted, not over the steps; at least one step.</summary>
    public static StepFigures Of(IReadOnlyList<StepReport> steps)
    {
        BatchReport[] explored = [.. steps.Select(s => s.Explore)];
        BatchReport[] recovered = [.. steps.Select(s => s.Fission.Recoveries).OfType<BatchReport>()];
        BatchReport[] all = [.. explored, .. recovered];
        return new StepFigures(
            Mean(explored, b => b.Trajectories, b => b.MeanReward) ?? 0,
            explored.SelectMany(b => b.Terms.Keys).Distinct().ToImmutableSortedDictionary(
                term => term, term => Mean(explored, b => b.Trajectories, b => b.Terms.GetValueOrDefault(term)) ?? 0, StringComparer.Ordinal),
            Mean(explored, b => b.Trajectories, b => b.Accuracy) ?? 0,
            Mean(explored, b => b.WithErrors, b => b.RecoveryRate ?? 0),
            Mean(explored, b => b.Groups, b => b.ZeroVariance) ?? 0,
            Mean(recovered, b => b.Groups, b => b.ZeroVariance),
            steps[^1].Fission.BufferDepth,
            all.Sum(Seconds) is > 0 and var seconds ? all.Sum(b => (double)b.SampledTokens) / seconds : 0,
            all.Sum(b => b.RolloutFailures.Values.Sum()));
    }

    private static double Seconds(BatchReport batch) => batch.TokensPerSecond > 0 ? batch.SampledTokens / batch.TokensPerSecond : 0;

    private static double? Mean(BatchReport[] batches, Func<BatchReport, int> weight, Func<BatchReport, double> value) =>
        batches.Sum(weight) is > 0 and var of ? batches.Sum(b => weight(b) * value(b)) / of : null;
}
