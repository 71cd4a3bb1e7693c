using System.Collections.Immutable;

namespace FissionGrpo.Model.Configuration;

/// <summary>The shapes of published models, by name: what their config.json says, without the weights.</summary>
public static class KnownShapes
{
    private const int QwenVocabulary = 151_936;
    private const int LlamaVocabulary = 128_256;
    private const int SmolVocabulary = 49_152;

    /// <summary>Every shape under its name, in lower case.</summary>
    public static ImmutableSortedDictionary<string, ModelConfiguration> All { get; } = new Dictionary<string, ModelConfiguration>
    {
        ["qwen3-0.6b"] = ModelConfiguration.Qwen3(QwenVocabulary, 1024, 28, 16, 8, 128, 3072),
        ["qwen3-1.7b"] = ModelConfiguration.Qwen3(QwenVocabulary, 2048, 28, 16, 8, 128, 6144),
        ["qwen3-4b"] = ModelConfiguration.Qwen3(QwenVocabulary, 2560, 36, 32, 8, 128, 9728),
        ["qwen3-8b"] = ModelConfiguration.Qwen3(QwenVocabulary, 4096, 36, 32, 8, 128, 12288) with { TiedEmbeddings = false },
        ["qwen2.5-0.5b"] = Qwen2(896, 24, 14, 2, 64, 4864),
        ["qwen2.5-1.5b"] = Qwen2(1536, 28, 12, 2, 128, 8960),
        ["llama-3.2-1b"] = Llama(LlamaVocabulary, 2048, 16, 32, 8, 64, 8192, 131_072, new RopeOptions(500_000, new RopeScaling.Llama3(32, 1, 4, 8192))),
        ["smollm2-135m"] = Llama(SmolVocabulary, 576, 30, 9, 3, 64, 1536, 8192, new RopeOptions(100_000)),
        ["smollm2-360m"] = Llama(SmolVocabulary, 960, 32, 15, 5, 64, 2560, 8192, new RopeOptions(100_000)),
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static ModelConfiguration Qwen2(int channels, int layers, int heads, int keyValueHeads, int headSize, int feedForward) => new(
        ModelFamily.Qwen2, QwenVocabulary, channels, layers, heads, keyValueHeads, headSize, feedForward, 32_768, 1e-6f, new RopeOptions(1_000_000),
        TiedEmbeddings: true, QkvBias: true);

    private static ModelConfiguration Llama(int vocabulary, int channels, int layers, int heads, int keyValueHeads, int headSize, int feedForward, int positions, RopeOptions rope) => new(
        ModelFamily.Llama, vocabulary, channels, layers, heads, keyValueHeads, headSize, feedForward, positions, 1e-5f, rope, TiedEmbeddings: true);
}
