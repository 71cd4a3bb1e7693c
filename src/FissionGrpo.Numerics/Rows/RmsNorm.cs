using System.Numerics;
using System.Runtime.CompilerServices;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Rows;

/// <summary>
/// y = w · x / sqrt(mean(x²) + ε) over the last axis (Zhang and Sennrich 2019). Rows may consist of several groups (heads) that are normalised
/// one by one with the same weight, as Qwen3 does with queries and keys: element (row, group, channel) lies at <c>row·ld + group·channels + channel</c>.
/// </summary>
public static unsafe partial class RmsNorm
{
    /// <summary>Rows whose share of the gain's gradient is summed by itself. Rows may be cut at its multiples without changing a bit.</summary>
    public const int RowsPerPartialSum = 32;

    // Heads whose roots and quotients are taken at a time: those of one alone would be waited for. Whole rows go one by one, since they are read from farther away.
    private const int Together = 16;

    /// <summary>Normalises rows.</summary>
    /// <param name="team">Who works.</param>
    /// <param name="x">Input, shape <c>[rows, groups, channels]</c>, rows <paramref name="ldx"/> apart.</param>
    /// <param name="weight">Gain, shape <c>[channels]</c>.</param>
    /// <param name="y">Result, laid out like the input with <paramref name="ldy"/>; may be the input.</param>
    public static void Forward(ThreadTeam team, float* x, long ldx, float* weight, int rows, int groups, int channels, float epsilon, float* y, long ldy) =>
        team.Run(rows, Math.Max(1, 2048 / (groups * channels)), new ForwardRows(x, ldx, weight, groups, channels, epsilon, y, ldy));

    /// <summary>
    /// Gradients. <paramref name="dWeight"/> is added to (sums over rows in index order); <paramref name="dx"/> is added to when
    /// <paramref name="accumulate"/> is set, and otherwise overwritten (it may then be <paramref name="dy"/> itself).
    /// </summary>
    /// <param name="team">Who works.</param>
    /// <param name="x">The input of the forward pass.</param>
    /// <param name="weight">Gain, shape <c>[channels]</c>.</param>
    /// <param name="dy">Gradient of the result.</param>
    /// <param name="dWeight">Gradient of the gain, shape <c>[channels]</c>; null leaves it out.</param>
    public static void Backward(
        ThreadTeam team, float* x, long ldx, float* weight, float* dy, long lddy, int rows, int groups, int channels, float epsilon,
        bool accumulate, float* dx, long lddx, float* dWeight)
    {
        if (rows == 0)
            return;
        var partial = dWeight is null ? null : team.SharedScratch((long)PartialSums(rows) * channels);
        BackwardInParts(team, x, ldx, weight, dy, lddy, rows, groups, channels, epsilon, accumulate, dx, lddx, partial);
        AddParts(partial, rows, channels, dWeight);
    }

    /// <summary>Partial sums of the gain's gradient that <paramref name="rows"/> rows make.</summary>
    public static int PartialSums(int rows) => (rows + RowsPerPartialSum - 1) / RowsPerPartialSum;

    /// <summary>
    /// As <see cref="Backward"/>, but leaves the gain's gradient in partial sums, which <see cref="AddParts"/> adds when those of all rows are there: for callers that
    /// take the rows a block at a time.
    /// </summary>
    /// <param name="partial">Result, shape <c>[<see cref="PartialSums"/>, channels]</c>, overwritten; null leaves it out.</param>
    public static void BackwardInParts(
        ThreadTeam team, float* x, long ldx, float* weight, float* dy, long lddy, int rows, int groups, int channels, float epsilon,
        bool accumulate, float* dx, long lddx, float* partial) =>
        team.RunTiles(PartialSums(rows), new BackwardRows(x, ldx, weight, dy, lddy, rows, groups, channels, epsilon, accumulate, dx, lddx, partial));

    /// <summary>dWeight += the partial sums of <paramref name="rows"/> rows, in index order; nothing when either is null.</summary>
    public static void AddParts(float* partial, int rows, int channels, float* dWeight)
    {
        if (partial is null || dWeight is null)
            return;
        for (var part = 0; part < PartialSums(rows); part++)
            Residual.AddRow(partial + ((long)part * channels), channels, dWeight);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOfSquares(float* x, int count)
    {
        // Four sums at a time: one alone would wait for the latency of the addition.
        var (sum, b, c, d) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
        var i = 0;
        for (; i <= count - (4 * Lanes.Count); i += 4 * Lanes.Count)
        {
            sum = Lanes.MultiplyAdd(Lanes.Load(x + i), Lanes.Load(x + i), sum);
            b = Lanes.MultiplyAdd(Lanes.Load(x + i + Lanes.Count), Lanes.Load(x + i + Lanes.Count), b);
            c = Lanes.MultiplyAdd(Lanes.Load(x + i + (2 * Lanes.Count)), Lanes.Load(x + i + (2 * Lanes.Count)), c);
            d = Lanes.MultiplyAdd(Lanes.Load(x + i + (3 * Lanes.Count)), Lanes.Load(x + i + (3 * Lanes.Count)), d);
        }
        sum = sum + b + (c + d);
        for (; i <= count - Lanes.Count; i += Lanes.Count)
            sum = Lanes.MultiplyAdd(Lanes.Load(x + i), Lanes.Load(x + i), sum);
        return i == count ? Vector.Sum(sum) : SumWithLast(x + i, count - i, sum);
    }

    // Apart, because a call among the vectors would keep them in memory.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float SumWithLast(float* x, int count, Vector<float> sum)
    {
        var last = Lanes.LoadFirst(x, count);
        return Vector.Sum(Lanes.MultiplyAdd(last, last, sum));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Scale(float squares, int channels, float epsilon) => 1f / MathF.Sqrt((squares / channels) + epsilon);

    // The scales of so many sums of squares, in their place; there is room for whole vectors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scales(float* squares, int count, int channels, float epsilon)
    {
        if (count == 1)
        {
            *squares = Scale(*squares, channels, epsilon);
            return;
        }
        for (var i = 0; i < count; i += Lanes.Count)
            Lanes.Store(squares + i, Vector<float>.One / Vector.SquareRoot((Lanes.Load(squares + i) / new Vector<float>(channels)) + new Vector<float>(epsilon)));
    }

    private readonly struct ForwardRows(float* x, long ldx, float* weight, int groups, int channels, float epsilon, float* y, long ldy) : IRowKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int row)
        {
            for (var g = 0; g < groups; g++)
                Group(x + (row * ldx) + ((long)g * channels), y + (row * ldy) + ((long)g * channels));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Group(float* source, float* destination)
        {
            var scale = Scale(SumOfSquares(source, channels), channels, epsilon);
            var scales = new Vector<float>(scale);
            var i = 0;
            for (; i <= channels - Lanes.Count; i += Lanes.Count)
                Lanes.Store(destination + i, Lanes.Load(source + i) * scales * Lanes.Load(weight + i));
            for (; i < channels; i++)
                destination[i] = source[i] * scale * weight[i];
        }
    }

    private readonly struct BackwardRows(
        float* x, long ldx, float* weight, float* dy, long lddy, int rows, int groups, int channels, float epsilon,
        bool accumulate, float* dx, long lddx, float* partial) : ITileKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item, int worker)
        {
            var sums = partial is null ? null : partial + ((long)item * channels);
            if (sums is not null)
                new Span<float>(sums, channels).Clear();
            var scales = stackalloc float[Together];
            var dots = stackalloc float[Together];
            var firstRow = item * RowsPerPartialSum;
            var left = (Math.Min(rows, firstRow + RowsPerPartialSum) - firstRow) * groups;
            var together = groups == 1 ? 1 : Together;
            for (var (row, group) = (firstRow, 0); left > 0; left -= together)
            {
                var count = Math.Min(together, left);
                for (var (i, r, g) = (0, row, group); i < count; i++)
                {
                    var offset = (long)g * channels;
                    scales[i] = SumOfSquares(x + (r * ldx) + offset, channels);
                    dots[i] = Dot(x + (r * ldx) + offset, dy + (r * lddy) + offset);
                    (r, g) = g + 1 < groups ? (r, g + 1) : (r + 1, 0);
                }
                Scales(scales, count, channels, epsilon);
                for (var i = 0; i < count; i++)
                {
                    var offset = (long)group * channels;
                    Apply(x + (row * ldx) + offset, dy + (row * lddy) + offset, scales[i], dots[i] * scales[i] * scales[i] * scales[i] / channels, dx + (row * lddx) + offset, sums);
                    (row, group) = group + 1 < groups ? (row, group + 1) : (row + 1, 0);
                }
            }
        }

        // Σ w·dy·x.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private float Dot(float* x, float* dy)
        {
            var dots = Vector<float>.Zero;
            var i = 0;
            for (; i <= channels - Lanes.Count; i += Lanes.Count)
                dots = Lanes.MultiplyAdd(Lanes.Load(weight + i) * Lanes.Load(dy + i), Lanes.Load(x + i), dots);
            var dot = Vector.Sum(dots);
            for (; i < channels; i++)
                dot += weight[i] * dy[i] * x[i];
            return dot;
        }

        // With s = 1 / rms and n = x·s:  dx = s · (w·dy − n · mean(w·dy·n)),  dw += dy·n.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Apply(float* x, float* dy, float s, float slope, float* dx, float* sums)
        {
            var scales = new Vector<float>(s);
            var slopes = new Vector<float>(-slope);
            var i = 0;
            for (; i <= channels - Lanes.Count; i += Lanes.Count)
            {
                var xs = Lanes.Load(x + i);
                var dys = Lanes.Load(dy + i);
                if (sums is not null)
                    Lanes.Store(sums + i, Lanes.MultiplyAdd(dys, xs * scales, Lanes.Load(sums + i)));
                var d = Lanes.MultiplyAdd(xs, slopes, Lanes.Load(weight + i) * dys * scales);
                Lanes.Store(dx + i, accumulate ? Lanes.Load(dx + i) + d : d);
            }
            for (; i < channels; i++)
            {
                var (xi, dyi) = (x[i], dy[i]);
                if (sums is not null)
                    sums[i] += dyi * (xi * s);
                var d = (weight[i] * dyi * s) - (xi * slope);
                dx[i] = accumulate ? dx[i] + d : d;
            }
        }
    }
}
