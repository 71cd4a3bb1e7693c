using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Weights;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Model.Forward;

/// <summary>The rows of one pass: positions for the rotation, and who works.</summary>
internal readonly unsafe struct RowBatch(ThreadTeam team, int rows, int* positions, float* cos, float* sin)
{
    public ThreadTeam Team { get; } = team;

    public int Rows { get; } = rows;

    public int* Positions { get; } = positions;

    public float* Cos { get; } = cos;

    public float* Sin { get; } = sin;
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
        var c = weights.Configuration;
        var block = weights.Layout.Blocks[layer];
        var (team, rows) = (batch.Team, batch.Rows);
        Keep(team, x, (long)rows * c.Channels, a.Input);
        RmsNorm.Forward(team, x, c.Channels, weights.At(block.InputNorm), rows, 1, c.Channels, c.NormEpsilon, a.InputNormed, c.Channels);
        projections.Qkv.Forward(team, a.InputNormed, a.Qkv, a.QkvStride, rows, accumulate: false);
        if (block.QkvBias >= 0)
            Residual.AddBias(team, weights.At(block.QkvBias), rows, (int)a.QkvStride, a.Qkv, a.QkvStride);
        Rotate(batch, weights, block, a);
        attention.Forward(layer, a.Rotated, a.Rotated + c.QueryChannels, a.Qkv + c.QueryChannels + c.KeyValueChannels, a.QkvStride, a.Attended, a.LogSumExp);
        projections.Output.Forward(team, a.Attended, x, c.Channels, rows, accumulate: true);
        if (block.OutputBias >= 0)
            Residual.AddBias(team, weights.At(block.OutputBias), rows, c.Channels, x, c.Channels);

        Keep(team, x, (long)rows * c.Channels, a.Middle);
        RmsNorm.Forward(team, x, c.Channels, weights.At(block.PostNorm), rows, 1, c.Channels, c.NormEpsilon, a.MiddleNormed, c.Channels);
        var f = c.FeedForwardChannels;
        projections.GateUp.Forward(team, a.MiddleNormed, a.GateUp, 2L * f, rows, accumulate: false);
        if (block.GateUpBias >= 0)
            Residual.AddBias(team, weights.At(block.GateUpBias), rows, 2 * f, a.GateUp, 2L * f);
        SwiGlu.Forward(team, a.GateUp, a.GateUp + f, 2L * f, rows, f, a.Gated, f);
        projections.Down.Forward(team, a.Gated, x, c.Channels, rows, accumulate: true);
        if (block.DownBias >= 0)
            Residual.AddBias(team, weights.At(block.DownBias), rows, c.Channels, x, c.Channels);
    }

    private static void Rotate(RowBatch batch, ModelWeights weights, BlockOffsets block, BlockActivations a)
    {
        var c = weights.Configuration;
        var (team, rows, stride) = (batch.Team, batch.Rows, a.QkvStride);
        if (c.QkNorm)
        {
            RmsNorm.Forward(team, a.Qkv, stride, weights.At(block.QueryNorm), rows, c.Heads, c.HeadSize, c.NormEpsilon, a.Rotated, stride);
            RmsNorm.Forward(
                team, a.Qkv + c.QueryChannels, stride, weights.At(block.KeyNorm), rows, c.KeyValueHeads, c.HeadSize, c.NormEpsilon,
                a.Rotated + c.QueryChannels, stride);
        }
        // Query and key heads lie side by side and turn alike.
        Rope.Forward(team, a.Rotated, stride, rows, c.Heads + c.KeyValueHeads, c.HeadSize, batch.Positions, batch.Cos, batch.Sin);
    }

    private static void Keep(ThreadTeam team, float* x, long count, float* copy)
    {
        if (copy is not null)
            RowCopies.Copy(team, x, count, copy);
    }
}
