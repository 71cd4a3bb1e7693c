using System.Collections.Concurrent;
using System.Numerics;

namespace FissionGrpo.Environments.Python;

/// <summary>
/// <c>random.Random(seed)</c>. A generator is a position in the stream of its seed; streams are computed once and shared, so that a copy
/// costs nothing although the Mersenne Twister's state is 2.5 KB.
/// </summary>
internal struct PyRandom(MersenneStream stream)
{
    /// <summary>Words drawn so far.</summary>
    public int Position { get; private set; }

    /// <summary>The seed.</summary>
    public readonly BigInteger Seed => stream.Seed;

    public static PyRandom Create(PyValue seed) => new(MersenneStream.Of(seed.IsInteger ? seed.Big : throw PyException.TypeError("seed must be an int")));

    /// <summary><c>randint(low, high)</c>, both ends included.</summary>
    public long NextInt(long low, long high)
    {
        var n = (ulong)(high - low) + 1;
        var bits = 64 - BitOperations.LeadingZeroCount(n);
        ulong drawn;
        do
            drawn = NextBits(bits);
        while (drawn >= n);
        return low + (long)drawn;
    }

    /// <summary><c>uniform(low, high)</c>.</summary>
    public double NextUniform(double low, double high)
    {
        var a = Word() >> 5;
        var b = Word() >> 6;
        return low + (high - low) * (((a * 67108864.0) + b) * (1.0 / 9007199254740992.0));
    }

    private ulong NextBits(int bits)
    {
        if (bits <= 32)
            return Word() >> (32 - bits);
        ulong low = Word();
        return low | ((ulong)(Word() >> (64 - bits)) << 32);
    }

    private uint Word() => stream[Position++];
}

/// <summary>The 32-bit outputs of MT19937 after <c>init_by_array</c>, computed a block at a time and kept. Threads may share it.</summary>
internal sealed class MersenneStream
{
    private const int N = 624;
    private const int M = 397;
    private const int KeptSeeds = 256;
    private static readonly ConcurrentDictionary<BigInteger, MersenneStream> Known = new();

    private readonly Lock _lock = new();
    private readonly uint[] _state = new uint[N];
    private volatile uint[][] _blocks = [];

    private MersenneStream(BigInteger seed)
    {
        Seed = seed;
        var bytes = BigInteger.Abs(seed).ToByteArray(isUnsigned: true);
        var key = new uint[Math.Max(1, (bytes.Length + 3) / 4)];
        for (var i = 0; i < bytes.Length; i++)
            key[i / 4] |= (uint)bytes[i] << (8 * (i % 4));
        Initialise(key);
    }

    public BigInteger Seed { get; }

    public uint this[int position]
    {
        get
        {
            var blocks = _blocks;
            while (position / N >= blocks.Length)
                blocks = Extend(blocks.Length);
            return blocks[position / N][position % N];
        }
    }

    public static MersenneStream Of(BigInteger seed)
    {
        if (Known.TryGetValue(seed, out var known))
            return known;
        var stream = new MersenneStream(seed);
        return Known.Count < KeptSeeds ? Known.GetOrAdd(seed, stream) : stream;
    }

    private uint[][] Extend(int length)
    {
        lock (_lock)
        {
            if (_blocks.Length == length)
                _blocks = [.. _blocks, NextBlock()];
            return _blocks;
        }
    }

    private void Initialise(uint[] key)
    {
        var mt = _state;
        mt[0] = 19650218;
        for (var k = 1; k < N; k++)
            mt[k] = (1812433253U * (mt[k - 1] ^ (mt[k - 1] >> 30))) + (uint)k;
        int i = 1, j = 0;
        for (var k = Math.Max(N, key.Length); k > 0; k--)
        {
            mt[i] = (mt[i] ^ ((mt[i - 1] ^ (mt[i - 1] >> 30)) * 1664525U)) + key[j] + (uint)j;
            if (++i >= N)
            {
                mt[0] = mt[N - 1];
                i = 1;
            }
            if (++j >= key.Length)
                j = 0;
        }
        for (var k = N - 1; k > 0; k--)
        {
            mt[i] = (mt[i] ^ ((mt[i - 1] ^ (mt[i - 1] >> 30)) * 1566083941U)) - (uint)i;
            if (++i >= N)
            {
                mt[0] = mt[N - 1];
                i = 1;
            }
        }
        mt[0] = 0x80000000U;
    }

    private uint[] NextBlock()
    {
        var mt = _state;
        for (var k = 0; k < N; k++)
        {
            var y = (mt[k] & 0x80000000U) | (mt[(k + 1) % N] & 0x7FFFFFFFU);
            mt[k] = mt[(k + M) % N] ^ (y >> 1) ^ ((y & 1) != 0 ? 0x9908B0DFU : 0);
        }
        var block = new uint[N];
        for (var k = 0; k < N; k++)
        {
            var y = mt[k];
            y ^= y >> 11;
            y ^= (y << 7) & 0x9D2C5680U;
            y ^= (y << 15) & 0xEFC60000U;
            block[k] = y ^ (y >> 18);
        }
        return block;
    }
}
