using System.Collections.Immutable;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Workshop;

/// <summary>
/// A Workshop task being played: the tools' world, the scripted user, and the verdict. After each turn the compared state must equal the ground
/// truth's, and what the user asked to know must have been read in that turn; how it was reached is free.
/// </summary>
internal sealed class WorkshopEnvironment : IEnvironment
{
    private readonly WorkshopTask _task;
    private readonly BfclWorld _world;
    private Drift? _drift;
    private ImmutableList<string> _results = [];
    private int _turn = -1;
    private string? _failure;

    public WorkshopEnvironment(WorkshopTask task, Drift? drift)
    {
        (_task, _world, _drift) = (task, task.Origin.Fork(), drift);
    }

    private WorkshopEnvironment(WorkshopEnvironment other)
    {
        (_task, _world, _drift) = (other._task, other._world.Fork(), other._drift);
        (_results, _turn, _failure) = (other._results, other._turn, other._failure);
    }

    public ImmutableArray<ToolSpec> Tools => _task.Tools;

    /// <summary>What the user has said.</summary>
    public IEnumerable<string> TurnsSoFar => _task.Turns.Take(_turn + 1).Select(t => t.Text);

    public ToolResult Execute(ToolCall call)
    {
        if (!_task.Tools.Any(t => t.Name == call.Name))
            return new ToolResult.Failed(ToolErrorKind.UnknownTool, $"Error during execution: name '{call.Name}' is not defined");
        if (_drift is { } drift && drift.Strikes(_world, _turn, call))
        {
            _drift = null;
            if (drift.Strike(_world) is { } lost)
                return lost;
        }
        var result = _world.Execute(call);
        if (result is ToolResult.Ok)
            _results = _results.Add(result.Text);
        return result;
    }

    public ValueTask<UserTurn> NextUserTurnAsync(string assistantText, CancellationToken cancel) => ValueTask.FromResult(NextUserTurn());

    /// <summary>The scripted user needs no waiting.</summary>
    public UserTurn NextUserTurn()
    {
        if (_turn >= 0 && _turn < _task.Turns.Length)
            _failure ??= Judge();
        _turn = Math.Min(_turn + 1, _task.Turns.Length);
        _results = [];
        return _turn < _task.Turns.Length ? new UserTurn.Says(_task.Turns[_turn].Text) : new UserTurn.Ends("done");
    }

    public IEnvironment Fork() => new WorkshopEnvironment(this);

    public StateDigest Digest() => _world.Digest();

    public EpisodeScore Score()
    {
        var failure = _turn < 0 ? "no turn was played" : _failure ?? (_turn < _task.Turns.Length ? Judge() : null);
        return new EpisodeScore(failure is null, failure is null ? 1 : 0, failure);
    }

    /// <summary>What is wrong with the turn being played, if it ended now.</summary>
    private string? Judge()
    {
        var turn = _task.Turns[_turn];
        if (!_world.StateEquals(turn.Truth))
            return $"state differs from the ground truth after turn {_turn + 1}";
        foreach (var wanted in turn.Reads)
            if (!_results.Contains(wanted))
                return $"a result that the user asked for in turn {_turn + 1} was not read";
        return null;
    }
}
