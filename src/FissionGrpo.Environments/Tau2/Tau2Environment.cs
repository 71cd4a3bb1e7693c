using System.Collections.Immutable;
using System.Text.Json;
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

    private const int LongestUserMessage = 16_384;

    private static readonly ToolSpec DoneTool = new(Done, JsonSerializer.SerializeToElement(new
    {
        name = Done,
        description = "Call this when the ticket is solved.",
        parameters = new { type = "object", properties = new { } },
    }));

    private readonly IUserSimulator? _user;
    private Tau2Record _record;
    private bool _opened;
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

    /// <summary>Why the episode is over: <c>done</c>, <c>transfer</c>, <c>step limit</c>, <c>error limit</c>; null while it is not.</summary>
    public string? End => _end;

    /// <summary>Who plays the user; null in solo mode.</summary>
    public string? UserName => _user?.Name;

    /// <inheritdoc/>
    public ImmutableArray<ToolSpec> Tools =>
        Task.IsSolo ? [.. Task.Domain.AgentTools, .. Task.Domain.UserTools, DoneTool] : Task.Domain.AgentTools;

    internal Tau2World World { get; }

    internal Tau2Record Record => _record;

    /// <inheritdoc/>
    public ToolResult Execute(ToolCall call)
    {
        if (!TakeStep())
            return new ToolResult.Failed(ToolErrorKind.Rejected, $"Error: the conversation is over ({_end})");
        if (Task.IsSolo && call.Name == Done)
        {
            _end = Done;
            return new ToolResult.Ok("");
        }
        return Execute(Tau2Side.Agent, call);
    }

    /// <inheritdoc/>
    public async ValueTask<UserTurn> NextUserTurnAsync(string assistantText, CancellationToken cancel)
    {
        if (_opened && !TakeStep())
            return new UserTurn.Ends(_end!);
        if (_opened)
            Hear(assistantText);
        var opening = !_opened;
        _opened = true;
        if (_user is null)
        {
            if (opening)
                return new UserTurn.Says(Task.Ticket ?? "");
            _end = Done;
            return new UserTurn.Ends(_end);
        }

        ImmutableArray<Message> news = [new Message.User(opening ? Tau2Prompts.Greeting : assistantText)];
        while (true)
        {
            var reply = await _user.ReplyAsync(news, cancel).ConfigureAwait(false);
            if (reply.Calls.IsEmpty)
                return Speak(reply.Text);
            var results = ImmutableArray.CreateBuilder<Message>();
            foreach (var call in reply.Calls)
            {
                if (!TakeStep())
                    return new UserTurn.Ends(_end!);
                results.Add(new Message.Tool(call.Name, Execute(Tau2Side.User, call).Text));
            }
            news = results.ToImmutable();
        }
    }

    /// <inheritdoc/>
    public IEnvironment Fork() => new Tau2Environment(Task, World.Fork(), _user?.Fork())
    {
        _record = _record,
        _opened = _opened,
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

    /// <summary>Counts a text as said by the agent.</summary>
    internal void Hear(string assistantText) => _record = _record.Saying(assistantText);

    /// <summary>Executes a call of either side and counts it.</summary>
    internal ToolResult Execute(Tau2Side side, ToolCall call)
    {
        _record = _record.Calling(call);
        var (content, isError, kind) = Task.Domain.Respond(World, side, call, Task.IsSolo);
        if (!isError)
            return new ToolResult.Ok(content);
        if (++_errors >= Task.ErrorLimit)
            _end ??= "error limit";
        return new ToolResult.Failed(kind, content);
    }

    private UserTurn Speak(string text)
    {
        if (text.Length > LongestUserMessage)
            text = text[..LongestUserMessage];
        _end ??= text.Contains(Stop, StringComparison.Ordinal) || text.Contains(OutOfScope, StringComparison.Ordinal) ? Done
            : text.Contains(Transfer, StringComparison.Ordinal) ? "transfer"
            : null;
        return _end is null ? new UserTurn.Says(text) : new UserTurn.Ends(_end);
    }

    private bool TakeStep()
    {
        if (_end is null && _steps >= Task.StepLimit)
            _end = "step limit";
        if (_end is not null)
            return false;
        _steps++;
        return true;
    }
}
