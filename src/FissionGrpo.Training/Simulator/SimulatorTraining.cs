using System.Collections.Immutable;
using FissionGrpo.Fission;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>
/// Makes the error simulator: plays the policy on training tasks that RL does not reach, has each failure explained, and fine-tunes a model on the
/// explanations.
/// </summary>
internal sealed class SimulatorTraining(
    ITaskSource tasks, RolloutEngine rollouts, ErrorIdentification errors, SimulatorItems items, SimulatorOptions options, Seed seed)
{
    private const int TasksAtATime = 64;
    private const int GroupSize = 4;
    private const int MostRounds = 50;
    private const long FirstTask = 1L << 40;

    /// <summary>Collects items and fine-tunes the model on them.</summary>
    /// <returns>How many items there were, and how many of them are longer than the simulator may answer.</returns>
    public async Task<(int Items, int CutOff)> RunAsync(IPolicy policy, IPolicy simulator, Action<RunProgress> progress, CancellationToken cancel)
    {
        var collected = await CollectAsync(policy, progress, cancel);
        await SimulatorItems.FineTuneAsync(simulator, collected, options, options.Epochs, seed, progress, cancel);
        return (collected.Length, collected.Count(i => i.Reply.Length > options.MaxTokens));
    }

    private async Task<ImmutableArray<SimulatorItem>> CollectAsync(IPolicy policy, Action<RunProgress> progress, CancellationToken cancel)
    {
        var collected = ImmutableArray.CreateBuilder<SimulatorItem>();
        for (var round = 0; round < MostRounds && collected.Count < options.Items; round++)
        {
            var first = FirstTask + (long)round * TasksAtATime;
            var groups = await rollouts.SampleAsync(
                [.. Enumerable.Range(0, TasksAtATime).Select(i => Sampling.StartOf(tasks.TrainingTask(first + i), rollouts.Options, seed.Derive("turn", first + i)))],
                GroupSize, policy, seed.Derive("collect", round), $"simulator {round}", cancel);
            var found = await items.OfAsync(errors.Identify(groups).Failures, seed.Derive("teach", round), cancel);
            collected.AddRange(found.Take(options.Items - collected.Count));
            progress(new RunProgress("simulator lessons", collected.Count, options.Items, "failures"));
        }
        return collected.ToImmutable();
    }
}
