using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Rows;

/// <summary>y = silu(gate) · up with silu(z) = z / (1 + e^−z) (arXiv:2002.05202).</summary>
public static unsafe partial class SwiGlu
{
    /// <summary>Applies the gate. For a fused projection pass <c>up = gate + channels</c>.</summary>
    /// <param name="team">Who works.</param>
    /// <param name="gate">Shape <c>[rows, channels]</c>, rows <paramref name="ldx"/> apart.</param>
    /// <param name="up">Like the gate.</param>
    /// <param name="y">Result, rows <paramref name="ldy"/> apart.</param>
    public static void Forward(ThreadTeam team, float* gate, float* up, long ldx, int rows, int channels, float* y, long ldy) =>
        team.Run(rows, Math.Max(1, 2048 / channels), new ForwardRows(gate, up, ldx, channels, y, ldy));

    /// <summary>Gradients of gate and up. Overwrites them (nothing else flows into these activations); they may be <paramref name="gate"/> and <paramref name="up"/> themselves.</summary>
    public static void Backward(
        ThreadTeam team, float* gate, float* up, long ldx, float* dy, long lddy, int rows, int channels, float* dGate, float* dUp, long lddx) =>
        team.Run(rows, Math.Max(1, 2048 / channels), new BackwardRows(gate, up, ldx, dy, lddy, channels, dGate, dUp, lddx));

    private readonly struct ForwardRows(float* gate, float* up, long ldx, int channels, float* y, long ldy) : IRowKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int row)
        {
            var g = gate + (row * ldx);
            var u = up + (row * ldx);
            var result = y + (row * ldy);
            var i = 0;
            if (Avx512F.IsSupported)
            {
                for (; i <= channels - 16; i += 16)
                {
                    var z = Vector512.Load(g + i);
                    (z / (Vector512<float>.One + FastExp.Exp(-z)) * Vector512.Load(u + i)).Store(result + i);
                }
            }
            for (; i <= channels - Lanes.Count; i += Lanes.Count)
                Lanes.Store(result + i, Value(Lanes.Load(g + i), Lanes.Load(u + i)));
            if (i < channels)
                Lanes.StoreFirst(result + i, channels - i, Value(Lanes.LoadFirst(g + i, channels - i), Lanes.LoadFirst(u + i, channels - i)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<float> Value(Vector<float> g, Vector<float> u) => g / (Vector<float>.One + FastExp.Exp(-g)) * u;
    }

    private readonly struct BackwardRows(float* gate, float* up, long ldx, float* dy, long lddy, int channels, float* dGate, float* dUp, long lddx) : IRowKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int row)
        {
            var g = gate + (row * ldx);
            var u = up + (row * ldx);
            var d = dy + (row * lddy);
            var dg = dGate + (row * lddx);
            var du = dUp + (row * lddx);
            var i = 0;
            if (Avx512F.IsSupported)
            {
                for (; i <= channels - 16; i += 16)
                {
                    var (z, up, dz) = (Vector512.Load(g + i), Vector512.Load(u + i), Vector512.Load(d + i));
                    var sigma = Vector512<float>.One / (Vector512<float>.One + FastExp.Exp(-z));
                    (dz * up * sigma * Avx512F.FusedMultiplyAdd(z, Vector512<float>.One - sigma, Vector512<float>.One)).Store(dg + i);
                    (dz * z * sigma).Store(du + i);
                }
            }
            for (; i <= channels - Lanes.Count; i += Lanes.Count)
            {
                var (a, b) = Gradient(Lanes.Load(g + i), Lanes.Load(u + i), Lanes.Load(d + i));
                Lanes.Store(dg + i, a);
                Lanes.Store(du + i, b);
            }
            if (i < channels)
            {
                var n = channels - i;
                var (a, b) = Gradient(Lanes.LoadFirst(g + i, n), Lanes.LoadFirst(u + i, n), Lanes.LoadFirst(d + i, n));
                Lanes.StoreFirst(dg + i, n, a);
                Lanes.StoreFirst(du + i, n, b);
            }
        }

        // σ = sigmoid(g): dUp = dy · g·σ;  dGate = dy · u · σ · (1 + g·(1 − σ)).
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static (Vector<float> DGate, Vector<float> DUp) Gradient(Vector<float> g, Vector<float> u, Vector<float> d)
        {
            var sigma = Vector<float>.One / (Vector<float>.One + FastExp.Exp(-g));
            return (d * u * sigma * Lanes.MultiplyAdd(g, Vector<float>.One - sigma, Vector<float>.One), d * g * sigma);
        }
    }
}
