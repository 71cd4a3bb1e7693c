using FissionGrpo.Model.Weights;
using FissionGrpo.Numerics.Attention;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Model.Forward;

/// <summary>Room for the gradients of one block's activations, shared by all blocks.</summary>
internal readonly unsafe struct BlockGradients(TensorArena arena, Configuration.ModelConfiguration c, long rows)
{
    /// <summary>Gradient of a norm's result, <c>[R, C]</c>.</summary>
    public float* Normed { get; } = arena.TakePointer(rows * c.Channels);

    /// <summary>Gradient of the gated product, <c>[R, F]</c>.</summary>
    public float* Gated { get; } = arena.TakePointer(rows * c.FeedForwardChannels);

    /// <summary>Gradient of the attention's result, <c>[R, H·D]</c>.</summary>
    public float* Attended { get; } = arena.TakePointer(rows * c.QueryChannels);

    /// <summary>Gradient of the projections, <c>[R, (H+2K)·D]</c>.</summary>
    public float* Qkv { get; } = arena.TakePointer(rows * (c.QueryChannels + (2 * c.KeyValueChannels)));
}

internal static unsafe partial class TransformerBlock
{
    /// <summary>
    /// The gradients of a block. Adds to the parameters' gradients; turns the gradient of the block's output into that of its input, in place.
    /// </summary>
    /// <param name="projections">Matrices in the backward direction.</param>
    /// <param name="a">What the forward pass left. Its gate and up projections are overwritten.</param>
    /// <param name="gradients">Where the gradients of the parameters go.</param>
    /// <param name="dx">In: gradient of the output. Out: gradient of the input. <c>[R, C]</c>.</param>
    public static void Backward(
        RowBatch batch, ModelWeights weights, int layer, BlockProjections projections, ReadOnlySpan<TreeSegment> segments, AttentionShape shape,
        BlockActivations a, BlockGradients d, ParameterGradients gradients, float* dx)
    {
        var c = weights.Configuration;
        var block = weights.Layout.Blocks[layer];
        var (team, rows, channels, f) = (batch.Team, batch.Rows, c.Channels, c.FeedForwardChannels);

        projections.Down.Backward(team, dx, channels, d.Gated, rows);
        gradients.AddWeight(team, layer, BlockMatrix.Down, dx, channels, a.Gated, f, rows);
        AddBiasGradient(team, dx, channels, gradients, block.DownBias, rows);
        SwiGlu.Backward(team, a.GateUp, a.GateUp + f, 2L * f, d.Gated, f, rows, f, a.GateUp, a.GateUp + f, 2L * f);
        projections.GateUp.Backward(team, a.GateUp, 2L * f, d.Normed, rows);
        gradients.AddWeight(team, layer, BlockMatrix.GateUp, a.GateUp, 2 * f, a.MiddleNormed, channels, rows);
        AddBiasGradient(team, a.GateUp, 2 * f, gradients, block.GateUpBias, rows);
        RmsNorm.Backward(
            team, a.Middle, channels, weights.At(block.PostNorm), d.Normed, channels, rows, 1, channels, c.NormEpsilon,
            accumulate: true, dx, channels, gradients.Vector(block.PostNorm));

        projections.Output.Backward(team, dx, channels, d.Attended, rows);
        gradients.AddWeight(team, layer, BlockMatrix.Output, dx, channels, a.Attended, c.QueryChannels, rows);
        AddBiasGradient(team, dx, channels, gradients, block.OutputBias, rows);
        AttentionBackward(batch, weights, block, segments, shape, a, d, gradients);
        projections.Qkv.Backward(team, d.Qkv, a.QkvStride, d.Normed, rows);
        gradients.AddWeight(team, layer, BlockMatrix.Qkv, d.Qkv, (int)a.QkvStride, a.InputNormed, channels, rows);
        AddBiasGradient(team, d.Qkv, (int)a.QkvStride, gradients, block.QkvBias, rows);
        RmsNorm.Backward(
            team, a.Input, channels, weights.At(block.InputNorm), d.Normed, channels, rows, 1, channels, c.NormEpsilon,
            accumulate: true, dx, channels, gradients.Vector(block.InputNorm));
    }

    private static void AttentionBackward(
        RowBatch batch, ModelWeights weights, BlockOffsets block, ReadOnlySpan<TreeSegment> segments, AttentionShape shape,
        BlockActivations a, BlockGradients d, ParameterGradients gradients)
    {
        var c = weights.Configuration;
        var (team, rows, stride, keys) = (batch.Team, batch.Rows, a.QkvStride, c.QueryChannels);
        var values = c.QueryChannels + c.KeyValueChannels;
        TreeAttention.Backward(
            team, a.Rotated, stride, a.Rotated + keys, a.Qkv + values, stride, segments, shape, a.Attended, d.Attended, c.QueryChannels, a.LogSumExp,
            d.Qkv, stride, d.Qkv + keys, d.Qkv + values, stride);
        Rope.Backward(team, d.Qkv, stride, rows, c.Heads + c.KeyValueHeads, c.HeadSize, batch.Positions, batch.Cos, batch.Sin);
        if (!c.QkNorm)
            return;
        RmsNorm.Backward(
            team, a.Qkv, stride, weights.At(block.QueryNorm), d.Qkv, stride, rows, c.Heads, c.HeadSize, c.NormEpsilon,
            accumulate: false, d.Qkv, stride, gradients.Vector(block.QueryNorm));
        RmsNorm.Backward(
            team, a.Qkv + keys, stride, weights.At(block.KeyNorm), d.Qkv + keys, stride, rows, c.KeyValueHeads, c.HeadSize, c.NormEpsilon,
            accumulate: false, d.Qkv + keys, stride, gradients.Vector(block.KeyNorm));
    }

    private static void AddBiasGradient(ThreadTeam team, float* dy, int channels, ParameterGradients gradients, long offset, int rows)
    {
        var bias = gradients.Vector(offset);
        if (bias is not null)
            Residual.AddColumnSums(team, dy, channels, rows, channels, bias);
    }
}
