using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using FissionGrpo.Episodes;

namespace FissionGrpo.Text.Dialogues;

/// <summary>
/// How a model family writes its tool calls, as its chat template shows it: JSON objects with a name and an object of arguments, alone or in a list,
/// between an opening and a closing text. Reading is strict and bounded, as in <see cref="ToolCallText"/>.
/// </summary>
/// <param name="Open">What stands before the JSON; empty where a reply that is JSON is a call (Llama).</param>
/// <param name="Close">What stands after it.</param>
/// <param name="IsList">All calls in one JSON list (Mistral) rather than one object each.</param>
/// <param name="NameKey">The member with the tool's name.</param>
/// <param name="ArgumentsKey">The member with the arguments.</param>
internal sealed record CallSyntax(string Open, string Close, bool IsList, string NameKey, string ArgumentsKey)
{
    private const int LongestReply = 1 << 20;
    private const int MostCalls = 128;

    /// <summary>Members that templates write beside name and arguments, and that mean nothing to a world.</summary>
    private static readonly string[] Harmless = ["id", "type"];

    /// <summary>Learns the syntax from one call as a template renders it.</summary>
    /// <param name="rendered">The reply without its end mark.</param>
    /// <param name="name">The call's name, which occurs nowhere else.</param>
    /// <param name="argument">The name of its argument, which occurs nowhere else.</param>
    /// <returns>Null when the template does not write calls, or not as JSON.</returns>
    public static CallSyntax? Learn(string rendered, string name, string argument)
    {
        var at = rendered.IndexOf(name, StringComparison.Ordinal);
        for (var start = 0; start < at; start++)
        {
            if (rendered[start] is not ('{' or '[') || JsonAt(rendered, start) is not { } end || end <= at)
                continue;
            using var document = JsonDocument.Parse(rendered[start..end]);
            var isList = document.RootElement.ValueKind is JsonValueKind.Array;
            var call = isList && document.RootElement.GetArrayLength() == 1 ? document.RootElement[0] : document.RootElement;
            if (call.ValueKind is not JsonValueKind.Object)
                return null;
            var nameKey = call.EnumerateObject().FirstOrDefault(m => m.Value.ValueKind is JsonValueKind.String && m.Value.GetString() == name).Name;
            var argumentsKey = call.EnumerateObject().FirstOrDefault(m => m.Value.ValueKind is JsonValueKind.Object && m.Value.TryGetProperty(argument, out _)).Name;
            return nameKey is null || argumentsKey is null ? null : new CallSyntax(rendered[..start].Trim(), rendered[end..].Trim(), isList, nameKey, argumentsKey);
        }
        return null;
    }

    /// <summary>Free text and calls of a reply. Whatever the text, this returns.</summary>
    public ParsedReply Parse(string reply)
    {
        if (reply.Length > LongestReply)
            return ToolCallText.Malformed("", $"The reply is longer than {LongestReply} characters.");
        var open = Open.Length > 0 ? reply.IndexOf(Open, StringComparison.Ordinal) : LooksLikeCall(reply) ? reply.Length - reply.TrimStart().Length : -1;
        if (open < 0)
            return Close.Length > 0 && reply.Contains(Close, StringComparison.Ordinal)
                ? ToolCallText.Malformed(reply, $"{Close} without {Open}.")
                : new ParsedReply(reply.Trim(), [], null, null);
        var text = reply[..open].Trim();
        var calls = ImmutableArray.CreateBuilder<ToolCall>();
        for (var at = open; at < reply.Length; at = Blank(reply, at))
        {
            if (!reply.AsSpan(at).StartsWith(Open, StringComparison.Ordinal))
                return ToolCallText.Malformed(text, "There is text after a tool call.");
            var start = Blank(reply, at + Open.Length);
            if (JsonAt(reply, start) is not { } end)
                return ToolCallText.Malformed(text, "The tool call is not valid JSON.");
            if (Read(reply[start..end], calls) is { } problem)
                return ToolCallText.Malformed(text, problem);
            at = Blank(reply, end);
            if (Close.Length > 0 && !reply.AsSpan(at).StartsWith(Close, StringComparison.Ordinal))
                return ToolCallText.Malformed(text, $"The tool call is not closed by {Close}.");
            at += Close.Length;
            if (Open.Length == 0 && Blank(reply, at) < reply.Length)
                return ToolCallText.Malformed(text, "There is text after a tool call.");
        }
        return new ParsedReply(text, calls.ToImmutable(), null, null);
    }

    /// <summary>Without an opening mark a reply is a call when it is a JSON object that means to name a tool; prose and other JSON are answers.</summary>
    private bool LooksLikeCall(string reply) => reply.AsSpan().TrimStart() is ['{' or '[', ..] && reply.Contains($"\"{NameKey}\"", StringComparison.Ordinal);

    private string? Read(string json, ImmutableArray<ToolCall>.Builder calls)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false });
            if (IsList != document.RootElement.ValueKind is JsonValueKind.Array)
                return IsList ? "The tool calls are not a JSON list." : "The tool call is not a JSON object.";
            foreach (var one in IsList ? document.RootElement.EnumerateArray().ToArray() : [document.RootElement])
            {
                if (calls.Count == MostCalls)
                    return $"There are more than {MostCalls} tool calls.";
                if (Read(one, out var call) is { } problem)
                    return problem;
                calls.Add(call!);
            }
            return null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // the latter: half of a surrogate pair
        {
            return "The tool call is not valid JSON.";
        }
    }

    private string? Read(JsonElement root, out ToolCall? call)
    {
        call = null;
        if (root.ValueKind is not JsonValueKind.Object)
            return "The tool call is not a JSON object.";
        foreach (var member in root.EnumerateObject())
            if (member.Name != NameKey && member.Name != ArgumentsKey && !Harmless.Contains(member.Name))
                return $"The tool call has members other than {NameKey} and {ArgumentsKey}.";
        if (!root.TryGetProperty(NameKey, out var name) || name.ValueKind is not JsonValueKind.String || name.GetString() is not { Length: > 0 } spelled)
            return "The tool call has no name.";
        if (!root.TryGetProperty(ArgumentsKey, out var arguments) || arguments.ValueKind is not JsonValueKind.Object)
            return $"The tool call's {ArgumentsKey} are not a JSON object.";
        ToolCallText.CheckStrings(arguments);
        arguments = arguments.Clone();
        call = new ToolCall(spelled, [.. arguments.EnumerateObject().Select(a => new ToolArgument(a.Name, a.Value))]);
        return null;
    }

    /// <summary>Where the JSON value that begins at a place ends; null when none begins there.</summary>
    private static int? JsonAt(string text, int start)
    {
        if (start >= text.Length)
            return null;
        var utf8 = Encoding.UTF8.GetBytes(text[start..]);
        var reader = new Utf8JsonReader(utf8, isFinalBlock: true, new JsonReaderState(new JsonReaderOptions { MaxDepth = 32, AllowMultipleValues = true }));
        try
        {
            return reader.Read() && reader.TrySkip() ? start + Encoding.UTF8.GetCharCount(utf8.AsSpan(0, (int)reader.BytesConsumed)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int Blank(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        return at;
    }
}
