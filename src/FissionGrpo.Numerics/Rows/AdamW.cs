using System.Numerics;
using System.Runtime.CompilerServices;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Rows;

/// <summary>
/// One AdamW step (Loshchilov and Hutter 2019), as torch.optim.AdamW computes it:
/// <c>p *= 1 − lr·λ; m = β1·m + (1 − β1)·g; v = β2·v + (1 − β2)·g²; p −= lr / (1 − β1^t) · m / (√v / √(1 − β2^t) + ε)</c>.
/// </summary>
public static unsafe partial class AdamW
{
    private const int FloatsPerItem = 16 << 10;

    /// <summary>Updates weights and moments in place.</summary>
    /// <param name="team">Who works.</param>
    /// <param name="gradient">Gradient, shape <c>[count]</c>; read only.</param>
    /// <param name="gradientScale">The gradient is multiplied by this first (clipping); 1 leaves it.</param>
    /// <param name="step">t, 1 at the first step.</param>
    /// <param name="weight">Shape <c>[count]</c>.</param>
    /// <param name="firstMoment">m, shape <c>[count]</c>.</param>
    /// <param name="secondMoment">v, shape <c>[count]</c>.</param>
    public static void Step(
        ThreadTeam team, float* gradient, long count, float gradientScale, int step,
        float learningRate, float beta1, float beta2, float epsilon, float weightDecay,
        float* weight, float* firstMoment, float* secondMoment)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        var constants = new Constants(
            gradientScale,
            (float)(1.0 - (Meant(learningRate) * Meant(weightDecay))),
            beta1,
            (float)(1.0 - Meant(beta1)),
            beta2,
            (float)(1.0 - Meant(beta2)),
            (float)(Meant(learningRate) / (1 - Math.Pow(Meant(beta1), step))),
            (float)(1 / Math.Sqrt(1 - Math.Pow(Meant(beta2), step))),
            epsilon);
        team.Run(checked((int)((count + FloatsPerItem - 1) / FloatsPerItem)), new Items(gradient, count, constants, weight, firstMoment, secondMoment));
    }

    /// <summary>The number that was written: 0.999f is 0.99900001…, and 1 − β2 would inherit a relative error of 1e-5 from it. Settings have few digits, so the nearest decimal is meant.</summary>
    private static double Meant(float setting) => (double)(decimal)setting;

    internal readonly record struct Constants(
        float Scale, float Keep, float Beta1, float Beta1Rest, float Beta2, float Beta2Rest, float Rate, float RootScale, float Epsilon);

    private readonly struct Items(float* gradient, long count, Constants c, float* weight, float* first, float* second) : IRowKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item)
        {
            var i = (long)item * FloatsPerItem;
            var end = Math.Min(count, i + FloatsPerItem);
            var local = new Update(c);
            for (; i <= end - Lanes.Count; i += Lanes.Count)
            {
                var (w, m, v) = (Lanes.Load(weight + i), Lanes.Load(first + i), Lanes.Load(second + i));
                local.Apply(Lanes.Load(gradient + i), ref w, ref m, ref v);
                Lanes.Store(weight + i, w);
                Lanes.Store(first + i, m);
                Lanes.Store(second + i, v);
            }
            if (i < end)
            {
                var n = (int)(end - i);
                var (w, m, v) = (Lanes.LoadFirst(weight + i, n), Lanes.LoadFirst(first + i, n), Lanes.LoadFirst(second + i, n));
                local.Apply(Lanes.LoadFirst(gradient + i, n), ref w, ref m, ref v);
                Lanes.StoreFirst(weight + i, n, w);
                Lanes.StoreFirst(first + i, n, m);
                Lanes.StoreFirst(second + i, n, v);
            }
        }
    }

    /// <summary>The formula on a vector, with its constants in registers.</summary>
    private readonly struct Update(Constants c)
    {
        private readonly Vector<float> _scale = new(c.Scale);
        private readonly Vector<float> _keep = new(c.Keep);
        private readonly Vector<float> _beta1 = new(c.Beta1);
        private readonly Vector<float> _beta1Rest = new(c.Beta1Rest);
        private readonly Vector<float> _beta2 = new(c.Beta2);
        private readonly Vector<float> _beta2Rest = new(c.Beta2Rest);
        private readonly Vector<float> _rate = new(c.Rate);
        private readonly Vector<float> _rootScale = new(c.RootScale);
        private readonly Vector<float> _epsilon = new(c.Epsilon);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(Vector<float> g, ref Vector<float> w, ref Vector<float> m, ref Vector<float> v)
        {
            g *= _scale;
            m = (m * _beta1) + (g * _beta1Rest);
            v = (v * _beta2) + (g * g * _beta2Rest);
            w = (w * _keep) - (m * _rate / ((Vector.SquareRoot(v) * _rootScale) + _epsilon));
        }
    }
}
