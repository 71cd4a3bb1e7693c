using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Rollouts;

/// <summary>
/// Goes back into a trajectory: the environment as it was before a step, the step's calls played again, one of them with another result.
/// A call that failed left the state as it is; a call that succeeded and was wrong is not executed again, so the state is that before it.
/// </summary>
public static class Forking
{
    /// <summary><see cref="At"/>, where the world may fail: then there is no state, and the failure names the boundary and the cause.</summary>
    /// <inheritdoc cref="At"/>
    public static (EpisodeState? State, RolloutFailure? Failure) TryAt(Rollout rollout, int step, int call, string shown, DialogueFormat format)
    {
        try
        {
            return (At(rollout, step, call, shown, format), null);
        }
        catch (BoundaryException crossed)
        {
            return (null, crossed.ToFailure());
        }
    }

    /// <summary>Whether a call that was executed changed the state. Tried on a fork; a world that throws there counts as changed.</summary>
    /// <param name="rollout">The trajectory; its environments are forked and stay as they are.</param>
    /// <param name="step">Index of the step in the trajectory.</param>
    /// <param name="call">Index of the call in the step.</param>
    public static bool ChangedState(Rollout rollout, int step, int call)
    {
        try
        {
            var environment = Boundary.Cross(Boundary.Environment, rollout.BeforeStep[step].Fork);
            var calls = rollout.Trajectory.Steps[step].Calls;
            for (var i = 0; i < call; i++)
                Execute(environment, calls[i].Call);
            var before = Boundary.Cross(Boundary.Environment, environment.Digest);
            Execute(environment, calls[call].Call);
            return Boundary.Cross(Boundary.Environment, environment.Digest) != before;
        }
        catch (BoundaryException)
        {
            return true;
        }
    }

    /// <summary>The state after a step, with <paramref name="shown"/> in place of one call's result.</summary>
    /// <param name="rollout">The trajectory; its environments are forked and stay as they are.</param>
    /// <param name="step">Index of the step in the trajectory.</param>
    /// <param name="call">Index of the call whose result is replaced; -1 when the step has none (a malformed reply, or a turn that ended too early).</param>
    /// <param name="shown">What the policy reads as the call's result, or as the answer to a reply without calls.</param>
    /// <param name="format">How dialogues become tokens.</param>
    public static EpisodeState At(Rollout rollout, int step, int call, string shown, DialogueFormat format)
    {
        var trajectory = rollout.Trajectory;
        var played = trajectory.Steps[step];
        var environment = Boundary.Cross(Boundary.Environment, rollout.BeforeStep[step].Fork);
        var executed = ImmutableArray.CreateBuilder<ExecutedCall>(played.Calls.Length);
        if (!played.Calls.IsEmpty)
            Boundary.Cross(Boundary.Environment, () => environment.BeginReply(format.Parse(played.Text).Text, played.Calls.Length));
        for (var i = 0; i < played.Calls.Length; i++)
            executed.Add(i == call ? Replace(environment, played.Calls[i], shown) : Execute(environment, played.Calls[i].Call));
        var replayed = played with { Calls = executed.MoveToImmutable() };

        var tokens = new TokenBuffer(trajectory.Tokens.Prefix(played.End).AsHistory());
        tokens.Append(format.CloseAssistant(trajectory.Tokens.Ids.AsSpan(played.Start, played.End - played.Start)), TokenOrigin.Template);
        tokens.Append(format.ToolResults(Results(replayed, shown)), TokenOrigin.Tool);
        tokens.Append(format.OpenAssistant(), TokenOrigin.Template);
        return new EpisodeState(
            rollout.Task, rollout.TrajectorySeed, environment, trajectory.Unit, trajectory.FirstTurn, played.Turn, tokens.ToSequence(),
            [.. trajectory.PriorSteps, .. trajectory.Steps.Take(step), replayed])
        {
            Origin = new FissionOrigin(trajectory.Id, trajectory.PriorSteps.Length + step, shown, tokens.Count),
        };
    }

    /// <summary>The state's digest; null where the world throws.</summary>
    public static StateDigest? TryDigest(IEnvironment environment)
    {
        try
        {
            return Boundary.Cross(Boundary.Environment, environment.Digest);
        }
        catch (BoundaryException)
        {
            return null;
        }
    }

    /// <summary>
    /// Brings a fresh environment into the state of a recorded one: history by ground truth, then the recorded calls. For worlds whose user is
    /// a function of the dialogue (<see cref="EpisodeTask.CanBeReplayed"/>). Where the world throws there is no environment, but the failure.
    /// </summary>
    /// <param name="recorded">Everything but the environment.</param>
    /// <param name="format">How dialogues become tokens.</param>
    /// <param name="cancel">Stops waiting for the user.</param>
    public static async Task<(IEnvironment? Environment, RolloutFailure? Failure)> TryRestoreAsync(
        RecordedState recorded, DialogueFormat format, CancellationToken cancel)
    {
        try
        {
            return (await Boundary.CrossAsync(Boundary.Environment, () => new ValueTask<IEnvironment>(RestoreAsync(recorded, format, cancel)), cancel), null);
        }
        catch (BoundaryException crossed)
        {
            return (null, crossed.ToFailure());
        }
    }

    /// <summary><see cref="TryRestoreAsync"/>, where the world's own exceptions come through.</summary>
    /// <inheritdoc cref="TryRestoreAsync" path="/param"/>
    public static async Task<IEnvironment> RestoreAsync(RecordedState recorded, DialogueFormat format, CancellationToken cancel)
    {
        var environment = recorded.Task.Start(recorded.TrajectorySeed);
        await environment.NextUserTurnAsync("", cancel);
        for (var turn = 0; turn < recorded.FirstTurn; turn++)
        {
            foreach (var call in recorded.Task.ExpectedCalls[turn])
                environment.Execute(call);
            await environment.NextUserTurnAsync(EpisodeOpening.ClosingText, cancel);
        }
        var (at, text) = (recorded.FirstTurn, "");
        foreach (var step in recorded.Steps)
        {
            for (; at < step.Turn; at++)
                await environment.NextUserTurnAsync(text, cancel);
            text = format.Parse(step.Text).Text;
            if (!step.Calls.IsEmpty)
                environment.BeginReply(text, step.Calls.Length);
            foreach (var call in step.Calls)
                if (!call.RolledBack)
                    environment.Execute(call.Call);
        }
        return environment;
    }

    private static ExecutedCall Execute(IEnvironment environment, ToolCall call) =>
        new(call, Boundary.Cross(Boundary.Environment, () => environment.Execute(call)));

    /// <summary>A failed call fails again (so that what the world counts stays right); a successful one is left out.</summary>
    private static ExecutedCall Replace(IEnvironment environment, ExecutedCall played, string shown)
    {
        if (played.Result is not ToolResult.Failed failed)
            return new ExecutedCall(played.Call, new ToolResult.Failed(ToolErrorKind.Rejected, shown)) { RolledBack = true };
        Execute(environment, played.Call);
        return played with { Result = failed with { Message = shown } };
    }

    private static Message.Tool[] Results(Step step, string shown) => step.Calls.IsEmpty
        ? [new Message.Tool("", shown)]
        : [.. step.Calls.Select(c => new Message.Tool(c.Call.Name, c.Result.Text))];
}

/// <summary>What is kept of an <see cref="EpisodeState"/> to bring its environment back.</summary>
/// <param name="Task">The task.</param>
/// <param name="TrajectorySeed">What the environment's occasional failures are drawn from.</param>
/// <param name="FirstTurn">The first turn that a policy played live.</param>
/// <param name="Steps">The steps since then.</param>
public sealed record RecordedState(EpisodeTask Task, ulong TrajectorySeed, int FirstTurn, ImmutableArray<Step> Steps);
