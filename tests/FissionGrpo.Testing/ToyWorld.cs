using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Episodes;

namespace FissionGrpo.Testing;

/// <summary>
/// A world that fits in the head: rooms with doors. Each turn asks for one door to be opened; a locked door refuses (<c>open</c> fails, the
/// message names <c>unlock</c>) until it is unlocked. A turn is right when its door is open and nothing else changed.
/// </summary>
/// <param name="Id">Unique.</param>
/// <param name="Doors">One door per user turn.</param>
/// <param name="Locked">The doors that are locked at the beginning.</param>
public sealed record ToyTask(string Id, ImmutableArray<string> Doors, ImmutableHashSet<string> Locked) : EpisodeTask(Id, "toy", Locked.IsEmpty ? "happy" : "locked")
{
    public static readonly ImmutableArray<ToolSpec> Tools = [.. new[] { "open", "unlock" }.Select(name => new ToolSpec(
        name, JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["name"] = name })))];

    /// <summary>Throws in place of starting, as often as asked: a broken environment.</summary>
    public Func<IEnvironment>? Broken { get; init; }

    /// <summary>The user is played by somebody live.</summary>
    public bool Live { get; init; }

    public override bool CanBeReplayed => !Live;

    public static ToolCall Open(string door) => ToolCall.Of("open", ("door", door));

    public static ToolCall Unlock(string door) => ToolCall.Of("unlock", ("door", door));

    /// <summary>A task of one turn.</summary>
    public static ToyTask One(string id, string door, bool locked) => new(id, [door], locked ? [door] : []);

    public override string? SystemPrompt => null;

    public override ImmutableArray<ImmutableArray<ToolCall>> ExpectedCalls =>
        [.. Doors.Select(d => Locked.Contains(d) ? ImmutableArray.Create(Unlock(d), Open(d)) : [Open(d)])];

    public override IEnvironment Start() => Broken?.Invoke() ?? new ToyEnvironment(this);
}

/// <summary>The state of a <see cref="ToyTask"/>.</summary>
public sealed class ToyEnvironment(ToyTask task) : IEnvironment
{
    private ImmutableSortedSet<string> _locked = [.. task.Locked];
    private ImmutableSortedSet<string> _open = [];
    private int _turn = -1;

    public ImmutableArray<ToolSpec> Tools => ToyTask.Tools;

    public ToolResult Execute(ToolCall call)
    {
        var door = call["door"] is { ValueKind: JsonValueKind.String } value ? value.GetString()! : null;
        if (call.Name is not ("open" or "unlock"))
            return new ToolResult.Failed(ToolErrorKind.UnknownTool, $"no tool {call.Name}");
        if (door is null)
            return new ToolResult.Failed(ToolErrorKind.InvalidArguments, "door is missing");
        if (call.Name == "unlock")
        {
            _locked = _locked.Remove(door);
            return new ToolResult.Ok("unlocked");
        }
        if (_locked.Contains(door))
            return new ToolResult.Failed(ToolErrorKind.Rejected, $"locked: unlock {door}");
        _open = _open.Add(door);
        return new ToolResult.Ok("opened");
    }

    public ValueTask<UserTurn> NextUserTurnAsync(string assistantText, CancellationToken cancel)
    {
        _turn++;
        return ValueTask.FromResult<UserTurn>(_turn < task.Doors.Length ? new UserTurn.Says($"open {task.Doors[_turn]}") : new UserTurn.Ends("done"));
    }

    public IEnvironment Fork() => new ToyEnvironment(task) { _locked = _locked, _open = _open, _turn = _turn };

    public StateDigest Digest()
    {
        var text = string.Join(',', _locked) + "|" + string.Join(',', _open);
        var hash = UInt128.Zero;
        foreach (var c in text)
            hash = (hash * 1_099_511_628_211UL) ^ c;
        return new StateDigest(hash);
    }

    public EpisodeScore Score()
    {
        var wanted = task.Doors.Take(Math.Min(_turn + 1, task.Doors.Length)).ToImmutableSortedSet(StringComparer.Ordinal);
        var right = wanted.SetEquals(_open);
        return new EpisodeScore(right, right ? 1 : 0, right ? null : "doors differ");
    }
}
