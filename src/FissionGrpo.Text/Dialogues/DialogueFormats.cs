using FissionGrpo.Episodes;
using FissionGrpo.Text.Templates;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Text.Dialogues;

/// <summary>Which dialogue format a tokenizer was made for.</summary>
public static class DialogueFormats
{
    /// <summary>The embedded model's compact format when the tokenizer has its control tokens; Qwen3's own; for every other family what its chat template says.</summary>
    /// <exception cref="UserErrorException">The tokenizer has no usable template.</exception>
    public static DialogueFormat Of(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (CompactDialogueFormat.Fits(tokenizer))
            return new CompactDialogueFormat(tokenizer);
        try
        {
            var isQwen3 = tokenizer.IdOf("<|im_start|>") is not null && tokenizer.IdOf("<think>") is not null; // Qwen2.5 and SmolLM2 have the first mark too, and other templates
            return isQwen3 && SpeaksAsQwen(tokenizer) ? new QwenDialogueFormat(tokenizer) : new TemplateDialogueFormat(tokenizer);
        }
        catch (UserErrorException cause) when (tokenizer.Place is { } place)
        {
            throw new UserErrorException($"{place}: {cause.Message}", cause);
        }
    }

    /// <summary>Other families have Qwen3's marks too (Phi-4-reasoning, SmolLM3) and write dialogues in their own way; then the template counts.</summary>
    private static bool SpeaksAsQwen(Tokenizer tokenizer)
    {
        if (tokenizer.Settings.ChatTemplate is not { } source)
            return true;
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
