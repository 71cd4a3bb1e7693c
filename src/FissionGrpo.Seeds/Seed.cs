using System.Buffers.Binary;
using System.Text;

namespace FissionGrpo.Seeds;

/// <summary>
/// A node in the run's tree of seeds. Every random draw of a run has a name, the path from the root, so that it does not
/// depend on how many draws came before it, on the thread that makes it, or on the process.
/// </summary>
/// <param name="Value">The 64 bits of this node; the root's value is what the user gives as <c>--seed</c>.</param>
public readonly record struct Seed(ulong Value)
{
    /// <summary>The child with this name (UTF-8 bytes, ordinal).</summary>
    public Seed Derive(string name)
    {
        var hash = Mix(Value ^ 0x9E3779B97F4A7C15UL);
        Span<byte> buffer = stackalloc byte[256];
        ReadOnlySpan<byte> bytes = Encoding.UTF8.GetMaxByteCount(name.Length) <= buffer.Length
            ? buffer[..Encoding.UTF8.GetBytes(name, buffer)]
            : Encoding.UTF8.GetBytes(name);
        var length = (ulong)bytes.Length;
        for (; bytes.Length >= 8; bytes = bytes[8..])
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        var tail = 0UL;
        for (var i = 0; i < bytes.Length; i++)
            tail |= (ulong)bytes[i] << (8 * i);
        return new Seed(Mix(Mix(hash ^ tail) ^ length));
    }

    /// <summary>The child with this number: a step, a sample, an epoch.</summary>
    public Seed Derive(long index) => new(Mix(Mix(Value ^ 0xD1B54A32D192ED03UL) ^ (ulong)index));

    /// <summary>The child with this name and number.</summary>
    public Seed Derive(string name, long index) => Derive(name).Derive(index);

    /// <summary>SplitMix64's finaliser (Steele, Lea and Flood 2014): a bijection with good avalanche.</summary>
    internal static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
