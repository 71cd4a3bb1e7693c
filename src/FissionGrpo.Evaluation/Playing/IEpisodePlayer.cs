using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Playing;

/// <summary>An episode to be played: a task and which try of it, from 0. Tries differ in their draws.</summary>
public readonly record struct EpisodeToPlay(EpisodeTask Task, int Sample);

/// <summary>An episode that was played.</summary>
/// <param name="Trajectory">What was played.</param>
/// <param name="BeforeStep">The environment as it was before each step's calls, one per step; empty when the rollout failed. Fork before use.</param>
public sealed record PlayedEpisode(Trajectory Trajectory, ImmutableArray<IEnvironment> BeforeStep);

/// <summary>Plays whole episodes, many at a time.</summary>
public interface IEpisodePlayer
{
    /// <summary>Plays every episode in a fresh environment. What fails outside the policy is on its trajectory; only cancellation and the user's errors throw.</summary>
    /// <param name="episodes">What to play.</param>
    /// <param name="played">Called once for each episode as soon as it is over, in any order, one call at a time.</param>
    /// <param name="cancel">Stops everything.</param>
    Task PlayAsync(ImmutableArray<EpisodeToPlay> episodes, Action<EpisodeToPlay, PlayedEpisode> played, CancellationToken cancel);
}
