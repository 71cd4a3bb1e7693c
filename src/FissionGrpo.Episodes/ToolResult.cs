using System.Text.Json.Serialization;

namespace FissionGrpo.Episodes;

/// <summary>Why a tool call failed, as far as the environment itself can tell.</summary>
public enum ToolErrorKind
{
    /// <summary>No tool of this name is offered.</summary>
    UnknownTool,

    /// <summary>The call does not bind: a parameter is unknown, missing, given twice or of a wrong type.</summary>
    InvalidArguments,

    /// <summary>The tool ran and refused: a rule, a precondition, or something that it could not find.</summary>
    Rejected,

    /// <summary>A fault put there by the fault injector, not by the world.</summary>
    Injected,
}

/// <summary>What the environment answers to a tool call. An error is a value: it is the training signal, not an exception.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "outcome")]
[JsonDerivedType(typeof(Ok), "ok")]
[JsonDerivedType(typeof(Failed), "failed")]
public abstract record ToolResult
{
    private ToolResult()
    {
    }

    /// <summary>The text that the model sees, exactly as the benchmark specifies it.</summary>
    [JsonIgnore]
    public abstract string Text { get; }

    /// <summary>The call was executed.</summary>
    public sealed record Ok(string Content) : ToolResult
    {
        /// <inheritdoc/>
        [JsonIgnore]
        public override string Text => Content;
    }

    /// <summary>The call failed, and <paramref name="Message"/> is what the model sees.</summary>
    public sealed record Failed(ToolErrorKind Kind, string Message) : ToolResult
    {
        /// <inheritdoc/>
        [JsonIgnore]
        public override string Text => Message;
    }
}
