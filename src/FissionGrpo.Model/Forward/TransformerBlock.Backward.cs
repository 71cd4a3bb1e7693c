using FissionGrpo.Model.Weights;
using FissionGrpo.Numerics.Attention;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Model.Forward;

/// <summary>Room for the gradients of one block's activations, shared by all blocks.</summary>
internal readonly unsafe struct BlockGradients(TensorArena arena, Configuration.ModelConfiguration c, int rows, RowChunks chunks)
{
    private readonly float* _normed = arena.TakePointer((long)chunks.Buffers * chunks.Length * c.Channels);
    private readonly float* _gated = arena.TakePointer((long)chunks.Buffers * chunks.Length * c.FeedForwardChannels);

    /// <summary>Gradient of the attention's result, <c>[R, H·D]</c>.</summary>
    public float* Attended { get; } = arena.TakePointer((long)rows * c.QueryChannels);

    /// <summary>Gradient of the projections, <c>[R, (H+2K)·D]</c>.</summary>
    public float* Qkv { get; } = arena.TakePointer((long)rows * (c.QueryChannels + (2 * c.KeyValueChannels)));

    /// <summary>Partial sums of the gradient of a norm's gain, <c>[P, C]</c>.</summary>
    public float* GainSums { get; } = arena.TakePointer((long)RmsNorm.PartialSums(rows) * c.Channels);

    /// <summary>Those of the head norms, <c>[P, D]</c>.</summary>
    public float* QueryGainSums { get; } = arena.TakePointer((long)RmsNorm.PartialSums(rows) * c.HeadSize);

    /// <summary>Those of the head norms, <c>[P, D]</c>.</summary>
    public float* KeyGainSums { get; } = arena.TakePointer((long)RmsNorm.PartialSums(rows) * c.HeadSize);

    /// <summary>Gradient of a norm's result for one chunk, <c>[rows, C]</c>.</summary>
    public float* Normed(int buffer) => _normed + ((long)buffer * chunks.Length * c.Channels);

    /// <summary>Gradient of the gated product for one chunk, <c>[rows, F]</c>.</summary>
    public float* Gated(int buffer) => _gated + ((long)buffer * chunks.Length * c.FeedForwardChannels);
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
        var stages = new BackwardStages(batch, weights, layer, projections, a, d, gradients, dx);

        gradients.AddWeight(team, layer, BlockMatrix.Down, dx, channels, a.Gated, f, rows);
        AddBiasGradient(team, dx, channels, gradients, block.DownBias, rows);
        batch.Chunks.Run(new DownToAttended(stages));
        RmsNorm.AddParts(d.GainSums, rows, channels, gradients.Vector(block.PostNorm));
        gradients.AddWeight(team, layer, BlockMatrix.GateUp, a.GateUp, 2 * f, a.MiddleNormed, channels, rows);
        AddBiasGradient(team, a.GateUp, 2 * f, gradients, block.GateUpBias, rows);
        gradients.AddWeight(team, layer, BlockMatrix.Output, dx, channels, a.Attended, c.QueryChannels, rows);
        AddBiasGradient(team, dx, channels, gradients, block.OutputBias, rows);

        var (stride, keys, values) = (a.QkvStride, c.QueryChannels, c.QueryChannels + c.KeyValueChannels);
        TreeAttention.Backward(
            team, a.Rotated, stride, a.Rotated + keys, a.Qkv + values, stride, segments, shape, a.Attended, d.Attended, c.QueryChannels, a.LogSumExp,
            d.Qkv, stride, d.Qkv + keys, d.Qkv + values, stride);
        batch.Chunks.Run(new RotatedToInput(stages));
        RmsNorm.AddParts(d.GainSums, rows, channels, gradients.Vector(block.InputNorm));
        if (c.QkNorm)
        {
            RmsNorm.AddParts(d.QueryGainSums, rows, c.HeadSize, gradients.Vector(block.QueryNorm));
            RmsNorm.AddParts(d.KeyGainSums, rows, c.HeadSize, gradients.Vector(block.KeyNorm));
        }
        gradients.AddWeight(team, layer, BlockMatrix.Qkv, d.Qkv, (int)stride, a.InputNormed, channels, rows);
        AddBiasGradient(team, d.Qkv, (int)stride, gradients, block.QkvBias, rows);
    }

    private static void AddBiasGradient(ThreadTeam team, float* dy, int channels, ParameterGradients gradients, long offset, int rows)
    {
        var bias = gradients.Vector(offset);
        if (bias is not null)
            Residual.AddColumnSums(team, dy, channels, rows, channels, bias);
    }

    private readonly struct DownToAttended(BackwardStages stages) : IRowStage
    {
        public void Run(ThreadTeam team, int buffer, int first, int rows) => stages.DownToAttended(team, buffer, first, rows);
    }

    private readonly struct RotatedToInput(BackwardStages stages) : IRowStage
    {
        public void Run(ThreadTeam team, int buffer, int first, int rows) => stages.RotatedToInput(team, buffer, first, rows);
    }

    /// <summary>What the gradients of a block's rows go through before and after the attention's backward pass.</summary>
    private readonly struct BackwardStages(
        RowBatch batch, ModelWeights weights, int layer, BlockProjections projections, BlockActivations activations, BlockGradients d,
        ParameterGradients gradients, float* stream)
    {
        private readonly BlockOffsets _block = weights.Layout.Blocks[layer];

        /// <summary>From the gradient of the block's output to those of the attention's result.</summary>
        public void DownToAttended(ThreadTeam team, int buffer, int first, int rows)
        {
            var c = weights.Configuration;
            var (a, channels, f) = (activations.From(first, c), c.Channels, c.FeedForwardChannels);
            var dx = stream + ((long)first * channels);
            var normed = d.Normed(buffer);
            var gated = d.Gated(buffer);
            team.ReadAhead.Add(a.GateUp, 2L * rows * f);
            projections.Down.Backward(team, dx, channels, gated, rows);
            team.ReadAhead.Clear();
            SwiGlu.Backward(team, a.GateUp, a.GateUp + f, 2L * f, gated, f, rows, f, a.GateUp, a.GateUp + f, 2L * f);
            team.ReadAhead.Add(a.Middle, (long)rows * channels);
            projections.GateUp.Backward(team, a.GateUp, 2L * f, normed, rows);
            team.ReadAhead.Clear();
            RmsNorm.BackwardInParts(
                team, a.Middle, channels, weights.At(_block.PostNorm), normed, channels, rows, 1, channels, c.NormEpsilon,
                accumulate: true, dx, channels, Sums(d.GainSums, first, channels, _block.PostNorm));
            projections.Output.Backward(team, dx, channels, d.Attended + ((long)first * c.QueryChannels), rows);
        }

        /// <summary>From the gradients of rotated queries, keys and of values to that of the block's input.</summary>
        public void RotatedToInput(ThreadTeam team, int buffer, int first, int rows)
        {
            var c = weights.Configuration;
            var (a, channels, stride) = (activations.From(first, c), c.Channels, activations.QkvStride);
            var dx = stream + ((long)first * channels);
            var normed = d.Normed(buffer);
            var queries = d.Qkv + (first * stride);
            var keys = queries + c.QueryChannels;
            Rope.Backward(team, queries, stride, rows, c.Heads + c.KeyValueHeads, c.HeadSize, batch.Positions + first, batch.Cos, batch.Sin);
            if (c.QkNorm)
            {
                RmsNorm.BackwardInParts(
                    team, a.Qkv, stride, weights.At(_block.QueryNorm), queries, stride, rows, c.Heads, c.HeadSize, c.NormEpsilon,
                    accumulate: false, queries, stride, Sums(d.QueryGainSums, first, c.HeadSize, _block.QueryNorm));
                RmsNorm.BackwardInParts(
                    team, a.Qkv + c.QueryChannels, stride, weights.At(_block.KeyNorm), keys, stride, rows, c.KeyValueHeads, c.HeadSize, c.NormEpsilon,
                    accumulate: false, keys, stride, Sums(d.KeyGainSums, first, c.HeadSize, _block.KeyNorm));
            }
            team.ReadAhead.Add(a.Input, (long)rows * channels);
            if (first + (rows * (batch.Team.Threads + 1)) <= batch.Rows)
            {
                // What this thread's next chunk begins with.
                team.ReadAhead.Add(a.Qkv + (rows * batch.Team.Threads * stride), rows * stride);
                team.ReadAhead.Add(queries + (rows * batch.Team.Threads * stride), rows * stride);
            }
            projections.Qkv.Backward(team, queries, stride, normed, rows);
            team.ReadAhead.Clear();
            RmsNorm.BackwardInParts(
                team, a.Input, channels, weights.At(_block.InputNorm), normed, channels, rows, 1, channels, c.NormEpsilon,
                accumulate: true, dx, channels, Sums(d.GainSums, first, channels, _block.InputNorm));
        }

        // Where a chunk's partial sums of a gain's gradient go; null when the gain is not trained.
        private float* Sums(float* all, int first, int channels, long gain) =>
            gradients.Vector(gain) is null ? null : all + ((long)RmsNorm.PartialSums(first) * channels);
    }
}
