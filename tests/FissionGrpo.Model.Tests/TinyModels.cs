using System.Collections.Immutable;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Policy;
using FissionGrpo.Model.Weights;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Tests;

/// <summary>Small models and batches for tests.</summary>
internal static class TinyModels
{
    public const int Vocabulary = 67;

    /// <summary>A Qwen3 of some thousand parameters whose sizes are no multiples of a vector.</summary>
    public static ModelConfiguration Qwen3 { get; } = ModelConfiguration.Qwen3(Vocabulary, channels: 24, layers: 2, heads: 4, keyValueHeads: 2, headSize: 10, feedForwardChannels: 37, maxPositions: 512)
        with { InitializerRange = 0.25f };

    public static TransformerPolicy Policy(int threads = 2, long cacheBytes = 64 << 20, ModelConfiguration? configuration = null) =>
        TransformerPolicy.Create(configuration ?? Qwen3, new Seed(11), new EngineOptions(threads, cacheBytes));

    public static TransformerEngine Engine(int threads = 2, ModelConfiguration? configuration = null, int tokensPerPass = 0, long activationBytes = 4L << 30)
    {
        var engine = new TransformerEngine(
            ModelWeights.Initialise(configuration ?? Qwen3, new Seed(11)), new EngineOptions(threads, TokensPerPass: tokensPerPass, ActivationBytes: activationBytes));
        Perturb(engine);
        return engine;
    }

    public static ImmutableArray<int> Tokens(Seed seed, int count)
    {
        var rng = new SampleRng(seed);
        var tokens = ImmutableArray.CreateBuilder<int>(count);
        for (var i = 0; i < count; i++)
            tokens.Add(rng.Next(Vocabulary));
        return tokens.MoveToImmutable();
    }

    /// <summary>Gains that are not 1 and biases that are not 0, so that a forgotten one shows.</summary>
    public static unsafe void Perturb(TransformerEngine engine)
    {
        var rng = new SampleRng(new Seed(3));
        foreach (var parameter in engine.Weights.Layout.Parameters)
        {
            for (var i = 0L; parameter.IsOneDimensional && i < parameter.Count; i++)
                engine.Weights.Values[parameter.Offset + i] += (float)(0.3 * rng.NextNormal());
        }
    }
}
