using FissionGrpo.Episodes;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Rollouts;

/// <summary>
/// Brings a fresh environment to the place where the policy takes over: the first user turn, or a later one after the ground truth has been
/// replayed as history. Everything written here is prompt.
/// </summary>
internal sealed class EpisodeOpening(DialogueFormat format)
{
    /// <summary>What the assistant says at the end of a replayed turn.</summary>
    public const string ClosingText = "Done.";

    public async Task<EpisodeState> OpenAsync(RolloutStart start, TrajectoryUnit unit, ulong trajectorySeed, CancellationToken cancel)
    {
        var task = start.Task;
        var environment = Boundary.Cross(Boundary.Environment, () => task.Start(trajectorySeed));
        var tokens = new TokenBuffer();
        var said = await SaysAsync(environment, "", start, cancel);
        tokens.Append(format.Open(task.SystemPrompt, Boundary.Cross(Boundary.Environment, () => environment.Tools), said), TokenOrigin.Prompt);
        for (var turn = 0; turn < start.Turn; turn++)
        {
            foreach (var call in task.ExpectedCalls[turn])
            {
                tokens.Append(format.Assistant(new Message.Assistant("", [call])), TokenOrigin.Prompt);
                var result = Boundary.Cross(Boundary.Environment, () => environment.Execute(call));
                tokens.Append(format.ToolResults([new Message.Tool(call.Name, result.Text)]), TokenOrigin.Tool);
            }
            tokens.Append(format.Assistant(new Message.Assistant(ClosingText, [])), TokenOrigin.Prompt);
            tokens.Append(format.User(await SaysAsync(environment, ClosingText, start, cancel)), TokenOrigin.Prompt);
        }
        tokens.Append(format.OpenAssistant(), TokenOrigin.Template);
        return new EpisodeState(task, trajectorySeed, environment, unit, start.Turn, start.Turn, tokens.ToSequence(), []);
    }

    private static async ValueTask<string> SaysAsync(IEnvironment environment, string text, RolloutStart start, CancellationToken cancel) =>
        await Boundary.CrossAsync(Boundary.UserSimulator, () => environment.NextUserTurnAsync(text, cancel), cancel) switch
        {
            UserTurn.Says says => says.Text,
            UserTurn.Ends ends => throw new BoundaryException(Boundary.UserSimulator,
                new InvalidOperationException($"{start.Key}: the user ended the episode ({ends.Reason}) before turn {start.Turn} began")),
            _ => throw new InvalidOperationException("a user turn either says something or ends"),
        };
}
