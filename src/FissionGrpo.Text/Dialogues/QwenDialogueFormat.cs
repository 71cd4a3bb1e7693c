using System.Collections.Immutable;
using System.Text;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Text.Dialogues;

/// <summary>What Qwen's chat template leaves open.</summary>
/// <param name="Thinking">False is the template's <c>enable_thinking=false</c>: an empty think block stands before each sampled reply.</param>
/// <param name="KeepReasoning">
/// Whether <see cref="QwenDialogueFormat.Assistant"/> writes a message's reasoning. The template drops it from turns before the last user
/// message, so the same message would be written in two ways as the dialogue grows; here it is written once, as replayed history.
/// What was sampled live always stays as it was sampled, reasoning included.
/// </param>
/// <param name="DefaultSystemPrompt">Instructions where a dialogue has none. Qwen3 has none; Qwen2.5's template brings its own.</param>
/// <param name="WrapTools">
/// True writes a tool as <c>{"type": "function", "function": …}</c> as applications do; false writes the document as it is, as BFCL does.
/// </param>
/// <param name="StrictCalls">
/// False reads calls as forgivingly as BFCL's handler of these models, for scores to compare with the leaderboard's; a reward should be strict.
/// </param>
public sealed record QwenDialogueOptions(
    bool Thinking = true,
    bool KeepReasoning = false,
    string? DefaultSystemPrompt = null,
    bool WrapTools = false,
    bool StrictCalls = true);

/// <summary>
/// The dialogue format of Qwen3 and Qwen2.5: ChatML, tools as JSON in the system message, calls in <c>&lt;tool_call&gt;</c> tags, results in
/// <c>&lt;tool_response&gt;</c> tags of a user message. Equals the model's Jinja template wherever that never rewrites earlier messages.
/// </summary>
public sealed class QwenDialogueFormat : DialogueFormat
{
    private const string MessageStart = "<|im_start|>";
    private const string MessageEnd = "<|im_end|>";
    private const string TextEnd = "<|endoftext|>";

    private readonly QwenDialogueOptions _options;

    /// <summary>The format for a model's tokenizer.</summary>
    /// <exception cref="UserErrorException">The tokenizer does not have ChatML's marks as control tokens.</exception>
    public QwenDialogueFormat(Tokenizer tokenizer, QwenDialogueOptions? options = null)
        : base(tokenizer)
    {
        _options = options ?? new QwenDialogueOptions();
        foreach (var mark in Marks)
            if (!Has(tokenizer, mark))
                throw new UserErrorException($"The tokenizer has no control token {mark}, so it does not belong to a Qwen model. Choose the dialogue format of its own family.");
        StopTokens = tokenizer.IdOf(TextEnd) is { } textEnd ? [tokenizer.IdOf(MessageEnd)!.Value, textEnd] : [tokenizer.IdOf(MessageEnd)!.Value];
    }

    private static string[] Marks => [MessageStart, MessageEnd];

    /// <summary>Whether a tokenizer has the marks of this format as control tokens.</summary>
    internal static bool Fits(Tokenizer tokenizer) => Marks.All(mark => Has(tokenizer, mark));

    private static bool Has(Tokenizer tokenizer, string mark) => tokenizer.IdOf(mark) is { } id && tokenizer.IsSpecial(id);

    /// <inheritdoc/>
    public override ImmutableArray<int> StopTokens { get; }

    /// <inheritdoc/>
    public override string? Template => Tokenizer.Settings.ChatTemplate;

    /// <inheritdoc/>
    public override ImmutableArray<int> Begin(string? systemPrompt, IReadOnlyList<ToolSpec> tools)
    {
        systemPrompt ??= _options.DefaultSystemPrompt;
        if (tools.Count == 0)
            return systemPrompt is null ? [] : Tokenizer.Encode(Ours(MessageStart + "system\n"), Theirs(systemPrompt), Ours(MessageEnd + "\n"));
        var documents = new StringBuilder();
        foreach (var tool in tools)
        {
            documents.Append('\n').Append(_options.WrapTools ? "{\"type\": \"function\", \"function\": " : "");
            PythonJson.Append(tool.Document, documents);
            documents.Append(_options.WrapTools ? "}" : "");
        }
        return Tokenizer.Encode(
            Ours(MessageStart + "system\n"),
            Theirs(systemPrompt is null ? "" : systemPrompt + "\n\n"),
            Ours("# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>"),
            Theirs(documents.ToString()),
            Ours("\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n"
                + "<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call>" + MessageEnd + "\n"));
    }

    /// <inheritdoc/>
    public override ImmutableArray<int> User(string text) =>
        Tokenizer.Encode(Ours(MessageStart + "user\n"), Theirs(text), Ours(MessageEnd + "\n"));

    /// <inheritdoc/>
    public override ImmutableArray<int> OpenAssistant() =>
        Tokenizer.Encode(Ours(MessageStart + "assistant\n" + (_options.Thinking ? "" : $"{ThinkTags.Start}\n\n{ThinkTags.End}\n\n")));

    /// <inheritdoc/>
    public override ImmutableArray<int> Assistant(Message.Assistant message)
    {
        var parts = new List<TextPart> { Ours(MessageStart + "assistant\n") };
        AddReply(message, _options.KeepReasoning, parts);
        parts.Add(Ours(MessageEnd + "\n"));
        return Tokenizer.Encode([.. parts]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<int> Reply(Message.Assistant message)
    {
        var parts = new List<TextPart>();
        AddReply(message, withReasoning: _options.Thinking, parts);
        parts.Add(Ours(MessageEnd));
        return Tokenizer.Encode([.. parts]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<int> CloseAssistant(bool endMarkWasSampled) =>
        Tokenizer.Encode(Ours(endMarkWasSampled ? "\n" : MessageEnd + "\n"));

    /// <inheritdoc/>
    public override ImmutableArray<int> ToolResults(IReadOnlyList<Message.Tool> results)
    {
        var parts = new List<TextPart> { Ours(MessageStart + "user") };
        foreach (var result in results)
        {
            parts.Add(Ours("\n<tool_response>\n"));
            parts.Add(Theirs(result.Text));
            parts.Add(Ours("\n</tool_response>"));
        }
        parts.Add(Ours(MessageEnd + "\n"));
        return Tokenizer.Encode([.. parts]);
    }

    /// <inheritdoc/>
    public override ParsedReply Parse(string reply)
    {
        // BFCL's handler does not mind reasoning that is not closed.
        return ThinkTags.Split(ref reply, isOpen: false, out var reasoning) is { } problem && _options.StrictCalls
            ? ToolCallText.Malformed("", problem)
            : ParseAnswer(reply) with { Reasoning = reasoning };
    }

    private ParsedReply ParseAnswer(string answer) => _options.StrictCalls ? ToolCallText.Parse(answer) : BfclToolCallText.Parse(answer);

    private static void AddReply(Message.Assistant message, bool withReasoning, List<TextPart> parts)
    {
        if (withReasoning && message.Reasoning is { } reasoning)
        {
            parts.Add(Ours(ThinkTags.Start + "\n"));
            parts.Add(Theirs(reasoning.Trim('\n')));
            parts.Add(Ours($"\n{ThinkTags.End}\n\n"));
        }
        ToolCallText.AddReply(message, parts);
    }

    private static TextPart Ours(string text) => new(text, IsTemplate: true);

    private static TextPart Theirs(string text) => new(text, IsTemplate: false);
}
