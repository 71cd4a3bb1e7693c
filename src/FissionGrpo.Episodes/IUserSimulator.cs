using System.Collections.Immutable;

namespace FissionGrpo.Episodes;

/// <summary>
/// The other side of a conversation: plays the user of one episode. It is a chat with the roles turned round: what the agent says arrives as
/// <see cref="Message.User"/>, results of the user's own tools as <see cref="Message.Tool"/>, and the user answers as an assistant would.
/// Used by one thread at a time.
/// </summary>
public interface IUserSimulator
{
    /// <summary>How reports call it: <c>scripted</c>, or the name of the model that plays it.</summary>
    string Name { get; }

    /// <summary>The user's next message.</summary>
    /// <param name="news">What has been said to the user since its last message, in order. The first call opens the conversation.</param>
    /// <param name="cancel">Stops waiting for a server.</param>
    ValueTask<Message.Assistant> ReplyAsync(ImmutableArray<Message> news, CancellationToken cancel);

    /// <summary>An independent user who remembers the same conversation.</summary>
    IUserSimulator Fork();
}

/// <summary>What a simulated user has to know.</summary>
/// <param name="TaskId">The task that is played.</param>
/// <param name="SystemPrompt">Instructions for a language model that plays the user, the scenario included.</param>
/// <param name="Instruction">The scenario alone, as the benchmark's authors wrote it.</param>
/// <param name="Tools">The user's own tools; empty in most worlds.</param>
public sealed record UserBrief(string TaskId, string SystemPrompt, string Instruction, ImmutableArray<ToolSpec> Tools);

/// <summary>Makes the user of a new episode.</summary>
public delegate IUserSimulator UserSimulatorFactory(UserBrief brief);
