using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FissionGrpo.Numerics.Linear;

/// <summary>
/// The AVX2 kernel: up to 6 rows by half a panel (12 accumulators of 8 lanes, lane = output column), twice for the two halves.
/// </summary>
internal static unsafe class Avx2Tile
{
    public const int Rows = 6;

    private const int HalfBytes = 64;

    /// <summary>
    /// c[r, 0…31] from a[r·rs + k·ks] and b[k·bs + column]; all strides in bytes. Meanwhile one cache line per step of depth is fetched.
    /// </summary>
    public static void Run(
        int rows, nint depth, byte* a, nint rs, nint ks, byte* b, nint bs, bool bfloat16, byte* c, nint ldc, TileMode mode, in Errand errand)
    {
        var second = new Errand(Fetch.Nothing(b)); // the half that finds the left operand kept and the next panel fetched
        if (bfloat16)
        {
            // Columns c and c + 16 share a word, the lower column in its lower half.
            Dispatch<LowerHalves, KeepsNothing>(rows, depth, a, rs, ks, b, bs, c, ldc, mode, errand);
            Dispatch<UpperHalves, KeepsNothing>(rows, depth, a, rs, ks, b, bs, c + HalfBytes, ldc, mode, second);
        }
        else if (errand.KeepRight is null)
        {
            if (errand.KeepLeft is null)
                Dispatch<Single, KeepsNothing>(rows, depth, a, rs, ks, b, bs, c, ldc, mode, errand);
            else
                Dispatch<Single, KeepsLeft>(rows, depth, a, rs, ks, b, bs, c, ldc, mode, errand);
            Dispatch<Single, KeepsNothing>(rows, depth, a, rs, ks, b + HalfBytes, bs, c + HalfBytes, ldc, mode, second);
        }
        else
        {
            if (errand.KeepLeft is null)
                Dispatch<Single, KeepsRight>(rows, depth, a, rs, ks, b, bs, c, ldc, mode, errand);
            else
                Dispatch<Single, KeepsBoth>(rows, depth, a, rs, ks, b, bs, c, ldc, mode, errand);
            second = new(Fetch.Nothing(b), null, errand.KeepRight + (HalfBytes / sizeof(float)));
            Dispatch<Single, KeepsRight>(rows, depth, a, rs, ks, b + HalfBytes, bs, c + HalfBytes, ldc, mode, second);
        }
    }

    private static void Dispatch<TPanel, TErrand>(
        int rows, nint depth, byte* a, nint rs, nint ks, byte* b, nint bs, byte* c, nint ldc, TileMode mode, in Errand errand)
        where TPanel : struct, IPanel
        where TErrand : struct, IErrandKind
    {
        switch (rows)
        {
            case 1: Tile<Rows1, TPanel, TErrand>(depth, a, rs, ks, b, bs, c, ldc, mode, errand); break;
            case 2: Tile<Rows2, TPanel, TErrand>(depth, a, rs, ks, b, bs, c, ldc, mode, errand); break;
            case 3: Tile<Rows3, TPanel, TErrand>(depth, a, rs, ks, b, bs, c, ldc, mode, errand); break;
            case 4: Tile<Rows4, TPanel, TErrand>(depth, a, rs, ks, b, bs, c, ldc, mode, errand); break;
            case 5: Tile<Rows5, TPanel, TErrand>(depth, a, rs, ks, b, bs, c, ldc, mode, errand); break;
            default: Tile<Rows6, TPanel, TErrand>(depth, a, rs, ks, b, bs, c, ldc, mode, errand); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TRows, TPanel, TErrand>(
        nint depth, byte* a, nint rs, nint ks, byte* b, nint bs, byte* c, nint ldc, TileMode mode, in Errand errand)
        where TRows : struct, IRowCount
        where TPanel : struct, IPanel
        where TErrand : struct, IErrandKind
    {
        // The rows of c are far apart, so nothing else would bring them near before they are needed at the end.
        Sse.Prefetch0(c);
        if (TRows.Count > 1)
            Sse.Prefetch0(c + (1 * ldc));
        if (TRows.Count > 2)
            Sse.Prefetch0(c + (2 * ldc));
        if (TRows.Count > 3)
            Sse.Prefetch0(c + (3 * ldc));
        if (TRows.Count > 4)
            Sse.Prefetch0(c + (4 * ldc));
        if (TRows.Count > 5)
            Sse.Prefetch0(c + (5 * ldc));
        var (s0, t0) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (s1, t1) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (s2, t2) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (s3, t3) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (s4, t4) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (s5, t5) = (Vector256<float>.Zero, Vector256<float>.Zero);
        if (mode == TileMode.Chain)
        {
            (s0, t0) = (Vector256.Load((float*)(c + (0 * ldc))), Vector256.Load((float*)(c + (0 * ldc)) + 8));
            if (TRows.Count > 1)
                (s1, t1) = (Vector256.Load((float*)(c + (1 * ldc))), Vector256.Load((float*)(c + (1 * ldc)) + 8));
            if (TRows.Count > 2)
                (s2, t2) = (Vector256.Load((float*)(c + (2 * ldc))), Vector256.Load((float*)(c + (2 * ldc)) + 8));
            if (TRows.Count > 3)
                (s3, t3) = (Vector256.Load((float*)(c + (3 * ldc))), Vector256.Load((float*)(c + (3 * ldc)) + 8));
            if (TRows.Count > 4)
                (s4, t4) = (Vector256.Load((float*)(c + (4 * ldc))), Vector256.Load((float*)(c + (4 * ldc)) + 8));
            if (TRows.Count > 5)
                (s5, t5) = (Vector256.Load((float*)(c + (5 * ldc))), Vector256.Load((float*)(c + (5 * ldc)) + 8));
        }

        var twoRows = 2 * rs;
        var a3 = a + (3 * rs);
        var next = errand.Fetch.Start;
        var (nextStride, nextTurn) = (errand.Fetch.Stride, errand.Fetch.Turn);
        var (keepLeft, keepRight) = ((nint)errand.KeepLeft, (nint)errand.KeepRight);
        for (; depth > 0; depth -= Fetch.TurnSteps)
        {
            for (var steps = Math.Min(depth, Fetch.TurnSteps); steps > 0; steps--)
            {
                var (low, high) = TPanel.Load(b);
                b += bs;
                Sse.Prefetch1(next);
                next += nextStride;
                if (TErrand.KeepsRight)
                {
                    low.Store((float*)keepRight);
                    high.Store((float*)keepRight + 8);
                    keepRight += 2 * HalfBytes;
                }
                if (TErrand.KeepsLeft)
                {
                    Errand.KeepColumn<TRows>((float*)a, (float*)keepLeft);
                    keepLeft += TRows.Count * sizeof(float);
                }
                var x0 = Vector256.Create(*(float*)a);
                s0 = MultiplyAdd(x0, low, s0);
                t0 = MultiplyAdd(x0, high, t0);
                if (TRows.Count > 1)
                {
                    var x1 = Vector256.Create(*(float*)(a + rs));
                    s1 = MultiplyAdd(x1, low, s1);
                    t1 = MultiplyAdd(x1, high, t1);
                }
                if (TRows.Count > 2)
                {
                    var x2 = Vector256.Create(*(float*)(a + twoRows));
                    s2 = MultiplyAdd(x2, low, s2);
                    t2 = MultiplyAdd(x2, high, t2);
                }
                if (TRows.Count > 3)
                {
                    var x3 = Vector256.Create(*(float*)a3);
                    s3 = MultiplyAdd(x3, low, s3);
                    t3 = MultiplyAdd(x3, high, t3);
                }
                if (TRows.Count > 4)
                {
                    var x4 = Vector256.Create(*(float*)(a3 + rs));
                    s4 = MultiplyAdd(x4, low, s4);
                    t4 = MultiplyAdd(x4, high, t4);
                }
                if (TRows.Count > 5)
                {
                    var x5 = Vector256.Create(*(float*)(a3 + twoRows));
                    s5 = MultiplyAdd(x5, low, s5);
                    t5 = MultiplyAdd(x5, high, t5);
                }
                a += ks;
                if (TRows.Count > 3)
                    a3 += ks;
            }
            next += nextTurn;
        }

        if (mode == TileMode.Add)
        {
            (s0, t0) = (Vector256.Load((float*)(c + (0 * ldc))) + s0, Vector256.Load((float*)(c + (0 * ldc)) + 8) + t0);
            if (TRows.Count > 1)
                (s1, t1) = (Vector256.Load((float*)(c + (1 * ldc))) + s1, Vector256.Load((float*)(c + (1 * ldc)) + 8) + t1);
            if (TRows.Count > 2)
                (s2, t2) = (Vector256.Load((float*)(c + (2 * ldc))) + s2, Vector256.Load((float*)(c + (2 * ldc)) + 8) + t2);
            if (TRows.Count > 3)
                (s3, t3) = (Vector256.Load((float*)(c + (3 * ldc))) + s3, Vector256.Load((float*)(c + (3 * ldc)) + 8) + t3);
            if (TRows.Count > 4)
                (s4, t4) = (Vector256.Load((float*)(c + (4 * ldc))) + s4, Vector256.Load((float*)(c + (4 * ldc)) + 8) + t4);
            if (TRows.Count > 5)
                (s5, t5) = (Vector256.Load((float*)(c + (5 * ldc))) + s5, Vector256.Load((float*)(c + (5 * ldc)) + 8) + t5);
        }
        Store((float*)(c + (0 * ldc)), s0);
        Store((float*)(c + (0 * ldc)) + 8, t0);
        if (TRows.Count > 1)
        {
            Store((float*)(c + (1 * ldc)), s1);
            Store((float*)(c + (1 * ldc)) + 8, t1);
        }
        if (TRows.Count > 2)
        {
            Store((float*)(c + (2 * ldc)), s2);
            Store((float*)(c + (2 * ldc)) + 8, t2);
        }
        if (TRows.Count > 3)
        {
            Store((float*)(c + (3 * ldc)), s3);
            Store((float*)(c + (3 * ldc)) + 8, t3);
        }
        if (TRows.Count > 4)
        {
            Store((float*)(c + (4 * ldc)), s4);
            Store((float*)(c + (4 * ldc)) + 8, t4);
        }
        if (TRows.Count > 5)
        {
            Store((float*)(c + (5 * ldc)), s5);
            Store((float*)(c + (5 * ldc)) + 8, t5);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> MultiplyAdd(Vector256<float> x, Vector256<float> y, Vector256<float> sum) => Fma.MultiplyAdd(x, y, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* destination, Vector256<float> value) => value.Store(destination);

    /// <summary>How 16 neighbouring columns of a row of a panel become two vectors.</summary>
    private interface IPanel
    {
        static abstract (Vector256<float> Low, Vector256<float> High) Load(byte* row);
    }

    private readonly struct Single : IPanel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector256<float> Low, Vector256<float> High) Load(byte* row) => (Vector256.Load((float*)row), Vector256.Load((float*)row + 8));
    }

    private readonly struct LowerHalves : IPanel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector256<float> Low, Vector256<float> High) Load(byte* row) =>
            ((Vector256.Load((uint*)row) << 16).AsSingle(), (Vector256.Load((uint*)row + 8) << 16).AsSingle());
    }

    private readonly struct UpperHalves : IPanel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector256<float> Low, Vector256<float> High) Load(byte* row)
        {
            var mask = Vector256.Create(0xFFFF0000u);
            return ((Vector256.Load((uint*)row) & mask).AsSingle(), (Vector256.Load((uint*)row + 8) & mask).AsSingle());
        }
    }
}
