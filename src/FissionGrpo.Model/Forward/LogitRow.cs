using System.Numerics;
using System.Runtime.CompilerServices;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Model.Forward;

/// <summary>What the loss and the sampler need to know about one row of logits.</summary>
/// <param name="Max">The largest logit.</param>
/// <param name="InverseTemperature">What the logits are multiplied by.</param>
/// <param name="Sum">Σ e^((logit − Max) / temperature): divides the exponentials into probabilities.</param>
/// <param name="Entropy">Of the distribution, in nats.</param>
internal readonly record struct LogitSummary(float Max, float InverseTemperature, double Sum, double Entropy)
{
    /// <summary>Whether the logits hold a distribution: no NaN, no +∞, not all −∞.</summary>
    public bool IsDistribution => float.IsFinite(Max) && double.IsFinite(Sum);

    /// <summary>Natural log-probability of a token with this logit. The difference comes first, so that large logits lose nothing.</summary>
    public double LogProb(float logit) => (((double)logit - Max) * InverseTemperature) - Math.Log(Sum);
}

/// <summary>One row of logits, in place: summarised and replaced by exponentials, then scaled into probabilities or gradients.</summary>
internal static unsafe class LogitRow
{
    private const int Block = 512;

    /// <summary>Replaces the logits by e^((logit − maximum) / temperature) and says their sum and entropy. Blocks are summed in single precision, the blocks in double.</summary>
    public static LogitSummary Exponentiate(float* row, int count, float inverseTemperature)
    {
        var width = Vector<float>.Count;
        var largest = new Vector<float>(float.NegativeInfinity);
        var i = 0;
        for (; i <= count - width; i += width)
            largest = Vector.Max(largest, Load(row + i));
        var max = float.NegativeInfinity;
        for (var lane = 0; lane < width; lane++)
            max = MathF.Max(max, largest[lane]);
        for (; i < count; i++)
            max = MathF.Max(max, row[i]);

        var shifted = stackalloc float[Block];
        var sum = 0.0;
        var weighted = 0.0;
        for (var start = 0; start < count; start += Block)
        {
            var length = Math.Min(Block, count - start);
            Shift(row + start, length, max, inverseTemperature, shifted);
            FastExp.Exp(new ReadOnlySpan<float>(shifted, length), new Span<float>(row + start, length));
            var (s, w) = Sums(row + start, shifted, length);
            sum += s;
            weighted += w;
        }
        return new LogitSummary(max, inverseTemperature, sum, Math.Log(sum) - (weighted / sum));
    }

    /// <summary>Multiplies a row by a number.</summary>
    public static void Scale(float* row, int count, float factor)
    {
        var width = Vector<float>.Count;
        var factors = new Vector<float>(factor);
        var i = 0;
        for (; i <= count - width; i += width)
            Unsafe.WriteUnaligned(row + i, Load(row + i) * factors);
        for (; i < count; i++)
            row[i] *= factor;
    }

    private static void Shift(float* row, int count, float max, float factor, float* shifted)
    {
        var (maxima, factors) = (new Vector<float>(max), new Vector<float>(factor));
        var i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
            Unsafe.WriteUnaligned(shifted + i, (Load(row + i) - maxima) * factors);
        for (; i < count; i++)
            shifted[i] = (row[i] - max) * factor;
    }

    private static (float Sum, float Weighted) Sums(float* exponentials, float* shifted, int count)
    {
        var width = Vector<float>.Count;
        var (sum, weighted) = (Vector<float>.Zero, Vector<float>.Zero);
        var i = 0;
        for (; i <= count - width; i += width)
        {
            var e = Load(exponentials + i);
            // 0 · -∞ is NaN, but a token of probability 0 adds nothing to the entropy.
            var t = Vector.Max(Load(shifted + i), new Vector<float>(-200f));
            sum += e;
            weighted += e * t;
        }
        var (s, w) = (Vector.Sum(sum), Vector.Sum(weighted));
        for (; i < count; i++)
        {
            s += exponentials[i];
            w += exponentials[i] * MathF.Max(shifted[i], -200f);
        }
        return (s, w);
    }

    private static Vector<float> Load(float* source) => Unsafe.ReadUnaligned<Vector<float>>(source);
}
