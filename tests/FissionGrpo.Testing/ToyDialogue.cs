using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Testing;

/// <summary>The embedded model's dialogue format with a tokenizer learned from a few toy dialogues.</summary>
public static class ToyDialogue
{
    private static readonly Lazy<CompactDialogueFormat> Learned = new(() => new CompactDialogueFormat(CompactDialogueFormat.LearnTokenizer(
        Enumerable.Range(0, 8).SelectMany(i => new[]
        {
            $"open\nunlock\nopen d{i}\n<tool_call>\n{{\"name\": \"open\", \"arguments\": {{\"door\": \"d{i}\"}}}}\n</tool_call>locked: unlock d{i}",
            $"<tool_call>\n{{\"name\": \"unlock\", \"arguments\": {{\"door\": \"d{i}\"}}}}\n</tool_call>unlocked\nopened\nDone.",
        }),
        400)));

    /// <summary>Shared by all tests; stateless.</summary>
    public static CompactDialogueFormat Format => Learned.Value;
}
