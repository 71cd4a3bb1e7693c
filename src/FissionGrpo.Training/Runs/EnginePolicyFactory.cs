using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Adapters;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>Policies of the in-process engine.</summary>
public sealed class EnginePolicyFactory(EngineOptions engine) : IPolicyFactory
{
    /// <summary>Sequences of the embedded model are short, so its positions turn faster than those of a model for books.</summary>
    private const double EmbeddedRopeTheta = 10_000;

    /// <summary>A run holds policy, simulator and evaluation at once; for small weights this much of cached keys and values is plenty for each.</summary>
    private const long SmallCacheBytes = 1L << 28;
    private const long SmallWeightsBytes = 1L << 26;

    /// <inheritdoc/>
    public IPolicy Create(PolicyOptions shape, int vocabulary, ImmutableArray<int> endTokens, int maxPositions, Seed seed)
    {
        var configuration = ModelConfiguration.Qwen3(
            vocabulary, shape.Channels, shape.Layers, shape.QueryHeads, shape.KeyValueHeads, shape.HeadSize, shape.FeedForward, maxPositions);
        return TransformerPolicy.Create(configuration with { Rope = new RopeOptions(EmbeddedRopeTheta), EndTokens = endTokens }, seed, Fit(WeightBytes(configuration)));
    }

    /// <inheritdoc/>
    public IPolicy Open(string folder, LoraOptions? adapters = null) => Directory.Exists(folder)
        ? TransformerPolicy.Load(folder, withOptimizer: false, Fit(new DirectoryInfo(folder).EnumerateFiles("*.safetensors").Sum(f => f.Length)) with { Lora = adapters })
        : throw new UserErrorException($"policy.checkpoint: {folder} is not there. Expected a folder with config.json, *.safetensors and tokenizer.json.");

    private static long WeightBytes(ModelConfiguration configuration) => configuration.ParameterCount * sizeof(float);

    private EngineOptions Fit(long weightBytes) =>
        weightBytes > SmallWeightsBytes ? engine : engine with { CacheBytes = Math.Min(engine.CacheBytes, SmallCacheBytes) };
}
