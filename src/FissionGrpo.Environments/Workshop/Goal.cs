using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Workshop;

/// <summary>One thing that the user wants in a turn.</summary>
/// <param name="Kind">Unique among the goals, for wordings and tables: <c>vehicle.start</c>.</param>
/// <param name="Text">The user's words for it.</param>
/// <param name="Call">The obvious first call.</param>
/// <param name="Reads">The user wants to know something: the call's result must have been read in this turn. Otherwise the state must have changed.</param>
/// <param name="Mends">What the oracle does about the errors that it may meet.</param>
internal sealed record Goal(string Kind, string Text, ToolCall Call, bool Reads, ImmutableArray<Mend> Mends)
{
    /// <summary>Said once at the end of the turn: who the user is, in case a tool wants to know.</summary>
    public string? Aside { get; init; }

    /// <summary>How the oracle goes about a goal of several calls, of which later ones copy from the results of earlier ones; null makes the one call.</summary>
    public Func<Oracle, string?>? Plan { get; init; }
}

/// <summary>How the oracle answers one kind of error.</summary>
/// <param name="Blocker">The blocker's id.</param>
/// <param name="ErrorPart">What the error text contains.</param>
/// <param name="Apply">Makes the calls that the fix needs and returns the call to try next, or null when there is none.</param>
internal sealed record Mend(string Blocker, string ErrorPart, Func<Oracle, FailedCall, ToolCall?> Apply)
{
    /// <summary>The same call again, after others.</summary>
    public static Mend After(string blocker, string errorPart, params ToolCall[] fixes) =>
        new(blocker, errorPart, (oracle, failed) => fixes.All(f => oracle.Make(f) is not null) ? failed.Call : null);

    /// <summary>The same call with another value.</summary>
    public static Mend Change(string blocker, string errorPart, string argument, object value) =>
        new(blocker, errorPart, (_, failed) => failed.Call.With(argument, value));
}

/// <summary>A call that failed and the error text.</summary>
internal sealed record FailedCall(ToolCall Call, string Error);

/// <summary>A kind of goal, and the blockers that may stand before it.</summary>
/// <param name="Kind">As in <see cref="Goal.Kind"/>.</param>
/// <param name="Api">The class that it is about.</param>
/// <param name="Blockers">Ids of the blockers that the obvious first call may meet.</param>
/// <param name="Behind">Ids of blockers that can stand behind one of those, in addition.</param>
/// <param name="Copies">How many values of the shared pools its call copies. Goals that copy are drawn more often: copying is what has to be learned.</param>
/// <param name="Build">Makes the goal and puts into the draft what it needs, blockers included; null when it does not fit the draft.</param>
internal sealed record GoalTemplate(
    string Kind,
    WorkshopApi Api,
    ImmutableArray<string> Blockers,
    ImmutableArray<string> Behind,
    int Copies,
    Func<Draft, BlockerSet, Goal?> Build);

/// <summary>The blockers drawn for a goal.</summary>
internal readonly record struct BlockerSet(ImmutableArray<string> Ids)
{
    public static BlockerSet None { get; } = new([]);

    public bool Has(string id) => Ids.Contains(id);
}

internal static class ToolCallExtensions
{
    /// <summary>The call with one value replaced.</summary>
    public static ToolCall With(this ToolCall call, string argument, object value) => new(
        call.Name,
        [.. call.Arguments.Select(a => a.Name == argument ? ToolCall.Of(call.Name, (argument, value)).Arguments[0] : a)]);
}
