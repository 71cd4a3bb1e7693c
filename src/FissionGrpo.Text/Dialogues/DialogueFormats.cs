using FissionGrpo.Episodes;
using FissionGrpo.Text.Templates;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Text.Dialogues;

/// <summary>Which dialogue format a tokenizer was made for.</summary>
public static class DialogueFormats
{
    /// <summary>
    /// The embedded model's compact format when the tokenizer has its control tokens; otherwise what the chat template says: where it speaks as Qwen3's does, Qwen3's own format.
    /// </summary>
    /// <exception cref="UserErrorException">The tokenizer has no usable template.</exception>
    public static DialogueFormat Of(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (CompactDialogueFormat.Fits(tokenizer))
            return new CompactDialogueFormat(tokenizer);
        try
        {
            return SpeaksAsQwen3(tokenizer) ? new QwenDialogueFormat(tokenizer) : new TemplateDialogueFormat(tokenizer);
        }
        catch (UserErrorException cause) when (tokenizer.TemplatePlace is { } place)
        {
            throw new UserErrorException($"{place}: {cause.Message}", cause);
        }
    }

    /// <summary>
    /// Qwen3's template rewrites what was said before when a dialogue goes on, so it needs a format of its own. Others have its marks and write dialogues in their own way
    /// (Phi-4-reasoning, SmolLM3), or write the same and know no reasoning (Qwen2.5, SmolLM2): then the template is followed.
    /// </summary>
    private static bool SpeaksAsQwen3(Tokenizer tokenizer)
    {
        if (tokenizer.Settings.ChatTemplate is not { } source || !QwenDialogueFormat.Fits(tokenizer)
            || (tokenizer.IdOf(ThinkTags.Start) is null && !source.Contains(ThinkTags.End, StringComparison.Ordinal)))
            return false;
        Message[] said = [new Message.System("Be brief."), new Message.User("Hi")];
        try
        {
            var ours = tokenizer.Decode(new QwenDialogueFormat(tokenizer).Dialogue(said, [], openAssistant: true).AsSpan());
            return new ChatTemplate(source).Render(said, [], addGenerationPrompt: true).StartsWith(ours, StringComparison.Ordinal);
        }
        catch (ChatTemplateException)
        {
            return false;
        }
    }
}
