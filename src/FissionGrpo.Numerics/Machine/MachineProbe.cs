using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FissionGrpo.Numerics.Machine;

/// <summary>What this core can do at best, measured now: the yardstick of the benchmarks and of <c>fission</c>'s own speed report.</summary>
public static unsafe class MachineProbe
{
    /// <summary>Single-precision GFLOP/s of one core: independent multiply-adds on registers, widest vectors; the median of <paramref name="rounds"/> rounds of about 10 ms.</summary>
    public static double PeakGigaflops(int rounds = 9)
    {
        var results = new double[Math.Max(1, rounds)];
        const int Iterations = 1 << 18;
        Burn(Iterations);
        for (var i = 0; i < results.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var flops = 0.0;
            for (var repeat = 0; repeat < 8; repeat++)
                flops += Burn(Iterations);
            results[i] = flops / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
        }
        Array.Sort(results);
        return results[results.Length / 2];
    }

    /// <summary>GB/s that one core reads from a buffer of this size (summing it); large sizes measure memory, small ones a cache.</summary>
    /// <param name="bytes">Size of the buffer, at least 64 KiB.</param>
    /// <param name="rounds">The median of so many passes.</param>
    public static double ReadGigabytesPerSecond(long bytes = 256L << 20, int rounds = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 64 << 10);
        using var arena = new TensorArena(bytes / sizeof(float));
        var count = bytes / sizeof(float);
        var data = arena.TakeZeroed(count);
        var passes = (int)Math.Max(1, (64L << 20) / bytes);
        var results = new double[Math.Max(1, rounds)];
        Sum(data, count);
        for (var i = 0; i < results.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var pass = 0; pass < passes; pass++)
                Sum(data, count);
            results[i] = (double)count * sizeof(float) * passes / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
        }
        Array.Sort(results);
        return results[results.Length / 2];
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    internal static float Sum(float* data, long count)
    {
        var (a, b, c, d) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        for (long i = 0; i <= count - 32; i += 32)
        {
            a += Vector256.Load(data + i);
            b += Vector256.Load(data + i + 8);
            c += Vector256.Load(data + i + 16);
            d += Vector256.Load(data + i + 24);
        }
        return Vector256.Sum(a + b + c + d);
    }

    /// <summary>Multiply-adds on registers; returns how many floating-point operations that were.</summary>
    internal static double Burn(int iterations)
    {
        if (Avx512F.IsSupported)
            return Burn512(iterations);
        return Fma.IsSupported ? Burn256(iterations) : BurnPortable(iterations);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static double Burn512(int iterations)
    {
        var (x, y) = (Vector512.Create(1.0000001f), Vector512.Create(1e-9f));
        var (a, b, c, d, e, f) = (x, x, x, x, x, x);
        var (g, h, i, j, k, l) = (x, x, x, x, x, x);
        for (var n = 0; n < iterations; n++)
        {
            a = Avx512F.FusedMultiplyAdd(a, x, y);
            b = Avx512F.FusedMultiplyAdd(b, x, y);
            c = Avx512F.FusedMultiplyAdd(c, x, y);
            d = Avx512F.FusedMultiplyAdd(d, x, y);
            e = Avx512F.FusedMultiplyAdd(e, x, y);
            f = Avx512F.FusedMultiplyAdd(f, x, y);
            g = Avx512F.FusedMultiplyAdd(g, x, y);
            h = Avx512F.FusedMultiplyAdd(h, x, y);
            i = Avx512F.FusedMultiplyAdd(i, x, y);
            j = Avx512F.FusedMultiplyAdd(j, x, y);
            k = Avx512F.FusedMultiplyAdd(k, x, y);
            l = Avx512F.FusedMultiplyAdd(l, x, y);
        }
        Keep(Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l));
        return 12.0 * 16 * 2 * iterations;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static double Burn256(int iterations)
    {
        var (x, y) = (Vector256.Create(1.0000001f), Vector256.Create(1e-9f));
        var (a, b, c, d, e, f) = (x, x, x, x, x, x);
        var (g, h, i, j, k, l) = (x, x, x, x, x, x);
        for (var n = 0; n < iterations; n++)
        {
            a = Fma.MultiplyAdd(a, x, y);
            b = Fma.MultiplyAdd(b, x, y);
            c = Fma.MultiplyAdd(c, x, y);
            d = Fma.MultiplyAdd(d, x, y);
            e = Fma.MultiplyAdd(e, x, y);
            f = Fma.MultiplyAdd(f, x, y);
            g = Fma.MultiplyAdd(g, x, y);
            h = Fma.MultiplyAdd(h, x, y);
            i = Fma.MultiplyAdd(i, x, y);
            j = Fma.MultiplyAdd(j, x, y);
            k = Fma.MultiplyAdd(k, x, y);
            l = Fma.MultiplyAdd(l, x, y);
        }
        Keep(Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l));
        return 12.0 * 8 * 2 * iterations;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static double BurnPortable(int iterations)
    {
        var (x, y) = (Vector128.Create(1.0000001f), Vector128.Create(1e-9f));
        var (a, b, c, d, e, f) = (x, x, x, x, x, x);
        for (var n = 0; n < iterations; n++)
        {
            a = (a * x) + y;
            b = (b * x) + y;
            c = (c * x) + y;
            d = (d * x) + y;
            e = (e * x) + y;
            f = (f * x) + y;
        }
        Keep(Vector128.Sum(a + b + c + d + e + f));
        return 6.0 * 4 * 2 * iterations;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep(float value) => GC.KeepAlive(value);
}
