using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Text.Dialogues;

/// <summary>Which dialogue format a tokenizer was made for.</summary>
public static class DialogueFormats
{
    /// <summary>The embedded model's compact format when the tokenizer has its control tokens; Qwen3's own; for every other family what its chat template says.</summary>
    /// <exception cref="Episodes.UserErrorException">The tokenizer has no usable template.</exception>
    public static DialogueFormat Of(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (CompactDialogueFormat.Fits(tokenizer))
            return new CompactDialogueFormat(tokenizer);
        var isQwen3 = tokenizer.IdOf("<|im_start|>") is not null && (tokenizer.Settings.ChatTemplate is null || tokenizer.IdOf("<think>") is not null);
        return isQwen3 ? new QwenDialogueFormat(tokenizer) : new TemplateDialogueFormat(tokenizer);
    }
}
