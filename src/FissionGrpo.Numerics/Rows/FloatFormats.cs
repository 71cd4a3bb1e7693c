using System.Runtime.CompilerServices;

namespace FissionGrpo.Numerics.Rows;

/// <summary>Conversions between single precision and the 16-bit formats of checkpoint files.</summary>
public static class FloatFormats
{
    /// <summary>Widens bfloat16 (the upper half of a float); exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BFloat16ToSingle(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        ThrowIfShorter(source.Length, destination.Length);
        for (var i = 0; i < source.Length; i++)
            destination[i] = BFloat16ToSingle(source[i]);
    }

    /// <summary>Widens one bfloat16; exact.</summary>
    public static float BFloat16ToSingle(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    /// <summary>Rounds to bfloat16, to nearest, ties to even; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SingleToBFloat16(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        ThrowIfShorter(source.Length, destination.Length);
        for (var i = 0; i < source.Length; i++)
            destination[i] = SingleToBFloat16(source[i]);
    }

    /// <summary>Rounds one value to bfloat16, to nearest, ties to even; NaN stays NaN.</summary>
    public static ushort SingleToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>Widens IEEE half precision; exact.</summary>
    public static void HalfToSingle(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        ThrowIfShorter(source.Length, destination.Length);
        System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(System.Runtime.InteropServices.MemoryMarshal.Cast<ushort, Half>(source), destination);
    }

    /// <summary>Rounds to IEEE half precision, to nearest, ties to even; too large becomes infinity.</summary>
    public static void SingleToHalf(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        ThrowIfShorter(source.Length, destination.Length);
        System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(source, System.Runtime.InteropServices.MemoryMarshal.Cast<ushort, Half>(destination));
    }

    private static void ThrowIfShorter(int source, int destination)
    {
        if (destination < source)
            throw new ArgumentException($"The destination holds {destination} values, the source {source}.", nameof(destination));
    }
}
