using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Text.Dialogues;

/// <summary>
/// The dialogue format of the embedded tiny model: one control token for each role, tools as a list of names, calls as Qwen writes them. With the tokenizer
/// that <see cref="LearnTokenizer"/> makes, a call of one argument costs about ten tokens, so episodes are short.
/// <code>
/// &lt;|system|&gt;…&lt;|end|&gt;&lt;|tools|&gt;ls\ncd\nlockDoors&lt;|end|&gt;&lt;|user|&gt;…&lt;|end|&gt;&lt;|assistant|&gt;&lt;tool_call&gt;\n{"name": …}\n&lt;/tool_call&gt;&lt;|end|&gt;&lt;|tool|&gt;{…}&lt;|end|&gt;
/// </code>
/// </summary>
public sealed class CompactDialogueFormat : DialogueFormat
{
    /// <summary>
    /// The split pattern of the embedded tokenizer. In order: the fixed parts of a call, which may each become one token; a lower-case word with
    /// the blank before it; other words (camelCase, snake_case, names) without the blank, so that a name or value in a sentence has the same
    /// tokens as in a call and can be copied; digits one by one, as in Qwen's vocabulary, so that copying a number is copying digits; runs of punctuation with the blanks inside them (<c>", "</c>).
    /// </summary>
    public const string SplitPattern =
        @"\n?\{""name"": ""|"", ""arguments"": \{""?| ?\p{Ll}+(?![\p{L}_])|[\p{L}_]+|\p{N}|(?:[^\s\p{L}\p{N}_]| (?=[^\s\p{Ll}]))+\n?|\s+";

    private const string End = "<|end|>";
    private const string SystemRole = "<|system|>";
    private const string ToolsRole = "<|tools|>";
    private const string UserRole = "<|user|>";
    private const string AssistantRole = "<|assistant|>";
    private const string ToolRole = "<|tool|>";
    private const string Padding = "<|pad|>";

    /// <summary>The same format for other tools: they render a dialogue with this Jinja template.</summary>
    private const string JinjaTemplate =
        """
        {%- if messages[0].role == 'system' %}
            {{- '<|system|>' + messages[0].content + '<|end|>' }}
        {%- endif %}
        {%- if tools %}
            {{- '<|tools|>' }}
            {%- for tool in tools %}
                {{- '' if loop.first else '\n' }}
                {{- tool.function.name if tool.function else tool.name }}
            {%- endfor %}
            {{- '<|end|>' }}
        {%- endif %}
        {%- for message in messages %}
            {%- if message.role == 'user' %}
                {{- '<|user|>' + message.content + '<|end|>' }}
            {%- elif message.role == 'assistant' %}
                {%- set content = message.content or '' %}
                {{- '<|assistant|>' + content }}
                {%- for tool_call in message.tool_calls or [] %}
                    {%- if content or not loop.first %}
                        {{- '\n' }}
                    {%- endif %}
                    {%- if tool_call.function %}
                        {%- set tool_call = tool_call.function %}
                    {%- endif %}
                    {{- '<tool_call>\n{"name": "' + tool_call.name + '", "arguments": ' }}
                    {{- tool_call.arguments if tool_call.arguments is string else tool_call.arguments | tojson }}
                    {{- '}\n</tool_call>' }}
                {%- endfor %}
                {{- '<|end|>' }}
            {%- elif message.role == 'tool' %}
                {{- '<|tool|>' + message.content + '<|end|>' }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|assistant|>' }}
        {%- endif %}
        """;

    private static readonly ImmutableArray<NewToken> AddedTokens =
    [
        new(Padding, Special: true), new(End, Special: true), new(SystemRole, Special: true), new(ToolsRole, Special: true),
        new(UserRole, Special: true), new(AssistantRole, Special: true), new(ToolRole, Special: true),
        new(ToolCallText.Open, Special: false), new(ToolCallText.Close, Special: false),
    ];

    /// <summary>The format for a tokenizer made by <see cref="LearnTokenizer"/>, now or in the checkpoint that it was saved with.</summary>
    /// <exception cref="UserErrorException">The tokenizer lacks a control token of this format.</exception>
    public CompactDialogueFormat(Tokenizer tokenizer)
        : base(tokenizer)
    {
        if (!Fits(tokenizer))
            throw new UserErrorException($"The tokenizer has no control tokens {UserRole}, {AssistantRole}, …, so it was not made for the embedded model. Choose the dialogue format of its own family.");
        StopTokens = [tokenizer.IdOf(End)!.Value];
    }

    /// <inheritdoc/>
    public override ImmutableArray<int> StopTokens { get; }

    /// <inheritdoc/>
    public override string? Template => JinjaTemplate;

    /// <summary>Whether a tokenizer has this format's control tokens.</summary>
    public static bool Fits(Tokenizer tokenizer) =>
        AddedTokens.All(t => tokenizer.IdOf(t.Content) is { } id && tokenizer.IsSpecial(id) == t.Special);

    /// <summary>Learns the embedded model's tokenizer from dialogues as <see cref="Text"/> writes them. Equal corpora give equal tokenizers.</summary>
    /// <param name="corpus">Texts of dialogues, or of their parts.</param>
    /// <param name="vocabularySize">Tokens in all; fewer when the corpus has no more pairs.</param>
    public static Tokenizer LearnTokenizer(IEnumerable<string> corpus, int vocabularySize) =>
        BpeTrainer.Learn(corpus, new BpeTrainerOptions(
            vocabularySize,
            SplitPattern,
            AddedTokens,
            new TokenizerSettings(EndOfText: End, Padding: Padding, ChatTemplate: JinjaTemplate)));

    /// <summary>A dialogue as text: what its tokens decode to, and what the Jinja template renders.</summary>
    public static string Text(IReadOnlyList<Message> messages, IReadOnlyList<ToolSpec> tools)
    {
        var parts = new List<TextPart>();
        var first = messages.Count > 0 ? messages[0] as Message.System : null;
        AddBegin(first?.Text, tools, parts);
        foreach (var message in messages)
            switch (message)
            {
                case Message.User user:
                    Add(UserRole, user.Text, parts);
                    break;
                case Message.Tool tool:
                    Add(ToolRole, tool.Text, parts);
                    break;
                case Message.Assistant assistant:
                    parts.Add(new TextPart(AssistantRole, true));
                    ToolCallText.AddReply(assistant, parts);
                    parts.Add(new TextPart(End, true));
                    break;
                case Message.System when !ReferenceEquals(message, first):
                    throw new ArgumentException("Instructions stand first or not at all.", nameof(messages));
            }
        return string.Concat(parts.Select(p => p.Text));
    }

    /// <inheritdoc/>
    public override ImmutableArray<int> Begin(string? systemPrompt, IReadOnlyList<ToolSpec> tools)
    {
        var parts = new List<TextPart>();
        AddBegin(systemPrompt, tools, parts);
        return Tokenizer.Encode([.. parts]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<int> User(string text)
    {
        var parts = new List<TextPart>();
        Add(UserRole, text, parts);
        return Tokenizer.Encode([.. parts]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<int> OpenAssistant() => [Tokenizer.IdOf(AssistantRole)!.Value];

    /// <inheritdoc/>
    public override ImmutableArray<int> Assistant(Message.Assistant message) => [.. OpenAssistant(), .. Reply(message), .. CloseAssistant(true)];

    /// <inheritdoc/>
    public override ImmutableArray<int> Reply(Message.Assistant message)
    {
        var parts = new List<TextPart>();
        ToolCallText.AddReply(message, parts);
        parts.Add(new TextPart(End, true));
        return Tokenizer.Encode([.. parts]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<int> CloseAssistant(bool endMarkWasSampled) => endMarkWasSampled ? [] : StopTokens;

    /// <inheritdoc/>
    public override ImmutableArray<int> ToolResults(IReadOnlyList<Message.Tool> results)
    {
        var parts = new List<TextPart>();
        foreach (var result in results)
            Add(ToolRole, result.Text, parts);
        return Tokenizer.Encode([.. parts]);
    }

    /// <inheritdoc/>
    public override ParsedReply Parse(string reply) => ToolCallText.Parse(reply);

    private static void AddBegin(string? systemPrompt, IReadOnlyList<ToolSpec> tools, List<TextPart> parts)
    {
        if (systemPrompt is not null)
            Add(SystemRole, systemPrompt, parts);
        if (tools.Count > 0)
            Add(ToolsRole, string.Join('\n', tools.Select(t => t.Name)), parts);
    }

    private static void Add(string role, string text, List<TextPart> parts)
    {
        parts.Add(new TextPart(role, IsTemplate: true));
        parts.Add(new TextPart(text, IsTemplate: false));
        parts.Add(new TextPart(End, IsTemplate: true));
    }
}
