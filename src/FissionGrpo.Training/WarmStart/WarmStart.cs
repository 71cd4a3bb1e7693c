using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Training;

/// <summary>
/// Supervised fine-tuning on demonstrations: mostly happy paths, some recoveries from the environment's own message, some from a diagnostic. They
/// are played through the rollout code, so the policy learns exactly the tokens that it will have to sample.
/// </summary>
internal sealed class WarmStart(ITaskSource tasks, RolloutEngine rollouts, WarmStartOptions options)
{
    private readonly DemonstrationMix _mix = new(options.RecoveryShare, options.DiagnosedShare);

    /// <summary>Demonstrations that were left out because no rollout may be that long.</summary>
    public int TooLong { get; private set; }

    public async Task RunAsync(IPolicy policy, Action<RunProgress> progress, CancellationToken cancel)
    {
        if (options.Steps == 0)
            return;
        var next = BatchAsync(0, cancel);
        for (var step = 0; step < options.Steps; step++)
        {
            var batch = await next;
            var following = step + 1; // a copy: the loop moves on while the task waits for a thread
            if (following < options.Steps)
                next = Task.Run(() => BatchAsync(following, cancel), cancel); // demonstrations are played while the arithmetic runs
            var result = await policy.ForwardBackwardAsync(batch, new LossOptions(LossKind.CrossEntropy, LossReduction.TokenMean), cancel);
            await policy.OptimStepAsync(Adam(step), cancel);
            progress(new RunProgress("warm start", step + 1, options.Steps, result.Loss));
        }
    }

    private async Task<TrainingBatch> BatchAsync(int step, CancellationToken cancel)
    {
        var sequences = ImmutableArray.CreateBuilder<TrainingSequence>(options.BatchSize);
        for (var i = 0; i < options.BatchSize; i++)
        {
            var index = (long)step * options.BatchSize + i;
            var (kind, number) = _mix.At(index);
            var demonstration = tasks.Demonstrate(number, kind) ?? tasks.Demonstrate(index, DemonstrationKind.HappyPath)
                ?? throw new UserErrorException($"{tasks.Identity} has no demonstrations to warm up with. Set warm_start.steps to 0, or start from a checkpoint that knows the tools.");
            var played = await rollouts.DemonstrateAsync(demonstration, cancel);
            if (played.End is TrajectoryEnd.Completed)
                sequences.Add(SftBatch.Of(played.Tokens));
            else
                TooLong++;
        }
        return sequences.Count > 0
            ? new TrainingBatch(sequences.ToImmutable())
            : throw new UserErrorException($"rollout.max_tokens is {rollouts.Options.MaxTokens}, and not one of {options.BatchSize} demonstrations of the warm start fits into it. Raise it, or set warm_start.steps to 0.");
    }

    /// <summary>The learning rate rises over the first steps and then falls along a cosine.</summary>
    private AdamOptions Adam(int step)
    {
        var warmUp = Math.Min(20, Math.Max(1, options.Steps / 20));
        var cosine = 0.5 * (1 + Math.Cos(Math.PI * step / options.Steps));
        var rate = options.FinalLearningRate + (options.LearningRate - options.FinalLearningRate) * cosine;
        return new AdamOptions((float)(rate * Math.Min(1, (step + 1.0) / warmUp)), 0.9f, options.Beta2, WeightDecay: options.WeightDecay);
    }
}
