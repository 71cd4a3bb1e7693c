using FissionGrpo.Ablation;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Ablations;

/// <summary>Each trial is a run as <c>fission train</c> would make it, with an engine of its own, in a folder that every other verb understands.</summary>
/// <param name="runs">The settings.</param>
/// <param name="threads">Worker threads of each trial.</param>
/// <param name="shell">Clock and data.</param>
/// <param name="log">Where lines go; called from several trials at once.</param>
internal sealed class TrialRuns(PlannedRuns runs, int threads, Shell shell, AblationLog log) : ITrialRunner
{
    public async Task<TrialResult> RunAsync(Trial trial, string folder, CancellationToken cancel)
    {
        var (run, settings) = (new RunFolder(folder), runs.Of(trial));
        await RunComposition.TrainAsync(run, settings, threads, shell, log.WatcherOf(trial), cancel);
        RunComposition.End(run, settings);
        return TrialMeasurement.Of(trial, run, settings);
    }
}
