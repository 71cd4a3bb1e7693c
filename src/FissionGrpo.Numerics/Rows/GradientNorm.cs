using System.Numerics;
using System.Runtime.CompilerServices;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Rows;

/// <summary>The L2 norm over gradients. Partial sums over fixed chunks, in double precision, added in index order: the same bits with any number of threads.</summary>
public static unsafe class GradientNorm
{
    private const int FloatsPerPart = 16 << 10;

    /// <summary>Σ x², to be added over all tensors before the root is taken.</summary>
    public static double SumOfSquares(ThreadTeam team, float* x, long count)
    {
        var parts = checked((int)((count + FloatsPerPart - 1) / FloatsPerPart));
        var sums = (double*)team.SharedScratch(2L * parts);
        team.Run(parts, new Parts(x, count, sums));
        var sum = 0.0;
        for (var i = 0; i < parts; i++)
            sum += sums[i];
        return sum;
    }

    private readonly struct Parts(float* x, long count, double* sums) : IRowKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item)
        {
            var i = (long)item * FloatsPerPart;
            var end = Math.Min(count, i + FloatsPerPart);
            var (low, high) = (Vector<double>.Zero, Vector<double>.Zero);
            for (; i <= end - Lanes.Count; i += Lanes.Count)
            {
                Vector.Widen(Lanes.Load(x + i), out var a, out var b);
                low += a * a;
                high += b * b;
            }
            var sum = Vector.Sum(low + high);
            for (; i < end; i++)
                sum += (double)x[i] * x[i];
            sums[item] = sum;
        }
    }
}
