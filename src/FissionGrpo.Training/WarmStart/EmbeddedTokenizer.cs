using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;
using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Training;

/// <summary>The embedded model's byte-level BPE, learned from the world's own demonstrations.</summary>
public static class EmbeddedTokenizer
{
    private const int Demonstrations = 800;

    /// <summary>Learns it.</summary>
    /// <param name="tasks">The world whose demonstrations are the corpus.</param>
    /// <param name="vocabulary">Tokens, the 256 bytes and the control tokens included.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="UserErrorException">The world has no demonstrations.</exception>
    public static async Task<Tokenizer> LearnAsync(ITaskSource tasks, int vocabulary, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        var corpus = new List<string>();
        for (var i = 0; i < Demonstrations; i++)
            foreach (var kind in Enum.GetValues<DemonstrationKind>())
                if (tasks.Demonstrate(i, kind) is { } demonstration)
                {
                    var (messages, tools) = await DemonstrationDialogue.OfAsync(demonstration, cancel);
                    corpus.Add(CompactDialogueFormat.Text(messages, tools));
                }
        return corpus.Count > 0
            ? CompactDialogueFormat.LearnTokenizer(corpus, vocabulary)
            : throw new UserErrorException($"{tasks.Identity} has no demonstrations, so there is no text to learn a tokenizer from. Give a checkpoint in policy.checkpoint.");
    }
}
