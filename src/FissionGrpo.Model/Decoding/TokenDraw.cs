using System.Numerics;
using System.Runtime.CompilerServices;
using FissionGrpo.Model.Forward;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Decoding;

/// <summary>Draws one token from a row of logits.</summary>
internal static unsafe class TokenDraw
{
    private const int Block = 256;

    /// <summary>Floats of scratch that a draw needs.</summary>
    public static long ScratchFloats(int vocabulary) => 2L * (vocabulary + 16);

    /// <summary>Draws.</summary>
    /// <param name="logits">Raw logits; not changed.</param>
    /// <param name="scratch"><see cref="ScratchFloats"/> floats.</param>
    /// <param name="rng">Advanced by one draw, unless greedy.</param>
    /// <returns>The token and its log-probability under the distribution that it was drawn from (greedy: at temperature 1); a token of −1 when the logits hold no distribution.</returns>
    public static (int Token, float LogProb) Draw(float* logits, int vocabulary, SamplingOptions options, float* scratch, ref SampleRng rng)
    {
        if (options.Temperature == 0)
        {
            var best = SamplingFilters.Greedy(logits, vocabulary);
            var all = LogitRow.Exponentiate(logits, vocabulary, 1, scratch);
            return all.IsDistribution ? (best, (float)all.LogProb(logits[best])) : (-1, 0);
        }
        if (options.TopK == 0 && options.TopP >= 1 && options.MinP <= 0)
        {
            var all = LogitRow.Exponentiate(logits, vocabulary, 1 / options.Temperature, scratch);
            if (!all.IsDistribution)
                return (-1, 0);
            var drawn = Pick(scratch, vocabulary, rng.NextDouble() * all.Sum);
            return (drawn, (float)all.LogProb(logits[drawn]));
        }
        new ReadOnlySpan<float>(logits, vocabulary).CopyTo(new Span<float>(scratch, vocabulary));
        if (!SamplingFilters.Apply(scratch, vocabulary, options, scratch + ((vocabulary + 15) & ~15)))
            return (-1, 0);
        var token = Pick(scratch, vocabulary, rng.NextDouble());
        return (token, (float)Math.Log(scratch[token]));
    }

    /// <summary>The first token at which the running sum of the weights exceeds the mark. Whole blocks are passed over by their sums.</summary>
    private static int Pick(float* weights, int count, double mark)
    {
        var before = 0.0;
        for (var start = 0; start < count; start += Block)
        {
            var length = Math.Min(Block, count - start);
            var sum = Sum(weights + start, length);
            if (before + sum <= mark)
            {
                before += sum;
                continue;
            }
            for (var i = start; i < start + length; i++)
            {
                before += weights[i];
                if (before > mark)
                    return i;
            }
        }
        // Rounding left the mark beyond the last running sum: the last token that can occur.
        var last = count - 1;
        while (last > 0 && weights[last] == 0)
            last--;
        return last;
    }

    private static float Sum(float* x, int count)
    {
        var sums = Vector<float>.Zero;
        var i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
            sums += Unsafe.ReadUnaligned<Vector<float>>(x + i);
        var sum = Vector.Sum(sums);
        for (; i < count; i++)
            sum += x[i];
        return sum;
    }
}
