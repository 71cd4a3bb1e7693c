using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FissionGrpo.Numerics.Rows;

/// <summary>Softmax and log-sum-exp over one row, shifted by the row's maximum. A row of −∞ alone has no distribution and gives NaN.</summary>
public static unsafe partial class Softmax
{
    /// <summary>ln Σ e^x.</summary>
    /// <param name="x">At least one value.</param>
    public static float LogSumExp(ReadOnlySpan<float> x)
    {
        fixed (float* source = x)
        {
            var max = Max(source, x.Length);
            return max + MathF.Log(SumExp(source, x.Length, max, null));
        }
    }

    /// <summary>Writes e^x / Σ e^x; <paramref name="probabilities"/> may be <paramref name="x"/> itself. Returns ln Σ e^x.</summary>
    /// <exception cref="ArgumentException">The result is shorter than the input.</exception>
    public static float Forward(ReadOnlySpan<float> x, Span<float> probabilities)
    {
        if (probabilities.Length < x.Length)
            throw new ArgumentException($"The result holds {probabilities.Length} values, the input {x.Length}.", nameof(probabilities));
        fixed (float* source = x, destination = probabilities)
        {
            var max = Max(source, x.Length);
            var sum = SumExp(source, x.Length, max, destination);
            Scale(destination, x.Length, 1 / sum);
            return max + MathF.Log(sum);
        }
    }

    /// <summary>Adds the gradient of the input: dx += p · (dp − Σ p·dp).</summary>
    public static void Backward(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> dProbabilities, Span<float> dInput)
    {
        var dot = System.Numerics.Tensors.TensorPrimitives.Dot(probabilities, dProbabilities);
        for (var i = 0; i < probabilities.Length; i++)
            dInput[i] += probabilities[i] * (dProbabilities[i] - dot);
    }

    /// <summary>The largest value; −∞ when there is none. What a NaN does to it is undefined.</summary>
    public static float Max(ReadOnlySpan<float> x)
    {
        fixed (float* source = x)
            return Max(source, x.Length);
    }

    /// <summary>
    /// Writes e^t with t = (x − max) · factor, and returns Σ e^t and Σ t·e^t (for the entropy), summed in single precision: for some hundred values at a time.
    /// <paramref name="result"/> may be <paramref name="x"/> itself. Where e^t is 0, so is t·e^t.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (float Sum, float Weighted) Exponentials(ReadOnlySpan<float> x, float max, float factor, Span<float> result)
    {
        if (result.Length < x.Length)
            throw new ArgumentException($"The result holds {result.Length} values, the input {x.Length}.", nameof(result));
        const float Least = -200f; // 0 · -inf would be NaN
        var (sum, weighted) = (0f, 0f);
        var i = 0;
        fixed (float* source = x, destination = result)
        {
            if (Avx512F.IsSupported)
            {
                var (maxima, factors, least) = (Vector512.Create(max), Vector512.Create(factor), Vector512.Create(Least));
                var (sums, products) = (Vector512<float>.Zero, Vector512<float>.Zero);
                for (; i <= x.Length - 16; i += 16)
                {
                    var t = (Vector512.Load(source + i) - maxima) * factors;
                    var e = FastExp.Exp(t);
                    e.Store(destination + i);
                    sums += e;
                    products = Avx512F.FusedMultiplyAdd(e, Avx512F.Max(t, least), products);
                }
                (sum, weighted) = (Vector512.Sum(sums), Vector512.Sum(products));
            }
            else
            {
                var (maxima, factors, least) = (new Vector<float>(max), new Vector<float>(factor), new Vector<float>(Least));
                var (sums, products) = (Vector<float>.Zero, Vector<float>.Zero);
                for (; i <= x.Length - Lanes.Count; i += Lanes.Count)
                {
                    var t = (Lanes.Load(source + i) - maxima) * factors;
                    var e = FastExp.Exp(t);
                    Lanes.Store(destination + i, e);
                    sums += e;
                    products = Lanes.MultiplyAdd(e, Vector.Max(t, least), products);
                }
                (sum, weighted) = (Vector.Sum(sums), Vector.Sum(products));
            }
            for (; i < x.Length; i++)
            {
                var t = (source[i] - max) * factor;
                FastExp.Exp(new ReadOnlySpan<float>(&t, 1), new Span<float>(destination + i, 1));
                sum += destination[i];
                weighted += destination[i] * MathF.Max(t, Least);
            }
        }
        return (sum, weighted);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Max(float* x, int count)
    {
        var i = 0;
        var max = float.NegativeInfinity;
        if (Avx512F.IsSupported && count >= 32)
        {
            var (even, odd) = (Vector512.Load(x), Vector512.Load(x + 16));
            for (i = 32; i <= count - 32; i += 32)
            {
                even = Avx512F.Max(even, Vector512.Load(x + i));
                odd = Avx512F.Max(odd, Vector512.Load(x + i + 16));
            }
            even = Avx512F.Max(even, odd);
            var eight = Avx.Max(even.GetLower(), even.GetUpper());
            var four = Sse.Max(eight.GetLower(), eight.GetUpper());
            four = Sse.Max(four, Sse.MoveHighToLow(four, four));
            max = Sse.MaxScalar(four, Sse.Shuffle(four, four, 1)).ToScalar();
        }
        else if (count >= Lanes.Count)
        {
            var maxima = Lanes.Load(x);
            for (i = Lanes.Count; i <= count - Lanes.Count; i += Lanes.Count)
            {
                var value = Lanes.Load(x + i);
                maxima = Vector.MaxNative(maxima, value);
            }
            for (var lane = 0; lane < Lanes.Count; lane++)
                max = maxima[lane] > max ? maxima[lane] : max;
        }
        for (; i < count; i++)
            max = x[i] > max ? x[i] : max;
        return max;
    }

    /// <summary>Σ e^(x − max); the terms go to <paramref name="terms"/> unless it is null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float SumExp(float* x, int count, float max, float* terms)
    {
        var i = 0;
        var wideSum = 0f;
        if (Avx512F.IsSupported && count >= 16)
        {
            var shifts = Vector512.Create(max);
            var sums = Vector512<float>.Zero;
            for (; i <= count - 16; i += 16)
            {
                var e = FastExp.Exp(Vector512.Load(x + i) - shifts);
                sums += e;
                if (terms is not null)
                    e.Store(terms + i);
            }
            wideSum = Vector512.Sum(sums);
        }
        if (i == count)
            return wideSum;
        var shift = new Vector<float>(max);
        var sum = Vector<float>.Zero;
        for (; i <= count - Lanes.Count; i += Lanes.Count)
        {
            var e = FastExp.Exp(Lanes.Load(x + i) - shift);
            sum += e;
            if (terms is not null)
                Lanes.Store(terms + i, e);
        }
        if (i < count)
        {
            var e = FastExp.Exp(Lanes.LoadFirst(x + i, count - i, float.NegativeInfinity) - shift);
            sum += e;
            if (terms is not null)
                Lanes.StoreFirst(terms + i, count - i, e);
        }
        return wideSum + Vector.Sum(sum);
    }

    /// <summary>Lines that <see cref="WeighLines"/> takes at a time.</summary>
    internal const int LinesTogether = 4;

    /// <summary>
    /// Replaces each of four lines by e^(x - max) and gives their maxima and sums; the bits are those of <see cref="Max(float*, int)"/> and <see cref="SumExp"/>.
    /// Four at a time hide the latencies of short lines. AVX-512 only; <paramref name="count"/> is a multiple of 16, at least one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void WeighLines(float* line0, nint stride, int count, float* maxima, float* sums)
    {
        var (line1, line2) = ((nint)(line0 + stride), (nint)(line0 + (2 * stride)));
        var line3 = line2 + (stride * sizeof(float));
        var (max0, max1) = (Vector512.Load(line0), Vector512.Load((float*)line1));
        var (max2, max3) = (Vector512.Load((float*)line2), Vector512.Load((float*)line3));
        for (nint i = 16; i < count; i += 16)
        {
            max0 = Avx512F.Max(max0, Vector512.Load(line0 + i));
            max1 = Avx512F.Max(max1, Vector512.Load((float*)line1 + i));
            max2 = Avx512F.Max(max2, Vector512.Load((float*)line2 + i));
            max3 = Avx512F.Max(max3, Vector512.Load((float*)line3 + i));
        }
        (max0, max1, max2, max3) = (MaxEverywhere(max0), MaxEverywhere(max1), MaxEverywhere(max2), MaxEverywhere(max3));
        var (sum0, sum1, sum2, sum3) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        for (nint i = 0; i < count; i += 16)
        {
            var e0 = FastExp.Exp(Vector512.Load(line0 + i) - max0);
            var e1 = FastExp.Exp(Vector512.Load((float*)line1 + i) - max1);
            var e2 = FastExp.Exp(Vector512.Load((float*)line2 + i) - max2);
            var e3 = FastExp.Exp(Vector512.Load((float*)line3 + i) - max3);
            e0.Store(line0 + i);
            e1.Store((float*)line1 + i);
            e2.Store((float*)line2 + i);
            e3.Store((float*)line3 + i);
            sum0 += e0;
            sum1 += e1;
            sum2 += e2;
            sum3 += e3;
        }
        (maxima[0], maxima[1], maxima[2], maxima[3]) = (max0.ToScalar(), max1.ToScalar(), max2.ToScalar(), max3.ToScalar());
        (sums[0], sums[1], sums[2], sums[3]) = (Vector512.Sum(sum0), Vector512.Sum(sum1), Vector512.Sum(sum2), Vector512.Sum(sum3));
    }

    // The largest lane in all lanes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> MaxEverywhere(Vector512<float> x)
    {
        x = Avx512F.Max(x, Avx512F.Shuffle4x128(x, x, 0x4E));
        x = Avx512F.Max(x, Avx512F.Shuffle4x128(x, x, 0xB1));
        x = Avx512F.Max(x, Avx512F.Permute4x32(x, 0x4E));
        return Avx512F.Max(x, Avx512F.Permute4x32(x, 0xB1));
    }

    internal static void Scale(float* x, int count, float factor) => Scale(x, count, factor, x);

    /// <summary>Σ x·y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Dot(float* x, float* y, int count)
    {
        var i = 0;
        var wide = 0f;
        if (Avx512F.IsSupported && count >= 16)
        {
            var sums512 = Vector512.Load(x) * Vector512.Load(y);
            for (i = 16; i <= count - 16; i += 16)
                sums512 = Avx512F.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(y + i), sums512);
            wide = Vector512.Sum(sums512);
        }
        var sums = Vector<float>.Zero;
        for (; i <= count - Lanes.Count; i += Lanes.Count)
            sums = Lanes.MultiplyAdd(Lanes.Load(x + i), Lanes.Load(y + i), sums);
        var sum = wide + Vector.Sum(sums);
        for (; i < count; i++)
            sum += x[i] * y[i];
        return sum;
    }

    /// <summary>y = factor · x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Scale(float* x, int count, float factor, float* y)
    {
        var i = 0;
        if (Avx512F.IsSupported)
        {
            for (; i <= count - 16; i += 16)
                (Vector512.Load(x + i) * Vector512.Create(factor)).Store(y + i);
        }
        var factors = new Vector<float>(factor);
        for (; i <= count - Lanes.Count; i += Lanes.Count)
            Lanes.Store(y + i, Lanes.Load(x + i) * factors);
        for (; i < count; i++)
            y[i] = x[i] * factor;
    }

    /// <summary>
    /// Turns scores into probabilities e^(s − total) and, with the gradients of the probabilities, those into the gradients of the scores
    /// p · (dp − delta), both in place. Of <paramref name="count"/> entries only the first <paramref name="seen"/> are seen; the others become zero.
    /// Whole vectors are worked on: up to 15 entries beyond the count lose their values.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Gradient(float* scores, float* dScores, int seen, int count, float total, float delta)
    {
        var i = 0;
        if (Avx512F.IsSupported)
        {
            var (wideTotals, wideDeltas) = (Vector512.Create(total), Vector512.Create(delta));
            for (; i < seen; i += 16)
            {
                var p = FastExp.Exp(Vector512.Load(scores + i) - wideTotals);
                p.Store(scores + i);
                (p * (Vector512.Load(dScores + i) - wideDeltas)).Store(dScores + i);
            }
        }
        var (totals, deltas) = (new Vector<float>(total), new Vector<float>(delta));
        for (; i <= seen - Lanes.Count; i += Lanes.Count)
        {
            var p = FastExp.Exp(Lanes.Load(scores + i) - totals);
            Lanes.Store(scores + i, p);
            Lanes.Store(dScores + i, p * (Lanes.Load(dScores + i) - deltas));
        }
        if (i < seen)
        {
            var p = FastExp.Exp(Lanes.LoadFirst(scores + i, seen - i) - totals);
            Lanes.StoreFirst(scores + i, seen - i, p);
            Lanes.StoreFirst(dScores + i, seen - i, p * (Lanes.LoadFirst(dScores + i, seen - i) - deltas));
        }
        new Span<float>(scores + seen, count - seen).Clear();
        new Span<float>(dScores + seen, count - seen).Clear();
    }
}
