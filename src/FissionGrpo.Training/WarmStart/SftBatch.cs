using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Training;

/// <summary>Trajectories and texts as targets of supervised fine-tuning.</summary>
internal static class SftBatch
{
    /// <summary>A demonstration: what has origin policy is learned.</summary>
    /// <param name="tokens">The demonstration as it was played.</param>
    /// <param name="weight">Weight of each target token.</param>
    public static TrainingSequence Of(TokenSequence tokens, float weight = 1) => new(
        tokens.Ids, [.. tokens.Origins.Select(origin => origin is TokenOrigin.Policy ? weight : 0f)], [], [], []);

    /// <summary>A reply to a prompt.</summary>
    public static TrainingSequence Of(ImmutableArray<int> prompt, ImmutableArray<int> reply) => new(
        [.. prompt, .. reply], [.. Enumerable.Repeat(0f, prompt.Length), .. Enumerable.Repeat(1f, reply.Length)], [], [], []);
}
