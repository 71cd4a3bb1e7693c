using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Training;

/// <summary>Which dialogue format a tokenizer was made for.</summary>
public static class DialogueFormats
{
    /// <summary>The embedded model's compact format when the tokenizer has its control tokens; Qwen's otherwise.</summary>
    public static DialogueFormat Of(Tokenizer tokenizer) =>
        CompactDialogueFormat.Fits(tokenizer) ? new CompactDialogueFormat(tokenizer) : new QwenDialogueFormat(tokenizer);
}
