using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;

namespace FissionGrpo.Evaluation.Endpoints;

/// <summary>Reads a chat completion. What the server got wrong is tried again; what the model got wrong is a format error of its reply.</summary>
internal static class OpenAiReply
{
    /// <exception cref="EndpointException">The body is not a chat completion.</exception>
    public static ChatReply Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new EndpointException("broken_reply", $"the server's reply is not a chat completion: {(exception is JsonException broken ? $"{JsonFinding.Of(broken)}." : exception.Message)} It begins with {Beginning(body.Span)}", null, exception);
        }
    }

    private static ChatReply Read(JsonElement root)
    {
        if (root.ValueKind is not JsonValueKind.Object || !root.TryGetProperty("choices", out var choices) || choices.GetArrayLength() == 0)
            throw new InvalidOperationException("it has no choices.");
        var choice = choices[0];
        var message = choice.GetProperty("message");
        if (message.ValueKind is not JsonValueKind.Object)
            throw new InvalidOperationException("its message is no object.");
        var text = TextOf(message, "content") ?? "";
        var reasoning = TextOf(message, "reasoning_content") ?? TextOf(message, "reasoning");
        var (calls, error) = CallsOf(message);
        if (error is null && calls.IsEmpty && choice.TryGetProperty("finish_reason", out var finish) && finish.ValueKind is JsonValueKind.String && finish.ValueEquals("length"))
            error = "the reply was cut off at the token limit";
        return new ChatReply(new Message.Assistant(text, error is null ? calls : [], reasoning), error, Usage(root, "prompt_tokens"), Usage(root, "completion_tokens"));
    }

    private static (ImmutableArray<ToolCall> Calls, string? Error) CallsOf(JsonElement message)
    {
        if (!message.TryGetProperty("tool_calls", out var list) || list.ValueKind is not JsonValueKind.Array)
            return ([], null);
        var calls = ImmutableArray.CreateBuilder<ToolCall>();
        foreach (var item in list.EnumerateArray())
        {
            var function = item.GetProperty("function");
            var name = function.GetProperty("name").GetString() ?? throw new InvalidOperationException("a call has no name.");
            if (Arguments(function, out var arguments) is { } error)
                return ([], $"the arguments of {name} are not a JSON object: {error}");
            calls.Add(new ToolCall(name, arguments));
        }
        return (calls.ToImmutable(), null);
    }

    /// <summary>The arguments are JSON inside a string; some servers send the object itself.</summary>
    private static string? Arguments(JsonElement function, out ImmutableArray<ToolArgument> arguments)
    {
        arguments = [];
        if (!function.TryGetProperty("arguments", out var value) || value.ValueKind is JsonValueKind.Null)
            return null;
        if (value.ValueKind is JsonValueKind.String)
        {
            var text = value.GetString()!;
            if (string.IsNullOrWhiteSpace(text))
                return null;
            try
            {
                using var document = JsonDocument.Parse(text);
                value = document.RootElement.Clone();
            }
            catch (JsonException exception)
            {
                return exception.Message;
            }
        }
        if (value.ValueKind is not JsonValueKind.Object)
            return $"found {value.ValueKind.ToString().ToLowerInvariant()}";
        arguments = [.. value.EnumerateObject().Select(m => new ToolArgument(m.Name, m.Value.Clone()))];
        return null;
    }

    /// <summary>A text, or as some servers send it the list of its parts; parts of other kinds (reasoning, a refusal) are not what the model says to the user.</summary>
    private static string? TextOf(JsonElement message, string name) =>
        !message.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.Null ? null
        : value.ValueKind is JsonValueKind.String ? value.GetString()
        : value.ValueKind is JsonValueKind.Array ? string.Concat(value.EnumerateArray().Where(IsText).Select(part => part.GetProperty("text").GetString()))
        : throw new InvalidOperationException($"its {name} is no text.");

    private static bool IsText(JsonElement part) =>
        part.ValueKind is JsonValueKind.Object && part.TryGetProperty("type", out var type) && type.ValueKind is JsonValueKind.String && type.ValueEquals("text");

    private static long Usage(JsonElement root, string name) =>
        root.TryGetProperty("usage", out var usage) && usage.ValueKind is JsonValueKind.Object
        && usage.TryGetProperty(name, out var count) && count.ValueKind is JsonValueKind.Number && count.TryGetInt64(out var tokens) ? tokens : 0;

    private static string Beginning(ReadOnlySpan<byte> body)
    {
        var text = System.Text.Encoding.UTF8.GetString(body[..Math.Min(120, body.Length)]);
        return string.Concat("'", string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)), "'");
    }
}
