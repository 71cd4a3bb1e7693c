using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Fission;

/// <summary>
/// Stage 2, first half: which trajectories failed, and where. A trajectory has failed when a reply is malformed, a call is refused, or its
/// R_corr is below the threshold although nothing was refused. Turns are looked at in order, each against its own expected calls: tau_err is the first
/// malformed reply or refused call of the first turn that has one, unless an earlier turn has a low score of its own. In such a turn it is the first call
/// that the ground truth does not have, or, when there is none, the reply that ended the turn too early.
/// </summary>
/// <param name="options">What counts as failed.</param>
/// <param name="correctness">R_corr of a trajectory, 0 to 2; also of a single turn of it.</param>
public sealed class ErrorIdentification(FissionOptions options, Func<Rollout, float> correctness)
{
    /// <summary>The failures of a batch in the order of its trajectories; rollouts that failed for other reasons are none.</summary>
    public IdentifiedFailures Identify(ImmutableArray<RolloutGroup> groups)
    {
        if (!options.Enabled)
            return new IdentifiedFailures([], 0);
        var failures = ImmutableArray.CreateBuilder<Failure>();
        var unplaced = 0;
        foreach (var group in groups)
        {
            var zeroVariance = HasZeroVariance(group);
            foreach (var rollout in group.Rollouts)
                if (!HasFailed(rollout))
                    continue;
                else if (Place(rollout, zeroVariance) is not { } failure)
                    unplaced++;
                else if (options.FormatErrors || failure.Sign is not FailureSign.FormatError)
                    failures.Add(failure);
        }
        return new IdentifiedFailures(failures.ToImmutable(), unplaced);
    }

    /// <summary>The first failed step of one trajectory; null when it has not failed, or has no step at which it could be forked.</summary>
    internal Failure? Identify(Rollout rollout, bool zeroVarianceGroup) => HasFailed(rollout) ? Place(rollout, zeroVarianceGroup) : null;

    private bool HasFailed(Rollout rollout)
    {
        var trajectory = rollout.Trajectory;
        var isRight = trajectory.Score is { Correct: true };
        return trajectory.Failure is null && (!isRight || options.IncludeRecovered)
            && (trajectory.Steps.Any(s => s.Failed) || (!isRight && correctness(rollout) < options.FailureThreshold));
    }

    private Failure? Place(Rollout rollout, bool zeroVarianceGroup)
    {
        var turns = PlayedTurn.Of(rollout);
        var isRight = rollout.Trajectory.Score is { Correct: true };
        var anyError = rollout.Trajectory.Steps.Any(s => s.Failed);
        foreach (var turn in turns)
            if ((turn.FirstError() ?? (!isRight && correctness(turn.Alone()) < options.FailureThreshold ? turn.FirstDeparture() : null)) is { } place)
                return ToFailure(place);

        // Low as a whole, though no turn is low by itself.
        return anyError ? null : turns.Select(t => t.FirstDeparture()).FirstOrDefault(place => place is not null) is { } departure ? ToFailure(departure) : null;

        Failure ToFailure((int Step, int Call, FailureSign Sign) place) => new(rollout, place.Step, place.Call, place.Sign, zeroVarianceGroup);
    }

    private static bool HasZeroVariance(RolloutGroup group)
    {
        var rewards = group.Rollouts.Where(r => r.Trajectory.Reward is not null).Select(r => r.Trajectory.Reward!.Total).ToList();
        return rewards.TrueForAll(r => r == rewards[0]);
    }
}

/// <summary>What was found in a batch.</summary>
/// <param name="Failures">The failures, in the order of the trajectories.</param>
/// <param name="Unplaced">Failed trajectories in which no step can be named: a limit cut them off before anything departed from the ground truth.</param>
public sealed record IdentifiedFailures(ImmutableArray<Failure> Failures, int Unplaced);
