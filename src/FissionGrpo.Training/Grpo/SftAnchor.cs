using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Training;

/// <summary>
/// Happy-path demonstrations that join one update of every training step as supervised targets, so that RL on a handful of tasks does not cost the policy what it
/// knew. They are no sampled tokens, and hold no recoveries, unless the baseline that learns recoveries from demonstrations asks for a share of them.
/// </summary>
/// <param name="tasks">Where demonstrations come from.</param>
/// <param name="rollouts">Plays them.</param>
/// <param name="options">How many, and their weight.</param>
/// <param name="firstDemonstration">The number of the first demonstration: after those of the warm start.</param>
internal sealed class SftAnchor(ITaskSource tasks, RolloutEngine rollouts, GrpoOptions options, long firstDemonstration)
{
    private readonly DemonstrationMix _mix = new(options.AnchorRecoveryShare);

    /// <summary>Accumulates the gradient of weight times the mean cross-entropy; tells that mean, or null when the source has no demonstrations.</summary>
    public async Task<Anchored?> ForwardBackwardAsync(IPolicy policy, int trainingStep, CancellationToken cancel)
    {
        var first = firstDemonstration + (long)trainingStep * options.AnchorDemonstrations;
        var played = new List<TokenSequence>();
        for (var i = 0; i < options.AnchorDemonstrations; i++)
        {
            var (kind, number) = _mix.At(first + i);
            if (tasks.Demonstrate(number, kind) is { } demonstration && await rollouts.DemonstrateAsync(demonstration, cancel) is { End: TrajectoryEnd.Completed } fits)
                played.Add(fits.Tokens);
        }
        var targets = played.Sum(tokens => tokens.CountSampled());
        if (targets == 0)
            return null;
        var result = await policy.ForwardBackwardAsync(
            new TrainingBatch([.. played.Select(tokens => SftBatch.Of(tokens, options.AnchorWeight / targets))]),
            new LossOptions(LossKind.CrossEntropy, LossReduction.Sum),
            cancel);
        return new Anchored(result.Loss / options.AnchorWeight, played.Count);
    }

    /// <param name="Loss">Mean cross-entropy of the targets, in nats.</param>
    /// <param name="Demonstrations">How many were played.</param>
    internal sealed record Anchored(double Loss, int Demonstrations);
}
