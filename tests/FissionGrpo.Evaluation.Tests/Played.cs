using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation;

/// <summary>Short ways to write down episodes.</summary>
internal static class Played
{
    public static readonly ToolCall Open = ToolCall.Of("open", ("door", "front"));
    public static readonly ToolCall Unlock = ToolCall.Of("unlock", ("code", 7));
    public static readonly ToolCall Push = ToolCall.Of("push", ("door", "front"));

    public static ExecutedCall Ok(ToolCall call) => new(call, new ToolResult.Ok("done"));

    public static ExecutedCall Failed(ToolCall call) => new(call, new ToolResult.Failed(ToolErrorKind.Rejected, "no"));

    public static Step Step(int turn, params ImmutableArray<ExecutedCall> calls) => new(turn, 0, 0, "", null, calls);

    public static Step Malformed(int turn) => new(turn, 0, 0, "<tool_call>{", "the call is not closed", []);

    public static EvaluatedEpisode Episode(string task, bool correct, params ImmutableArray<Step> steps) => new(
        task, "base", "held-out", 0, [],
        new Trajectory(task + "/0", task, "base", TrajectoryUnit.Episode, 0, new TokenSequence([], [], []), steps, TrajectoryEnd.Completed)
        {
            Score = new EpisodeScore(correct, correct ? 1 : 0, correct ? null : "state mismatch"),
        });

    public static EvaluatedEpisode Broken(string task) => Episode(task, false) with
    {
        Trajectory = Episode(task, false).Trajectory with
        {
            Score = null, End = TrajectoryEnd.Failed, Failure = new RolloutFailure("endpoint", "timed out"),
        },
    };
}
