using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Templates;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Text.Dialogues;

/// <summary>
/// The dialogue format of any model that brings a chat template: Llama, SmolLM2, Mistral, Qwen2.5 and others. The opening is what the template renders. For the rest the
/// template is asked once, with texts of our own, what it adds for a user, a reply and a tool's result; those frames are then put around what comes, so history is never
/// rendered or tokenised again. What the template cannot say (it knows no tools, or no results) is written in plain words and <c>&lt;tool_call&gt;</c> tags.
/// </summary>
public sealed class TemplateDialogueFormat : DialogueFormat
{
    /// <summary>Texts that occur in no template.</summary>
    private const string Mark = "qZx7mark";
    private const string OtherMark = "qZx8mark";
    private const string CallName = "qZx9call";
    private const string ArgumentName = "qZx1argument";
    private const string Hello = "qZx2hello";

    /// <summary>What Llama writes before a call to an interpreter; our worlds know calls only.</summary>
    private const string PythonTag = "<|python_tag|>";

    private readonly ChatTemplate _template;
    private readonly Dictionary<string, JsonElement> _variables;
    private readonly string _generation;
    private readonly string _tail = ""; // what closes a dialogue that nobody goes on with, and is not there when somebody does
    private readonly Frame _user;
    private readonly Frame _reply;
    private readonly Frame? _result;
    private readonly ConcurrentDictionary<int, string[]> _aroundResults = new();
    private readonly Frame? _system;
    private readonly CallSyntax? _calls;
    private readonly bool _knowsTools;
    private readonly bool _opensThinking;
    private readonly string _endMark;

    /// <summary>Learns the format of a tokenizer's own template.</summary>
    /// <exception cref="UserErrorException">There is no template, it cannot be run, or it has no turns that can be told apart.</exception>
    public TemplateDialogueFormat(Tokenizer tokenizer)
        : base(tokenizer)
    {
        var source = tokenizer.Settings.ChatTemplate ?? throw new UserErrorException("The tokenizer has no chat template, so nobody knows how its model wants dialogues written. Fetch the tokenizer_config.json or chat_template.jinja that belongs beside tokenizer.json.");
        try
        {
            _template = new ChatTemplate(source, new FixedClock());
            _variables = Variables(tokenizer);
            object[] begun = [Say("user", Hello)];
            var open = Render(begun, open: true);
            _tail = Tail(Render(begun), open, tokenizer.Settings.EndOfText);
            var before = Render(begun);
            _generation = open.StartsWith(before, StringComparison.Ordinal) ? open[before.Length..] : throw Unusable("its generation prompt changes what stands before it");
            _opensThinking = _generation.TrimEnd().EndsWith(ThinkTags.Start, StringComparison.Ordinal);
            _reply = Learn(begun, text => [Say("assistant", text)]) ?? throw Unusable("it does not show what the assistant says");
            _user = Learn([.. begun, Say("assistant", Hello)], text => [Say("user", text)]) ?? throw Unusable("it does not show what the user says next");
            _endMark = EndMark(_reply.After);
            StopTokens = [.. new[] { _endMark, tokenizer.Settings.EndOfText, "<|eom_id|>", "<|eot_id|>" }.OfType<string>().Distinct()
                .Select(tokenizer.IdOf).OfType<int>().Where(tokenizer.IsSpecial)];
            _system = TryLearn([], text => [Say("system", text), Say("user", Hello)]);
            _calls = LearnCalls(begun);
            object[] called = [.. begun, _calls is null ? Say("assistant", Hello) : Calling(1)];
            _result = TryLearn(called, text => [Result(text, 0)]);
            // Where calls are written in a way that we cannot read, the template's words about them would mislead.
            _knowsTools = _calls is not null && TryRender(begun, tools: [Tool(Mark)]) is { } shown && shown.Contains(Mark, StringComparison.Ordinal);
        }
        catch (ChatTemplateException cause)
        {
            throw new UserErrorException($"The model's chat template cannot be used: {cause.Message} Fetch the file again; where it is whole, a chat_template.jinja of your own beside tokenizer.json counts instead of it.", cause);
        }
    }

    /// <inheritdoc/>
    public override ImmutableArray<int> StopTokens { get; }

    /// <inheritdoc/>
    public override string? Template => _template.Source;

    /// <inheritdoc/>
    public override ImmutableArray<int> Begin(string? systemPrompt, IReadOnlyList<ToolSpec> tools)
    {
        var parts = Opening(systemPrompt, tools, out var frame);
        return frame.Before.EndsWith(_user.Before, StringComparison.Ordinal)
            ? Tokenizer.Encode([.. parts, Ours(frame.Before[..^_user.Before.Length])])
            : throw new InvalidOperationException("This template writes instructions or tools into the first user message: use Open.");
    }

    /// <inheritdoc/>
    public override ImmutableArray<int> Open(string? systemPrompt, IReadOnlyList<ToolSpec> tools, string user)
    {
        var parts = Opening(systemPrompt, tools, out var frame);
        return Tokenizer.Encode([.. parts, .. frame.Around(user)]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<int> User(string text) => Tokenizer.Encode([.. _user.Around(text)]);

    /// <inheritdoc/>
    public override ImmutableArray<int> OpenAssistant() => Tokenizer.Encode(Ours(_generation));

    /// <inheritdoc/>
    public override ImmutableArray<int> Assistant(Message.Assistant message) => [.. OpenAssistant(), .. Reply(message), .. CloseAssistant(endMarkWasSampled: true)];

    /// <inheritdoc/>
    public override ImmutableArray<int> Reply(Message.Assistant message)
    {
        var mark = Ours(BeforeEnd(_reply.After) + _endMark);
        var thought = Thought(message);
        if (message.Calls.IsEmpty)
            return Tokenizer.Encode([.. thought, .. (_reply with { Before = AfterGeneration(_reply.Before), After = "" }).Around(message.Text), mark]);
        if (_calls is null)
        {
            var parts = new List<TextPart>([.. thought, Ours(AfterGeneration(_reply.Before))]);
            ToolCallText.AddReply(message, parts);
            return Tokenizer.Encode([.. parts, mark]);
        }
        try
        {
            var rendered = AfterGeneration(Added([Say("user", Hello)], [Object(message)]));
            var end = rendered.LastIndexOf(_endMark, StringComparison.Ordinal);
            var text = end < 0 ? rendered : rendered[..end];
            return Tokenizer.Encode([.. thought, new TextPart(text, IsTemplate: !SpellsControlTokens(message)), Ours(_endMark)]);
        }
        catch (ChatTemplateException cause)
        {
            throw new UserErrorException($"The model's chat template cannot write this reply: {cause.Message}", cause);
        }
    }

    /// <summary>Reasoning that the generation prompt has begun is ended before the answer, also where there is none.</summary>
    private TextPart[] Thought(Message.Assistant message) =>
        _opensThinking ? [new TextPart(message.Reasoning ?? "", IsTemplate: false), Ours($"\n{ThinkTags.End}\n\n")] : [];

    /// <inheritdoc/>
    public override ImmutableArray<int> CloseAssistant(bool endMarkWasSampled)
    {
        var at = _reply.After.IndexOf(_endMark, StringComparison.Ordinal);
        return Tokenizer.Encode(Ours((endMarkWasSampled ? "" : _reply.After[..(at + _endMark.Length)]) + _reply.After[(at + _endMark.Length)..]));
    }

    /// <inheritdoc/>
    public override ImmutableArray<int> ToolResults(IReadOnlyList<Message.Tool> results)
    {
        if (_result is null || results.Count == 0)
            return Tokenizer.Encode([.. _user.Around(string.Join('\n', results.Select(r => $"<tool_response>\n{r.Text}\n</tool_response>")))]);
        var around = _aroundResults.GetOrAdd(results.Count, AroundResults);
        var parts = new List<TextPart>();
        for (var i = 0; i < results.Count; i++)
        {
            parts.Add(Ours(around[i]));
            parts.Add(_result.Inner(results[i].Text));
        }
        parts.Add(Ours(around[^1]));
        return Tokenizer.Encode([.. parts]);
    }

    /// <inheritdoc/>
    public override ParsedReply Parse(string reply)
    {
        if (ThinkTags.Split(ref reply, isOpen: _opensThinking, out var reasoning) is { } problem)
            return ToolCallText.Malformed("", problem);
        if (reply.StartsWith(PythonTag, StringComparison.Ordinal))
            reply = reply[PythonTag.Length..];
        return ParseAnswer(reply) with { Reasoning = reasoning };
    }

    private ParsedReply ParseAnswer(string reply) =>
        _calls is null || _calls.Open == ToolCallText.Open ? ToolCallText.Parse(reply) : _calls.Parse(reply);

    /// <inheritdoc/>
    protected override bool MayStandInReply(int id) =>
        base.MayStandInReply(id) || (Tokenizer.TokenOf(id) is { } token && (token == PythonTag || (_calls is not null && (_calls.Open.Contains(token, StringComparison.Ordinal) || _calls.Close.Contains(token, StringComparison.Ordinal)))));

    /// <summary>What stands before the first user's text, in parts, and the frame of that text without what the parts hold.</summary>
    private List<TextPart> Opening(string? systemPrompt, IReadOnlyList<ToolSpec> tools, out Frame user)
    {
        foreach (var tool in tools)
            if (SpellsControlTokens(PythonJson.Write(tool.Document)))
                throw new UserErrorException($"The description of the tool {tool.Name} spells a control token of the model, which its template would turn into one. Change the description.");
        var instructions = !_knowsTools && tools.Count > 0 ? string.Join("\n\n", new[] { systemPrompt, InOurWords(tools) }.OfType<string>()) : systemPrompt;
        var intoUser = instructions is not null && _system is null;
        var rendered = Render(
            instructions is null || intoUser ? [Say("user", Mark)] : [Say("system", OtherMark), Say("user", Mark)],
            tools: _knowsTools ? [.. tools.Select(t => Wrapped(t.Document))] : []);
        var at = rendered.IndexOf(Mark, StringComparison.Ordinal);
        user = _user with { Before = rendered[..at], After = rendered[(at + Mark.Length)..] };
        var parts = new List<TextPart>();
        var place = user.Before.IndexOf(OtherMark, StringComparison.Ordinal);
        if (instructions is not null && place >= 0)
        {
            parts.Add(Ours(user.Before[..place]));
            parts.Add(_system!.Inner(instructions));
            user = user with { Before = user.Before[(place + OtherMark.Length)..] };
        }
        else if (instructions is not null)
        {
            parts.Add(Ours(user.Before));
            parts.Add(new TextPart(instructions + "\n\n", IsTemplate: false));
            user = user with { Before = "" };
        }
        return parts;
    }

    private static string InOurWords(IReadOnlyList<ToolSpec> tools)
    {
        var text = new StringBuilder("You can call these tools, described as JSON, one a line:\n");
        foreach (var tool in tools)
            text.Append(PythonJson.Write(tool.Document)).Append('\n');
        return text.Append("To call a tool, answer with its name and an object of arguments, like this:\n<tool_call>\n{\"name\": \"the_tool\", \"arguments\": {\"its_parameter\": 1}}\n</tool_call>").ToString();
    }

    private Frame? TryLearn(object[] context, Func<string, object[]> said)
    {
        try
        {
            return Learn(context, said);
        }
        catch (ChatTemplateException)
        {
            return null; // the template refuses such a message
        }
    }

    /// <summary>What the template writes around a text that is said after a context; null when it does not show the text.</summary>
    private Frame? Learn(object[] context, Func<string, object[]> said)
    {
        var added = Added(context, said(Mark));
        var at = added.IndexOf(Mark, StringComparison.Ordinal);
        if (at < 0 || added.IndexOf(Mark, at + 1, StringComparison.Ordinal) >= 0)
            return null;
        var trims = Added(context, said($" {Mark} ")) == added;
        var escapes = Added(context, said($"{Mark}\"")).Contains($"{Mark}\\\"", StringComparison.Ordinal);
        return new Frame(added[..at], added[(at + Mark.Length)..], trims, escapes);
    }

    private CallSyntax? LearnCalls(object[] begun)
    {
        try
        {
            var added = AfterGeneration(Added(begun, [Calling(1)]));
            var end = added.LastIndexOf(_endMark, StringComparison.Ordinal);
            return CallSyntax.Learn(end < 0 ? added : added[..end], CallName, ArgumentName);
        }
        catch (ChatTemplateException)
        {
            return null;
        }
    }

    /// <summary>
    /// What stands before, between and after this many results of one reply's calls. Where the template allows one call at a time, results stand as if each
    /// had been asked for alone.
    /// </summary>
    private string[] AroundResults(int count)
    {
        var alone = new string[count + 1];
        Array.Fill(alone, _result!.After + _result.Before);
        (alone[0], alone[count]) = (_result.Before, _result.After);
        if (count == 1)
            return alone;
        try
        {
            object[] called = [Say("user", Hello), _calls is null ? Say("assistant", Hello) : Calling(count)];
            var pieces = Added(called, [.. Enumerable.Range(0, count).Select(i => Result(Mark, i))]).Split(Mark);
            return pieces.Length == count + 1 ? pieces : alone;
        }
        catch (ChatTemplateException)
        {
            return alone;
        }
    }

    /// <summary>The control token with which a reply ends.</summary>
    private string EndMark(string after)
    {
        foreach (var id in Tokenizer.Encode(after))
            if (Tokenizer.IsSpecial(id))
                return Tokenizer.TokenOf(id)!;
        throw Unusable("no control token ends what the assistant says");
    }

    private string BeforeEnd(string after) => after[..after.IndexOf(_endMark, StringComparison.Ordinal)];

    /// <summary>A rendered reply without what <see cref="OpenAssistant"/> has written already.</summary>
    private string AfterGeneration(string added) => added.StartsWith(_generation, StringComparison.Ordinal) ? added[_generation.Length..] : added[CommonStart(added, _generation)..];

    private static int CommonStart(string a, string b)
    {
        var at = 0;
        while (at < Math.Min(a.Length, b.Length) && a[at] == b[at])
            at++;
        return at;
    }

    /// <summary>What messages add to a rendered context.</summary>
    private string Added(object[] context, object[] more)
    {
        if (context.Length == 0)
            return Render(more);
        var (before, after) = (Render(context), Render([.. context, .. more]));
        return after.StartsWith(before, StringComparison.Ordinal)
            ? after[before.Length..]
            : throw Unusable("it rewrites earlier messages when the dialogue goes on");
    }

    private string? TryRender(object[] messages, object[] tools)
    {
        try
        {
            return Render(messages, tools: tools);
        }
        catch (ChatTemplateException)
        {
            return null;
        }
    }

    private string Render(object[] messages, bool open = false, object[]? tools = null)
    {
        var text = _template.Render(
            JsonSerializer.SerializeToElement(messages), tools is { Length: > 0 } ? JsonSerializer.SerializeToElement(tools) : null, open, _variables);
        return !open && text.EndsWith(_tail, StringComparison.Ordinal) ? text[..^_tail.Length] : text;
    }

    /// <summary>Phi's templates write the end of the text where they do not write a generation prompt.</summary>
    private static string Tail(string closed, string open, string? endOfText) =>
        endOfText is { Length: > 0 } && !open.StartsWith(closed, StringComparison.Ordinal) && closed.EndsWith(endOfText, StringComparison.Ordinal)
        && open.StartsWith(closed.AsSpan()[..^endOfText.Length], StringComparison.Ordinal) ? endOfText : "";

    private bool SpellsControlTokens(string text) => Tokenizer.AddedTokens.Any(t => t.Special && text.Contains(t.Content, StringComparison.Ordinal));

    private bool SpellsControlTokens(Message.Assistant message) =>
        SpellsControlTokens(message.Text) || message.Calls.Any(c => SpellsControlTokens(c.Name) || c.Arguments.Any(a => SpellsControlTokens(a.Name) || SpellsControlTokens(PythonJson.Write(a.Value))));

    private static Dictionary<string, JsonElement> Variables(Tokenizer tokenizer)
    {
        var (begin, end) = (tokenizer.Settings.BeginOfText ?? "", tokenizer.Settings.EndOfText ?? "");
        return new(StringComparer.Ordinal)
        {
            ["bos_token"] = JsonSerializer.SerializeToElement(begin),
            ["eos_token"] = JsonSerializer.SerializeToElement(end),
            ["date_string"] = JsonSerializer.SerializeToElement(FixedClock.Day.ToString("dd MMM yyyy", CultureInfo.InvariantCulture)),

            // Llama 3 writes tools into the first user message unless it is told not to.
            ["tools_in_user_message"] = JsonSerializer.SerializeToElement(false),
        };
    }

    private static Dictionary<string, object> Say(string role, string text) => new() { ["role"] = role, ["content"] = text };

    private static Dictionary<string, object> Result(string text, int call) => new()
    {
        ["role"] = "tool", ["name"] = CallName, ["content"] = text, ["tool_call_id"] = CallId(call),
    };

    private static Dictionary<string, object> Calling(int calls) => new()
    {
        ["role"] = "assistant", ["content"] = "",
        ["tool_calls"] = Enumerable.Range(0, calls).Select(i => Call(CallName, new Dictionary<string, object> { [ArgumentName] = 1 }, i)).ToArray(),
    };

    private static Dictionary<string, object> Object(Message.Assistant message) => new()
    {
        ["role"] = "assistant", ["content"] = message.Text,
        ["tool_calls"] = message.Calls.Select((c, i) => Call(c.Name, c.Arguments.ToDictionary(a => a.Name, a => a.Value), i)).ToArray(),
    };

    private static Dictionary<string, object> Call(string name, object arguments, int index) => new()
    {
        ["id"] = CallId(index), ["type"] = "function", ["function"] = new Dictionary<string, object> { ["name"] = name, ["arguments"] = arguments },
    };

    /// <summary>Nine letters and digits, as Mistral's template demands; the same for every reply, so that equal dialogues have equal tokens.</summary>
    private static string CallId(int index) => string.Create(CultureInfo.InvariantCulture, $"call{index:D5}");

    private static Dictionary<string, object> Tool(string name) => new()
    {
        ["type"] = "function",
        ["function"] = new Dictionary<string, object> { ["name"] = name, ["description"] = name, ["parameters"] = new Dictionary<string, object> { ["type"] = "object", ["properties"] = new Dictionary<string, object>() } },
    };

    private static Dictionary<string, object> Wrapped(JsonElement document) => new() { ["type"] = "function", ["function"] = document };

    private static ChatTemplateException Unusable(string why) => new(why + ".", 1);

    private static TextPart Ours(string text) => new(text, IsTemplate: true);

    /// <summary>What a template writes around a text.</summary>
    /// <param name="Before">Before it.</param>
    /// <param name="After">After it.</param>
    /// <param name="Trims">The template removes blanks at its ends.</param>
    /// <param name="Escapes">The template writes it as the inside of a JSON string.</param>
    private sealed record Frame(string Before, string After, bool Trims, bool Escapes)
    {
        public IEnumerable<TextPart> Around(string text) => [Ours(Before), Inner(text), Ours(After)];

        public TextPart Inner(string text)
        {
            text = Trims ? text.Trim() : text;
            if (!Escapes)
                return new TextPart(text, IsTemplate: false);
            var escaped = new StringBuilder();
            PythonJson.AppendEscaped(text, escaped);
            return new TextPart(escaped.ToString(), IsTemplate: false);
        }
    }

    /// <summary>A prompt may not depend on the day on which it is written.</summary>
    private sealed class FixedClock : TimeProvider
    {
        public static readonly DateTimeOffset Day = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => Day;
    }
}
