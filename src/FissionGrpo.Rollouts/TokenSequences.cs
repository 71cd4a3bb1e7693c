using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Rollouts;

/// <summary>Views of token sequences.</summary>
public static class TokenSequences
{
    /// <summary>The same tokens as history: what the policy once sampled is now prompt, without log-probabilities, and is not trained on.</summary>
    public static TokenSequence AsHistory(this TokenSequence tokens) => new(
        tokens.Ids,
        [.. tokens.Origins.Select(origin => origin is TokenOrigin.Policy ? TokenOrigin.Prompt : origin)],
        [.. new float[tokens.Ids.Length]]);

    /// <summary>The first tokens of a sequence.</summary>
    public static TokenSequence Prefix(this TokenSequence tokens, int length) =>
        new(tokens.Ids[..length], tokens.Origins[..length], tokens.LogProbs[..length]);

    /// <summary>How many tokens were sampled from the policy.</summary>
    public static int CountSampled(this TokenSequence tokens)
    {
        var count = 0;
        foreach (var origin in tokens.Origins)
            if (origin is TokenOrigin.Policy)
                count++;
        return count;
    }
}
