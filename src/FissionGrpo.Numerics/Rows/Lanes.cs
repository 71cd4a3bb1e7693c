using System.Numerics;
using System.Runtime.CompilerServices;

namespace FissionGrpo.Numerics.Rows;

/// <summary>Whole and partial vectors of <see cref="Vector{T}"/> lanes. A tail goes through the same arithmetic as a whole vector, in a copy padded with a neutral value.</summary>
internal static unsafe class Lanes
{
    /// <summary>Floats in a vector.</summary>
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector<float>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Load(float* source) => Unsafe.ReadUnaligned<Vector<float>>(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* destination, Vector<float> value) => Unsafe.WriteUnaligned(destination, value);

    /// <summary>The first <paramref name="count"/> lanes from memory, the others <paramref name="fill"/>.</summary>
    public static Vector<float> LoadFirst(float* source, int count, float fill = 0)
    {
        var lanes = stackalloc float[64];
        for (var i = 0; i < Count; i++)
            lanes[i] = i < count ? source[i] : fill;
        return Load(lanes);
    }

    /// <summary>Stores the first <paramref name="count"/> lanes.</summary>
    public static void StoreFirst(float* destination, int count, Vector<float> value)
    {
        var lanes = stackalloc float[64];
        Store(lanes, value);
        for (var i = 0; i < count; i++)
            destination[i] = lanes[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> MultiplyAdd(Vector<float> a, Vector<float> b, Vector<float> c) => Vector.MultiplyAddEstimate(a, b, c);
}
