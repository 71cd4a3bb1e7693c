using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Model.Weights;

/// <summary>The matrices of a block; query, key and value are one, gate and up are one.</summary>
internal enum BlockMatrix
{
    Qkv,
    Output,
    GateUp,
    Down,
}

/// <summary>Where the backward pass leaves the gradients of the parameters: all of them, or only those of adapters.</summary>
internal abstract unsafe class ParameterGradients
{
    /// <summary>Adds dyᵀ · x, the gradient of a matrix <c>[n, k]</c>.</summary>
    /// <param name="n">Columns of dy, and floats between its rows.</param>
    /// <param name="k">Columns of x, and floats between its rows.</param>
    public abstract void AddWeight(ThreadTeam team, int layer, BlockMatrix matrix, float* dy, int n, float* x, int k, int rows);

    /// <summary>Adds the gradient of the output projection.</summary>
    public abstract void AddHead(ThreadTeam team, float* dLogits, float* x, int rows);

    /// <summary>Adds the gradient of the embedding's rows.</summary>
    public abstract void AddEmbedding(ThreadTeam team, float* dx, int* tokens, int rows);

    /// <summary>Where the gradient of a gain or bias goes; null when it is not trained or does not exist.</summary>
    public abstract float* Vector(long offset);
}

/// <summary>Full training: one gradient for every parameter, laid out like the weights.</summary>
internal sealed unsafe class FullGradients(ModelWeights weights, float* gradients) : ParameterGradients
{
    public override void AddWeight(ThreadTeam team, int layer, BlockMatrix matrix, float* dy, int n, float* x, int k, int rows)
    {
        var block = weights.Layout.Blocks[layer];
        var offset = matrix switch
        {
            BlockMatrix.Qkv => block.Qkv,
            BlockMatrix.Output => block.Output,
            BlockMatrix.GateUp => block.GateUp,
            _ => block.Down,
        };
        Gemm.MultiplyOuter(team, dy, n, x, k, gradients + offset, k, rows, n, k, accumulate: true);
    }

    public override void AddHead(ThreadTeam team, float* dLogits, float* x, int rows)
    {
        var c = weights.Configuration;
        Gemm.MultiplyOuter(team, dLogits, c.VocabularySize, x, c.Channels, gradients + weights.Layout.Head, c.Channels, rows, c.VocabularySize, c.Channels, accumulate: true);
    }

    public override void AddEmbedding(ThreadTeam team, float* dx, int* tokens, int rows) =>
        Embedding.ScatterAdd(team, dx, tokens, rows, weights.Configuration.Channels, gradients + weights.Layout.Embedding);

    public override float* Vector(long offset) => offset < 0 ? null : gradients + offset;
}
