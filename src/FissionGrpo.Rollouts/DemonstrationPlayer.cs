using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Rollouts;

/// <summary>Plays what a demonstration says instead of sampling, token for token as a rollout would have it.</summary>
internal sealed class DemonstrationPlayer(DialogueFormat format, EpisodeState start)
{
    private readonly TokenBuffer _tokens = new(start.Tokens);
    private readonly ImmutableArray<Step>.Builder _steps = ImmutableArray.CreateBuilder<Step>();

    public async Task<Trajectory> PlayAsync(Demonstration demonstration, CancellationToken cancel)
    {
        for (var turn = 0; turn < demonstration.Turns.Length; turn++)
        {
            if (turn > 0)
                await NextUserTurnAsync(demonstration, turn, cancel);
            foreach (var reply in demonstration.Turns[turn])
            {
                if (_steps.Count > 0)
                    _tokens.Append(format.OpenAssistant(), TokenOrigin.Template);
                Take(reply, turn);
            }
        }
        return new Trajectory(
            $"demonstration/{demonstration.Task.Id}", demonstration.Task.Id, demonstration.Task.Category, TrajectoryUnit.Episode, 0,
            _tokens.ToSequence(), _steps.ToImmutable(), TrajectoryEnd.Completed)
        { Score = start.Environment.Score() };
    }

    private void Take(DemonstratedReply reply, int turn)
    {
        var begin = _tokens.Count;
        var message = new Message.Assistant(reply.Text, reply.Calls);
        var ids = format.Reply(message);
        _tokens.Append(ids, reply.Train ? TokenOrigin.Policy : TokenOrigin.Prompt);
        var end = _tokens.Count;
        _tokens.Append(format.CloseAssistant(endMarkWasSampled: true), TokenOrigin.Template);
        var diagnostic = reply.Diagnostic;
        var executed = ImmutableArray.CreateBuilder<ExecutedCall>(reply.Calls.Length);
        if (!reply.Calls.IsEmpty)
            start.Environment.BeginReply(reply.Text, reply.Calls.Length);
        foreach (var call in reply.Calls)
        {
            var result = start.Environment.Execute(call);
            if (diagnostic is not null && result is ToolResult.Failed failed)
                (result, diagnostic) = (failed with { Message = diagnostic }, null);
            executed.Add(new ExecutedCall(call, result));
        }
        _steps.Add(new Step(turn, begin, end, format.TextOf(ids.AsSpan()), null, executed.MoveToImmutable()));
        if (reply.Calls.Length > 0)
            _tokens.Append(format.ToolResults([.. _steps[^1].Calls.Select(c => new Message.Tool(c.Call.Name, c.Result.Text))]), TokenOrigin.Tool);
    }

    private async Task NextUserTurnAsync(Demonstration demonstration, int turn, CancellationToken cancel)
    {
        var closing = demonstration.Turns[turn - 1] is [.., var last] ? last.Text : "";
        if (await start.Environment.NextUserTurnAsync(closing, cancel) is not UserTurn.Says says)
            throw new InvalidOperationException($"demonstration of {demonstration.Task.Id}: the user has nothing to say in turn {turn}");
        _tokens.Append(format.User(says.Text), TokenOrigin.Prompt);
    }
}
