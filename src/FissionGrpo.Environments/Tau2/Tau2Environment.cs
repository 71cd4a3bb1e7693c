using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Tau.Users;
using FissionGrpo.Environments.Tau2.State;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Environments.Tau2.Users;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau2;

/// <summary>
/// One episode of TAU2-bench: both sides' state, the user with their own tools, and what has been called and said. A fork shares everything
/// that neither side changes.
/// </summary>
public sealed class Tau2Environment : IEnvironment
{
    /// <summary>The user is content, and the conversation over.</summary>
    public const string Stop = "###STOP###";

    /// <summary>The user has been handed over to a human.</summary>
    public const string Transfer = "###TRANSFER###";

    /// <summary>The scenario does not say how to go on.</summary>
    public const string OutOfScope = "###OUT-OF-SCOPE###";

    /// <summary>The agent's own way to end a solo episode.</summary>
    private const string Done = "done";

    /// <summary>The agent wrote nothing, or what nobody can read.</summary>
    private const string AgentError = "agent error";

    internal static readonly ToolSpec DoneTool = new(Done, JsonSerializer.SerializeToElement(new
    {
        name = Done,
        description = "Call this when the ticket is solved.",
        parameters = new { type = "object", properties = new { } },
    }));

    private readonly IUserSimulator? _user;
    private Tau2Record? _record;
    private bool _opened;
    private int _callsToCome;
    private int _steps;
    private int _errors;
    private string? _end;

    internal Tau2Environment(Tau2Task task, Tau2World world, IUserSimulator? user)
    {
        Task = task;
        World = world;
        _user = user;
    }

    /// <summary>The task that is played.</summary>
    public Tau2Task Task { get; }

    /// <summary>
    /// Why the episode is over: <c>done</c>, <c>transfer</c>, <c>step limit</c>, <c>error limit</c>, <c>agent error</c>; null while it is not.
    /// </summary>
    public string? End => _end;

    /// <summary>Who plays the user; null in solo mode.</summary>
    public string? UserName => _user?.Name;

    /// <inheritdoc/>
    public ImmutableArray<ToolSpec> Tools => Task.Tools;

    internal Tau2World World { get; }

    /// <summary>What has been said and called.</summary>
    internal Tau2Record? Spoken => _record;

    /// <summary>As the benchmark's orchestrator: all calls of a message are made in order, and nobody but the scoring hears the text beside them.</summary>
    /// <inheritdoc/>
    public int BeginReply(string text, int calls)
    {
        if (calls == 0)
            _end ??= AgentError;
        if (_end is not null)
            return calls;
        Hear(text);
        _callsToCome = calls;
        return calls;
    }

    /// <inheritdoc/>
    public ToolResult Execute(ToolCall call)
    {
        if (_end is null && _callsToCome == 0)
            _callsToCome = 1;
        if (_end is not null)
            return new ToolResult.Failed(ToolErrorKind.Rejected, $"Error: the conversation is over ({_end})");
        if (Task.IsSolo && call.Name == Done)
        {
            _end = Done;
            EndCalls(1); // there is no message back
            return new ToolResult.Ok("");
        }
        var result = Execute(Tau2Side.Agent, call);
        if (--_callsToCome == 0)
            EndCalls(2);
        return result;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The user neither says nor does anything.</exception>
    public async ValueTask<UserTurn> NextUserTurnAsync(string assistantText, CancellationToken cancel)
    {
        if (_end is not null)
            return new UserTurn.Ends(_end);
        var opening = !_opened;
        _opened = true;
        if (_user is null && opening)
            return new UserTurn.Says(Task.Ticket ?? "");
        if (!opening)
            Speak(assistantText);
        if (_end is not null)
            return new UserTurn.Ends(_end);

        ImmutableArray<Message> news = [new Message.User(opening ? UserMessages.Greeting : assistantText)];
        while (true)
        {
            var reply = await _user!.ReplyAsync(news, cancel).ConfigureAwait(false);
            if (reply.Calls.IsEmpty)
                return Answer(UserMessages.Heard(reply.Text));
            news = [.. reply.Calls.Select(call => new Message.Tool(call.Name, Execute(Tau2Side.User, call).Text))];
            EndCalls(2);
            if (_end is not null)
                return new UserTurn.Ends(_end);
        }
    }

    /// <inheritdoc/>
    public IEnvironment Fork() => new Tau2Environment(Task, World.Fork(), _user?.Fork())
    {
        _record = _record,
        _opened = _opened,
        _callsToCome = _callsToCome,
        _steps = _steps,
        _errors = _errors,
        _end = _end,
    };

    /// <summary>Covers both sides' databases. What was said is not part of it.</summary>
    public StateDigest Digest() => new(World.Digest());

    /// <summary>
    /// The product of the parts that the task names. Sentences for a judge are left out: <see cref="JudgedLater"/> says whether there are any.
    /// </summary>
    public EpisodeScore Score()
    {
        if (_end is not (null or Done or "transfer"))
            return new EpisodeScore(false, 0, _end);
        return Tau2Scoring.Score(Task, World, _record);
    }

    /// <summary>The task also names sentences that only a judge can find true, so <see cref="Score"/> is an upper bound.</summary>
    public bool JudgedLater => Task.RewardBasis.HasFlag(Tau2RewardBasis.JudgedAssertions) && !Task.JudgedAssertions.IsEmpty;

    /// <summary>The same, and what the task's judge says, where it has one and everything else is right.</summary>
    /// <inheritdoc/>
    public async ValueTask<EpisodeScore> ScoreAsync(CancellationToken cancel)
    {
        var score = Score();
        if (!score.Correct || !JudgedLater || Task.Judge is not { } judge)
            return score;
        var verdicts = await judge.JudgeAsync(Task.Id, Tau2Record.Transcript(_record), Task.JudgedAssertions, cancel).ConfigureAwait(false);
        return verdicts.All(isTrue => isTrue) ? score : new EpisodeScore(false, 0, "NL_ASSERTION");
    }

    /// <summary>Counts a text as said by the agent.</summary>
    internal void Hear(string assistantText) => Record(Tau2Side.Agent, assistantText);

    /// <summary>Executes a call of either side.</summary>
    internal ToolResult Execute(Tau2Side side, ToolCall call)
    {
        var (content, isError, kind) = Task.Domain.Respond(World, side, call, Task.IsSolo);
        _record = new Tau2Record(_record, side, call, content);
        if (!isError)
            return new ToolResult.Ok(content);
        _errors++;
        return new ToolResult.Failed(kind, content);
    }

    private void Record(Tau2Side side, string said)
    {
        if (said.Length > 0)
            _record = new Tau2Record(_record, side, null, said);
    }

    /// <summary>The agent's message to the user, or to nobody: alone, it may only say that it stops.</summary>
    private void Speak(string text)
    {
        Hear(text);
        if (_user is null)
            _end = text.Contains(Stop, StringComparison.Ordinal) ? Done : AgentError;
        else if (text.Length == 0)
            _end = AgentError;
        Count(1);
    }

    private UserTurn Answer(string text)
    {
        if (text.Length == 0)
            throw new InvalidOperationException("the user neither says nor does anything");
        Record(Tau2Side.User, text);
        _end = text.Contains(Stop, StringComparison.Ordinal) || text.Contains(OutOfScope, StringComparison.Ordinal) ? Done
            : text.Contains(Transfer, StringComparison.Ordinal) ? "transfer"
            : null;
        Count(1);
        return _end is null ? new UserTurn.Says(text) : new UserTurn.Ends(_end);
    }

    /// <summary>The calls of a message are made: the limits are looked at now, and not in between.</summary>
    private void EndCalls(int messages)
    {
        _callsToCome = 0;
        Count(messages);
    }

    /// <summary>Counts messages; the limits outdo any other end.</summary>
    private void Count(int messages)
    {
        _steps += messages;
        if (_steps >= Task.StepLimit)
            _end = "step limit";
        if (_errors >= Task.ErrorLimit)
            _end = "error limit";
    }
}
