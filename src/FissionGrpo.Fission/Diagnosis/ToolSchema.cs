using System.Text.Json;
using FissionGrpo.Episodes;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>The parameters of a tool, out of its description; benchmarks write it in two layouts, and some parts may be missing.</summary>
internal sealed class ToolSchema
{
    private readonly JsonElement? _properties;
    private readonly string[] _required;

    private ToolSchema(JsonElement? properties, string[] required) => (_properties, _required) = (properties, required);

    /// <summary>The schema of a tool: <c>parameters</c> at the top (BFCL) or inside <c>function</c> (OpenAI).</summary>
    public static ToolSchema Of(ToolSpec tool)
    {
        var root = Member(tool.Document, "function") ?? tool.Document;
        var parameters = Member(root, "parameters");
        var properties = parameters is { } p ? Member(p, "properties") : null;
        var required = parameters is { } q && Member(q, "required") is { ValueKind: JsonValueKind.Array } names
            ? names.EnumerateArray().Select(n => n.GetString() ?? "").ToArray() : [];
        return new ToolSchema(properties, required);
    }

    /// <summary>A parameter that the tool does not have.</summary>
    public string? UnknownIn(ToolCall call) => _properties is not { ValueKind: JsonValueKind.Object } properties ? null
        : call.Arguments.Select(a => a.Name).FirstOrDefault(n => !properties.TryGetProperty(n, out _));

    /// <summary>A required parameter that the call does not give.</summary>
    public string? MissingIn(ToolCall call) => _required.FirstOrDefault(r => call[r] is null);

    /// <summary>A value of the wrong type, with the type that is wanted.</summary>
    public (string Parameter, string Type)? WrongTypeIn(ToolCall call)
    {
        if (_properties is not { ValueKind: JsonValueKind.Object } properties)
            return null;
        foreach (var (name, value) in call.Arguments)
            if (properties.TryGetProperty(name, out var property) && !Fits(value, property) && Types(property) is [var type, ..])
                return (name, Plain(type));
        return null;
    }

    private static bool Fits(JsonElement value, JsonElement property)
    {
        var types = Types(property);
        return types.Length == 0 || types.Any(t => t switch
        {
            "string" => value.ValueKind is JsonValueKind.String,
            "integer" => value.ValueKind is JsonValueKind.Number && value.GetDouble() == Math.Floor(value.GetDouble()),
            "number" or "float" => value.ValueKind is JsonValueKind.Number,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "array" or "list" or "tuple" => value.ValueKind is JsonValueKind.Array && (Member(property, "items") is not { } items || value.EnumerateArray().All(v => Fits(v, items))),
            "object" or "dict" => value.ValueKind is JsonValueKind.Object,
            "null" => value.ValueKind is JsonValueKind.Null,
            _ => true,
        });
    }

    private static string[] Types(JsonElement property) => Member(property, "type") switch
    {
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        { ValueKind: JsonValueKind.Array } several => [.. several.EnumerateArray().Select(t => t.GetString() ?? "")],
        _ => [],
    };

    private static string Plain(string type) => type switch { "dict" => "object", "float" => "number", "list" or "tuple" => "array", _ => type };

    private static JsonElement? Member(JsonElement value, string name) =>
        value.ValueKind is JsonValueKind.Object && value.TryGetProperty(name, out var member) ? member : null;
}
