using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Text.Dialogues;

/// <summary>
/// How a dialogue becomes token ids, piece by piece. The tokens of a dialogue are the concatenation of what the methods return, in order:
/// <c>Open, (User, (OpenAssistant, sampled reply, CloseAssistant | Assistant), (ToolResults, …)*)*</c>. Each prompt therefore extends the
/// previous one by construction, and nothing is ever tokenised twice. What users and tools write stays plain text, also where it spells a
/// control token. Stateless and safe for threads.
/// </summary>
public abstract class DialogueFormat(Tokenizer tokenizer)
{
    /// <summary>The tokenizer of the model that is spoken to.</summary>
    public Tokenizer Tokenizer { get; } = tokenizer;

    /// <summary>Tokens that end a reply. The first is the mark that <see cref="CloseAssistant(bool)"/> adds when it was not sampled.</summary>
    public abstract ImmutableArray<int> StopTokens { get; }

    /// <summary>The Jinja template that renders the same text.</summary>
    public abstract string? Template { get; }

    /// <summary>The beginning of a dialogue: instructions and tools. May be empty.</summary>
    /// <param name="systemPrompt">Instructions, or null for none.</param>
    /// <param name="tools">The tools on offer; may be empty.</param>
    public abstract ImmutableArray<int> Begin(string? systemPrompt, IReadOnlyList<ToolSpec> tools);

    /// <summary>
    /// The beginning of a dialogue with its first user message: what <see cref="Begin"/> and <see cref="User"/> make, except where a template writes
    /// instructions or tools into that message.
    /// </summary>
    /// <param name="systemPrompt">Instructions, or null for none.</param>
    /// <param name="tools">The tools on offer; may be empty.</param>
    /// <param name="user">What the user says.</param>
    public virtual ImmutableArray<int> Open(string? systemPrompt, IReadOnlyList<ToolSpec> tools, string user) => [.. Begin(systemPrompt, tools), .. User(user)];

    /// <summary>A whole user message.</summary>
    public abstract ImmutableArray<int> User(string text);

    /// <summary>What stands before a reply: the policy samples from here on.</summary>
    public abstract ImmutableArray<int> OpenAssistant();

    /// <summary>
    /// A whole reply that was not sampled here: replayed history or a demonstration. Opening and end mark are included: it is what
    /// <see cref="OpenAssistant"/>, <see cref="Reply"/> and <see cref="CloseAssistant(bool)"/> make.
    /// </summary>
    public abstract ImmutableArray<int> Assistant(Message.Assistant message);

    /// <summary>
    /// The reply alone, as the policy should have sampled it after <see cref="OpenAssistant"/>, the end mark included: the target of
    /// supervised fine-tuning. It is followed by <c>CloseAssistant(true)</c>.
    /// </summary>
    public abstract ImmutableArray<int> Reply(Message.Assistant message);

    /// <summary>What stands after a sampled reply, before the next message.</summary>
    /// <param name="endMarkWasSampled">True when the reply's last token is the end mark; otherwise the mark is added.</param>
    public abstract ImmutableArray<int> CloseAssistant(bool endMarkWasSampled);

    /// <summary>What stands after a sampled reply, before the next message.</summary>
    /// <param name="reply">The sampled tokens, with or without the end mark.</param>
    public ImmutableArray<int> CloseAssistant(ReadOnlySpan<int> reply) => CloseAssistant(!reply.IsEmpty && reply[^1] == StopTokens[0]);

    /// <summary>The results of a reply's calls, in their order, as one step: all of them at once.</summary>
    public abstract ImmutableArray<int> ToolResults(IReadOnlyList<Message.Tool> results);

    /// <summary>Reads the text of a reply, the end mark not included. Whatever the text, this returns; quickly, and without an exception.</summary>
    public abstract ParsedReply Parse(string reply);

    /// <summary>Reads a sampled reply, with or without the end mark. A control token inside it is a format error.</summary>
    public ParsedReply Parse(ReadOnlySpan<int> reply)
    {
        if (!reply.IsEmpty && StopTokens.Contains(reply[^1]))
            reply = reply[..^1];
        foreach (var id in reply)
            if (!MayStandInReply(id))
                return ToolCallText.Malformed(Tokenizer.Decode(reply, skipSpecial: true), "There is a control token inside the reply.");
        return Parse(Tokenizer.Decode(reply));
    }

    /// <summary>Whether a token may stand inside of a reply: control tokens may not, but those of a family's own way to call tools.</summary>
    protected virtual bool MayStandInReply(int id) => !Tokenizer.IsSpecial(id);

    /// <summary>The text of a sampled reply as people read it: without end mark and control tokens.</summary>
    public string TextOf(ReadOnlySpan<int> reply) => Tokenizer.Decode(reply, skipSpecial: true);

    /// <summary>A whole dialogue: the concatenation of its pieces. For demonstrations, replays and tests.</summary>
    /// <param name="messages">In order; results of one reply's calls stand side by side.</param>
    /// <param name="tools">The tools on offer.</param>
    /// <param name="openAssistant">End where the next reply begins.</param>
    public ImmutableArray<int> Dialogue(IReadOnlyList<Message> messages, IReadOnlyList<ToolSpec> tools, bool openAssistant)
    {
        var first = messages.Count > 0 ? messages[0] as Message.System : null;
        var at = first is null ? 0 : 1;
        var opening = at < messages.Count ? messages[at] as Message.User : null;
        var ids = (opening is null ? Begin(first?.Text, tools) : Open(first?.Text, tools, opening.Text)).ToBuilder();
        for (var i = opening is null ? at : at + 1; i < messages.Count; i++)
            switch (messages[i])
            {
                case Message.User user:
                    ids.AddRange(User(user.Text));
                    break;
                case Message.Assistant assistant:
                    ids.AddRange(Assistant(assistant));
                    break;
                case Message.Tool:
                    var results = messages.Skip(i).TakeWhile(m => m is Message.Tool).Cast<Message.Tool>().ToArray();
                    ids.AddRange(ToolResults(results));
                    i += results.Length - 1;
                    break;
                case Message.System:
                    throw new ArgumentException("Instructions stand first or not at all.", nameof(messages));
            }
        if (openAssistant)
            ids.AddRange(OpenAssistant());
        return ids.ToImmutable();
    }
}
