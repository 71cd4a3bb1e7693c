using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Training;

/// <summary>
/// Where a run's tasks come from. Everything is a function of its arguments alone, so a run can go on after an interruption.
/// Safe for several threads.
/// </summary>
public interface ITaskSource
{
    /// <summary>Names the world, its settings and its version: equal identities give equal tasks. Part of the warm start's cache key.</summary>
    string Identity { get; }

    /// <summary>The training task with this number, from 0. Unlimited sources never repeat; limited ones go round.</summary>
    EpisodeTask TrainingTask(long index);

    /// <summary>The task with this id, as <see cref="TrainingTask"/> gave it once. For going on after an interruption.</summary>
    EpisodeTask Find(string taskId);

    /// <summary>The demonstration with this number, or null when the source has none of this kind.</summary>
    Demonstration? Demonstrate(long index, DemonstrationKind kind);
}
