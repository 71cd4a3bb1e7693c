using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Rollouts;

/// <summary>A played trajectory as messages: what models with other tokens can read. Made by replay, for worlds whose user can be replayed.</summary>
public static class PlayedDialogue
{
    /// <summary>The dialogue up to a step, its reply and its results included; null where the world does not replay.</summary>
    /// <param name="rollout">The trajectory.</param>
    /// <param name="step">Index of the last step to be told.</param>
    /// <param name="format">Reads the replies.</param>
    /// <param name="cancel">Stops waiting for the user.</param>
    public static async Task<ImmutableArray<Message>?> UpToAsync(Rollout rollout, int step, DialogueFormat format, CancellationToken cancel)
    {
        if (!rollout.Task.CanBeReplayed)
            return null;
        try
        {
            return await Boundary.CrossAsync(Boundary.Environment, () => new ValueTask<ImmutableArray<Message>>(TellAsync(rollout, step, format, cancel)), cancel);
        }
        catch (BoundaryException)
        {
            return null;
        }
    }

    private static async Task<ImmutableArray<Message>> TellAsync(Rollout rollout, int step, DialogueFormat format, CancellationToken cancel)
    {
        var (task, trajectory) = (rollout.Task, rollout.Trajectory);
        var environment = task.Start(rollout.TrajectorySeed);
        var messages = ImmutableArray.CreateBuilder<Message>();
        if (task.SystemPrompt is { } instructions)
            messages.Add(new Message.System(instructions));
        await HearUserAsync("");
        for (var turn = 0; turn < trajectory.FirstTurn; turn++)
        {
            foreach (var call in task.ExpectedCalls[turn])
            {
                messages.Add(new Message.Assistant("", [call]));
                messages.Add(new Message.Tool(call.Name, environment.Execute(call).Text));
            }
            messages.Add(new Message.Assistant(EpisodeOpening.ClosingText, []));
            await HearUserAsync(EpisodeOpening.ClosingText);
        }
        var (at, text) = (trajectory.FirstTurn, "");
        foreach (var played in trajectory.PriorSteps.Concat(trajectory.Steps.Take(step + 1)))
        {
            for (; at < played.Turn; at++)
                await HearUserAsync(text);
            text = played.FormatError is null ? format.Parse(played.Text).Text : played.Text;
            messages.Add(new Message.Assistant(text, [.. played.Calls.Select(c => c.Call)]));
            if (!played.Calls.IsEmpty)
                environment.BeginReply(text, played.Calls.Length);
            foreach (var call in played.Calls)
            {
                if (!call.RolledBack)
                    environment.Execute(call.Call);
                messages.Add(new Message.Tool(call.Call.Name, call.Result.Text));
            }
        }
        return messages.ToImmutable();

        async ValueTask HearUserAsync(string said)
        {
            if (await environment.NextUserTurnAsync(said, cancel) is UserTurn.Says says)
                messages.Add(new Message.User(says.Text));
        }
    }
}
