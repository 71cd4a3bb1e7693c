using System.Collections.Immutable;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Cli.Worlds;

/// <summary>
/// BFCL's prompting mode on the in-process engine: the model's own dialogue format, with the functions in the system prompt instead of the tools, and calls
/// read as a list of Python calls. Results come as the model's own tool messages, as the official handlers of Qwen models have it.
/// </summary>
internal sealed class PythonCallFormat(DialogueFormat inner, BfclPrompting prompting) : DialogueFormat(inner.Tokenizer)
{
    public override ImmutableArray<int> StopTokens => inner.StopTokens;

    public override string? Template => inner.Template;

    public override ImmutableArray<int> Begin(string? systemPrompt, IReadOnlyList<ToolSpec> tools) =>
        inner.Begin(prompting.SystemPrompt(tools) + (systemPrompt is null ? "" : "\n\n" + systemPrompt), []);

    public override ImmutableArray<int> User(string text) => inner.User(text);

    public override ImmutableArray<int> OpenAssistant() => inner.OpenAssistant();

    public override ImmutableArray<int> Assistant(Message.Assistant message) => inner.Assistant(Spelled(message));

    public override ImmutableArray<int> Reply(Message.Assistant message) => inner.Reply(Spelled(message));

    public override ImmutableArray<int> CloseAssistant(bool endMarkWasSampled) => inner.CloseAssistant(endMarkWasSampled);

    public override ImmutableArray<int> ToolResults(IReadOnlyList<Message.Tool> results) => inner.ToolResults(results);

    public override ParsedReply Parse(string reply)
    {
        var calls = BfclPrompting.Calls(reply);
        return new ParsedReply(calls.IsEmpty ? BfclPrompting.Answer(reply).Trim() : "", calls, null, null);
    }

    private static Message.Assistant Spelled(Message.Assistant message) => message.Calls.IsEmpty ? message : message with { Text = BfclPrompting.Spell(message.Calls), Calls = [] };
}
