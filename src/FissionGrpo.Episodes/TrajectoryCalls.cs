using System.Collections.Immutable;

namespace FissionGrpo.Episodes;

/// <summary>The calls of a trajectory, seen in the ways that rewards, error identification and metrics need.</summary>
public static class TrajectoryCalls
{
    /// <summary>All steps in order, those that a recovery shares with its parent included.</summary>
    public static IEnumerable<Step> AllSteps(this Trajectory trajectory) => trajectory.PriorSteps.Concat(trajectory.Steps);

    /// <summary>The calls that succeeded, in order; a recovery's shared steps included.</summary>
    public static ImmutableArray<ToolCall> SucceededCalls(this Trajectory trajectory) =>
        [.. trajectory.AllSteps().SelectMany(s => s.Calls).Where(c => c.Result is ToolResult.Ok).Select(c => c.Call)];

    /// <summary>The expected calls of the turns that the policy played itself: one turn, or all of them from the first one played.</summary>
    public static ImmutableArray<ToolCall> PlayedOf(this Trajectory trajectory, ImmutableArray<ImmutableArray<ToolCall>> expectedCalls)
    {
        if (trajectory.Unit is TrajectoryUnit.Turn)
            return trajectory.FirstTurn < expectedCalls.Length ? expectedCalls[trajectory.FirstTurn] : [];
        return [.. expectedCalls.Skip(trajectory.FirstTurn).SelectMany(calls => calls)];
    }
}
