using System.Collections.Immutable;
using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Episodes;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Worlds;

/// <summary>The worlds that a run can train on.</summary>
internal static class TrainingWorlds
{
    public const string Workshop = "workshop";

    public static ImmutableArray<string> Names { get; } = [Workshop, "tau", "tau2"];

    /// <summary>The tasks of a run.</summary>
    /// <exception cref="UserErrorException">The benchmark has not been added, or has no such tasks.</exception>
    public static ITaskSource Tasks(RunSettings settings, OpenUser user, Shell shell) => settings.World == Workshop
        ? WorkshopWorld.Source(settings, shell.DataFolder)
        : new TauTaskSource(settings.World, [.. TestTasks.Of(Request(settings, settings.Tau.Split, user), shell).Select(planned => planned.Task)], user.Name, settings.Run.Seed);

    /// <summary>Tasks of a TAU world as a run's settings have them.</summary>
    public static TestTaskRequest Request(RunSettings settings, string split, OpenUser user) => new(
        settings.World, settings.Tau.Data, [], null, settings.Run.Seed, new WorkshopOptions(), IsLocal: true,
        new TauChoice([settings.Tau.Domain], split, ShowsPolicy: settings.Tau.ShowPolicy, Tools: settings.Tau.Tools, User: user.Factory));
}
