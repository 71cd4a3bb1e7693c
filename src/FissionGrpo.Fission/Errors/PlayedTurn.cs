using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Fission;

/// <summary>The steps that a trajectory played in one user turn, beside the calls that this turn expects.</summary>
/// <param name="Rollout">The trajectory.</param>
/// <param name="Turn">The turn; of a world with one list of expected calls for the whole dialogue, the first one, with all steps.</param>
/// <param name="Steps">Indices of its steps, in order.</param>
/// <param name="Expected">y* of the turn.</param>
internal sealed record PlayedTurn(Rollout Rollout, int Turn, ImmutableArray<int> Steps, ImmutableArray<ToolCall> Expected)
{
    /// <summary>Whether the whole dialogue counts as one turn, because its user decides the turns as it goes.</summary>
    private bool IsWholeDialogue => Rollout.Task.ExpectedCalls.Length == 1;

    /// <summary>The turns that were played, in order.</summary>
    public static ImmutableArray<PlayedTurn> Of(Rollout rollout)
    {
        var (expected, steps) = (rollout.Task.ExpectedCalls, rollout.Trajectory.Steps);
        if (expected.Length == 1)
            return [new PlayedTurn(rollout, rollout.Trajectory.FirstTurn, [.. Enumerable.Range(0, steps.Length)], expected[0])];
        return
        [
            .. Enumerable.Range(0, steps.Length).GroupBy(i => steps[i].Turn)
                .Select(g => new PlayedTurn(rollout, g.Key, [.. g], g.Key < expected.Length ? expected[g.Key] : [])),
        ];
    }

    /// <summary>The turn as a trajectory of its own, to be scored by itself.</summary>
    public Rollout Alone() => IsWholeDialogue ? Rollout : Rollout with
    {
        Trajectory = Rollout.Trajectory with
        {
            Unit = TrajectoryUnit.Turn,
            FirstTurn = Turn,
            Steps = [.. Steps.Select(i => Rollout.Trajectory.Steps[i])],
            PriorSteps = [.. PriorSteps],
        },
    };

    /// <summary>The first malformed reply or refused call.</summary>
    public (int Step, int Call, FailureSign Sign)? FirstError()
    {
        foreach (var step in Steps)
        {
            if (Rollout.Trajectory.Steps[step].FormatError is not null)
                return (step, -1, FailureSign.FormatError);
            var calls = Rollout.Trajectory.Steps[step].Calls;
            for (var call = 0; call < calls.Length; call++)
                if (calls[call].Result is ToolResult.Failed)
                    return (step, call, FailureSign.FailedCall);
        }
        return null;
    }

    /// <summary>The first call that the turn does not expect; when there is none and calls are missing, the reply that ended the turn.</summary>
    public (int Step, int Call, FailureSign Sign)? FirstDeparture()
    {
        var open = CallMatching.Open(Expected, PriorSteps.SelectMany(s => s.Calls));
        foreach (var step in Steps)
        {
            var calls = Rollout.Trajectory.Steps[step].Calls;
            for (var call = 0; call < calls.Length; call++)
                if (open.FindIndex(e => CallMatching.Same(e, calls[call].Call)) is >= 0 and var at)
                    open.RemoveAt(at);
                else if (FailedStep.ExpectsEveryCall(Rollout.Task) || Forking.ChangedState(Rollout, step, call))
                    return (step, call, FailureSign.Departure);
        }
        return open.Count > 0 && Steps is [.., var last] && Rollout.Trajectory.Steps[last].Calls.IsEmpty
            ? (last, -1, FailureSign.PrematureStop)
            : null;
    }

    private IEnumerable<Step> PriorSteps => Rollout.Trajectory.PriorSteps.Where(s => IsWholeDialogue || s.Turn == Turn);
}
