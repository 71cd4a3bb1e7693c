using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Chat;

/// <summary>
/// A policy that is asked in messages rather than tokens: an endpoint, the ground truth, a recording. Safe for several threads: each
/// request brings all that it depends on.
/// </summary>
public interface IChatPolicy
{
    /// <summary>Answers a dialogue.</summary>
    /// <exception cref="ChatFailureException">No answer could be had, for a reason outside the policy.</exception>
    Task<ChatReply> ReplyAsync(ChatRequest request, CancellationToken cancel);
}

/// <summary>A dialogue that waits for the policy.</summary>
/// <param name="Task">The task played.</param>
/// <param name="Sample">Which try of it.</param>
/// <param name="Turn">The user turn, from 0.</param>
/// <param name="StepInTurn">How many replies the turn has had.</param>
/// <param name="Messages">The dialogue so far.</param>
/// <param name="Tools">The tools on offer now.</param>
public sealed record ChatRequest(
    EpisodeTask Task, int Sample, int Turn, int StepInTurn, ImmutableArray<Message> Messages, ImmutableArray<ToolSpec> Tools);

/// <summary>What the policy said.</summary>
/// <param name="Message">The reply. With a format error its calls are empty.</param>
/// <param name="FormatError">What is malformed about it, or null.</param>
/// <param name="PromptTokens">Tokens read, as the server counts them; 0 when it does not say.</param>
/// <param name="ReplyTokens">Tokens written.</param>
/// <param name="GivesUp">True in a recording that stops here: the episode is over as if a limit had ended it.</param>
public sealed record ChatReply(
    Message.Assistant Message, string? FormatError = null, long PromptTokens = 0, long ReplyTokens = 0, bool GivesUp = false);

/// <summary>No answer could be had: the episode is counted as failed outside the policy, and left out of every rate.</summary>
public sealed class ChatFailureException : Exception
{
    /// <summary>Says what failed.</summary>
    /// <param name="boundary">What was being called: <c>endpoint</c>, <c>recording</c>.</param>
    /// <param name="message">What happened.</param>
    /// <param name="cause">The last cause.</param>
    public ChatFailureException(string boundary, string message, Exception? cause = null)
        : base(message, cause) => Boundary = boundary;

    /// <summary>What was being called.</summary>
    public string Boundary { get; }
}
