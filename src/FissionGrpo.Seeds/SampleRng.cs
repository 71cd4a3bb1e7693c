namespace FissionGrpo.Seeds;

/// <summary>
/// The generator behind one named draw: SplitMix64 started at a <see cref="Seed"/>. A small mutable struct without allocation,
/// the same on every machine. Pass it by <c>ref</c>; a copy repeats the same draws.
/// </summary>
public struct SampleRng(Seed seed)
{
    private ulong _state = seed.Value;

    /// <summary>The next 64 random bits.</summary>
    public ulong NextBits()
    {
        var bits = Seed.Mix(_state);
        _state += 0x9E3779B97F4A7C15UL;
        return bits;
    }

    /// <summary>Uniform in [0, 1), 53 random bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, 1), 24 random bits.</summary>
    public float NextSingle() => (NextBits() >> 40) * (1.0f / (1U << 24));

    /// <summary>Uniform in [0, <paramref name="exclusiveEnd"/>), without modulo bias (Lemire's rejection).</summary>
    public int Next(int exclusiveEnd)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(exclusiveEnd, 1);
        var range = (uint)exclusiveEnd;
        var product = (NextBits() >> 32) * range;
        if ((uint)product < range)
        {
            var threshold = (0u - range) % range;
            while ((uint)product < threshold)
                product = (NextBits() >> 32) * range;
        }
        return (int)(product >> 32);
    }

    /// <summary>Uniform in [<paramref name="start"/>, <paramref name="exclusiveEnd"/>).</summary>
    public int Next(int start, int exclusiveEnd) => start + Next(exclusiveEnd - start);

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>One of the items, each equally likely.</summary>
    public T Pick<T>(ReadOnlySpan<T> items) => items[Next(items.Length)];

    /// <summary>Standard normal (Box and Muller; one of the pair is dropped so that the state stays one word).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Shuffles in place (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
