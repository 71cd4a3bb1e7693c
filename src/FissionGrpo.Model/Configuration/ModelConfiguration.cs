using System.Collections.Immutable;

namespace FissionGrpo.Model.Configuration;

/// <summary>The architectures that the engine computes.</summary>
public enum ModelFamily
{
    /// <summary>Qwen3: RMS norm on every query and key head before the rotation.</summary>
    Qwen3,

    /// <summary>Qwen2 and Qwen2.5: biases on the query, key and value projections.</summary>
    Qwen2,

    /// <summary>Llama and its likes (SmolLM2).</summary>
    Llama,
}

/// <summary>How positions rotate queries and keys (RoPE, arXiv:2104.09864).</summary>
/// <param name="Theta">Base of the geometric row of frequencies.</param>
/// <param name="Scaling">How the frequencies are stretched for long contexts; null for the plain ones.</param>
public sealed record RopeOptions(double Theta, RopeScaling? Scaling = null);

/// <summary>How rotation frequencies are stretched for contexts longer than those of pretraining.</summary>
public abstract record RopeScaling
{
    /// <summary>Every frequency divided by the factor.</summary>
    /// <param name="Factor">How much longer the context is.</param>
    public sealed record Linear(double Factor) : RopeScaling;

    /// <summary>Llama 3.1: low frequencies divided by the factor, high ones kept, a smooth passage between.</summary>
    /// <param name="Factor">How much longer the context is.</param>
    /// <param name="LowFrequencyFactor">Wavelengths above <paramref name="OriginalPositions"/> over this are divided.</param>
    /// <param name="HighFrequencyFactor">Wavelengths below <paramref name="OriginalPositions"/> over this are kept.</param>
    /// <param name="OriginalPositions">Context length of pretraining, in tokens.</param>
    public sealed record Llama3(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalPositions) : RopeScaling;
}

/// <summary>Shape and constants of a decoder-only transformer: what Hugging Face's <c>config.json</c> says, in the words of the code.</summary>
/// <param name="Family">Which architecture.</param>
/// <param name="VocabularySize">V: rows of the embedding.</param>
/// <param name="Channels">C: width of the residual stream.</param>
/// <param name="Layers">L: transformer blocks.</param>
/// <param name="Heads">H: query heads.</param>
/// <param name="KeyValueHeads">K: key/value heads; divides <paramref name="Heads"/>.</param>
/// <param name="HeadSize">D: channels of a head, even. <c>Heads * HeadSize</c> need not equal <paramref name="Channels"/>.</param>
/// <param name="FeedForwardChannels">F: width of the gated feed-forward.</param>
/// <param name="MaxPositions">Longest sequence, in tokens.</param>
/// <param name="NormEpsilon">Added to the mean square in every RMS norm.</param>
/// <param name="Rope">The rotation.</param>
/// <param name="TiedEmbeddings">Whether the embedding is the output projection too.</param>
/// <param name="QkvBias">Whether query, key and value projections have biases.</param>
/// <param name="OutputBias">Whether the attention's output projection has a bias.</param>
/// <param name="FeedForwardBias">Whether the feed-forward projections have biases.</param>
/// <param name="InitializerRange">Standard deviation of fresh weights.</param>
/// <param name="BeginToken">Id of the token that begins a text; null when there is none.</param>
/// <param name="EndTokens">Ids of the tokens that end a text.</param>
public sealed record ModelConfiguration(
    ModelFamily Family,
    int VocabularySize,
    int Channels,
    int Layers,
    int Heads,
    int KeyValueHeads,
    int HeadSize,
    int FeedForwardChannels,
    int MaxPositions,
    float NormEpsilon,
    RopeOptions Rope,
    bool TiedEmbeddings,
    bool QkvBias = false,
    bool OutputBias = false,
    bool FeedForwardBias = false,
    float InitializerRange = 0.02f,
    int? BeginToken = null,
    ImmutableArray<int> EndTokens = default)
{
    /// <summary>Whether query and key heads are normalised before the rotation.</summary>
    public bool QkNorm => Family == ModelFamily.Qwen3;

    /// <summary>Width of all query heads together.</summary>
    public int QueryChannels => Heads * HeadSize;

    /// <summary>Width of all key (or value) heads together.</summary>
    public int KeyValueChannels => KeyValueHeads * HeadSize;

    /// <summary>Number of trained values.</summary>
    public long ParameterCount => Weights.ParameterLayout.Of(this).Count;

    /// <summary>A Qwen3 shape with tied embeddings and the usual constants: what the embedded small models use.</summary>
    public static ModelConfiguration Qwen3(
        int vocabularySize, int channels, int layers, int heads, int keyValueHeads, int headSize, int feedForwardChannels, int maxPositions = 40960) =>
        new(ModelFamily.Qwen3, vocabularySize, channels, layers, heads, keyValueHeads, headSize, feedForwardChannels, maxPositions,
            1e-6f, new RopeOptions(1_000_000), TiedEmbeddings: true);

    /// <summary>Whether a checkpoint of one can be loaded into the other: everything but the special tokens and the initial deviation.</summary>
    internal bool SameShape(ModelConfiguration other) =>
        this with { BeginToken = null, EndTokens = default, InitializerRange = 0 } == other with { BeginToken = null, EndTokens = default, InitializerRange = 0 };

    /// <summary>Says what is wrong with the numbers, or null when a model of this shape can exist.</summary>
    internal string? Problem()
    {
        foreach (var (name, value, most) in new[]
        {
            ("vocab_size", VocabularySize, 1 << 24), ("hidden_size", Channels, 1 << 20), ("num_hidden_layers", Layers, 4096),
            ("num_attention_heads", Heads, 1 << 16), ("num_key_value_heads", KeyValueHeads, 1 << 16), ("head_dim", HeadSize, 1 << 14),
            ("intermediate_size", FeedForwardChannels, 1 << 22), ("max_position_embeddings", MaxPositions, 1 << 28),
        })
        {
            if (value < 1 || value > most)
                return $"{name} is {value}, expected 1 to {most}";
        }
        if (Heads % KeyValueHeads != 0)
            return $"num_attention_heads {Heads} is not a multiple of num_key_value_heads {KeyValueHeads}";
        if (HeadSize % 2 != 0)
            return $"head_dim is {HeadSize}, but the rotation needs an even one";
        if (!(NormEpsilon > 0 && NormEpsilon < 1))
            return $"rms_norm_eps is {NormEpsilon}, expected a small positive number";
        if (!(Rope.Theta > 0) || double.IsInfinity(Rope.Theta))
            return $"rope_theta is {Rope.Theta}, expected a positive number";
        if ((long)Heads * HeadSize > 1 << 24)
            return $"num_attention_heads {Heads} times head_dim {HeadSize} is more than {1 << 24}";
        foreach (var end in EndTokens.IsDefault ? [] : EndTokens)
        {
            if (end < 0 || end >= VocabularySize)
                return $"eos_token_id is {end}, expected 0 to {VocabularySize - 1} (below vocab_size)";
        }
        return null;
    }
}
