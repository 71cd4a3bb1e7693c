using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Reports;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Model.Policy;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Runs;

/// <summary>A run put together from its settings: what <c>train</c> and each trial of <c>ablate</c> have in common.</summary>
internal static class RunComposition
{
    /// <summary>Makes the folder and writes what the run will be; in the folder of an interrupted run the same again.</summary>
    public static void Begin(RunFolder folder, RunSettings settings, Shell shell)
    {
        Directory.CreateDirectory(folder.Root);
        RunSettingsFile.Write(folder.Root, settings);
        Provenance.Write(folder.Provenance, settings.Run.Seed, shell.Clock);
    }

    /// <summary>
    /// What the engine may keep. The embedded model's keys and values are small, and a run holds two models (policy and simulator): 2 GiB in all
    /// are promised. A checkpoint of one's own is worth the engine's default.
    /// </summary>
    private static EngineOptions Engine(RunSettings settings, int? threads) => settings.Run.Policy.Checkpoint is null
        ? new EngineOptions(threads ?? 0, CacheBytes: 256L << 20)
        : new EngineOptions(threads ?? 0);

    /// <summary>Trains and measures, from the beginning or from where the folder's run stopped.</summary>
    public static Task TrainAsync(RunFolder folder, RunSettings settings, int? threads, Shell shell, ITrainingObserver watcher, CancellationToken cancel) => new TrainingRun(
        settings.Run,
        folder,
        WorkshopWorld.Source(settings),
        new EnginePolicyFactory(Engine(settings, threads)),
        new RunEvaluations(folder, settings, shell, watcher),
        watcher,
        shell.Clock).RunAsync(cancel);

    /// <summary>Sums up a run that is over, and writes its report.</summary>
    public static RunSummary End(RunFolder folder, RunSettings settings)
    {
        var summary = RunSummary.Of(folder);
        RunReport.Write(folder, settings, summary);
        return summary;
    }
}
