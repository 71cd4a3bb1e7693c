using System.Collections.Immutable;
using FissionGrpo.Fission;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Training;

/// <summary>One lesson of the error simulator: a failure as it is put to it, and what it should answer.</summary>
/// <param name="Prompt">Token ids.</param>
/// <param name="Reply">Token ids, the end mark included.</param>
internal sealed record SimulatorItem(ImmutableArray<int> Prompt, ImmutableArray<int> Reply);

/// <summary>Has the diagnoser explain failures, and fine-tunes a simulator on the explanations.</summary>
/// <param name="teacher">Explains failures; sees the ground truth.</param>
/// <param name="leaks">The leak audit: what leaks is not learned.</param>
/// <param name="options">The simulator's options.</param>
/// <param name="format">How dialogues become tokens.</param>
internal sealed class SimulatorItems(
    IErrorSimulator teacher, Func<Failure, string, bool> leaks, SimulatorOptions options, DialogueFormat format)
{
    /// <summary>Items of a batch of failures. Malformed replies have a fixed message and make none.</summary>
    public async Task<ImmutableArray<SimulatorItem>> OfAsync(ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel)
    {
        ImmutableArray<Failure> distinct = [.. failures.Where(f => f.Sign is not FailureSign.FormatError).DistinctBy(f => f.Key)];
        var lessons = await teacher.DiagnoseAsync(distinct, seed, cancel);
        var items = ImmutableArray.CreateBuilder<SimulatorItem>();
        for (var i = 0; i < distinct.Length; i++)
            if (lessons[i] is { } lesson && !leaks(distinct[i], lesson.Text))
                items.Add(new SimulatorItem(
                    SimulatorDialogue.Prompt(distinct[i], options.SeesAnswer, format), SimulatorDialogue.Reply(lesson.Text, format)));
        return items.ToImmutable();
    }

    /// <summary>Cross-entropy on the items, in a new order each epoch, the learning rate falling to 0.</summary>
    public static async Task FineTuneAsync(
        IPolicy simulator, ImmutableArray<SimulatorItem> items, SimulatorOptions options, int epochs, Seed seed, Action<RunProgress> progress, CancellationToken cancel)
    {
        var stepsPerEpoch = (items.Length + options.BatchSize - 1) / options.BatchSize;
        var steps = stepsPerEpoch * epochs;
        for (var step = 0; step < steps; step++)
        {
            var order = Enumerable.Range(0, items.Length).ToArray();
            new SampleRng(seed.Derive("epoch", step / stepsPerEpoch)).Shuffle<int>(order);
            var batch = order.Skip(step % stepsPerEpoch * options.BatchSize).Take(options.BatchSize).Select(i => SftBatch.Of(items[i].Prompt, items[i].Reply));
            var result = await simulator.ForwardBackwardAsync(
                new TrainingBatch([.. batch]), new LossOptions(LossKind.CrossEntropy, LossReduction.TokenMean), cancel);
            await simulator.OptimStepAsync(
                new AdamOptions(options.LearningRate * (1 - step / (float)steps), 0.9f, 0.95f, WeightDecay: 0.01f), cancel);
            progress(new RunProgress("simulator training", step + 1, steps, Loss: result.Loss));
        }
    }
}
