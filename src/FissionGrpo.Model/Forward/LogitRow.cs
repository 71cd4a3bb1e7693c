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
    public static LogitSummary Exponentiate(float* row, int count, float inverseTemperature) => Exponentiate(row, count, inverseTemperature, row);

    /// <summary>The same into another row.</summary>
    public static LogitSummary Exponentiate(float* logits, int count, float inverseTemperature, float* exponentials)
    {
        // A NaN may escape the maximum, but not the sum.
        var max = Softmax.Max(new ReadOnlySpan<float>(logits, count));
        var sum = 0.0;
        var weighted = 0.0;
        for (var start = 0; start < count; start += Block)
        {
            var length = Math.Min(Block, count - start);
            var (s, w) = Softmax.Exponentials(new(logits + start, length), max, inverseTemperature, new(exponentials + start, length));
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

    private static Vector<float> Load(float* source) => Unsafe.ReadUnaligned<Vector<float>>(source);
}
