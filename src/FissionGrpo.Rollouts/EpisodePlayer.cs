using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Rollouts;

/// <summary>
/// Plays one episode from a state: reply, execute, show the results, until the policy ends its turn (unit <c>turn</c>), the user ends the
/// episode (unit <c>episode</c>), or a limit does.
/// </summary>
internal sealed class EpisodePlayer
{
    private readonly DialogueFormat _format;
    private readonly RolloutOptions _options;
    private readonly EpisodeState _start;
    private readonly IEnvironment _environment;
    private readonly TokenBuffer _tokens;
    private readonly ImmutableArray<Step>.Builder _steps = ImmutableArray.CreateBuilder<Step>();
    private readonly ImmutableArray<IEnvironment>.Builder _beforeStep = ImmutableArray.CreateBuilder<IEnvironment>();
    private int _turn;
    private int _stepsInTurn;
    private string _lastText = "";

    /// <summary>Takes over the state's environment: fork the state first where others need it too.</summary>
    public EpisodePlayer(DialogueFormat format, RolloutOptions options, EpisodeState start)
    {
        (_format, _options, _start, _environment) = (format, options, start, start.Environment);
        _tokens = new TokenBuffer(start.Tokens);
        _turn = start.Turn;
        _stepsInTurn = start.PriorSteps.Count(s => s.Turn == start.Turn);
    }

    /// <summary>Where replies come from: the next one, given the tokens so far, the number of the reply and the most tokens it may have.</summary>
    public delegate ValueTask<SampledTokens> Replies(ImmutableArray<int> prefix, int reply, int maxTokens, CancellationToken cancel);

    public async Task<TrajectoryEnd> PlayAsync(Replies replies, CancellationToken cancel)
    {
        if (_environment.End is not null)
            return TrajectoryEnd.Completed; // a fork of an episode that its failed step had ended
        while (true)
        {
            var room = Math.Min(_options.MaxReplyTokens, _options.MaxTokens - _tokens.Count);
            if (room <= 0)
                return TrajectoryEnd.TokenLimit;
            var sampled = await Boundary.CrossAsync(
                Boundary.Sampler, () => replies(_tokens.Ids, _steps.Count, room, cancel), cancel);
            var calls = TakeReply(sampled);
            if (_environment.End is not null)
                return TrajectoryEnd.Completed;
            if (!calls)
            {
                if (_start.Unit is TrajectoryUnit.Turn || !await NextUserTurnAsync(cancel))
                    return TrajectoryEnd.Completed;
            }
            else if (_stepsInTurn >= _options.MaxStepsPerTurn)
            {
                return TrajectoryEnd.StepLimit;
            }
            _tokens.Append(_format.OpenAssistant(), TokenOrigin.Template);
        }
    }

    /// <summary>The record of what was played.</summary>
    public async ValueTask<Rollout> ToRolloutAsync(string id, TrajectoryEnd end, CancellationToken cancel)
    {
        var score = await Boundary.CrossAsync(Boundary.Scoring, () => _environment.ScoreAsync(cancel), cancel);
        var isScored = end is TrajectoryEnd.Completed || (end is TrajectoryEnd.StepLimit && _start.Task.IsScoredAtStepLimit && _turn + 1 >= _start.Task.ExpectedCalls.Length);
        if (!isScored && score.Correct)
            score = new EpisodeScore(false, 0, end is TrajectoryEnd.StepLimit ? "step limit" : "token limit");
        var trajectory = new Trajectory(
            id, _start.Task.Id, _start.Task.Category, _start.Unit, _start.FirstTurn, _tokens.ToSequence(), _steps.ToImmutable(), end)
        {
            Score = score,
            PriorSteps = _start.PriorSteps,
            Origin = _start.Origin,
        };
        return new Rollout(_start.Task, _start.TrajectorySeed, trajectory, _beforeStep.ToImmutable());
    }

    /// <summary>Appends a reply and executes its calls. False when it ends the turn, as a malformed one does.</summary>
    private bool TakeReply(SampledTokens sampled)
    {
        var start = _tokens.Count;
        _tokens.AppendSampled(sampled);
        var end = _tokens.Count;
        _tokens.Append(_format.CloseAssistant(sampled.Tokens.AsSpan()), TokenOrigin.Template);
        _beforeStep.Add(Boundary.Cross(Boundary.Environment, _environment.Fork));
        var reply = _format.Parse(sampled.Tokens.AsSpan());
        var formatError = sampled.Stopped ? reply.FormatError : $"The reply was cut off after {sampled.Tokens.Length} tokens.";
        var calls = formatError is null ? reply.Calls : [];
        if (formatError is not null || !calls.IsEmpty)
            calls = calls[..Boundary.Cross(Boundary.Environment, () => _environment.BeginReply(reply.Text, calls.Length))];
        var executed = ImmutableArray.CreateBuilder<ExecutedCall>(calls.Length);
        foreach (var call in calls)
            executed.Add(new ExecutedCall(call, Boundary.Cross(Boundary.Environment, () => _environment.Execute(call))));
        _lastText = reply.Text;
        _steps.Add(new Step(_turn, start, end, _format.TextOf(sampled.Tokens.AsSpan()), formatError, executed.MoveToImmutable()));
        _stepsInTurn++;
        if (calls.IsEmpty)
            return false;
        _tokens.Append(_format.ToolResults([.. _steps[^1].Calls.Select(c => new Message.Tool(c.Call.Name, c.Result.Text))]), TokenOrigin.Tool);
        return true;
    }

    /// <summary>Hands over to the user. False when the episode is over.</summary>
    private async ValueTask<bool> NextUserTurnAsync(CancellationToken cancel)
    {
        var said = await Boundary.CrossAsync(Boundary.UserSimulator, () => _environment.NextUserTurnAsync(_lastText, cancel), cancel);
        if (said is not UserTurn.Says says)
            return false;
        _tokens.Append(_format.User(says.Text), TokenOrigin.Prompt);
        _turn++;
        _stepsInTurn = 0;
        return true;
    }
}
