using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Fission;

/// <summary>How a failure shows.</summary>
public enum FailureSign
{
    /// <summary>The reply could not be parsed.</summary>
    FormatError,

    /// <summary>The environment refused a call.</summary>
    FailedCall,

    /// <summary>Nothing was refused, but the score is low: the first call that the ground truth does not have.</summary>
    Departure,

    /// <summary>Nothing was refused and every call is right, but calls are missing: the reply that ended the turn too early.</summary>
    PrematureStop,
}

/// <summary>tau_err: a failed trajectory and the first step that went wrong.</summary>
/// <param name="Rollout">The trajectory with what is needed to go back into it.</param>
/// <param name="Step">Index of the failed step in the trajectory's own steps.</param>
/// <param name="Call">Index of the failed call in the step; -1 when the step has no calls.</param>
/// <param name="Sign">How it shows.</param>
/// <param name="ZeroVarianceGroup">All siblings of the trajectory have the same reward, so stage 1 learned nothing from them.</param>
public sealed record Failure(Rollout Rollout, int Step, int Call, FailureSign Sign, bool ZeroVarianceGroup)
{
    /// <summary>The failed step.</summary>
    public Step FailedStep => Rollout.Trajectory.Steps[Step];

    /// <summary>The failed call with its result; null when the step has no calls.</summary>
    public ExecutedCall? FailedCall => Call < 0 ? null : FailedStep.Calls[Call];

    /// <summary>What the environment itself says about it; null when it says nothing.</summary>
    public string? OwnMessage => FailedCall?.Result is ToolResult.Failed failed ? failed.Message : null;

    /// <summary>The calls that succeeded before the failed one, those of earlier steps first.</summary>
    public ImmutableArray<ToolCall> SucceededBefore =>
    [
        .. Rollout.Trajectory.PriorSteps.Concat(Rollout.Trajectory.Steps.Take(Step)).SelectMany(s => s.Calls)
            .Concat(FailedStep.Calls.Take(Math.Max(Call, 0))).Where(c => c.Result is ToolResult.Ok).Select(c => c.Call),
    ];

    /// <summary>
    /// Names the corrective context: equal for siblings that made the same mistake after the same tokens and were answered the same, so that one
    /// failure of a whole group is one context. The same call may fail in two ways (a time-out, a lock); those are two.
    /// </summary>
    public string Key => $"{Rollout.Task.Id}/{ContentKey.Of(Rollout.Trajectory.Tokens.Ids.AsSpan(0, FailedStep.End), FailedStep.Calls.Select(c => c.Result.Text))}/{Call}";
}
