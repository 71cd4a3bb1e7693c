using System.Text.Json;
using FissionGrpo.Episodes;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>Whether two calls ask for the same thing: numbers by value, objects without order, names and texts exactly.</summary>
internal static class CallMatching
{
    public static bool Same(ToolCall a, ToolCall b) =>
        a.Name == b.Name && a.Arguments.Length == b.Arguments.Length && a.Arguments.All(x => b[x.Name] is { } value && Same(x.Value, value));

    public static bool Same(JsonElement a, JsonElement b) => (a.ValueKind, b.ValueKind) switch
    {
        (JsonValueKind.Number, JsonValueKind.Number) => a.GetDouble() == b.GetDouble(),
        (JsonValueKind.Array, JsonValueKind.Array) => a.GetArrayLength() == b.GetArrayLength() && a.EnumerateArray().Zip(b.EnumerateArray()).All(p => Same(p.First, p.Second)),
        (JsonValueKind.Object, JsonValueKind.Object) => a.EnumerateObject().Count() == b.EnumerateObject().Count()
            && a.EnumerateObject().All(m => b.TryGetProperty(m.Name, out var other) && Same(m.Value, other)),
        _ => a.ValueKind == b.ValueKind && JsonText.Compact(a) == JsonText.Compact(b),
    };

    /// <summary>The expected calls that no successful call has made yet, in order.</summary>
    public static List<ToolCall> Open(IEnumerable<ToolCall> expected, IEnumerable<ExecutedCall> done)
    {
        var open = expected.ToList();
        foreach (var made in done)
            if (made.Result is ToolResult.Ok && !made.RolledBack && open.FindIndex(e => Same(e, made.Call)) is >= 0 and var at)
                open.RemoveAt(at);
        return open;
    }

    /// <summary>The call of the same tool that has the most arguments in common; the first of equals.</summary>
    public static ToolCall? Nearest(ToolCall call, IEnumerable<ToolCall> candidates) => candidates.Where(c => c.Name == call.Name)
        .OrderByDescending(c => c.Arguments.Count(a => call[a.Name] is { } value && Same(a.Value, value))).FirstOrDefault();
}
