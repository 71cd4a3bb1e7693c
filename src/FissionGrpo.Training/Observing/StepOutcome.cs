using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Fission;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Training;

/// <summary>What happened in a step, before it is boiled down to a <see cref="StepReport"/>.</summary>
internal sealed record StepOutcome(
    int Step,
    ImmutableArray<RolloutGroup> Explored,
    IdentifiedFailures Failed,
    DiagnosedFailures Diagnosed,
    int NewContexts,
    ImmutableArray<CorrectiveContext> Contexts,
    ImmutableArray<RolloutGroup> Recovered,
    ImmutableArray<UpdateReport> Updates,
    Alignment? Alignment,
    SimulatorQuality? Probe,
    int Dropped,
    int SkippedPrompts)
{
    /// <param name="after">The counters after the step.</param>
    /// <param name="bufferDepth">Contexts waiting after the step.</param>
    /// <param name="simulatorTokens">Tokens of the simulator so far.</param>
    /// <param name="trainsOn">Whether the updates trained on a group.</param>
    /// <param name="clock">The stages' times.</param>
    public StepReport ToReport(TrainingState after, int bufferDepth, SimulatorTokens simulatorTokens, Func<RolloutGroup, bool> trainsOn, StageClock clock)
    {
        var gap = Updates.Select(u => u.Gap).OfType<LogProbGap>().Aggregate(default(LogProbGap), (a, b) => a.And(b));
        return new StepReport(
            1,
            Step,
            BatchStatistics.Of(Explored, trainsOn, clock["explore"]),
            Fission(bufferDepth, trainsOn, clock),
            Updates,
            after.SampledTokens,
            simulatorTokens.Sampled,
            gap.Largest,
            gap.Mean,
            Updates is [var first, ..] && first.Metrics.TryGetValue("entropy", out var entropy) ? entropy : null,
            Updates is [.., var last] ? last.LearningRate : 0,
            clock.Seconds)
        {
            SimulatorPromptTokens = simulatorTokens.Prompt,
            SkippedPrompts = SkippedPrompts,
        };
    }

    private FissionReport Fission(int bufferDepth, Func<RolloutGroup, bool> trainsOn, StageClock clock) => new(
        Failed.Failures.Length,
        NewContexts,
        Failed.Failures.Length - Diagnosed.Undiagnosed - Diagnosed.Broken.Values.Sum() - NewContexts,
        bufferDepth,
        Recovered.IsEmpty ? null : BatchStatistics.Of(Recovered, trainsOn, clock["fission"]),
        Contexts.IsEmpty ? null : Contexts.Count(c => c.ZeroVarianceParent) / (double)Contexts.Length,
        Diagnosed.Leaks,
        Diagnosed.Fallbacks,
        Diagnosed.Undiagnosed,
        Diagnosed.Contexts.GroupBy(Category, StringComparer.Ordinal).ToImmutableSortedDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal))
    {
        Alignment = Alignment,
        Probe = Probe,
        Unplaced = Failed.Unplaced,
        Dropped = Dropped,
        Corrupted = Diagnosed.Corrupted,
        SimulatorPromptTokens = Diagnosed.Tokens.Prompt,
        SimulatorTokens = Diagnosed.Tokens.Sampled,
        SimulatorFaults = Diagnosed.Faults,
        BrokenWorlds = Diagnosed.Broken,
        Causes = Diagnosed.Causes,
    };

    private static string Category(CorrectiveContext context) =>
        context.Category is { } category ? JsonNamingPolicy.SnakeCaseLower.ConvertName(category.ToString()) : "unnamed";
}
