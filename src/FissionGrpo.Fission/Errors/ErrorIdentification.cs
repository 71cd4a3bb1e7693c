using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Fission;

/// <summary>
/// Stage 2, first half: which trajectories failed, and where. A trajectory has failed when a reply is malformed, a call is refused, or its
/// R_corr is below the threshold although nothing was refused. The first such step is tau_err; for a low score without an error it is the first
/// call that the ground truth does not have, or, when there is none, the reply that ended the turn too early.
/// </summary>
/// <param name="options">What counts as failed.</param>
/// <param name="correctness">R_corr of a trajectory, 0 to 2.</param>
public sealed class ErrorIdentification(FissionOptions options, Func<Rollout, float> correctness)
{
    /// <summary>The failures of a batch in the order of its trajectories; rollouts that failed for other reasons are none.</summary>
    public ImmutableArray<Failure> Identify(ImmutableArray<RolloutGroup> groups)
    {
        if (!options.Enabled)
            return [];
        var failures = ImmutableArray.CreateBuilder<Failure>();
        foreach (var group in groups)
        {
            var zeroVariance = HasZeroVariance(group);
            foreach (var rollout in group.Rollouts)
                if (Identify(rollout, zeroVariance) is { } failure)
                    failures.Add(failure);
        }
        return failures.ToImmutable();
    }

    /// <summary>The first failed step of one trajectory, or null.</summary>
    internal Failure? Identify(Rollout rollout, bool zeroVarianceGroup)
    {
        var trajectory = rollout.Trajectory;
        if (trajectory.Failure is not null || (trajectory.Score is { Correct: true } && !options.IncludeRecovered))
            return null;
        for (var step = 0; step < trajectory.Steps.Length; step++)
        {
            if (trajectory.Steps[step].FormatError is not null)
                return new Failure(rollout, step, -1, FailureSign.FormatError, zeroVarianceGroup);
            for (var call = 0; call < trajectory.Steps[step].Calls.Length; call++)
                if (trajectory.Steps[step].Calls[call].Result is ToolResult.Failed)
                    return new Failure(rollout, step, call, FailureSign.FailedCall, zeroVarianceGroup);
        }
        return trajectory.Score is { Correct: true } || correctness(rollout) >= options.FailureThreshold
            ? null
            : FirstDeparture(rollout, zeroVarianceGroup);
    }

    private static Failure? FirstDeparture(Rollout rollout, bool zeroVarianceGroup)
    {
        var trajectory = rollout.Trajectory;
        var open = trajectory.PlayedOf(rollout.Task.ExpectedCalls).ToList();
        foreach (var prior in trajectory.PriorSteps.SelectMany(s => s.Calls))
            open.Remove(prior.Call);
        for (var step = 0; step < trajectory.Steps.Length; step++)
            for (var call = 0; call < trajectory.Steps[step].Calls.Length; call++)
                if (!open.Remove(trajectory.Steps[step].Calls[call].Call))
                    return new Failure(rollout, step, call, FailureSign.Departure, zeroVarianceGroup);
        return open.Count > 0 && trajectory.Steps is [.., { Calls.IsEmpty: true }]
            ? new Failure(rollout, trajectory.Steps.Length - 1, -1, FailureSign.PrematureStop, zeroVarianceGroup)
            : null;
    }

    private static bool HasZeroVariance(RolloutGroup group)
    {
        var rewards = group.Rollouts.Where(r => r.Trajectory.Reward is not null).Select(r => r.Trajectory.Reward!.Total).ToList();
        return rewards.TrueForAll(r => r == rewards[0]);
    }
}
