using System.Runtime.InteropServices;
using FissionGrpo.Model.Policy;
using FissionGrpo.Model.Weights;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Model.Optimizer;

/// <summary>Accumulated gradients and AdamW's moments, laid out like the parameters that are trained. Nothing is reserved before the first gradient.</summary>
internal sealed unsafe class OptimizerState(ParameterSet trained, ThreadTeam team) : IDisposable
{
    private readonly long _count = trained.Count;
    private TensorArena? _gradientArena;
    private TensorArena? _momentArena;
    private float* _gradients;

    /// <summary>What is trained.</summary>
    public ParameterSet Trained => trained;

    /// <summary>Steps taken.</summary>
    public int Step { get; set; }

    /// <summary>First moments, or null before the first step.</summary>
    public float* FirstMoment { get; private set; }

    /// <summary>Second moments, or null before the first step.</summary>
    public float* SecondMoment { get; private set; }

    /// <summary>The accumulated gradients, zero at first.</summary>
    public float* Gradients()
    {
        if (_gradientArena is null)
        {
            _gradientArena = new TensorArena(_count);
            _gradients = _gradientArena.TakeZeroed(_count);
        }
        return _gradients;
    }

    /// <summary>Makes room for the moments, zero at first.</summary>
    public void EnsureMoments()
    {
        if (_momentArena is not null)
            return;
        _momentArena = new TensorArena(2 * (_count + 16));
        FirstMoment = _momentArena.TakeZeroed(_count);
        SecondMoment = _momentArena.TakeZeroed(_count);
    }

    /// <summary>Back to before the first step.</summary>
    public void Forget()
    {
        Step = 0;
        _momentArena?.Dispose();
        _momentArena = null;
        FirstMoment = SecondMoment = null;
    }

    public void ClearGradients()
    {
        if (_gradientArena is not null)
            NativeMemory.Clear(_gradients, (nuint)_count * sizeof(float));
    }

    /// <summary>Clips by the global norm, applies AdamW, clears the gradients. Returns the norm before clipping.</summary>
    /// <exception cref="NonFiniteException">A gradient is NaN or infinite; the weights are untouched, the gradients are cleared.</exception>
    public double Apply(AdamOptions adam)
    {
        var gradients = Gradients();
        var norm = Math.Sqrt(GradientNorm.SumOfSquares(team, gradients, _count));
        if (!double.IsFinite(norm))
        {
            var first = trained.FirstNonFinite(gradients)?.Name ?? "all parameters together";
            ClearGradients();
            throw new NonFiniteException($"gradient of {first}", "is NaN or infinite. The step is stopped and nothing is changed; try a lower learning rate or look at the last batch.");
        }
        EnsureMoments();
        Step++;
        var scale = adam.ClipNorm > 0 ? (float)Math.Min(1, adam.ClipNorm / (norm + 1e-6)) : 1f;
        foreach (var run in Runs(adam))
        {
            AdamW.Step(
                team, gradients + run.Offset, run.Count, scale, Step, adam.LearningRate, adam.Beta1, adam.Beta2, adam.Epsilon,
                run.Decayed ? adam.WeightDecay : 0, trained.Values + run.Offset, FirstMoment + run.Offset, SecondMoment + run.Offset);
        }
        ClearGradients();
        return norm;
    }

    public void Dispose()
    {
        _gradientArena?.Dispose();
        _momentArena?.Dispose();
    }

    /// <summary>Neighbouring parameters of like treatment, joined.</summary>
    private IEnumerable<(long Offset, long Count, bool Decayed)> Runs(AdamOptions adam)
    {
        var (start, decayed) = (0L, Decayed(trained.Parameters[0], adam));
        foreach (var parameter in trained.Parameters)
        {
            if (Decayed(parameter, adam) == decayed)
                continue;
            yield return (start, parameter.Offset - start, decayed);
            (start, decayed) = (parameter.Offset, !decayed);
        }
        yield return (start, _count - start, decayed);
    }

    private static bool Decayed(Parameter parameter, AdamOptions adam) => !parameter.IsOneDimensional || adam.DecayOneDimensional;
}
