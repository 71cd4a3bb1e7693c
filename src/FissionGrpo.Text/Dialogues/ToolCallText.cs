using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Text.Dialogues;

/// <summary>
/// Tool calls as Qwen and Hermes models write them: <c>&lt;tool_call&gt;\n{"name": …, "arguments": {…}}\n&lt;/tool_call&gt;</c>.
/// Reading is strict, because a reward that forgives malformed calls teaches them; and bounded, because the text comes from a model.
/// </summary>
internal static class ToolCallText
{
    public const string Open = "<tool_call>";
    public const string Close = "</tool_call>";

    /// <summary>More than a model's longest reply. What is longer is not looked into.</summary>
    private const int LongestReply = 1 << 20;
    private const int MostCalls = 128;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>Adds a reply without reasoning: free text, then the calls, a newline between any two of them. Only the tags are the template's.</summary>
    public static void AddReply(Message.Assistant message, List<TextPart> parts)
    {
        parts.Add(new TextPart(message.Text, IsTemplate: false));
        var separator = message.Text.Length > 0 ? "\n" : "";
        foreach (var call in message.Calls)
        {
            parts.Add(new TextPart(separator + Open, IsTemplate: true));
            parts.Add(new TextPart(Body(call), IsTemplate: false));
            parts.Add(new TextPart(Close, IsTemplate: true));
            separator = "\n";
        }
    }

    /// <summary>A call as text, with its tags.</summary>
    public static string Write(ToolCall call) => Open + Body(call) + Close;

    private static string Body(ToolCall call)
    {
        var text = new StringBuilder("\n{\"name\": \"");
        PythonJson.AppendEscaped(call.Name, text);
        text.Append("\", \"arguments\": {");
        var separator = "";
        foreach (var (name, value) in call.Arguments)
        {
            text.Append(separator).Append('"');
            PythonJson.AppendEscaped(name, text);
            text.Append("\": ");
            PythonJson.Append(value, text);
            separator = ", ";
        }
        // A tag can only stand inside of a string here; written as an escape it does not end the call.
        return text.Append("}}\n").Replace(Open, "\\u003ctool_call>").Replace(Close, "\\u003c/tool_call>").ToString();
    }

    /// <summary>Free text and calls of an answer (a reply without its reasoning).</summary>
    public static ParsedReply Parse(string answer)
    {
        if (answer.Length > LongestReply)
            return Malformed("", $"The reply is longer than {LongestReply} characters.");
        var open = answer.IndexOf(Open, StringComparison.Ordinal);
        var close = answer.IndexOf(Close, StringComparison.Ordinal);
        if (open < 0)
            return close < 0 ? new ParsedReply(answer.Trim(), [], null, null) : Malformed(answer, $"{Close} without {Open}.");
        var text = answer[..open].Trim();
        if (close >= 0 && close < open)
            return Malformed(text, $"{Close} without {Open}.");

        var calls = ImmutableArray.CreateBuilder<ToolCall>();
        var at = open;
        while (at < answer.Length)
        {
            if (!answer.AsSpan(at).StartsWith(Open))
                return Malformed(text, "There is text after a tool call.");
            if (calls.Count == MostCalls)
                return Malformed(text, $"There are more than {MostCalls} tool calls.");
            var start = at + Open.Length;
            var end = answer.IndexOf(Close, start, StringComparison.Ordinal);
            if (end < 0)
                return Malformed(text, $"{Open} is not closed.");
            if (ReadCall(answer.AsSpan(start, end - start), out var call) is { } problem)
                return Malformed(text, problem);
            calls.Add(call!);
            at = end + Close.Length;
            while (at < answer.Length && char.IsWhiteSpace(answer[at]))
                at++;
        }
        return new ParsedReply(text, calls.ToImmutable(), null, null);
    }

    public static ParsedReply Malformed(string text, string problem) => new(text, [], null, problem);

    /// <summary>Reads the JSON between the tags; returns what is wrong with it, or null.</summary>
    private static string? ReadCall(ReadOnlySpan<char> json, out ToolCall? call)
    {
        call = null;
        if (json.IndexOf(Open, StringComparison.Ordinal) >= 0)
            return $"{Open} is not closed.";
        try
        {
            var utf8 = new byte[Encoding.UTF8.GetMaxByteCount(json.Length)]; // a lone surrogate becomes U+FFFD
            using var document = JsonDocument.Parse(utf8.AsMemory(0, Encoding.UTF8.GetBytes(json, utf8)), Strict);
            return ReadCall(document.RootElement, out call);
        }
        catch (JsonException)
        {
            return "The tool call is not valid JSON.";
        }
        catch (InvalidOperationException)
        {
            // An escaped half of a surrogate pair passes the JSON reader and fails when the string is fetched.
            call = null;
            return "The tool call is not valid JSON.";
        }
    }

    private static string? ReadCall(JsonElement root, out ToolCall? call)
    {
        call = null;
        if (root.ValueKind != JsonValueKind.Object)
            return "The tool call is not a JSON object.";
        string? name = null;
        JsonElement? arguments = null;
        foreach (var member in root.EnumerateObject())
            switch (member.Name)
            {
                case "name" when member.Value.ValueKind != JsonValueKind.String:
                    return "The tool call's name is not a string.";
                case "name":
                    name = member.Value.GetString();
                    break;
                case "arguments" when member.Value.ValueKind != JsonValueKind.Object:
                    return "The tool call's arguments are not a JSON object.";
                case "arguments":
                    arguments = member.Value;
                    break;
                default:
                    return "The tool call has members other than name and arguments.";
            }
        if (string.IsNullOrEmpty(name))
            return "The tool call has no name.";
        if (arguments is not { } given)
            return "The tool call has no arguments.";
        CheckStrings(given);
        given = given.Clone();
        call = new ToolCall(name, [.. given.EnumerateObject().Select(a => new ToolArgument(a.Name, a.Value))]);
        return null;
    }

    /// <summary>Fetches every string once, so that a half surrogate fails here and not in an environment.</summary>
    public static void CheckStrings(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
            _ = value.GetString();
        if (value.ValueKind == JsonValueKind.Array)
            foreach (var item in value.EnumerateArray())
                CheckStrings(item);
        if (value.ValueKind == JsonValueKind.Object)
            foreach (var member in value.EnumerateObject())
            {
                _ = member.Name;
                CheckStrings(member.Value);
            }
    }
}
