using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FissionGrpo.Episodes;

/// <summary>One named argument of a tool call, as JSON. The number's spelling is kept: <c>1</c> and <c>1.0</c> differ.</summary>
public readonly record struct ToolArgument(string Name, JsonElement Value);

/// <summary>
/// A tool call as the policy asked for it. Two calls are equal when name and arguments are, whatever the order of the arguments:
/// that is what "repeated verbatim" means in the repetition rate.
/// </summary>
public sealed record ToolCall(string Name, ImmutableArray<ToolArgument> Arguments)
{
    private string? _canonical;

    /// <summary>Makes a call from plain values; for tasks, oracles and tests.</summary>
    public static ToolCall Of(string name, params ReadOnlySpan<(string Name, object? Value)> arguments)
    {
        var list = ImmutableArray.CreateBuilder<ToolArgument>(arguments.Length);
        foreach (var (argument, value) in arguments)
            list.Add(new ToolArgument(argument, value as JsonElement? ?? JsonSerializer.SerializeToElement(value)));
        return new ToolCall(name, list.MoveToImmutable());
    }

    /// <summary>The value of an argument, or null when the call does not name it. Of a repeated name, the last.</summary>
    public JsonElement? this[string argument]
    {
        get
        {
            for (var i = Arguments.Length - 1; i >= 0; i--)
                if (Arguments[i].Name == argument)
                    return Arguments[i].Value;
            return null;
        }
    }

    /// <summary><c>name(a=1, b="x")</c> with the arguments in ordinal order of their names: a key for comparison and de-duplication.</summary>
    [JsonIgnore]
    public string Canonical => _canonical ??= Write(Arguments.OrderBy(a => a.Name, StringComparer.Ordinal));

    /// <inheritdoc/>
    public bool Equals(ToolCall? other) => other is not null && Canonical == other.Canonical;

    /// <inheritdoc/>
    public override int GetHashCode() => Canonical.GetHashCode(StringComparison.Ordinal);

    /// <summary><c>name(a=1, b="x")</c> in the order given.</summary>
    public override string ToString() => Write(Arguments);

    private string Write(IEnumerable<ToolArgument> arguments)
    {
        var text = new StringBuilder(Name).Append('(');
        var separator = "";
        foreach (var (name, value) in arguments)
        {
            text.Append(separator).Append(name).Append('=').Append(JsonText.Compact(value));
            separator = ", ";
        }
        return text.Append(')').ToString();
    }
}
