using System.Collections.Immutable;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Playing;

namespace FissionGrpo.Cli.Worlds;

/// <summary>TAU-bench's test tasks, retail and airline.</summary>
internal static class TauTests
{
    public static ImmutableArray<PlannedTask> Tasks(TestTaskRequest request, Shell shell)
    {
        var folder = TestTasks.FolderOf(request, shell);
        return [.. TauDomain.Names.SelectMany(name => TauDomain.Load(folder, name).Tasks("test").Select(task => new PlannedTask(task, name)))];
    }

    /// <summary>What the agent must have said for the reward: a task wants some texts to be heard.</summary>
    public static string? Closing(EpisodeTask task) => task is TauTask { Outputs.IsEmpty: false } tau ? string.Join(", ", tau.Outputs) : null;
}
