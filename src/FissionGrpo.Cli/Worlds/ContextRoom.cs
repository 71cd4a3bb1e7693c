using FissionGrpo.Episodes;
using FissionGrpo.Evaluation;

namespace FissionGrpo.Cli.Worlds;

/// <summary>What a short context does to an evaluation. Its rates say nothing of it: an episode that had no room is incorrect like any other.</summary>
internal static class ContextRoom
{
    /// <summary>Whether the prompt alone left no room for a reply.</summary>
    public static bool HadNone(EvaluatedEpisode episode) => episode.Trajectory is { End: TrajectoryEnd.TokenLimit, Steps.IsEmpty: true };

    /// <summary>In words, when the context ended episodes; null when it ended none.</summary>
    /// <param name="episodes">What was played.</param>
    /// <param name="context">The most tokens of an episode, and where that limit stands.</param>
    public static string? WantOf(IReadOnlyCollection<EvaluatedEpisode> episodes, string context)
    {
        var (ended, mute) = (episodes.Count(e => e.Trajectory.End is TrajectoryEnd.TokenLimit), episodes.Count(HadNone));
        return ended == 0 ? null
            : $"{ended} of {episodes.Count} episodes were ended by the context of {context} and count as incorrect{(mute == 0 ? "" : $"; in {mute} of them not even the prompt left room for a reply")}.";
    }
}
