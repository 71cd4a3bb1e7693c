using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Training;

/// <summary>
/// Happy-path demonstrations that join every update as supervised targets, so that RL on a handful of tasks does not cost the policy what it
/// knew. They are no sampled tokens, and hold no recoveries, unless the baseline that learns recoveries from demonstrations asks for a share of them.
/// </summary>
/// <param name="tasks">Where demonstrations come from.</param>
/// <param name="rollouts">Plays them.</param>
/// <param name="options">How many, and their weight.</param>
/// <param name="firstDemonstration">The number of the first demonstration: after those of the warm start.</param>
internal sealed class SftAnchor(ITaskSource tasks, RolloutEngine rollouts, GrpoOptions options, long firstDemonstration)
{
    /// <summary>Accumulates the gradient of weight times the mean cross-entropy; returns that mean, or null when the source has no demonstrations.</summary>
    public async Task<double?> ForwardBackwardAsync(IPolicy policy, int optimizerStep, CancellationToken cancel)
    {
        var first = firstDemonstration + (long)optimizerStep * options.AnchorDemonstrations;
        var played = new List<TokenSequence>();
        for (var i = 0; i < options.AnchorDemonstrations; i++)
            if (tasks.Demonstrate(first + i, Kind(first + i)) is { } demonstration)
                played.Add((await rollouts.DemonstrateAsync(demonstration, cancel)).Tokens);
        var targets = played.Sum(tokens => tokens.CountSampled());
        if (targets == 0)
            return null;
        var result = await policy.ForwardBackwardAsync(
            new TrainingBatch([.. played.Select(tokens => SftBatch.Of(tokens, options.AnchorWeight / targets))]),
            new LossOptions(LossKind.CrossEntropy, LossReduction.Sum),
            cancel);
        return result.Loss / options.AnchorWeight;
    }

    /// <summary>Recoveries are spread evenly: the share is met exactly over any long stretch, without a draw.</summary>
    private DemonstrationKind Kind(long index) =>
        Math.Floor((index + 1) * (double)options.AnchorRecoveryShare) > Math.Floor(index * (double)options.AnchorRecoveryShare)
            ? DemonstrationKind.Recovery : DemonstrationKind.HappyPath;
}
