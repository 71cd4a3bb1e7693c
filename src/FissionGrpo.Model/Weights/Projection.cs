using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Model.Weights;

/// <summary>One weight matrix <c>[Outputs, Inputs]</c> as the passes multiply by it: packed beforehand where that pays, or packed on the way.</summary>
internal readonly unsafe struct Projection(PackedMatrix? packed, float* raw, int inputs, int outputs)
{
    /// <summary>y = x · wᵀ, or y += ….</summary>
    public void Forward(ThreadTeam team, float* x, float* y, long ldy, int rows, bool accumulate)
    {
        if (packed is not null)
            Gemm.Multiply(team, x, inputs, packed, y, ldy, rows, accumulate);
        else
            Gemm.MultiplyTransposed(team, x, inputs, raw, inputs, y, ldy, rows, outputs, inputs, accumulate);
    }

    /// <summary>dx = dy · w; the packed form is that of the backward direction.</summary>
    public void Backward(ThreadTeam team, float* dy, long lddy, float* dx, int rows)
    {
        if (packed is not null)
            Gemm.Multiply(team, dy, lddy, packed, dx, inputs, rows, accumulate: false);
        else
            Gemm.Multiply(team, dy, lddy, raw, inputs, dx, inputs, rows, outputs, inputs, accumulate: false);
    }
}

/// <summary>The four matrices of a block.</summary>
/// <param name="Qkv">Query, key and value projections side by side.</param>
/// <param name="Output">The attention's output projection.</param>
/// <param name="GateUp">Gate and up projections side by side.</param>
/// <param name="Down">The feed-forward's output projection.</param>
internal readonly record struct BlockProjections(Projection Qkv, Projection Output, Projection GateUp, Projection Down);

/// <summary>The matrices of a model in one direction.</summary>
internal interface IProjections
{
    /// <summary>The output projection.</summary>
    Projection Head { get; }

    /// <summary>Whether they are packed beforehand.</summary>
    bool IsPacked { get; }

    /// <summary>The matrices of one block.</summary>
    BlockProjections Block(int layer);

    /// <summary>Brings the layout up to date with the weights.</summary>
    void Ensure(ThreadTeam team);
}

/// <summary>Matrices where they lie in the arena. For models so large that a second copy costs more memory than packing on the way costs time.</summary>
internal sealed unsafe class UnpackedModel(ModelWeights weights) : IProjections
{
    public Projection Head => At(weights.Layout.Head, weights.Configuration.Channels, weights.Configuration.VocabularySize);

    public bool IsPacked => false;

    public BlockProjections Block(int layer)
    {
        var (c, block) = (weights.Configuration, weights.Layout.Blocks[layer]);
        return new BlockProjections(
            At(block.Qkv, c.Channels, c.QueryChannels + (2 * c.KeyValueChannels)), At(block.Output, c.QueryChannels, c.Channels),
            At(block.GateUp, c.Channels, 2 * c.FeedForwardChannels), At(block.Down, c.FeedForwardChannels, c.Channels));
    }

    public void Ensure(ThreadTeam team)
    {
    }

    private Projection At(long offset, int inputs, int outputs) => new(null, weights.At(offset), inputs, outputs);
}
