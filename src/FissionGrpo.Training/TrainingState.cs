using System.Collections.Immutable;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Training;

/// <summary>What a training run has behind it: with the weights, the optimizer and the buffer, all that it needs to go on with the same bits.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="OptimizerSteps">Optimizer steps done.</param>
/// <param name="NextTask">The number of the next training task.</param>
/// <param name="SampledTokens">Tokens sampled by the policy.</param>
internal sealed record TrainingState(int Step, int OptimizerSteps, long NextTask, long SampledTokens)
{
    public static TrainingState Beginning { get; } = new(0, 0, 0, 0);

    /// <summary>Share of the steps, or of the token budget, that is done; the step that passes a budget ends above 1.</summary>
    public double ProgressIn(TrainOptions train) =>
        train.MaxSampledTokens > 0 ? SampledTokens / (double)train.MaxSampledTokens : Step / (double)Math.Max(1, train.Steps);

    /// <summary>One step later.</summary>
    public TrainingState After(ImmutableArray<RolloutGroup> explored, ImmutableArray<RolloutGroup> recovered, int optimizerSteps, long nextTask) => new(
        Step + 1,
        OptimizerSteps + optimizerSteps,
        nextTask,
        SampledTokens + explored.Concat(recovered).SelectMany(g => g.Rollouts).Sum(r => (long)r.Trajectory.Tokens.CountSampled()));
}
