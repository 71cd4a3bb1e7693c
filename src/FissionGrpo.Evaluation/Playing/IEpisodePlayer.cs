using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Playing;

/// <summary>Plays whole episodes. Safe for several threads; an implementation on the in-process engine batches what is under way.</summary>
public interface IEpisodePlayer
{
    /// <summary>Plays one episode in a fresh environment. What fails outside the policy is on the trajectory; only cancellation and the user's errors throw.</summary>
    /// <param name="task">The task.</param>
    /// <param name="sample">Which try of it, from 0: tries differ in their draws.</param>
    /// <param name="cancel">Stops it.</param>
    Task<Trajectory> PlayAsync(EpisodeTask task, int sample, CancellationToken cancel);
}
