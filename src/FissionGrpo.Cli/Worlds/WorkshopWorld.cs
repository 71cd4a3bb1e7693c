using FissionGrpo.Cli.Options;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Environments.Workshop.Full;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Seeds;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Worlds;

/// <summary>The Workshop as a run trains on it, with the diagnoser writing the diagnostics of its demonstrations.</summary>
internal static class WorkshopWorld
{
    /// <param name="settings">The run's settings.</param>
    /// <param name="dataFolder">Where the official data is looked for when the full profile wants its tables.</param>
    public static ITaskSource Source(RunSettings settings, string dataFolder) => settings.Workshop.Profile is WorkshopProfile.Full
        ? new FullTaskSource(settings.Workshop.Full ?? new FullOptions(), settings.Run.Seed, dataFolder)
        : new WorkshopTaskSource(settings.Workshop, settings.Run.Seed, Diagnose);

    /// <summary>What the teacher would say. The wording is drawn from what is being demonstrated alone, so a demonstration is always the same.</summary>
    private static string Diagnose(DemonstratedFailure failure)
    {
        var task = failure.Task;
        var culprit = new Episodes.ExecutedCall(failure.Call, failure.Result);
        var step = new FailedStep(
            task.Tools, task.ExpectedCalls[failure.Turn], failure.Done, "", null, [culprit], 0)
        {
            Before = failure.Before,
            Context = string.Join('\n', task.Turns.Take(failure.Turn + 1).Select(t => t.Text)),
        };
        var seed = new Seed(0).Derive("demonstrated diagnostic").Derive(task.Id).Derive("turn", failure.Turn).Derive(failure.Done.Length);
        return DiagnosticWording.Write(step, Diagnoser.Diagnose(step), seed);
    }
}
