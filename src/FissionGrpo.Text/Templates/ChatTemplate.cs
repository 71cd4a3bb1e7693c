using System.Text;
using System.Text.Json;
using FissionGrpo.Episodes;

namespace FissionGrpo.Text.Templates;

/// <summary>
/// A chat template: the Jinja2 program in a model's <c>tokenizer_config.json</c> that turns a dialogue into the text that the model was trained on.
/// Runs in the environment that Hugging Face's transformers sets up (trim_blocks, lstrip_blocks, loop controls, <c>raise_exception</c>,
/// <c>strftime_now</c>, <c>tojson</c> without HTML escapes). A template comes from a download, so it can read its variables and nothing else, and its
/// steps, the texts that it makes and its nesting are bounded. Safe for several threads.
/// </summary>
public sealed class ChatTemplate
{
    private const int LongestSource = 1 << 20;

    private readonly IReadOnlyList<Statement> _body;
    private readonly TemplateFrames _frames;
    private readonly TimeProvider _time;

    /// <summary>Reads a template.</summary>
    /// <param name="source">The template's text.</param>
    /// <param name="time">The clock behind <c>strftime_now</c>; the system's by default.</param>
    /// <exception cref="ChatTemplateException">The template is not well-formed, or uses what is not supported.</exception>
    public ChatTemplate(string source, TimeProvider? time = null)
    {
        if (source.Length > LongestSource)
            throw new ChatTemplateException($"the template has {source.Length} characters, expected at most {LongestSource}.", 1);
        Source = source;
        _body = TemplateParser.Read(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(source))); // a lone surrogate becomes U+FFFD
        _frames = new TemplateFrames(_body);
        _time = time ?? TimeProvider.System;
    }

    /// <summary>The template's text.</summary>
    public string Source { get; }

    /// <summary>Renders a dialogue as an application would: the message objects of the OpenAI API. Numbers are spelled as Python spells them.</summary>
    /// <param name="messages">An array of objects with <c>role</c>, <c>content</c>, <c>tool_calls</c>, …</param>
    /// <param name="tools">An array of tool descriptions; null for none.</param>
    /// <param name="addGenerationPrompt">End where the model's reply begins.</param>
    /// <param name="more">Further variables: <c>bos_token</c>, <c>enable_thinking</c>, …</param>
    /// <exception cref="ChatTemplateException">The template fails, refuses the dialogue, or exceeds a limit.</exception>
    public string Render(JsonElement messages, JsonElement? tools, bool addGenerationPrompt, IReadOnlyDictionary<string, JsonElement>? more = null) =>
        Render(messages, tools, addGenerationPrompt, more, keepSpelling: false);

    private string Render(JsonElement messages, JsonElement? tools, bool addGenerationPrompt, IReadOnlyDictionary<string, JsonElement>? more, bool keepSpelling)
    {
        var variables = new Dictionary<string, Value>
        {
            ["messages"] = Value.Of(messages, keepSpelling),
            ["tools"] = tools is { } given ? Value.Of(given, keepSpelling) : Value.None.Instance,
            ["documents"] = Value.None.Instance,
            ["add_generation_prompt"] = Value.Of(addGenerationPrompt),
        };
        foreach (var (name, value) in more ?? new Dictionary<string, JsonElement>())
            variables[name] = Value.Of(value);
        return Render(variables);
    }

    /// <summary>Renders a dialogue in the words of this program. Numbers of calls and tools keep their spelling.</summary>
    /// <param name="messages">In order.</param>
    /// <param name="tools">Written as their documents are.</param>
    /// <param name="addGenerationPrompt">End where the model's reply begins.</param>
    /// <param name="more">Further variables: <c>bos_token</c>, <c>enable_thinking</c>, …</param>
    /// <exception cref="ChatTemplateException">The template fails, refuses the dialogue, or exceeds a limit.</exception>
    public string Render(
        IReadOnlyList<Message> messages, IReadOnlyList<ToolSpec> tools, bool addGenerationPrompt, IReadOnlyDictionary<string, JsonElement>? more = null) =>
        Render(
            JsonSerializer.SerializeToElement(messages.Select(ToObject)),
            tools.Count == 0 ? null : JsonSerializer.SerializeToElement(tools.Select(t => t.Document)),
            addGenerationPrompt,
            more,
            keepSpelling: true);

    internal string Render(Dictionary<string, Value> variables) => new TemplateRenderer(_time, _frames).Render(_body, variables);

    /// <summary>A message as the OpenAI API writes it.</summary>
    private static Dictionary<string, object> ToObject(Message message)
    {
        switch (message)
        {
            case Message.System system:
                return new() { ["role"] = "system", ["content"] = system.Text };
            case Message.User user:
                return new() { ["role"] = "user", ["content"] = user.Text };
            case Message.Tool tool:
                return new() { ["role"] = "tool", ["name"] = tool.Name, ["content"] = tool.Text };
        }
        var assistant = (Message.Assistant)message;
        var written = new Dictionary<string, object> { ["role"] = "assistant", ["content"] = assistant.Text };
        if (assistant.Reasoning is { } reasoning)
            written["reasoning_content"] = reasoning;
        if (!assistant.Calls.IsEmpty)
            written["tool_calls"] = assistant.Calls.Select(c => new Dictionary<string, object>
            {
                ["type"] = "function",
                ["function"] = new Dictionary<string, object> { ["name"] = c.Name, ["arguments"] = c.Arguments.ToDictionary(a => a.Name, a => a.Value) },
            });
        return written;
    }
}
