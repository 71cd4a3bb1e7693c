using System.Collections.Immutable;

namespace FissionGrpo.Episodes;

/// <summary>
/// One live episode's world: state, tools and the user. Single-use: start it, play one episode, drop it. Not safe for several threads,
/// but a fork is independent of its origin. Whatever a model writes can reach this state and nothing else.
/// </summary>
public interface IEnvironment
{
    /// <summary>The tools on offer now. A user turn may change them.</summary>
    ImmutableArray<ToolSpec> Tools { get; }

    /// <summary>
    /// Why the episode is over already, in a word; null while it goes on. Most worlds end only with a user turn; one that ends with a call or a
    /// malformed reply says so here, and the policy is not asked again.
    /// </summary>
    string? End => null;

    /// <summary>
    /// Tells the world of a reply that calls tools or is malformed, before its calls are executed. (A reply that does neither goes to
    /// <see cref="NextUserTurnAsync"/>.) A world whose rules know only single calls has nothing to do here.
    /// </summary>
    /// <param name="text">What the policy said beside the calls.</param>
    /// <param name="calls">How many calls it makes; 0 when it is malformed.</param>
    /// <returns>How many of them, from the first, are to be executed. The others never happened.</returns>
    int BeginReply(string text, int calls) => calls;

    /// <summary>Executes one call. A failed call is a value; only our own bugs throw.</summary>
    ToolResult Execute(ToolCall call);

    /// <summary>
    /// Ends the policy's turn and asks the user for the next message. The first call of an episode gets an empty text.
    /// </summary>
    /// <param name="assistantText">What the policy said at the end of its turn, calls not included.</param>
    /// <param name="cancel">Stops waiting for a user simulator.</param>
    ValueTask<UserTurn> NextUserTurnAsync(string assistantText, CancellationToken cancel);

    /// <summary>An independent copy: state, tools, user and scoring. Neither sees what the other does later.</summary>
    IEnvironment Fork();

    /// <summary>A hash of the canonical state: equal for equal states, in any process and on any machine.</summary>
    StateDigest Digest();

    /// <summary>The verdict over what has been played so far, as if the episode ended with the turn being played.</summary>
    EpisodeScore Score();

    /// <summary>The same verdict where part of it has to be asked for, of a judge behind a server.</summary>
    /// <param name="cancel">Stops waiting for it.</param>
    ValueTask<EpisodeScore> ScoreAsync(CancellationToken cancel) => ValueTask.FromResult(Score());
}

/// <summary>What the user does next.</summary>
public abstract record UserTurn
{
    private UserTurn()
    {
    }

    /// <summary>The user says something. (The tools may have changed: read them again.)</summary>
    public sealed record Says(string Text) : UserTurn;

    /// <summary>The episode is over, with the reason in a word: <c>done</c>, <c>transfer</c>, <c>turn limit</c>.</summary>
    public sealed record Ends(string Reason) : UserTurn;
}

/// <summary>128 bits of a content hash (XxHash128 or better) over the canonical form of a state.</summary>
public readonly record struct StateDigest(UInt128 Value)
{
    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", null);
}

/// <summary>An environment's verdict.</summary>
/// <param name="Correct">The benchmark's own success criterion.</param>
/// <param name="Reward">The benchmark's own reward, usually 0 or 1.</param>
/// <param name="Reason">Why not, in the benchmark's own words (its error type where it has one); null when correct.</param>
public sealed record EpisodeScore(bool Correct, double Reward, string? Reason);
