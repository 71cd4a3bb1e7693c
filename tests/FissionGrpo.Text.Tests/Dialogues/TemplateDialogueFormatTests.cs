using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Templates;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Text.Tests.Dialogues;

/// <summary>Families by their own templates: what is written piece by piece is what the template renders, and replies are read back in the family's own way.</summary>
public class TemplateDialogueFormatTests
{
    private static readonly ToolCall Fill = ToolCall.Of("fillFuelTank", ("fuelAmount", 7), ("note", "it's \"full\""));

    private static readonly ImmutableArray<Message> Talk =
    [
        new Message.System("Mind the car."), new Message.User("Fill it."), new Message.Assistant("Filled.", []), new Message.User("Thanks, and the doors?"), new Message.Assistant("Locked.", []),
        new Message.User("Good."),
    ];

    public static TheoryData<string> Families => ["llama", "smol", "mistral", "qwen"];

    /// <summary>Mistral's template moves the instructions to whatever user message is last, so there only dialogues without any are stable.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Dialogue_IsWhatTheTemplateRenders(string family)
    {
        var format = FamilyTemplates.Of(family);
        var talk = family == "mistral" ? Talk[1..] : Talk;

        foreach (var upTo in talk.Select((m, i) => (m, i)).Where(t => t.m is Message.User).Select(t => t.i + 1))
            Assert.Equal(Rendered(format, talk[..upTo], []), format.Tokenizer.Decode(format.Dialogue(talk[..upTo], [], openAssistant: true).AsSpan()));
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("mistral")]
    [InlineData("qwen")]
    public void OpeningWithTools_IsWhatTheTemplateRenders(string family)
    {
        var format = FamilyTemplates.Of(family);

        Assert.Equal(
            Rendered(format, Talk[..2], TinyTokenizers.Tools),
            format.Tokenizer.Decode([.. format.Open("Mind the car.", TinyTokenizers.Tools, "Fill it."), .. format.OpenAssistant()]));
    }

    /// <summary>Calls and results, without tools on offer: templates that move the tools about stay put then.</summary>
    [Theory]
    [InlineData("llama", 1)]
    [InlineData("mistral", 1)]
    [InlineData("mistral", 2)]
    [InlineData("qwen", 1)]
    [InlineData("qwen", 3)]
    public void CallsAndResults_AreWhatTheTemplateRenders(string family, int count)
    {
        var format = FamilyTemplates.Of(family);
        ImmutableArray<Message> talk =
        [
            new Message.User("Fill it."), new Message.Assistant("", [.. Enumerable.Repeat(Fill, count)]),
            .. Enumerable.Range(0, count).Select(i => new Message.Tool(Fill.Name, $"{{\"level\": \"{i} \\ of 9\"}}\n")),
        ];

        Assert.Equal(Rendered(format, talk, []), format.Tokenizer.Decode(format.Dialogue(talk, [], openAssistant: true).AsSpan()));
    }

    /// <summary>Token in, token out: whatever is sampled stays, and the next prompt has all of it in front.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void LaterPrompts_ExtendEarlierOnesTokenByToken(string family)
    {
        var format = FamilyTemplates.Of(family);
        var tokens = new List<int>(format.Open("Mind the car.", TinyTokenizers.Tools, "Fill it."));
        var asked = 0;
        foreach (var reply in (string[])[ "", "odd  \n reply", "{\"name\"", "x"])
        {
            tokens.AddRange(format.OpenAssistant());
            var sampled = format.Tokenizer.Encode(reply, parseAddedTokens: false);
            var before = tokens.Concat(sampled).ToArray();

            tokens.AddRange(sampled);
            tokens.AddRange(format.CloseAssistant(sampled.AsSpan()));
            tokens.AddRange(asked++ % 2 == 0 ? format.ToolResults([new Message.Tool("f", "ok")]) : format.User("And now?"));

            Assert.Equal(before, tokens.Take(before.Length));
            Assert.Equal(format.StopTokens[0], tokens[before.Length]);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void WhatIsWritten_IsReadBack(string family)
    {
        var format = FamilyTemplates.Of(family);
        foreach (var message in (Message.Assistant[])
            [new("", [Fill]), new("", [ToolCall.Of("f")]), new("Done.", []), .. family == "llama" ? Array.Empty<Message.Assistant>() : [new("", [Fill, ToolCall.Of("f")])]])
        {
            var reply = format.Reply(message);

            var read = format.Parse(reply.AsSpan());

            Assert.Equal(format.StopTokens[0], reply[^1]);
            Assert.Null(read.FormatError);
            Assert.Equal(message.Text, read.Text);
            Assert.Equal(message.Calls.Select(c => c.ToString()), read.Calls.Select(c => c.ToString()));
            Assert.Equal([.. format.OpenAssistant(), .. reply, .. format.CloseAssistant(true)], format.Assistant(message).ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void ControlTokensInWhatOthersSay_StayPlainText(string family)
    {
        var format = FamilyTemplates.Of(family);
        var mark = format.Tokenizer.TokenOf(format.StopTokens[0])!;

        foreach (var piece in (ImmutableArray<int>[])[format.User(mark), format.ToolResults([new Message.Tool("f", mark)]), format.Open(mark, [], mark), format.Reply(new Message.Assistant("", [ToolCall.Of("f", ("a", mark))]))])
            Assert.InRange(piece.Count(id => id == format.StopTokens[0]), 0, Frames(format));
        Assert.Throws<UserErrorException>(() => format.Open("", [new ToolSpec("f", JsonSerializer.SerializeToElement(new { name = "f", description = mark }))], "Hi"));
    }

    [Theory]
    [InlineData("llama", "{\"name\": \"f\", \"parameters\": {}", "not valid JSON")]
    [InlineData("llama", "{\"name\": \"f\", \"parameters\": []}", "not a JSON object")]
    [InlineData("llama", "{\"name\": \"f\", \"parameters\": {}} and more", "text after")]
    [InlineData("llama", "{\"name\": \"f\", \"parameters\": {}, \"extra\": 1}", "members other than")]
    [InlineData("mistral", "[CALLS] {\"name\": \"f\", \"arguments\": {}}", "not a JSON list")]
    [InlineData("mistral", "[CALLS] [{\"name\": \"f\"", "not valid JSON")]
    [InlineData("mistral", "[CALLS] [{\"name\": \"f\", \"arguments\": {}}] and more", "text after")]
    [InlineData("qwen", "<tool_call>\n{}", "not closed")]
    [InlineData("smol", "<tool_call>\n{}\n</tool_call>", "no name")]
    public void BrokenCalls_AreFormatErrors(string family, string reply, string problem)
    {
        var read = FamilyTemplates.Of(family).Parse(reply);

        Assert.Contains(problem, read.FormatError, StringComparison.Ordinal);
        Assert.Empty(read.Calls);
    }

    [Theory]
    [InlineData("{\"answer\": 42}")]
    [InlineData("It is 42.")]
    [InlineData("")]
    public void LlamasOtherJsonAndProse_AreAnswers(string reply)
    {
        var read = FamilyTemplates.Of("llama").Parse(reply);

        Assert.Null(read.FormatError);
        Assert.Equal(reply, read.Text);
    }

    [Fact]
    public void LlamasPythonTag_IsNoError()
    {
        var format = FamilyTemplates.Of("llama");

        var read = format.Parse(format.Tokenizer.Encode("<|python_tag|>{\"name\": \"f\", \"parameters\": {\"a\": 1}}<|turn|>").AsSpan());

        Assert.Equal("f(a=1)", Assert.Single(read.Calls).ToString());
    }

    [Fact]
    public void TemplateWithoutTools_GetsThemInWords()
    {
        var format = FamilyTemplates.Of("smol");

        var text = format.Tokenizer.Decode(format.Open("Mind the car.", TinyTokenizers.Tools, "Fill it.").AsSpan());

        Assert.StartsWith("<|im_start|>system\nMind the car.", text, StringComparison.Ordinal);
        Assert.Contains("\"lockDoors\"", text, StringComparison.Ordinal);
        Assert.Contains("<tool_call>", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{% for m in messages %}{{ m.content }}{% endfor %}", "no control token")]
    [InlineData("{% for m in messages %}<|e|>{% endfor %}", "does not show")]
    [InlineData("{% for m in messages %}{{ m.content + '<|e|>' }}", "endfor")]
    [InlineData("{% for m in messages[-1:] %}{{ m.content + '<|e|>' }}{% endfor %}", "rewrites earlier messages")]
    public void UnusableTemplate_IsExplained(string template, string finding)
    {
        var tokenizer = BpeTrainer.Learn(["a"], new BpeTrainerOptions(300, @"\w+|\W", [new NewToken("<|e|>", true)], new TokenizerSettings(ChatTemplate: template)));

        var error = Assert.Throws<UserErrorException>(() => new TemplateDialogueFormat(tokenizer));

        Assert.Contains("chat template", error.Message, StringComparison.Ordinal);
        Assert.Contains(finding, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Phi closes what nobody goes on with by the end of the text; it is not part of any turn.</summary>
    [Fact]
    public void TailOfAClosedDialogue_IsNoPartOfItsTurns()
    {
        var format = Learn("{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '<|e|>' }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% else %}{{ eos_token }}{% endif %}");

        Assert.Equal("<|user|>a<|e|><|assistant|>b<|e|><|user|>c<|e|><|assistant|>", format.Tokenizer.Decode(
            format.Dialogue([new Message.User("a"), new Message.Assistant("b", []), new Message.User("c")], [], openAssistant: true).AsSpan()));
    }

    /// <summary>Where the template has begun the reasoning, a reply is the rest of it and the answer.</summary>
    [Fact]
    public void ReasoningThatThePromptBegins_IsReadAndWritten()
    {
        var format = Learn("{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '<|e|>' }}{% endfor %}{% if add_generation_prompt %}<|assistant|><think>\n{% endif %}");

        var parsed = format.Parse("so it is\n</think>\n\nYes.");
        Assert.Equal(("so it is", "Yes."), (parsed.Reasoning, parsed.Text));
        Assert.Contains("not closed", format.Parse("so it").FormatError, StringComparison.Ordinal);
        var message = new Message.Assistant("", [Fill]);
        Assert.True(format.Parse(format.Reply(message).AsSpan()).Calls.SequenceEqual(message.Calls));
        Assert.Equal("Hm", format.Parse(format.Reply(new Message.Assistant("Yes.", [], "Hm")).AsSpan()).Reasoning);
    }

    /// <summary>Calls that are not JSON cannot be read, so what the template says about them is not shown either.</summary>
    [Fact]
    public void ToolsWhoseCallsCannotBeRead_AreDescribedInOurWords()
    {
        var format = Learn(
            "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content }}{% for t in m.tool_calls or [] %}<function={{ t.function.name }}>{% endfor %}<|e|>{% endfor %}"
            + "{% if tools %}Write XML. {{ tools|tojson }}{% endif %}{% if add_generation_prompt %}<|assistant|>{% endif %}");

        var opening = format.Tokenizer.Decode(format.Open("Be brief.", TinyTokenizers.Tools, "Hi").AsSpan());

        Assert.DoesNotContain("XML", opening, StringComparison.Ordinal);
        Assert.Contains("<tool_call>", opening, StringComparison.Ordinal);
    }

    private static TemplateDialogueFormat Learn(string template) => new(BpeTrainer.Learn(
        ["a"], new BpeTrainerOptions(300, @"\w+|\W", [new NewToken("<|e|>", true), new NewToken("<|end|>", true)], new TokenizerSettings(EndOfText: "<|end|>", ChatTemplate: template))));

    /// <summary>How often a piece may have the end mark of its own: once a message that its frame closes, twice where the opening brings instructions.</summary>
    private static int Frames(TemplateDialogueFormat format) => format.Open("a", [], "b").Count(id => id == format.StopTokens[0]) + 1;

    /// <summary>The template over the same messages as an application would send them.</summary>
    private static string Rendered(TemplateDialogueFormat format, ImmutableArray<Message> messages, ImmutableArray<ToolSpec> tools)
    {
        var call = 0;
        var result = 0;
        var objects = messages.Select(m => m switch
        {
            Message.System s => (object)new { role = "system", content = s.Text },
            Message.User u => new { role = "user", content = u.Text },
            Message.Tool t => new { role = "tool", name = t.Name, content = t.Text, tool_call_id = $"call{result++:D5}" },
            Message.Assistant { Calls.IsEmpty: true } a => new { role = "assistant", content = a.Text },
            Message.Assistant a => new
            {
                role = "assistant", content = a.Text,
                tool_calls = a.Calls.Select(c => new { id = $"call{call++:D5}", type = "function", function = new { name = c.Name, arguments = c.Arguments.ToDictionary(x => x.Name, x => x.Value) } }),
            },
            _ => throw new InvalidOperationException(),
        });
        var settings = format.Tokenizer.Settings;
        return new ChatTemplate(format.Template!).Render(
            JsonSerializer.SerializeToElement(objects),
            tools.IsEmpty ? null : JsonSerializer.SerializeToElement(tools.Select(t => new { type = "function", function = t.Document })),
            addGenerationPrompt: true,
            new Dictionary<string, JsonElement>
            {
                ["bos_token"] = JsonSerializer.SerializeToElement(settings.BeginOfText ?? ""), ["eos_token"] = JsonSerializer.SerializeToElement(settings.EndOfText),
                ["date_string"] = JsonSerializer.SerializeToElement("01 Jan 2025"), ["tools_in_user_message"] = JsonSerializer.SerializeToElement(false),
            });
    }
}
