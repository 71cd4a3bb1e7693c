using System.Collections.Immutable;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Environments.Tau.Tools;
using FissionGrpo.Environments.Tau.Users;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau;

/// <summary>
/// One episode of TAU-bench: the database as the episode has changed it, the user, and what has been said. A fork shares everything that
/// neither side changes.
/// </summary>
public sealed class TauEnvironment : IEnvironment
{
    /// <summary>The mark with which a simulated user ends the conversation.</summary>
    public const string Stop = "###STOP###";

    private readonly WorldState _state;
    private readonly IUserSimulator _user;
    private SpokenOutputs _spoken;
    private bool _opened;
    private bool _announced;
    private int _steps;
    private string? _end;

    internal TauEnvironment(TauTask task, IUserSimulator user)
        : this(task, new WorldState(task.Domain.Database), user, SpokenOutputs.NoneOf(task.Outputs))
    {
    }

    private TauEnvironment(TauTask task, WorldState state, IUserSimulator user, SpokenOutputs spoken)
    {
        Task = task;
        _state = state;
        _user = user;
        _spoken = spoken;
    }

    /// <summary>The task that is played.</summary>
    public TauTask Task { get; }

    /// <inheritdoc/>
    public ImmutableArray<ToolSpec> Tools => Task.Tools;

    /// <summary>Why the episode is over: <c>done</c>, <c>transfer</c>, <c>step limit</c>, <c>error</c>; null while it is not.</summary>
    public string? End => _end;

    /// <summary>Who plays the user.</summary>
    public string UserName => _user.Name;

    internal WorldState State => _state;

    /// <summary>What the original records beside the reward: the outputs where the task asks for any, else the database.</summary>
    internal bool OfficialInfo => Task.Outputs.IsEmpty ? _state.HasSameHashAs(Task.Expected) : _spoken.AreComplete;

    /// <summary>
    /// As the benchmark's tool-calling agent: of several calls only the first is made and kept, text beside it goes to nobody, and a reply whose
    /// calls cannot be read ends the episode without reward.
    /// </summary>
    /// <inheritdoc/>
    public int BeginReply(string text, int calls)
    {
        if (calls == 0)
            _end ??= "error";
        else
            _announced = TakeStep();
        return Math.Min(calls, 1);
    }

    /// <inheritdoc/>
    public ToolResult Execute(ToolCall call)
    {
        if (!_announced && !TakeStep())
            return new ToolResult.Failed(ToolErrorKind.Rejected, $"Error: the conversation is over ({_end})");
        _announced = false;
        var outcome = Task.Domain.Call(_state, call);
        if (call.Name == SharedTools.TransferToHuman)
            _end = "transfer";
        if (outcome.Text is null)
        {
            // The original's step raises because the observation is no text, and the episode counts as failed.
            _end = "error";
            return new ToolResult.Failed(ToolErrorKind.Rejected, "Error: the tool returned nothing");
        }
        StopAtLimit();
        return outcome.Failure is { } kind ? new ToolResult.Failed(kind, outcome.Text) : new ToolResult.Ok(outcome.Text);
    }

    /// <inheritdoc/>
    public async ValueTask<UserTurn> NextUserTurnAsync(string assistantText, CancellationToken cancel)
    {
        if (_opened)
        {
            if (!TakeStep())
                return new UserTurn.Ends(_end!);
            Say(assistantText);
        }
        var news = new Message.User(_opened ? assistantText : UserMessages.Greeting);
        _opened = true;
        var reply = UserMessages.Heard((await _user.ReplyAsync([news], cancel).ConfigureAwait(false)).Text);
        if (reply.Contains(Stop, StringComparison.Ordinal))
            _end = "done";
        StopAtLimit();
        return _end is null ? new UserTurn.Says(reply) : new UserTurn.Ends(_end);
    }

    /// <summary>Counts a text as said by the agent, without asking the user.</summary>
    internal void Say(string assistantText) => _spoken = _spoken.After(assistantText);

    /// <inheritdoc/>
    public IEnvironment Fork() => new TauEnvironment(Task, _state.Fork(), _user.Fork(), _spoken)
    {
        _opened = _opened,
        _announced = _announced,
        _steps = _steps,
        _end = _end,
    };

    /// <summary>Covers the database. What was said is not part of it.</summary>
    public StateDigest Digest() => new(_state.Digest());

    /// <inheritdoc/>
    public EpisodeScore Score()
    {
        if (_end is "error" or "step limit")
            return Wrong(_end);
        if (!_state.HasSameHashAs(Task.Expected))
            return Wrong("database");
        return _spoken.AreComplete ? new EpisodeScore(true, 1, null) : Wrong("outputs");

        static EpisodeScore Wrong(string reason) => new(false, 0, reason);
    }

    /// <summary>Counts one action of the agent, if there is still one to take.</summary>
    private bool TakeStep()
    {
        if (_end is not null)
            return false;
        _steps++;
        return true;
    }

    /// <summary>The last action has been taken, and it did not end the episode.</summary>
    private void StopAtLimit()
    {
        if (_steps >= Task.StepLimit)
            _end ??= "step limit";
    }
}
