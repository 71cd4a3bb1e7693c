using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Weights;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Model.Forward;

/// <summary>The rows of one pass: positions for the rotation, who works, and on how many at a time.</summary>
internal readonly unsafe struct RowBatch(ThreadTeam team, int rows, int* positions, float* cos, float* sin, RowChunks chunks)
{
    public ThreadTeam Team { get; } = team;

    public int Rows { get; } = rows;

    public int* Positions { get; } = positions;

    public float* Cos { get; } = cos;

    public float* Sin { get; } = sin;

    public RowChunks Chunks { get; } = chunks;
}

/// <summary>
/// One pre-norm block: x += o(attention(norm(x))); x += down(silu(gate(norm(x))) · up(norm(x))). The same code runs training and decoding;
/// only the attention differs. The backward pass is in <c>TransformerBlock.Backward.cs</c>.
/// </summary>
internal static unsafe partial class TransformerBlock
{
    /// <summary>Runs the block over the residual stream in place.</summary>
    /// <param name="x">Residual stream, <c>[R, C]</c>.</param>
    public static void Forward<TAttention>(
        RowBatch batch, ModelWeights weights, int layer, BlockProjections projections, TAttention attention, BlockActivations a, float* x)
        where TAttention : struct, IRowAttention
    {
        var stages = new ForwardStages(batch, weights, layer, projections, a, x);
        batch.Chunks.Run(new BeforeAttention(stages));
        var c = weights.Configuration;
        attention.Forward(layer, a.Rotated, a.Rotated + c.QueryChannels, a.Qkv + c.QueryChannels + c.KeyValueChannels, a.QkvStride, a.Attended, a.LogSumExp);
        batch.Chunks.Run(new AfterAttention(stages));
    }

    /// <summary>The block's part before the attention, for the rows from <paramref name="first"/> on.</summary>
    public static void ForwardBefore(RowBatch batch, ModelWeights weights, int layer, BlockProjections projections, BlockActivations a, float* x, int first, int rows) =>
        new ForwardStages(batch, weights, layer, projections, a, x).BeforeAttention(batch.Team, first, rows);

    /// <summary>The block's part after the attention, for the rows from <paramref name="first"/> on.</summary>
    public static void ForwardAfter(RowBatch batch, ModelWeights weights, int layer, BlockProjections projections, BlockActivations a, float* x, int first, int rows) =>
        new ForwardStages(batch, weights, layer, projections, a, x).AfterAttention(batch.Team, first, rows);

    private readonly struct BeforeAttention(ForwardStages stages) : IRowStage
    {
        public void Run(ThreadTeam team, int buffer, int first, int rows) => stages.BeforeAttention(team, first, rows);
    }

    private readonly struct AfterAttention(ForwardStages stages) : IRowStage
    {
        public void Run(ThreadTeam team, int buffer, int first, int rows) => stages.AfterAttention(team, first, rows);
    }

    /// <summary>What the rows of a block go through before and after the attention.</summary>
    private readonly struct ForwardStages(RowBatch batch, ModelWeights weights, int layer, BlockProjections projections, BlockActivations activations, float* stream)
    {
        private readonly BlockOffsets _block = weights.Layout.Blocks[layer];

        public void BeforeAttention(ThreadTeam team, int first, int rows)
        {
            var c = weights.Configuration;
            var a = activations.From(first, c);
            var x = stream + ((long)first * c.Channels);
            Keep(team, x, (long)rows * c.Channels, a.Input);
            RmsNorm.Forward(team, x, c.Channels, weights.At(_block.InputNorm), rows, 1, c.Channels, c.NormEpsilon, a.InputNormed, c.Channels);
            projections.Qkv.Forward(team, a.InputNormed, a.Qkv, a.QkvStride, rows, accumulate: false);
            if (_block.QkvBias >= 0)
                Residual.AddBias(team, weights.At(_block.QkvBias), rows, (int)a.QkvStride, a.Qkv, a.QkvStride);
            if (c.QkNorm)
            {
                RmsNorm.Forward(team, a.Qkv, a.QkvStride, weights.At(_block.QueryNorm), rows, c.Heads, c.HeadSize, c.NormEpsilon, a.Rotated, a.QkvStride);
                RmsNorm.Forward(
                    team, a.Qkv + c.QueryChannels, a.QkvStride, weights.At(_block.KeyNorm), rows, c.KeyValueHeads, c.HeadSize, c.NormEpsilon,
                    a.Rotated + c.QueryChannels, a.QkvStride);
            }
            // Query and key heads lie side by side and turn alike.
            Rope.Forward(team, a.Rotated, a.QkvStride, rows, c.Heads + c.KeyValueHeads, c.HeadSize, batch.Positions + first, batch.Cos, batch.Sin);
        }

        public void AfterAttention(ThreadTeam team, int first, int rows)
        {
            var c = weights.Configuration;
            var (a, f) = (activations.From(first, c), c.FeedForwardChannels);
            var x = stream + ((long)first * c.Channels);
            projections.Output.Forward(team, a.Attended, x, c.Channels, rows, accumulate: true);
            if (_block.OutputBias >= 0)
                Residual.AddBias(team, weights.At(_block.OutputBias), rows, c.Channels, x, c.Channels);
            Keep(team, x, (long)rows * c.Channels, a.Middle);
            RmsNorm.Forward(team, x, c.Channels, weights.At(_block.PostNorm), rows, 1, c.Channels, c.NormEpsilon, a.MiddleNormed, c.Channels);
            projections.GateUp.Forward(team, a.MiddleNormed, a.GateUp, 2L * f, rows, accumulate: false);
            if (_block.GateUpBias >= 0)
                Residual.AddBias(team, weights.At(_block.GateUpBias), rows, 2 * f, a.GateUp, 2L * f);
            SwiGlu.Forward(team, a.GateUp, a.GateUp + f, 2L * f, rows, f, a.Gated, f);
            projections.Down.Forward(team, a.Gated, x, c.Channels, rows, accumulate: true);
            if (_block.DownBias >= 0)
                Residual.AddBias(team, weights.At(_block.DownBias), rows, c.Channels, x, c.Channels);
        }
    }

    private static void Keep(ThreadTeam team, float* x, long count, float* copy)
    {
        if (copy is not null)
            RowCopies.Copy(team, x, count, copy);
    }
}
