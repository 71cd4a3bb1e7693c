using FissionGrpo.Model.Weights;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Model.Adapters;

/// <summary>
/// Gradients of the adapters alone, without ever forming that of the weight: with s = α/r, dB += s·dYᵀ·(X·Aᵀ) and dA += s·(dY·B)ᵀ·X.
/// </summary>
internal sealed unsafe class LoraGradients(LoraAdapters adapters, float* gradients, TensorArena room) : ParameterGradients
{
    public override void AddWeight(ThreadTeam team, int layer, BlockMatrix matrix, float* dy, int n, float* x, int k, int rows)
    {
        foreach (var module in adapters.Modules)
        {
            if (module.Layer == layer && module.Matrix == matrix)
                Add(team, module, dy + module.FirstOutput, n, x, rows);
        }
    }

    public override void AddHead(ThreadTeam team, float* dLogits, float* x, int rows)
    {
    }

    public override void AddEmbedding(ThreadTeam team, float* dx, int* tokens, int rows)
    {
    }

    public override float* Vector(long offset) => null;

    private void Add(ThreadTeam team, LoraModule m, float* dy, int dyStride, float* x, int rows)
    {
        var rank = adapters.Options.Rank;
        room.Reset();
        var reduced = room.TakePointer((long)rows * rank);
        Gemm.MultiplyTransposed(team, x, m.Inputs, adapters.At(m.Down), m.Inputs, reduced, rank, rows, rank, m.Inputs, accumulate: false);
        Scale(reduced, (long)rows * rank);
        Gemm.MultiplyOuter(team, dy, dyStride, reduced, rank, gradients + m.Up, rank, rows, m.Outputs, rank, accumulate: true);
        Gemm.Multiply(team, dy, dyStride, adapters.At(m.Up), rank, reduced, rank, rows, m.Outputs, rank, accumulate: false);
        Scale(reduced, (long)rows * rank);
        Gemm.MultiplyOuter(team, reduced, rank, x, m.Inputs, gradients + m.Down, m.Inputs, rows, rank, m.Inputs, accumulate: true);
    }

    private void Scale(float* values, long count)
    {
        for (var i = 0L; i < count; i++)
            values[i] *= adapters.Options.Scale;
    }
}
