using System.Collections.Immutable;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Training;

/// <summary>One GRPO update of the policy: policy gradient over the groups, and, once a training step, the anchor's cross-entropy beside it.</summary>
/// <param name="policy">What is trained.</param>
/// <param name="reference">The policy that training started from, for the KL term; null when it is off.</param>
/// <param name="anchor">Demonstrations that keep the policy from forgetting; null when it is off.</param>
/// <param name="options">Groups and objective.</param>
/// <param name="optimizer">AdamW and its schedule.</param>
/// <param name="temperature">The sampler's.</param>
/// <param name="largestReward">The largest reward when a share of the training is done.</param>
internal sealed class GrpoTrainer(
    IPolicy policy, IPolicy? reference, SftAnchor? anchor, GrpoOptions options, OptimizerOptions optimizer, float temperature,
    Func<double, double> largestReward)
{
    /// <summary>Good old groups that join each step's first update; null for none.</summary>
    public GroupReplay? Replay { get; init; }

    /// <summary>Keeps the good groups of a step for later ones, explored and recovered alike and however they were trained on.</summary>
    public void Remember(int step, ImmutableArray<RolloutGroup> groups) => Replay?.Add(step, groups, options);

    /// <summary>Whether an update at this share of the training trains on the group.</summary>
    public bool TrainsOn(RolloutGroup group, double progress) => GrpoBatch.TrainsOn(group.ToTrajectories().Trajectories, options, largestReward(progress));

    /// <summary>Updates the policy, unless no group has variance.</summary>
    /// <param name="stage">Named in the report.</param>
    /// <param name="groups">Scored groups.</param>
    /// <param name="optimizerSteps">Optimizer steps done so far.</param>
    /// <param name="progress">Share of the training that is done, 0 to 1.</param>
    /// <param name="anchorStep">The training step whose demonstrations join the (first) optimizer step; null where they have joined already.</param>
    /// <param name="rateScale">A factor on the learning rate.</param>
    /// <param name="cancel">Stops it; the step is then lost as a whole.</param>
    /// <returns>One report per optimizer step.</returns>
    public async Task<ImmutableArray<UpdateReport>> UpdateAsync(
        string stage, ImmutableArray<RolloutGroup> groups, int optimizerSteps, double progress, int? anchorStep, float rateScale,
        CancellationToken cancel)
    {
        var made = GrpoBatch.Of(groups, options, temperature, largestReward(progress), anchorStep is { } first && Replay is not null ? Replay.Draw(first) : []);
        var (batch, loss, tokens) = made;
        if (batch.Sequences.IsEmpty)
            return [];
        var sampled = batch;
        if (options.ImportanceCap > 0 || options.ImportanceBand > 0)
            batch = await WithTrainersLogProbsAsync(batch, made.Fresh, loss, cancel);
        if (reference is not null)
            batch = await WithReferenceAsync(batch, loss, cancel);
        var reports = ImmutableArray.CreateBuilder<UpdateReport>(options.Epochs);
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            var result = await policy.ForwardBackwardAsync(batch, loss, cancel);
            var anchored = anchor is not null && epoch == 0 && anchorStep is { } trainingStep
                ? await anchor.ForwardBackwardAsync(policy, trainingStep, cancel) : null;
            var adam = optimizer.At(optimizerSteps + epoch, progress, rateScale);
            var step = await policy.OptimStepAsync(adam, cancel);
            reports.Add(new UpdateReport(
                stage, batch.Sequences.Length, tokens, result.Loss, anchored?.Loss, step.GradientNorm, adam.LearningRate, result.Metrics)
            {
                Demonstrations = anchored?.Demonstrations ?? 0,
                Gap = epoch == 0 ? LogProbGap.Between(sampled, result, 0, made.Fresh) : null,
                Replayed = batch.Sequences.Length - made.Fresh,
                ReplayDrift = epoch == 0 && made.Fresh < batch.Sequences.Length ? LogProbGap.Between(sampled, result, made.Fresh, batch.Sequences.Length).Mean : null,
            });
        }
        return reports.ToImmutable();
    }

    /// <summary>
    /// The ratio's denominator as the trainer sees it; what the sampler reported is kept beside it, for the correction between the two. Old groups keep
    /// the denominator that they came with: the trainer of now knows nothing of the policy of then.
    /// </summary>
    private async Task<TrainingBatch> WithTrainersLogProbsAsync(TrainingBatch batch, int fresh, LossOptions loss, CancellationToken cancel)
    {
        var result = await policy.ForwardAsync(batch, loss with { KlCoefficient = 0, ImportanceCap = 0, ImportanceBand = 0 }, cancel);
        return new TrainingBatch([.. batch.Sequences.Select((s, i) =>
            i < fresh ? s with { OldLogProbs = result.LogProbs[i], SamplerLogProbs = s.OldLogProbs } : s with { SamplerLogProbs = s.OldLogProbs })]);
    }

    private async Task<TrainingBatch> WithReferenceAsync(TrainingBatch batch, LossOptions loss, CancellationToken cancel)
    {
        var result = await reference!.ForwardAsync(batch, loss with { KlCoefficient = 0, ImportanceCap = 0, ImportanceBand = 0 }, cancel);
        return new TrainingBatch([.. batch.Sequences.Select((s, i) => s with { ReferenceLogProbs = result.LogProbs[i] })]);
    }
}
