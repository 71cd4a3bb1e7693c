using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Python.Syntax;
using FissionGrpo.Environments.Workshop.Full;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>
/// The benchmark's prompting mode for any model: functions in the system prompt, calls as a Python list in the answer (specification section 14).
/// </summary>
public sealed class BfclPrompting
{
    private const string ThinkEnd = "</think>";

    private readonly BfclPromptStrings _prompts;

    private BfclPrompting(BfclPromptStrings prompts) => _prompts = prompts;

    /// <summary>With the official prompts.</summary>
    public static BfclPrompting Of(BfclData data) => new(data.Prompts);

    /// <summary>With the Workshop's own.</summary>
    public static BfclPrompting Own { get; } = new(OwnMaterial.Catalog.Prompts);

    /// <summary>The system prompt with the functions in it.</summary>
    public string SystemPrompt(IEnumerable<ToolSpec> tools) =>
        BfclPrompt.System(_prompts, [.. tools.Select(t => (PyDict)PyJson.From(t.Document).Reference!)]);

    /// <summary>The calls of an answer; none when it is no list of calls, which ends the turn.</summary>
    public static ImmutableArray<ToolCall> Calls(string reply)
    {
        var step = BfclDecoder.Decode(BfclHandler.QwenPrompting, Answer(reply));
        return step.DecodeError is not null || BfclDecoder.IsEmpty(step) ? [] : [.. step.Calls.Select(Call)];
    }

    /// <summary>What follows the thinking.</summary>
    public static string Answer(string reply) =>
        reply.LastIndexOf(ThinkEnd, StringComparison.Ordinal) is var end and >= 0 ? reply[(end + ThinkEnd.Length)..].TrimStart('\n') : reply;

    /// <summary>The user's message that brings the results, as the official program writes it for models without a handler of their own.</summary>
    public static string Results(IEnumerable<(ToolCall Call, string Result)> results)
    {
        var list = new PyList();
        foreach (var (call, result) in results)
            list.Add(new PyDict(("role", "tool"), ("name", Text(call)), ("content", result)));
        return PyText.Repr(list);
    }

    /// <summary>Calls as such a model should write them.</summary>
    public static string Spell(IEnumerable<ToolCall> calls) => $"[{string.Join(", ", calls.Select(Text))}]";

    private static string Text(ToolCall call) => call.Arguments.IsEmpty && call.Name.Contains('(', StringComparison.Ordinal)
        ? call.Name
        : $"{call.Name}({string.Join(", ", call.Arguments.Select(a => $"{a.Name}={PyText.Repr(PyJson.From(a.Value))}"))})";

    /// <summary>The call as data where it is a plain one; anything else stands as a name without arguments, which no world knows.</summary>
    private static ToolCall Call(string text)
    {
        try
        {
            if (PyParser.Parse(text) is PyNode.Call { Function: PyNode.Name name, Positional.IsEmpty: true } call)
            {
                PyBudget.Reset();
                var evaluator = new PyEvaluator(_ => null);
                return new ToolCall(name.Id, [.. call.Keywords.Select(k => new ToolArgument(k.Name!, Json(evaluator.Evaluate(k.Value))))]);
            }
        }
        catch (Exception exception) when (exception is PyException or JsonException or ArgumentNullException)
        {
            // Stands as it was written.
        }
        return new ToolCall(text, []);
    }

    private static JsonElement Json(PyValue value)
    {
        using var document = JsonDocument.Parse(PyText.JsonDumps(value));
        return document.RootElement.Clone();
    }
}
