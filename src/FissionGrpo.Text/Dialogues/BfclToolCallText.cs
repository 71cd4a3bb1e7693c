using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using FissionGrpo.Episodes;

namespace FissionGrpo.Text.Dialogues;

/// <summary>
/// Reads calls as BFCL's handler of local Qwen3 models does, for scores that can stand beside the leaderboard's: tags count only on lines of their
/// own, what cannot be parsed between them is skipped, text around calls does not matter, and string arguments are parsed once more. What makes
/// the handler raise, and so ends the turn, is a format error here.
/// </summary>
internal static class BfclToolCallText
{
    private const string Open = ToolCallText.Open + "\n";
    private const string Close = "\n" + ToolCallText.Close;
    private const int LongestReply = 1 << 20;
    private const int MostCalls = 128;

    // Python's json: duplicate keys are fine, the last wins.
    private static readonly JsonDocumentOptions Lenient = new() { MaxDepth = 64 };

    /// <summary>Free text and calls of an answer (a reply without its reasoning).</summary>
    public static ParsedReply Parse(string answer)
    {
        if (answer.Length > LongestReply)
            return ToolCallText.Malformed("", $"The reply is longer than {LongestReply} characters.");
        var calls = ImmutableArray.CreateBuilder<ToolCall>();
        var at = 0;
        while (NextBody(answer, ref at) is { } body)
        {
            if (Read(answer.AsSpan(body)) is not { } root)
                continue;
            if (calls.Count == MostCalls)
                return ToolCallText.Malformed("", $"There are more than {MostCalls} tool calls.");
            if (root.ValueKind != JsonValueKind.Object)
                return ToolCallText.Malformed("", "The tool call is not a JSON object.");
            if (!root.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String)
                return ToolCallText.Malformed("", "The tool call has no name.");
            if (!root.TryGetProperty("arguments", out var arguments))
                return ToolCallText.Malformed("", "The tool call has no arguments.");
            if (arguments.ValueKind == JsonValueKind.String)
                arguments = Read(arguments.GetString()) ?? default;
            if (arguments.ValueKind != JsonValueKind.Object)
                return ToolCallText.Malformed("", "The tool call's arguments are not a JSON object.");
            calls.Add(new ToolCall(name.GetString()!, ArgumentsOf(arguments)));
        }
        return new ParsedReply(calls.Count > 0 ? "" : answer.Trim(), calls.ToImmutable(), null, null);
    }

    /// <summary>What <c>&lt;tool_call&gt;\n(.*?)\n&lt;/tool_call&gt;</c> matches next, in time that only grows with the text.</summary>
    private static Range? NextBody(string answer, ref int at)
    {
        var open = answer.IndexOf(Open, at, StringComparison.Ordinal);
        var close = open < 0 ? -1 : answer.IndexOf(Close, open + Open.Length, StringComparison.Ordinal);
        if (close < 0)
            return null;
        at = close + Close.Length;
        return (open + Open.Length)..close;
    }

    private static JsonElement? Read(ReadOnlySpan<char> json)
    {
        try
        {
            var utf8 = new byte[Encoding.UTF8.GetMaxByteCount(json.Length)];
            using var document = JsonDocument.Parse(utf8.AsMemory(0, Encoding.UTF8.GetBytes(json, utf8)), Lenient);
            ToolCallText.CheckStrings(document.RootElement);
            return document.RootElement.Clone();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>As a Python dictionary holds them: a repeated name keeps its first place and its last value.</summary>
    private static ImmutableArray<ToolArgument> ArgumentsOf(JsonElement arguments)
    {
        var members = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in arguments.EnumerateObject())
            members[member.Name] = member.Value;
        return [.. members.Select(m => new ToolArgument(m.Key, m.Value))];
    }
}
