using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Chat;

/// <summary>What becomes of the model's earlier reasoning when it is asked again. It moves scores, so it is recorded with every result.</summary>
public enum ThinkHistory
{
    /// <summary>Reasoning is never shown again.</summary>
    Drop,

    /// <summary>Reasoning since the user's last message is shown, as Qwen3's template does.</summary>
    Turn,

    /// <summary>All reasoning is shown.</summary>
    Keep,
}

/// <summary>A policy whose earlier reasoning is shown to it again, as a think block before what it said.</summary>
/// <param name="inner">Who answers.</param>
/// <param name="history">Which of it.</param>
public sealed class ThinkingPolicy(IChatPolicy inner, ThinkHistory history) : IChatPolicy
{
    /// <inheritdoc/>
    public Task<ChatReply> ReplyAsync(ChatRequest request, CancellationToken cancel)
    {
        var lastUser = history is ThinkHistory.Turn ? LastUser(request.Messages) : -1;
        return inner.ReplyAsync(
            history is ThinkHistory.Drop ? request : request with { Messages = [.. request.Messages.Select((m, i) => i > lastUser ? WithThoughts(m) : m)] }, cancel);
    }

    private static int LastUser(ImmutableArray<Message> messages)
    {
        for (var i = messages.Length - 1; i >= 0; i--)
            if (messages[i] is Message.User)
                return i;
        return -1;
    }

    private static Message WithThoughts(Message message) => message is Message.Assistant { Reasoning: { Length: > 0 } thoughts } said
        ? said with { Text = $"<think>\n{thoughts.Trim('\n')}\n</think>\n\n{said.Text}" }
        : message;
}
