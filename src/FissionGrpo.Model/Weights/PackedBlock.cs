using FissionGrpo.Model.Configuration;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Model.Weights;

/// <summary>The four matrices of one block, laid out for the kernels, in the forward direction or (for gradients of inputs) the backward one.</summary>
internal sealed unsafe class PackedBlock : IDisposable
{
    private readonly bool _backward;
    private readonly PackedFormat _format;

    public PackedBlock(ModelConfiguration c, bool backward, PackedFormat format)
    {
        _backward = backward;
        _format = format;
        var qkv = c.QueryChannels + 2 * c.KeyValueChannels;
        Qkv = Create(c.Channels, qkv);
        Output = Create(c.QueryChannels, c.Channels);
        GateUp = Create(c.Channels, 2 * c.FeedForwardChannels);
        Down = Create(c.FeedForwardChannels, c.Channels);
    }

    /// <summary>Query, key and value projections side by side.</summary>
    public PackedMatrix Qkv { get; }

    public PackedMatrix Output { get; }

    /// <summary>Gate and up projections side by side.</summary>
    public PackedMatrix GateUp { get; }

    public PackedMatrix Down { get; }

    public void Pack(ThreadTeam team, ModelWeights weights, BlockOffsets block)
    {
        Pack(team, Qkv, weights, block.Qkv);
        Pack(team, Output, weights, block.Output);
        Pack(team, GateUp, weights, block.GateUp);
        Pack(team, Down, weights, block.Down);
    }

    public void Dispose()
    {
        Qkv.Dispose();
        Output.Dispose();
        GateUp.Dispose();
        Down.Dispose();
    }

    private PackedMatrix Create(int inputs, int outputs) => _backward ? new PackedMatrix(outputs, inputs, _format) : new PackedMatrix(inputs, outputs, _format);

    private void Pack(ThreadTeam team, PackedMatrix matrix, ModelWeights weights, long offset)
    {
        if (_backward)
            matrix.PackInputsByOutputs(team, weights.At(offset), matrix.Outputs);
        else
            weights.Pack(team, offset, matrix);
    }
}
