using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>
/// One recorded run of a task, scored by the official rules. Read from a line of a result file in one of its layouts: the decoded calls
/// (<c>"trajectory": [turn][step][call]</c>), the raw answers of a locally hosted model (<c>"result": [turn][step]</c>, texts), or the calls of
/// a hosted function-calling model (<c>"result": [turn][step][{"name": "arguments as JSON"}]</c>).
/// </summary>
/// <param name="TaskId">The task.</param>
/// <param name="Turns">Call texts by turn and step; null when the recording says that inference failed.</param>
public sealed record BfclRecording(string TaskId, ImmutableArray<ImmutableArray<ImmutableArray<string>>>? Turns)
{
    /// <summary>Reads a line.</summary>
    /// <param name="line">The line's JSON.</param>
    /// <param name="handler">How raw answers are decoded.</param>
    /// <exception cref="FormatException">The line has none of the layouts.</exception>
    public static BfclRecording Read(JsonElement line, BfclHandler handler)
    {
        if (line.ValueKind is not JsonValueKind.Object || !line.TryGetProperty("id", out var id) || id.ValueKind is not JsonValueKind.String)
            throw new FormatException("expected an object with an \"id\"");
        var hasCalls = line.TryGetProperty("trajectory", out var recorded);
        if (!hasCalls && !line.TryGetProperty("result", out recorded))
            throw new FormatException("expected \"trajectory\" or \"result\" beside the id");
        return new BfclRecording(id.GetString()!, recorded.ValueKind is not JsonValueKind.Array
            ? null
            : [.. recorded.EnumerateArray().Select(turn => Items(turn).Select(step => Step(step, hasCalls, handler)).ToImmutableArray())]);
    }

    /// <summary>Executes the calls on fresh objects, and scores them.</summary>
    public BfclReplay Replay(BfclData data)
    {
        var task = data.Task(TaskId);
        if (Turns is not { } turns)
            return new BfclReplay(task, [], BfclScoring.Score(data, TaskId, null, BfclHandler.QwenFunctionCalling));
        var verdict = BfclScoring.Score(data, TaskId, [.. turns.Select(turn => (IReadOnlyList<IReadOnlyList<string>>)[.. turn.Select(step => (IReadOnlyList<string>)step)])]);
        var world = task.Problem.Start.Fork();
        return new BfclReplay(
            task,
            [.. turns.Select(turn => turn.Where(step => step is not ([] or [""])).Select(step => step.Select(call => new ExecutedCall(Call(task, call), world.Execute(call))).ToImmutableArray()).ToImmutableArray())],
            verdict);
    }

    private static ImmutableArray<string> Step(JsonElement step, bool isDecoded, BfclHandler handler)
    {
        if (step.ValueKind is JsonValueKind.String)
            return BfclDecoder.Decode(handler, step.GetString()!) is { DecodeError: null } decoded ? decoded.Calls : [];
        if (isDecoded)
            return [.. Items(step).Select(call => call.GetString() ?? throw new FormatException("expected a call as text"))];
        return [.. Items(step).SelectMany(call => call.ValueKind is JsonValueKind.Object ? call.EnumerateObject().Select(Render) : throw new FormatException("expected calls as objects"))];
    }

    private static string Render(JsonProperty call)
    {
        if (call.Value.ValueKind is not JsonValueKind.String)
            return PythonCall.Render(new ToolCall(call.Name, Arguments(call.Value)));
        using var arguments = JsonDocument.Parse(call.Value.GetString()!);
        return PythonCall.Render(new ToolCall(call.Name, Arguments(arguments.RootElement)));
    }

    private static ImmutableArray<ToolArgument> Arguments(JsonElement value) => value.ValueKind is JsonValueKind.Object
        ? [.. value.EnumerateObject().Select(a => new ToolArgument(a.Name, a.Value.Clone()))]
        : throw new FormatException("expected the arguments as an object");

    private static JsonElement.ArrayEnumerator Items(JsonElement list) =>
        list.ValueKind is JsonValueKind.Array ? list.EnumerateArray() : throw new FormatException($"expected a list, found {list.ValueKind}");

    /// <summary>The call as data where it is a plain one; what a model wrote otherwise stands as a name without arguments.</summary>
    private static ToolCall Call(BfclTask task, string text)
    {
        try
        {
            return task.Read(text);
        }
        catch (Exception exception) when (exception is PyException or FormatException or IndexOutOfRangeException or JsonException)
        {
            return new ToolCall(text, []);
        }
    }
}

/// <summary>A recording that was executed here.</summary>
/// <param name="Task">The task.</param>
/// <param name="Turns">Calls with their results, by turn and step; empty steps are left out.</param>
/// <param name="Verdict">The official verdict.</param>
public sealed record BfclReplay(BfclTask Task, ImmutableArray<ImmutableArray<ImmutableArray<ExecutedCall>>> Turns, BfclVerdict Verdict);
