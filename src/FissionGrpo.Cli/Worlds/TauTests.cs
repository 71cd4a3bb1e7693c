using System.Collections.Immutable;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Playing;

namespace FissionGrpo.Cli.Worlds;

/// <summary>The official test tasks of TAU-bench and TAU2-bench.</summary>
internal static class TauTests
{
    public static ImmutableArray<PlannedTask> Tasks(TestTaskRequest request, Shell shell)
    {
        var folder = TestTasks.FolderOf(request, shell);
        return [.. TauDomain.Names.SelectMany(name => TauDomain.Load(folder, name).Tasks("test").Select(task => new PlannedTask(task, name)))];
    }

    /// <summary>TAU2-bench's base tasks: retail, airline and telecom.</summary>
    public static ImmutableArray<PlannedTask> Tasks2(TestTaskRequest request, Shell shell)
    {
        var folder = TestTasks.FolderOf(request, shell);
        return [.. Tau2Domain.Names.SelectMany(name => Tau2Domain.Load(folder, name).Tasks("base").Select(task => new PlannedTask(task, name)))];
    }

    /// <summary>What the agent must have said for the reward: a task wants some texts to be heard.</summary>
    public static string? Closing(EpisodeTask task) => task switch
    {
        TauTask { Outputs.IsEmpty: false } tau => string.Join(", ", tau.Outputs),
        Tau2Task { Communicate.IsEmpty: false } tau2 => string.Join(", ", tau2.Communicate),
        _ => null,
    };
}
