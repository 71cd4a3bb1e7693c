using System.Collections.Immutable;

namespace FissionGrpo.Episodes;

/// <summary>One message of a dialogue, in the words of chat templates.</summary>
public abstract record Message
{
    private Message()
    {
    }

    /// <summary>Instructions that precede the dialogue.</summary>
    public sealed record System(string Text) : Message;

    /// <summary>What the user says.</summary>
    public sealed record User(string Text) : Message;

    /// <summary>What the policy says: free text, calls, or both, and its reasoning where the model has any.</summary>
    public sealed record Assistant(string Text, ImmutableArray<ToolCall> Calls, string? Reasoning = null) : Message;

    /// <summary>The result of one tool call, in the order of the calls.</summary>
    public sealed record Tool(string Name, string Text) : Message;
}
