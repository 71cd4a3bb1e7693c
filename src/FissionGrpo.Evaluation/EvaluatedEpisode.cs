using System.Collections.Immutable;
using System.Text.Json.Serialization;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation;

/// <summary>One played episode with what is needed to judge how it went.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Category">The task's category.</param>
/// <param name="Slice">Which part of the test set: <c>held-out</c>, <c>in-distribution</c>, <c>unseen-errors</c>; a benchmark has one slice, its own name.</param>
/// <param name="Sample">Which of the k tries of the task, from 0.</param>
/// <param name="Expected">The ground-truth calls y*, per user turn (one entry where the user decides the turns).</param>
/// <param name="Trajectory">What was played.</param>
public sealed record EvaluatedEpisode(
    string TaskId,
    string Category,
    string Slice,
    int Sample,
    ImmutableArray<ImmutableArray<ToolCall>> Expected,
    Trajectory Trajectory)
{
    /// <summary>The class of the injected fault (<c>time_out</c>, …), or null when nothing was injected.</summary>
    public string? Fault { get; init; }

    /// <summary>What went wrong first, by the diagnoser; null when nothing did, or when nobody was asked.</summary>
    public FailureCategory? FirstFailure { get; init; }

    /// <summary>False when something other than the policy failed: such an episode is counted, and left out of every rate.</summary>
    [JsonIgnore]
    public bool IsPlayed => Trajectory.Failure is null && Trajectory.Score is not null;

    /// <summary>The benchmark's verdict.</summary>
    [JsonIgnore]
    public bool IsCorrect => Trajectory.Score is { Correct: true };
}
