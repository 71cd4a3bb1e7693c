using FissionGrpo.Episodes;
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
            return isQwen3 ? new QwenDialogueFormat(tokenizer) : new TemplateDialogueFormat(tokenizer);
        }
        catch (UserErrorException cause) when (tokenizer.Place is { } place)
        {
            throw new UserErrorException($"{place}: {cause.Message}", cause);
        }
    }
}
