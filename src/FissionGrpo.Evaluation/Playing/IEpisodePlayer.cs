using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Playing;

/// <summary>An episode to be played: a task and which try of it, from 0. Tries differ in their draws.</summary>
public readonly record struct EpisodeToPlay(EpisodeTask Task, int Sample);

/// <summary>Plays whole episodes, many at a time.</summary>
public interface IEpisodePlayer
{
    /// <summary>Plays every episode in a fresh environment. What fails outside the policy is on its trajectory; only cancellation and the user's errors throw.</summary>
    /// <param name="episodes">What to play.</param>
    /// <param name="played">Called once for each episode as soon as it is over, in any order, one call at a time.</param>
    /// <param name="cancel">Stops everything.</param>
    Task PlayAsync(ImmutableArray<EpisodeToPlay> episodes, Action<EpisodeToPlay, Trajectory> played, CancellationToken cancel);
}
