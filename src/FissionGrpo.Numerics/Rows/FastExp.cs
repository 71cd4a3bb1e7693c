using System.Numerics;
using System.Runtime.CompilerServices;

namespace FissionGrpo.Numerics.Rows;

/// <summary>
/// e^x in single precision by range reduction to ±½ ln 2 and a polynomial of degree 6 (coefficients of Cephes' expf).
/// Relative error at most 1e-7 where the result is normal; below −103.97 exactly 0, above 88.72 infinity, NaN stays NaN.
/// </summary>
public static unsafe class FastExp
{
    private const float Low = -103.972084f;
    private const float High = 88.7228394f;
    private const float Log2E = 1.44269504088896341f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>Writes e^x for every element. <paramref name="result"/> may be <paramref name="x"/> itself.</summary>
    /// <exception cref="ArgumentException">The result is shorter than the input.</exception>
    public static void Exp(ReadOnlySpan<float> x, Span<float> result)
    {
        if (result.Length < x.Length)
            throw new ArgumentException($"The result holds {result.Length} values, the input {x.Length}.", nameof(result));
        fixed (float* source = x, destination = result)
        {
            var i = 0;
            for (; i <= x.Length - Lanes.Count; i += Lanes.Count)
                Lanes.Store(destination + i, Exp(Lanes.Load(source + i)));
            if (i < x.Length)
                Lanes.StoreFirst(destination + i, x.Length - i, Exp(Lanes.LoadFirst(source + i, x.Length - i)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<float> Exp(Vector<float> x)
    {
        var clamped = Vector.ConditionalSelect(Vector.LessThan(x, new Vector<float>(Low)), new Vector<float>(Low), x);
        clamped = Vector.ConditionalSelect(Vector.GreaterThan(clamped, new Vector<float>(High)), new Vector<float>(High), clamped);
        var n = Vector.Floor(Lanes.MultiplyAdd(clamped, new Vector<float>(Log2E), new Vector<float>(0.5f)));
        var r = Lanes.MultiplyAdd(n, new Vector<float>(-Ln2High), clamped);
        r = Lanes.MultiplyAdd(n, new Vector<float>(-Ln2Low), r);
        var p = new Vector<float>(1.9875691500E-4f);
        p = Lanes.MultiplyAdd(p, r, new Vector<float>(1.3981999507E-3f));
        p = Lanes.MultiplyAdd(p, r, new Vector<float>(8.3334519073E-3f));
        p = Lanes.MultiplyAdd(p, r, new Vector<float>(4.1665795894E-2f));
        p = Lanes.MultiplyAdd(p, r, new Vector<float>(1.6666665459E-1f));
        p = Lanes.MultiplyAdd(p, r, new Vector<float>(5.0000001201E-1f));
        p = Lanes.MultiplyAdd(p, r * r, r) + Vector<float>.One;

        // 2^n in two factors, so that results near the ends of the range are neither lost nor infinite too early.
        var whole = Vector.ConvertToInt32(n);
        var half = Vector.ShiftRightArithmetic(whole, 1);
        p *= PowerOfTwo(half);
        p *= PowerOfTwo(whole - half);
        p = Vector.ConditionalSelect(Vector.GreaterThan(x, new Vector<float>(High)), new Vector<float>(float.PositiveInfinity), p);
        p = Vector.ConditionalSelect(Vector.LessThan(x, new Vector<float>(Low)), Vector<float>.Zero, p);
        return Vector.ConditionalSelect(Vector.Equals(x, x), p, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> PowerOfTwo(Vector<int> n) => Vector.AsVectorSingle(Vector.ShiftLeft(n + new Vector<int>(127), 23));
}
