using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Rows;

/// <summary>
/// Rotary position embedding (arXiv:2104.09864) in the half-split layout of Hugging Face: pairs are (i, i + d/2),
/// <c>y[i] = x[i]·cos − x[i+d/2]·sin</c>, <c>y[i+d/2] = x[i+d/2]·cos + x[i]·sin</c>. Heads lie side by side in a row.
/// </summary>
public static unsafe partial class Rope
{
    /// <summary>Rotates in place.</summary>
    /// <param name="team">Who works.</param>
    /// <param name="x">Queries or keys, shape <c>[rows, heads, headSize]</c>, rows <paramref name="ld"/> apart.</param>
    /// <param name="positions">Position of each row, shape <c>[rows]</c>: the row of the tables to use.</param>
    /// <param name="cos">Shape <c>[positions, headSize / 2]</c>.</param>
    /// <param name="sin">Shape <c>[positions, headSize / 2]</c>.</param>
    public static void Forward(ThreadTeam team, float* x, long ld, int rows, int heads, int headSize, int* positions, float* cos, float* sin) =>
        team.Run(rows, Math.Max(1, 2048 / (heads * headSize)), new Rotate(x, ld, heads, headSize, positions, cos, sin, 1));

    /// <summary>Turns gradients of the rotated values into gradients of the values, in place: the rotation backwards.</summary>
    public static void Backward(ThreadTeam team, float* dx, long ld, int rows, int heads, int headSize, int* positions, float* cos, float* sin) =>
        team.Run(rows, Math.Max(1, 2048 / (heads * headSize)), new Rotate(dx, ld, heads, headSize, positions, cos, sin, -1));

    private readonly struct Rotate(float* x, long ld, int heads, int headSize, int* positions, float* cos, float* sin, float direction) : IRowKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int row)
        {
            var half = headSize / 2;
            var c = cos + ((long)positions[row] * half);
            var s = sin + ((long)positions[row] * half);
            for (var h = 0; h < heads; h++)
            {
                var low = x + (row * ld) + ((long)h * headSize);
                var high = low + half;
                var i = 0;
                for (; i <= half - Lanes.Count; i += Lanes.Count)
                {
                    var (a, b) = (Lanes.Load(low + i), Lanes.Load(high + i));
                    var (ci, si) = (Lanes.Load(c + i), Lanes.Load(s + i) * direction);
                    Lanes.Store(low + i, (a * ci) - (b * si));
                    Lanes.Store(high + i, (b * ci) + (a * si));
                }
                for (; i <= half - 4; i += 4)
                {
                    var (a, b) = (Vector128.Load(low + i), Vector128.Load(high + i));
                    var (ci, si) = (Vector128.Load(c + i), Vector128.Load(s + i) * direction);
                    ((a * ci) - (b * si)).Store(low + i);
                    ((b * ci) + (a * si)).Store(high + i);
                }
                for (; i < half; i++)
                {
                    var (a, b, si) = (low[i], high[i], s[i] * direction);
                    low[i] = (a * c[i]) - (b * si);
                    high[i] = (b * c[i]) + (a * si);
                }
            }
        }
    }
}
