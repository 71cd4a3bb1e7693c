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
    /// <summary>Steps between two savings: half a minute of work on two cores.</summary>
    private const int SaveEvery = 200;

    private readonly DemonstrationMix _mix = new(options.RecoveryShare, options.DiagnosedShare);

    /// <summary>Demonstrations that were left out because no rollout may be that long.</summary>
    public int TooLong { get; private set; }

    /// <param name="policy">What is trained; after the steps that are done already.</param>
    /// <param name="done">Those steps.</param>
    /// <param name="saveAsync">Saves the policy with its optimizer after so many steps.</param>
    /// <param name="progress">Told every step.</param>
    /// <param name="cancel">Ends it after the step that is running; what is done is saved first.</param>
    public async Task RunAsync(IPolicy policy, int done, Func<int, Task> saveAsync, Action<RunProgress> progress, CancellationToken cancel)
    {
        if (done >= options.Steps)
            return;
        var next = BatchAsync(done, CancellationToken.None);
        for (var step = done; step < options.Steps; step++)
        {
            var batch = await next;
            if (cancel.IsCancellationRequested)
            {
                await saveAsync(step);
                cancel.ThrowIfCancellationRequested();
            }
            var following = step + 1; // a copy: the loop moves on while the task waits for a thread
            if (following < options.Steps)
                next = Task.Run(() => BatchAsync(following, CancellationToken.None), CancellationToken.None); // demonstrations are played while the arithmetic runs
            var result = await policy.ForwardBackwardAsync(batch, new LossOptions(LossKind.CrossEntropy, LossReduction.TokenMean), CancellationToken.None);
            await policy.OptimStepAsync(Adam(step), CancellationToken.None);
            progress(new RunProgress("warm start", following, options.Steps, Loss: result.Loss));
            if (following % SaveEvery == 0 && following < options.Steps)
                await saveAsync(following);
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
