using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Endpoints;

/// <summary>Our messages and tools in the words of the chat completions API.</summary>
internal static class OpenAiMessages
{
    /// <summary>BFCL's type names and what JSON Schema calls them.</summary>
    private static readonly ImmutableDictionary<string, string> SchemaTypes = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["dict"] = "object", ["float"] = "number", ["tuple"] = "array", ["list"] = "array", ["bool"] = "boolean", ["any"] = "string",
    }.ToImmutableDictionary(StringComparer.Ordinal);

    /// <summary>Writes the messages; a tool result is tied to its call by position, since ids of servers repeat.</summary>
    public static void Write(Utf8JsonWriter writer, ImmutableArray<Message> messages)
    {
        writer.WriteStartArray("messages");
        var pending = new Queue<string>();
        var calls = 0;
        foreach (var message in messages)
        {
            writer.WriteStartObject();
            switch (message)
            {
                case Message.System system:
                    Plain(writer, "system", system.Text);
                    break;
                case Message.User user:
                    Plain(writer, "user", user.Text);
                    break;
                case Message.Tool tool:
                    Plain(writer, "tool", tool.Text);
                    writer.WriteString("tool_call_id", pending.Count > 0 ? pending.Dequeue() : "call_none");
                    break;
                case Message.Assistant assistant:
                    Plain(writer, "assistant", assistant.Text);
                    pending.Clear();
                    WriteCalls(writer, assistant.Calls, pending, ref calls);
                    break;
            }
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    /// <summary>Writes the tools. A bare description is wrapped as a function, and its types are translated to JSON Schema's.</summary>
    public static void Write(Utf8JsonWriter writer, ImmutableArray<ToolSpec> tools)
    {
        if (tools.IsEmpty)
            return;
        writer.WriteStartArray("tools");
        foreach (var tool in tools)
        {
            if (tool.Document.ValueKind is JsonValueKind.Object && tool.Document.TryGetProperty("function", out _))
            {
                tool.Document.WriteTo(writer);
                continue;
            }
            writer.WriteStartObject();
            writer.WriteString("type", "function");
            writer.WriteStartObject("function");
            writer.WriteString("name", tool.Name);
            if (tool.Document.TryGetProperty("description", out var description))
            {
                writer.WritePropertyName("description");
                description.WriteTo(writer);
            }
            if (tool.Document.TryGetProperty("parameters", out var parameters))
            {
                writer.WritePropertyName("parameters");
                WriteSchema(writer, parameters);
            }
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void Plain(Utf8JsonWriter writer, string role, string text)
    {
        writer.WriteString("role", role);
        writer.WriteString("content", text);
    }

    private static void WriteCalls(Utf8JsonWriter writer, ImmutableArray<ToolCall> calls, Queue<string> pending, ref int count)
    {
        if (calls.IsEmpty)
            return;
        writer.WriteStartArray("tool_calls");
        foreach (var call in calls)
        {
            var id = $"call_{count++}";
            pending.Enqueue(id);
            writer.WriteStartObject();
            writer.WriteString("id", id);
            writer.WriteString("type", "function");
            writer.WriteStartObject("function");
            writer.WriteString("name", call.Name);
            writer.WriteString("arguments", ArgumentsOf(call));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static string ArgumentsOf(ToolCall call)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in call.Arguments)
            {
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }
            writer.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Only the value of a member called <c>type</c> that stands where a schema's type stands is translated.</summary>
    private static void WriteSchema(Utf8JsonWriter writer, JsonElement schema)
    {
        if (schema.ValueKind is not JsonValueKind.Object)
        {
            schema.WriteTo(writer);
            return;
        }
        writer.WriteStartObject();
        foreach (var member in schema.EnumerateObject())
        {
            writer.WritePropertyName(member.Name);
            if (member.Name == "type" && member.Value.ValueKind is JsonValueKind.String)
                writer.WriteStringValue(SchemaTypes.GetValueOrDefault(member.Value.GetString()!, member.Value.GetString()!));
            else if (member.Name == "properties" && member.Value.ValueKind is JsonValueKind.Object)
            {
                writer.WriteStartObject();
                foreach (var property in member.Value.EnumerateObject())
                {
                    writer.WritePropertyName(property.Name);
                    WriteSchema(writer, property.Value);
                }
                writer.WriteEndObject();
            }
            else if (member.Name == "items")
                WriteSchema(writer, member.Value);
            else
                member.Value.WriteTo(writer);
        }
        writer.WriteEndObject();
    }
}
