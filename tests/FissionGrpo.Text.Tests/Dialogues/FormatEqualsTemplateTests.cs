using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Testing;
using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Templates;
using FissionGrpo.Text.Tests.Golden;
using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Text.Tests.Dialogues;

/// <summary>What a format writes piece by piece is what its model's template renders as a whole.</summary>
public class FormatEqualsTemplateTests
{
    [Fact]
    public void CompactFormat_EqualsItsTemplate()
    {
        var format = new CompactDialogueFormat(TinyTokenizers.Compact);
        var template = new ChatTemplate(format.Template!);

        Prop.ForAll(Dialogues(), dialogue =>
        {
            var rendered = template.Render(dialogue.Messages, dialogue.Tools, dialogue.Open);
            return format.Tokenizer.Encode(rendered).SequenceEqual(format.Dialogue(dialogue.Messages, dialogue.Tools, dialogue.Open));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void CompactTemplate_IsTheOneInTheCheckpoint() =>
        Assert.Equal(new CompactDialogueFormat(TinyTokenizers.Compact).Template, TinyTokenizers.Compact.Settings.ChatTemplate);

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void QwenFormat_EqualsQwen3sTemplateBeforeEveryReply(bool thinking)
    {
        // The template is prefix-stable where no reasoning is in the history and the prompt ends at the next reply.
        var template = new ChatTemplate(File.ReadAllText(SharedMaterial.Path("golden/chat_template/qwen3.jinja")));
        var format = new QwenDialogueFormat(GoldenTokenizerTests.Qwen, new QwenDialogueOptions(Thinking: thinking));
        var more = new Dictionary<string, JsonElement> { ["enable_thinking"] = JsonSerializer.SerializeToElement(thinking) };

        Prop.ForAll(Dialogues(), dialogue =>
        {
            var messages = dialogue.Messages.Add(new Message.User("And now?"));
            var rendered = template.Render(messages, dialogue.Tools, addGenerationPrompt: true, more);
            return format.Tokenizer.Encode(rendered).SequenceEqual(format.Dialogue(messages, dialogue.Tools, openAssistant: true));
        }).QuickCheckThrowOnFailure();
    }

    [SkippableFact]
    public void QwenFormat_EqualsQwen3sTemplateAfterToolResults()
    {
        var template = new ChatTemplate(File.ReadAllText(SharedMaterial.Path("golden/chat_template/qwen3.jinja")));
        var format = new QwenDialogueFormat(GoldenTokenizerTests.Qwen);

        for (var upTo = 1; upTo <= TinyTokenizers.Dialogue(1).Length; upTo++)
        {
            var messages = TinyTokenizers.Dialogue(1)[..upTo];
            if (messages[^1] is not Message.Assistant)
                Assert.Equal(
                    template.Render(messages, TinyTokenizers.Tools, addGenerationPrompt: true),
                    format.Tokenizer.Decode(format.Dialogue(messages, TinyTokenizers.Tools, openAssistant: true).AsSpan()));
        }
    }

    [SkippableFact]
    public void WrappedTools_RenderAsApplicationsSendThem()
    {
        var template = new ChatTemplate(File.ReadAllText(SharedMaterial.Path("golden/chat_template/qwen3.jinja")));
        var format = new QwenDialogueFormat(GoldenTokenizerTests.Qwen, new QwenDialogueOptions(WrapTools: true));
        ToolSpec[] wrapped = [.. TinyTokenizers.Tools.Select(t => new ToolSpec(t.Name, JsonSerializer.SerializeToElement(
            new Dictionary<string, object> { ["type"] = "function", ["function"] = t.Document })))];

        var rendered = template.Render([new Message.User("Hi")], wrapped, addGenerationPrompt: true);

        Assert.Equal(rendered, format.Tokenizer.Decode(format.Dialogue([new Message.User("Hi")], TinyTokenizers.Tools, true).AsSpan()));
    }

    private sealed record Dialogue(ImmutableArray<Message> Messages, ImmutableArray<ToolSpec> Tools, bool Open);

    /// <summary>Dialogues without control tokens in their texts: there the template would let a user write them, and the format does not.</summary>
    private static Arbitrary<Dialogue> Dialogues()
    {
        var text = Gen.OneOf(
            Gen.Elements("Hi", "", "\n", "\n\nTwo lines\n", "  blank ", "naïve 漢字 🚗", "{\"a\": 1}", "it's 12 o'clock", "e\u0301", "tool_response>", "lockDoors"),
            Gen.Elements([.. "ab \n.,1{}\"'<>|"]).ArrayOf().Select(c => new string(c)));
        var call = from name in Gen.Elements("lockDoors", "post_tweet", "f")
                   from value in Gen.OneOf(text.Select(t => JsonSerializer.SerializeToElement(t)), Gen.Elements("1", "1.50", "-0", "1e5", "[1, {\"k\": null}]", "{}").Select(j => JsonDocument.Parse(j).RootElement))
                   from count in Gen.Choose(0, 2)
                   select new ToolCall(name, [.. Enumerable.Range(0, count).Select(i => new ToolArgument($"a{i}", value))]);
        var step = Gen.OneOf(
            text.Select(t => (Message[])[new Message.User(t)]),
            text.Select(t => (Message[])[new Message.Assistant(t, [])]),
            from t in text
            from calls in call.NonEmptyListOf()
            from results in text.ArrayOf(calls.Count)
            select (Message[])[new Message.Assistant(t, [.. calls]), .. results.Zip(calls, (r, c) => new Message.Tool(c.Name, r))]);
        return (from system in text
                from hasSystem in Gen.Elements(true, false)
                from steps in step.ListOf()
                from tools in Gen.Choose(0, 3)
                from open in Gen.Elements(true, false)
                let first = hasSystem ? (Message[])[new Message.System(system)] : []
                select new Dialogue([.. first, new Message.User("Begin"), .. steps.SelectMany(s => s)], TinyTokenizers.Tools[..tools], open)).ToArbitrary();
    }
}
