using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>Policies of the in-process engine.</summary>
public sealed class EnginePolicyFactory(EngineOptions engine) : IPolicyFactory
{
    /// <summary>Sequences of the embedded model are short, so its positions turn faster than those of a model for books.</summary>
    private const double EmbeddedRopeTheta = 10_000;

    /// <inheritdoc/>
    public IPolicy Create(PolicyOptions shape, int vocabulary, ImmutableArray<int> endTokens, int maxPositions, Seed seed)
    {
        var configuration = ModelConfiguration.Qwen3(
            vocabulary, shape.Channels, shape.Layers, shape.QueryHeads, shape.KeyValueHeads, shape.HeadSize, shape.FeedForward, maxPositions);
        return TransformerPolicy.Create(configuration with { Rope = new RopeOptions(EmbeddedRopeTheta), EndTokens = endTokens }, seed, engine);
    }

    /// <inheritdoc/>
    public IPolicy Open(string folder) => Directory.Exists(folder)
        ? TransformerPolicy.Load(folder, withOptimizer: false, engine)
        : throw new UserErrorException($"policy.checkpoint: {folder} is not there. Expected a folder with config.json, *.safetensors and tokenizer.json.");
}
