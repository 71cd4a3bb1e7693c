using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Reports;

namespace FissionGrpo.Evaluation.Playing;

/// <summary>A task of an evaluation.</summary>
/// <param name="Task">The task. Its id is unique in the plan.</param>
/// <param name="Slice">Which part of the test set it belongs to.</param>
/// <param name="Fault">The class of the fault injected into it, or null.</param>
/// <param name="Tries">Tries of this task where it differs from the plan's number, as in recordings.</param>
public sealed record PlannedTask(EpisodeTask Task, string Slice, string? Fault = null, int? Tries = null);

/// <summary>What an evaluation is to play.</summary>
/// <param name="Tasks">The tasks in order.</param>
/// <param name="Samples">Tries of each.</param>
public sealed record EvaluationPlan(ImmutableArray<PlannedTask> Tasks, int Samples)
{
    /// <summary>Every episode, task by task.</summary>
    public ImmutableArray<PlannedEpisode> Episodes =>
        [.. Tasks.SelectMany(t => Enumerable.Range(0, t.Tries ?? Samples).Select(s => new PlannedEpisode(t.Task.Id, t.Task.Category, t.Slice, s)))];

    /// <summary>Whether an episode is one that is to be played.</summary>
    public bool Holds(EvaluatedEpisode episode) =>
        Tasks.FirstOrDefault(t => t.Task.Id == episode.TaskId) is { } task && episode.Sample < (task.Tries ?? Samples);
}
