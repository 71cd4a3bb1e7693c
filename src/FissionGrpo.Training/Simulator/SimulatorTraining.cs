using System.Collections.Immutable;
using FissionGrpo.Fission;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>
/// Makes the error simulator: plays the policy on training tasks, has the diagnoser (who sees the ground truth) explain each failure, and fine-tunes
/// a model on (failure, explanation). What leaks is not learned.
/// </summary>
/// <param name="tasks">Where failures come from.</param>
/// <param name="rollouts">Plays the policy.</param>
/// <param name="errors">Finds the failed steps.</param>
/// <param name="teacher">Explains them.</param>
/// <param name="leaks">The leak audit.</param>
/// <param name="options">How many items, how long, how fast.</param>
/// <param name="seed">Where the draws come from.</param>
internal sealed class SimulatorTraining(
    ITaskSource tasks, RolloutEngine rollouts, ErrorIdentification errors, IErrorSimulator teacher, Func<Failure, string, bool> leaks,
    SimulatorOptions options, Seed seed)
{
    private const int TasksAtATime = 64;
    private const int GroupSize = 4;
    private const int MostRounds = 200;

    /// <summary>Tasks that training does not reach.</summary>
    private const long FirstTask = 1L << 40;

    /// <summary>Collects items and fine-tunes the model on them.</summary>
    /// <returns>How many items there were.</returns>
    public async Task<int> RunAsync(IPolicy policy, IPolicy simulator, Action<RunProgress> progress, CancellationToken cancel)
    {
        var items = await CollectAsync(policy, progress, cancel);
        await FineTuneAsync(simulator, items, progress, cancel);
        return items.Length;
    }

    private async Task<ImmutableArray<TrainingSequence>> CollectAsync(IPolicy policy, Action<RunProgress> progress, CancellationToken cancel)
    {
        var items = ImmutableArray.CreateBuilder<TrainingSequence>();
        for (var round = 0; round < MostRounds && items.Count < options.Items; round++)
        {
            var from = FirstTask + (long)round * TasksAtATime;
            var groups = await rollouts.SampleAsync(
                [.. Enumerable.Range(0, TasksAtATime).Select(i => new RolloutStart(tasks.TrainingTask(from + i)))],
                GroupSize, policy, seed.Derive("collect", round), $"simulator {round}", cancel);
            var failures = errors.Identify(groups).Where(f => f.Sign is not FailureSign.FormatError).DistinctBy(f => f.Key).ToImmutableArray();
            var lessons = await teacher.DiagnoseAsync(failures, seed.Derive("teach", round), cancel);
            for (var i = 0; i < failures.Length && items.Count < options.Items; i++)
                if (lessons[i] is { } lesson && !leaks(failures[i], lesson.Text))
                    items.Add(SftBatch.Of(
                        SimulatorDialogue.Prompt(failures[i], options.SeesAnswer, rollouts.Format), SimulatorDialogue.Reply(lesson.Text, rollouts.Format)));
            progress(new RunProgress("simulator data", items.Count, options.Items));
        }
        return items.ToImmutable();
    }

    private async Task FineTuneAsync(IPolicy simulator, ImmutableArray<TrainingSequence> items, Action<RunProgress> progress, CancellationToken cancel)
    {
        var stepsPerEpoch = (items.Length + options.BatchSize - 1) / options.BatchSize;
        var steps = stepsPerEpoch * options.Epochs;
        for (var step = 0; step < steps; step++)
        {
            var order = Enumerable.Range(0, items.Length).ToArray();
            new SampleRng(seed.Derive("epoch", step / stepsPerEpoch)).Shuffle<int>(order);
            var batch = order.Skip(step % stepsPerEpoch * options.BatchSize).Take(options.BatchSize).Select(i => items[i]);
            var result = await simulator.ForwardBackwardAsync(
                new TrainingBatch([.. batch]), new LossOptions(LossKind.CrossEntropy, LossReduction.TokenMean), cancel);
            await simulator.OptimStepAsync(
                new AdamOptions(options.LearningRate * (1 - step / (float)steps), 0.9f, 0.95f, WeightDecay: 0.01f), cancel);
            progress(new RunProgress("simulator", step + 1, steps, result.Loss));
        }
    }
}
