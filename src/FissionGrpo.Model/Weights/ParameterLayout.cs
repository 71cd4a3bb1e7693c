using System.Collections.Immutable;
using FissionGrpo.Model.Configuration;

namespace FissionGrpo.Model.Weights;

/// <summary>One trained tensor.</summary>
/// <param name="Name">Its Hugging Face name.</param>
/// <param name="Shape">Row-major sizes; a linear weight is <c>[out, in]</c>.</param>
/// <param name="Offset">Where it begins in the arena, in floats.</param>
/// <param name="Count">Number of values.</param>
internal sealed record Parameter(string Name, ImmutableArray<long> Shape, long Offset, long Count)
{
    /// <summary>Norm gains and biases, which are often spared from weight decay.</summary>
    public bool IsOneDimensional => Shape.Length == 1;
}

/// <summary>Where the tensors of one transformer block begin in the arena; -1 where the family has none.</summary>
/// <param name="Qkv">Query, key and value weights one after another: one <c>[(H+2K)·D, C]</c> matrix.</param>
/// <param name="GateUp">Gate and up weights one after another: one <c>[2F, C]</c> matrix.</param>
internal sealed record BlockOffsets(
    long InputNorm, long Qkv, long QkvBias, long Output, long OutputBias, long QueryNorm, long KeyNorm,
    long PostNorm, long GateUp, long GateUpBias, long Down, long DownBias);

/// <summary>
/// The order of all parameters in one flat arena. Gradients and optimizer moments use the same order, so one loop updates everything.
/// Weights that are multiplied by the same input lie beside each other and are one matrix to the engine, several to the checkpoint.
/// </summary>
internal sealed class ParameterLayout
{
    private ParameterLayout(ImmutableArray<Parameter> parameters, ImmutableArray<BlockOffsets> blocks, long embedding, long finalNorm, long head, long count)
    {
        Parameters = parameters;
        Blocks = blocks;
        Embedding = embedding;
        FinalNorm = finalNorm;
        Head = head;
        Count = count;
    }

    public ImmutableArray<Parameter> Parameters { get; }

    public ImmutableArray<BlockOffsets> Blocks { get; }

    /// <summary>The embedding, <c>[V, C]</c>.</summary>
    public long Embedding { get; }

    /// <summary>The last norm's gain, <c>[C]</c>.</summary>
    public long FinalNorm { get; }

    /// <summary>The output projection, <c>[V, C]</c>: the embedding itself when they are tied.</summary>
    public long Head { get; }

    /// <summary>Values in all parameters.</summary>
    public long Count { get; }

    public static ParameterLayout Of(ModelConfiguration c)
    {
        var builder = new Builder();
        long v = c.VocabularySize, channels = c.Channels, q = c.QueryChannels, kv = c.KeyValueChannels, f = c.FeedForwardChannels;
        var embedding = builder.Add("model.embed_tokens.weight", v, channels);
        var blocks = ImmutableArray.CreateBuilder<BlockOffsets>(c.Layers);
        for (var layer = 0; layer < c.Layers; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            var attention = $"{prefix}self_attn.";
            var feedForward = $"{prefix}mlp.";
            var inputNorm = builder.Add($"{prefix}input_layernorm.weight", channels);
            var qkv = builder.Add($"{attention}q_proj.weight", q, channels);
            builder.Add($"{attention}k_proj.weight", kv, channels);
            builder.Add($"{attention}v_proj.weight", kv, channels);
            var qkvBias = builder.AddIf(c.QkvBias, $"{attention}q_proj.bias", q);
            builder.AddIf(c.QkvBias, $"{attention}k_proj.bias", kv);
            builder.AddIf(c.QkvBias, $"{attention}v_proj.bias", kv);
            var output = builder.Add($"{attention}o_proj.weight", channels, q);
            var outputBias = builder.AddIf(c.OutputBias, $"{attention}o_proj.bias", channels);
            var queryNorm = builder.AddIf(c.QkNorm, $"{attention}q_norm.weight", c.HeadSize);
            var keyNorm = builder.AddIf(c.QkNorm, $"{attention}k_norm.weight", c.HeadSize);
            var postNorm = builder.Add($"{prefix}post_attention_layernorm.weight", channels);
            var gateUp = builder.Add($"{feedForward}gate_proj.weight", f, channels);
            builder.Add($"{feedForward}up_proj.weight", f, channels);
            var gateUpBias = builder.AddIf(c.FeedForwardBias, $"{feedForward}gate_proj.bias", f);
            builder.AddIf(c.FeedForwardBias, $"{feedForward}up_proj.bias", f);
            var down = builder.Add($"{feedForward}down_proj.weight", channels, f);
            var downBias = builder.AddIf(c.FeedForwardBias, $"{feedForward}down_proj.bias", channels);
            blocks.Add(new BlockOffsets(inputNorm, qkv, qkvBias, output, outputBias, queryNorm, keyNorm, postNorm, gateUp, gateUpBias, down, downBias));
        }
        var finalNorm = builder.Add("model.norm.weight", channels);
        var head = c.TiedEmbeddings ? embedding : builder.Add("lm_head.weight", v, channels);
        return new ParameterLayout(builder.Parameters.ToImmutable(), blocks.MoveToImmutable(), embedding, finalNorm, head, builder.Count);
    }

    private sealed class Builder
    {
        public ImmutableArray<Parameter>.Builder Parameters { get; } = ImmutableArray.CreateBuilder<Parameter>();

        public long Count { get; private set; }

        public long Add(string name, params ReadOnlySpan<long> shape)
        {
            var count = 1L;
            foreach (var size in shape)
                count = checked(count * size);
            var offset = Count;
            Parameters.Add(new Parameter(name, [.. shape], offset, count));
            Count = checked(Count + count);
            return offset;
        }

        public long AddIf(bool there, string name, params ReadOnlySpan<long> shape) => there ? Add(name, shape) : -1;
    }
}
