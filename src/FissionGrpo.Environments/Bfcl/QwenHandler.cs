using System.Collections.Immutable;
using System.Text;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>One message as the official handlers keep it.</summary>
/// <param name="Role"><c>system</c>, <c>user</c>, <c>assistant</c>, <c>tool</c>.</param>
/// <param name="Content">Its text.</param>
/// <param name="Reasoning">What an assistant thought; empty when nothing.</param>
/// <param name="ToolCalls">The JSON values that the model wrote as tool calls, well-formed or not.</param>
internal sealed record HandlerMessage(string Role, string Content, string Reasoning = "", PyList? ToolCalls = null);

/// <summary>What the handler takes from a model's text.</summary>
/// <param name="Answer">The text after the thinking: what is recorded and decoded.</param>
/// <param name="Message">What the history keeps.</param>
internal sealed record HandlerReply(string Answer, HandlerMessage Message);

/// <summary>The official handler of locally hosted Qwen3 models with function calling (specification section 15).</summary>
internal static class QwenHandler
{
    private const string ThinkEnd = "</think>";

    /// <summary>The prompt: tools, history, and the assistant's opening.</summary>
    /// <param name="messages">The history.</param>
    /// <param name="functions">The documents offered; none for the prompting handler.</param>
    /// <exception cref="PyException">A tool call of the history lacks its name or arguments: the official program fails here too.</exception>
    public static string Prompt(IReadOnlyList<HandlerMessage> messages, IReadOnlyList<PyDict> functions)
    {
        var prompt = new StringBuilder();
        WriteSystem(prompt, messages, functions);
        var lastQuery = LastQuery(messages);
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            switch (message.Role)
            {
                case "user":
                case "system" when i > 0:
                    prompt.Append("<|im_start|>").Append(message.Role).Append('\n').Append(message.Content).Append("<|im_end|>\n");
                    break;
                case "assistant":
                    WriteAssistant(prompt, message, i > lastQuery, i == messages.Count - 1);
                    break;
                case "tool":
                    if (i == 0 || messages[i - 1].Role != "tool")
                        prompt.Append("<|im_start|>user");
                    prompt.Append("\n<tool_response>\n").Append(message.Content).Append("\n</tool_response>");
                    if (i == messages.Count - 1 || messages[i + 1].Role != "tool")
                        prompt.Append("<|im_end|>\n");
                    break;
            }
        }
        return prompt.Append("<|im_start|>assistant\n").ToString();
    }

    /// <summary>Takes a model's text apart.</summary>
    public static HandlerReply Parse(string text)
    {
        var calls = ToolCalls(text);
        var (reasoning, answer) = Split(text);
        return new HandlerReply(answer, calls.Count > 0
            ? new HandlerMessage("assistant", "", reasoning, calls)
            : new HandlerMessage("assistant", answer, reasoning));
    }

    /// <summary>The calls of an answer as Python texts.</summary>
    /// <exception cref="PyException">A call is no object, or lacks name or arguments: the turn ends.</exception>
    public static ImmutableArray<string> Decode(string answer)
    {
        var items = ToolCalls(answer);
        foreach (var item in items.Items)
            if (item.Kind != PyKind.Dict)
                throw PyException.ValueError($"Model did not return a list of function calls: {answer}");
        // All names and arguments are taken out before the first call is written: which mistake is met first depends on it.
        var parts = new (PyValue Name, PyValue Arguments)[items.Count];
        for (var i = 0; i < parts.Length; i++)
        {
            var call = (PyDict)items[i].Reference!;
            parts[i] = (call["name"], call["arguments"]);
            PyOps.RequireHashable(parts[i].Name);
        }
        var calls = ImmutableArray.CreateBuilder<string>(items.Count);
        foreach (var (name, given) in parts)
        {
            var arguments = given.TryGetString(out var json) ? PyJson.Loads(json) : given;
            if (!arguments.TryGet<PyDict>(out var values))
                throw PyException.NoAttribute(arguments, "items");
            calls.Add(PythonCall.Render($"{name}", values));
        }
        return calls.ToImmutable();
    }

    private static void WriteSystem(StringBuilder prompt, IReadOnlyList<HandlerMessage> messages, IReadOnlyList<PyDict> functions)
    {
        var system = messages.Count > 0 && messages[0].Role == "system" ? messages[0].Content : null;
        if (functions.Count == 0)
        {
            if (system is not null)
                prompt.Append("<|im_start|>system\n").Append(system).Append("<|im_end|>\n");
            return;
        }
        prompt.Append("<|im_start|>system\n");
        if (system is not null)
            prompt.Append(system).Append("\n\n");
        prompt.Append(
            "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
            + "You are provided with function signatures within <tools></tools> XML tags:\n<tools>");
        foreach (var function in functions)
            prompt.Append('\n').Append(PyText.JsonDumps(function));
        prompt.Append(
            "\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n"
            + "<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call><|im_end|>\n");
    }

    private static int LastQuery(IReadOnlyList<HandlerMessage> messages)
    {
        for (var i = messages.Count - 1; i >= 0; i--)
        {
            var (role, content) = (messages[i].Role, messages[i].Content);
            var isToolResponse = content.StartsWith("<tool_response>", StringComparison.Ordinal) && content.EndsWith("</tool_response>", StringComparison.Ordinal);
            if (role == "user" && !isToolResponse)
                return i;
        }
        return messages.Count - 1;
    }

    private static void WriteAssistant(StringBuilder prompt, HandlerMessage message, bool isAfterLastQuery, bool isLast)
    {
        var (reasoning, content) = (message.Reasoning, message.Content);
        if (reasoning.Length == 0 && content.Contains(ThinkEnd, StringComparison.Ordinal))
            (reasoning, content) = Split(content);
        prompt.Append("<|im_start|>assistant\n");
        if (isAfterLastQuery && (isLast || reasoning.Length > 0))
            prompt.Append("<think>\n").Append(reasoning.Trim('\n')).Append("\n</think>\n\n").Append(content.TrimStart('\n'));
        else
            prompt.Append(content);
        if (message.ToolCalls is { } calls)
        {
            for (var i = 0; i < calls.Count; i++)
            {
                // A later call that equals the first gets no newline: the original compares values where it means places.
                if (!PyOps.EqualOrSame(calls[i], calls[0]) || content.Length > 0)
                    prompt.Append('\n');
                WriteCall(prompt, calls[i]);
            }
        }
        prompt.Append("<|im_end|>\n");
    }

    private static void WriteCall(StringBuilder prompt, PyValue call)
    {
        if (PyOps.Contains(call, "function"))
            call = PyOps.Subscript(call, "function");
        prompt.Append("<tool_call>\n{\"name\": \"");
        var name = PyOps.Subscript(call, "name");
        prompt.Append((string)PyNumber.Add("", name).Reference!);
        prompt.Append("\", \"arguments\": ");
        var arguments = PyOps.Subscript(call, "arguments");
        prompt.Append(arguments.TryGetString(out var text) ? text : PyText.JsonDumps(arguments));
        prompt.Append("}\n</tool_call>");
    }

    /// <summary>Thinking and answer: what precedes the first end mark, and what follows the last.</summary>
    private static (string Reasoning, string Answer) Split(string text)
    {
        var first = text.IndexOf(ThinkEnd, StringComparison.Ordinal);
        if (first < 0)
            return ("", text);
        var before = text[..first].TrimEnd('\n');
        var open = before.LastIndexOf("<think>", StringComparison.Ordinal);
        var reasoning = (open < 0 ? before : before[(open + "<think>".Length)..]).TrimStart('\n');
        var last = text.LastIndexOf(ThinkEnd, StringComparison.Ordinal);
        return (reasoning, text[(last + ThinkEnd.Length)..].TrimStart('\n'));
    }

    private static PyList ToolCalls(string text)
    {
        // What the pattern <tool_call>\n(.*?)\n</tool_call> finds, in one pass: when nothing closes from here on, nothing closes later.
        const string Open = "<tool_call>\n";
        const string Close = "\n</tool_call>";
        var calls = new PyList();
        for (var open = text.IndexOf(Open, StringComparison.Ordinal); open >= 0;)
        {
            var start = open + Open.Length;
            var end = text.IndexOf(Close, start, StringComparison.Ordinal);
            if (end < 0)
                break;
            try
            {
                calls.Add(PyJson.Loads(text[start..end]));
            }
            catch (PyException)
            {
                // The original skips what is no JSON without a word.
            }
            open = text.IndexOf(Open, end + Close.Length, StringComparison.Ordinal);
        }
        return calls;
    }
}
