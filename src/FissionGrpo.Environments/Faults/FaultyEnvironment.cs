using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Faults;

/// <summary>
/// Any environment with faults at chosen places. A fault strikes only calls that would have succeeded (tried out on a fork), so it is the
/// fault that the policy meets and not its own mistake. Forks carry the faults that are still to come; user, tools and verdict are the inner
/// environment's own.
/// </summary>
public sealed class FaultyEnvironment : IEnvironment
{
    private readonly IEnvironment _inner;
    private readonly PendingFault[] _pending;

    /// <param name="inner">The environment; it belongs to this one from now on.</param>
    /// <param name="faults">What goes wrong, and where.</param>
    public FaultyEnvironment(IEnvironment inner, ImmutableArray<Fault> faults)
        : this(inner, [.. faults.Select(f => new PendingFault(f, f.Call, f.Strikes))])
    {
    }

    private FaultyEnvironment(IEnvironment inner, PendingFault[] pending) => (_inner, _pending) = (inner, pending);

    /// <inheritdoc/>
    public ImmutableArray<ToolSpec> Tools => _inner.Tools;

    /// <inheritdoc/>
    public string? End => _inner.End;

    /// <inheritdoc/>
    public int BeginReply(string text, int calls) => _inner.BeginReply(text, calls);

    /// <inheritdoc/>
    public ToolResult Execute(ToolCall call)
    {
        if (!Array.Exists(_pending, p => p.StrikesLeft > 0) || _inner.Fork().Execute(call) is not ToolResult.Ok wouldBe)
            return _inner.Execute(call);
        var struck = Advance(call);
        if (struck is null)
        {
            Recover(call);
            return _inner.Execute(call);
        }
        if (struck.Kind is FaultKind.MalformedReply)
        {
            var cut = Cut(_inner.Execute(call).Text);
            return struck.Silent ? new ToolResult.Ok(cut) : new ToolResult.Failed(ToolErrorKind.Injected, Say(wouldBe.Content, $"The reply could not be read: {cut}"));
        }
        return struck.Silent ? new ToolResult.Ok(wouldBe.Content.StartsWith('{') ? "{}" : "") : new ToolResult.Failed(ToolErrorKind.Injected, Say(wouldBe.Content, Message(struck.Kind)));
    }

    /// <inheritdoc/>
    public ValueTask<UserTurn> NextUserTurnAsync(string assistantText, CancellationToken cancel) => _inner.NextUserTurnAsync(assistantText, cancel);

    /// <inheritdoc/>
    public IEnvironment Fork() => new FaultyEnvironment(_inner.Fork(), [.. _pending]);

    /// <inheritdoc/>
    public StateDigest Digest() => _inner.Digest();

    /// <inheritdoc/>
    public EpisodeScore Score() => _inner.Score();

    /// <inheritdoc/>
    public ValueTask<EpisodeScore> ScoreAsync(CancellationToken cancel) => _inner.ScoreAsync(cancel);

    /// <summary>Counts the call towards every fault; the fault that strikes it, if one does.</summary>
    private Fault? Advance(ToolCall call)
    {
        Fault? struck = null;
        for (var i = 0; i < _pending.Length; i++)
        {
            var (fault, callsBefore, strikesLeft) = _pending[i];
            if (strikesLeft == 0 || (fault.Tool is { } tool && tool != call.Name))
                continue;
            if (callsBefore > 0)
            {
                _pending[i] = _pending[i] with { CallsBefore = callsBefore - 1 };
            }
            else if (struck is null && (_pending[i].Struck is null || _pending[i].Struck == call.Name))
            {
                struck = fault;

                // A stale id stays stale until something else succeeds.
                var left = fault.Kind is FaultKind.StaleId || strikesLeft == int.MaxValue ? strikesLeft : strikesLeft - 1;
                _pending[i] = _pending[i] with { StrikesLeft = left, Struck = call.Name };
            }
        }
        return struck;
    }

    /// <summary>Another call succeeds: stale ids are fresh again, unless for ever.</summary>
    private void Recover(ToolCall call)
    {
        for (var i = 0; i < _pending.Length; i++)
            if (_pending[i] is { Fault.Kind: FaultKind.StaleId, Struck: { } struck, StrikesLeft: var left and < int.MaxValue and > 0 } && struck != call.Name)
                _pending[i] = _pending[i] with { StrikesLeft = left - 1 };
    }

    private static string Message(FaultKind kind) => kind switch
    {
        FaultKind.Timeout => "Request timed out. Please try again.",
        FaultKind.RateLimit => "Rate limit exceeded. Please try again later.",
        FaultKind.StaleId => "The given id is out of date. Please look it up again.",
        FaultKind.PermissionDenied => "Permission denied.",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "has no message of its own"),
    };

    /// <summary>In the dress of the environment's own errors.</summary>
    private static string Say(string wouldBe, string message) => wouldBe.StartsWith('{') || wouldBe.StartsWith('[') || wouldBe == "None"
        ? $"{{\"error\": {System.Text.Json.JsonSerializer.Serialize(message)}}}" : $"Error: {message}";

    private static string Cut(string reply) => reply[..(reply.Length / 2)];

    /// <param name="Fault">The fault.</param>
    /// <param name="CallsBefore">Calls that it lets pass before it strikes.</param>
    /// <param name="StrikesLeft">Calls that it will strike.</param>
    /// <param name="Struck">The tool that it has struck: a fault stays with its tool.</param>
    private readonly record struct PendingFault(Fault Fault, int CallsBefore, int StrikesLeft, string? Struck = null)
    {
        public void Deconstruct(out Fault fault, out int callsBefore, out int strikesLeft) => (fault, callsBefore, strikesLeft) = (Fault, CallsBefore, StrikesLeft);
    }
}
