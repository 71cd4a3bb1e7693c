using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Exp(ReadOnlySpan<float> x, Span<float> result)
    {
        if (result.Length < x.Length)
            throw new ArgumentException($"The result holds {result.Length} values, the input {x.Length}.", nameof(result));
        fixed (float* source = x, destination = result)
        {
            var i = 0;
            if (Avx512F.IsSupported)
            {
                for (; i <= x.Length - 16; i += 16)
                    Exp(Vector512.Load(source + i)).Store(destination + i);
            }
            for (; i <= x.Length - Lanes.Count; i += Lanes.Count)
                Lanes.Store(destination + i, Exp(Lanes.Load(source + i)));
            if (i < x.Length)
                Lanes.StoreFirst(destination + i, x.Length - i, Exp(Lanes.LoadFirst(source + i, x.Length - i)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<float> Exp(Vector<float> x)
    {
        // The factors below round and overflow by themselves; a NaN goes through all of it.
        var clamped = Vector.MaxNative(new Vector<float>(Low - 1), Vector.MinNative(new Vector<float>(High + 1), x));
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
        var whole = Vector.ConvertToInt32Native(n);
        var half = Vector.ShiftRightArithmetic(whole, 1);
        p *= PowerOfTwo(half);
        return p * PowerOfTwo(whole - half);
    }

    /// <summary>
    /// The same with AVX-512, whose scaling instruction rounds and overflows by itself; so the ends need no more than a clamp (whose operand order lets NaN through).
    /// Bits agree with the narrow version except for results below the normal range.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp(Vector512<float> x)
    {
        var clamped = Avx512F.Max(Vector512.Create(Low - 1), Avx512F.Min(Vector512.Create(High + 1), x));
        var n = Avx512F.RoundScale(Avx512F.FusedMultiplyAdd(clamped, Vector512.Create(Log2E), Vector512.Create(0.5f)), 9); // towards minus infinity, no exceptions
        var r = Avx512F.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), clamped);
        r = Avx512F.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        var p = Vector512.Create(1.9875691500E-4f);
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507E-3f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073E-3f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894E-2f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459E-1f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201E-1f));
        p = Avx512F.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        return Avx512F.Scale(p, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> PowerOfTwo(Vector<int> n) => Vector.AsVectorSingle(Vector.ShiftLeft(n + new Vector<int>(127), 23));
}
