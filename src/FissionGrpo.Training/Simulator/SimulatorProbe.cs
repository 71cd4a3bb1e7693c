using System.Collections.Immutable;
using FissionGrpo.Fission;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>
/// The premise of the method as a curve: the policy of now plays the same tasks with the same draws at every moment, the simulator explains its failures, and
/// the diagnoser says whether that is what went wrong. Where the source is unlimited, the tasks are none that are trained on; the policy's tokens count for no budget.
/// </summary>
/// <param name="tasks">Where tasks come from.</param>
/// <param name="rollouts">Plays them.</param>
/// <param name="policy">The policy.</param>
/// <param name="errors">What counts as failed.</param>
/// <param name="simulator">The simulator, as the run uses it.</param>
/// <param name="yardstick">Names the true categories.</param>
/// <param name="options">The simulator's options.</param>
/// <param name="seed">Where the draws come from.</param>
/// <param name="time">Measures the simulator's time-out.</param>
internal sealed class SimulatorProbe(
    ITaskSource tasks, RolloutEngine rollouts, ISampler policy, ErrorIdentification errors, IErrorSimulator simulator, DiagnoserSimulator yardstick,
    SimulatorOptions options, Seed seed, TimeProvider time)
{
    /// <summary>Tasks that nothing else plays.</summary>
    private const long FirstTask = 1L << 43;

    private const int GroupSize = 2;

    /// <summary>Measures; null where nothing can be played (a live user would have to play along) or nothing failed.</summary>
    public async Task<SimulatorQuality?> MeasureAsync(CancellationToken cancel)
    {
        ImmutableArray<RolloutStart> starts =
            [.. Enumerable.Range(0, options.ProbeTasks).Select(i => Sampling.StartOf(tasks.TrainingTask(FirstTask + i), rollouts.Options, seed.Derive("turn", i)))];
        if (starts.IsEmpty || starts.Any(s => !s.Task.CanBeReplayed))
            return null;
        var groups = await rollouts.SampleAsync(starts, GroupSize, policy, seed.Derive("play"), "probe", cancel);
        ImmutableArray<Failure> failures =
            [.. errors.Identify(groups).Failures.Where(f => f.Sign is not FailureSign.FormatError).DistinctBy(f => f.Key)];
        var contexts = new CorrectiveContexts(simulator, options with { LeakRetries = 0, Share = 1 }, yardstick.Leaks, rollouts.Format, time);
        var before = simulator.Tokens;
        var diagnosed = await contexts.WriteAsync(failures, seed.Derive("diagnose"), cancel);
        simulator.Tokens = before; // what measuring costs is no part of what training costs
        var truth = await yardstick.DiagnoseAsync(failures, seed.Derive("truth"), cancel);
        var written = diagnosed.Written.ToDictionary(w => w.Failure.Key, w => w.Diagnostic.Category, StringComparer.Ordinal);
        var usable = failures.Length - (diagnosed.Faults.Values.Sum() - diagnosed.Leaks);
        return failures.IsEmpty ? null : new SimulatorQuality(
            failures.Length, usable, diagnosed.Leaks, usable == 0 ? null : diagnosed.Leaks / (double)usable,
            Alignment.Of([.. failures.Zip(truth).Where(p => p.Second?.Category is not null)
                .Select(p => (p.Second!.Category!.Value, written.GetValueOrDefault(p.First.Key)))]))
        {
            Tokens = diagnosed.Tokens,
        };
    }
}
