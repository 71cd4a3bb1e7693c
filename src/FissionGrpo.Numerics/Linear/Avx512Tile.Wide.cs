using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FissionGrpo.Numerics.Linear;

/// <summary>
/// Up to 3 rows by four panels: four streams of weights keep the memory busy, and eight independent sums hide the latency of the multiply-add.
/// </summary>
internal static unsafe partial class Avx512Tile
{
    public const int WideRows = 3;
    public const int WidePanels = 4;

    // Measured: fetching ahead gains 10-15 % from memory with bfloat16, whose rows are single cache lines, and loses with single precision.
    private const int BFloat16Ahead = 2048;

    /// <summary>One tile for four panels, <paramref name="panelStride"/> bytes apart, 1 to 3 rows.</summary>
    public static void RunWide(
        int rows, nint depth, byte* a, nint rs, nint ks, byte* b, nint bs, nint panelStride, bool bfloat16, byte* c, nint ldc, TileMode mode)
    {
        if (bfloat16)
            DispatchWide<BFloat16Panel>(rows, depth, a, rs, ks, b, bs, panelStride, c, ldc, mode);
        else
            DispatchWide<SinglePanel>(rows, depth, a, rs, ks, b, bs, panelStride, c, ldc, mode);
    }

    private static void DispatchWide<TPanel>(
        int rows, nint depth, byte* a, nint rs, nint ks, byte* b, nint bs, nint panelStride, byte* c, nint ldc, TileMode mode)
        where TPanel : struct, IPanel512
    {
        switch (rows)
        {
            case 1: Wide<Rows1, TPanel>(depth, a, rs, ks, b, bs, panelStride, c, ldc, mode); break;
            case 2: Wide<Rows2, TPanel>(depth, a, rs, ks, b, bs, panelStride, c, ldc, mode); break;
            default: Wide<Rows3, TPanel>(depth, a, rs, ks, b, bs, panelStride, c, ldc, mode); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Wide<TRows, TPanel>(
        nint depth, byte* a, nint rs, nint ks, byte* b, nint bs, nint panelStride, byte* c, nint ldc, TileMode mode)
        where TRows : struct, IRowCount
        where TPanel : struct, IPanel512
    {
        var (p0, P0) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (q0, Q0) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (r0, R0) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (s0, S0) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (p1, P1) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (q1, Q1) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (r1, R1) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (s1, S1) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (p2, P2) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (q2, Q2) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (r2, R2) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (s2, S2) = (Vector512<float>.Zero, Vector512<float>.Zero);
        if (mode == TileMode.Chain)
        {
            (p0, P0) = (Vector512.Load((float*)(c + (0 * ldc) + 0)), Vector512.Load((float*)(c + (0 * ldc) + 64)));
            (q0, Q0) = (Vector512.Load((float*)(c + (0 * ldc) + 128)), Vector512.Load((float*)(c + (0 * ldc) + 192)));
            (r0, R0) = (Vector512.Load((float*)(c + (0 * ldc) + 256)), Vector512.Load((float*)(c + (0 * ldc) + 320)));
            (s0, S0) = (Vector512.Load((float*)(c + (0 * ldc) + 384)), Vector512.Load((float*)(c + (0 * ldc) + 448)));
            if (TRows.Count > 1)
            {
                (p1, P1) = (Vector512.Load((float*)(c + (1 * ldc) + 0)), Vector512.Load((float*)(c + (1 * ldc) + 64)));
                (q1, Q1) = (Vector512.Load((float*)(c + (1 * ldc) + 128)), Vector512.Load((float*)(c + (1 * ldc) + 192)));
                (r1, R1) = (Vector512.Load((float*)(c + (1 * ldc) + 256)), Vector512.Load((float*)(c + (1 * ldc) + 320)));
                (s1, S1) = (Vector512.Load((float*)(c + (1 * ldc) + 384)), Vector512.Load((float*)(c + (1 * ldc) + 448)));
            }
            if (TRows.Count > 2)
            {
                (p2, P2) = (Vector512.Load((float*)(c + (2 * ldc) + 0)), Vector512.Load((float*)(c + (2 * ldc) + 64)));
                (q2, Q2) = (Vector512.Load((float*)(c + (2 * ldc) + 128)), Vector512.Load((float*)(c + (2 * ldc) + 192)));
                (r2, R2) = (Vector512.Load((float*)(c + (2 * ldc) + 256)), Vector512.Load((float*)(c + (2 * ldc) + 320)));
                (s2, S2) = (Vector512.Load((float*)(c + (2 * ldc) + 384)), Vector512.Load((float*)(c + (2 * ldc) + 448)));
            }
        }

        var b1 = b + panelStride;
        var b2 = b1 + panelStride;
        var b3 = b2 + panelStride;
        var twoRows = 2 * rs;
        for (; depth > 0; depth--)
        {
            var x0 = Vector512.Create(*(float*)a);
            var x1 = TRows.Count > 1 ? Vector512.Create(*(float*)(a + rs)) : default;
            var x2 = TRows.Count > 2 ? Vector512.Create(*(float*)(a + twoRows)) : default;
            a += ks;
            var (low0, high0) = TPanel.Load(b);
            if (TPanel.RowBytes == 64)
                Sse.Prefetch0(b + BFloat16Ahead);
            b += bs;
            p0 = Avx512F.FusedMultiplyAdd(x0, low0, p0);
            P0 = Avx512F.FusedMultiplyAdd(x0, high0, P0);
            if (TRows.Count > 1)
            {
                p1 = Avx512F.FusedMultiplyAdd(x1, low0, p1);
                P1 = Avx512F.FusedMultiplyAdd(x1, high0, P1);
            }
            if (TRows.Count > 2)
            {
                p2 = Avx512F.FusedMultiplyAdd(x2, low0, p2);
                P2 = Avx512F.FusedMultiplyAdd(x2, high0, P2);
            }
            var (low1, high1) = TPanel.Load(b1);
            if (TPanel.RowBytes == 64)
                Sse.Prefetch0(b1 + BFloat16Ahead);
            b1 += bs;
            q0 = Avx512F.FusedMultiplyAdd(x0, low1, q0);
            Q0 = Avx512F.FusedMultiplyAdd(x0, high1, Q0);
            if (TRows.Count > 1)
            {
                q1 = Avx512F.FusedMultiplyAdd(x1, low1, q1);
                Q1 = Avx512F.FusedMultiplyAdd(x1, high1, Q1);
            }
            if (TRows.Count > 2)
            {
                q2 = Avx512F.FusedMultiplyAdd(x2, low1, q2);
                Q2 = Avx512F.FusedMultiplyAdd(x2, high1, Q2);
            }
            var (low2, high2) = TPanel.Load(b2);
            if (TPanel.RowBytes == 64)
                Sse.Prefetch0(b2 + BFloat16Ahead);
            b2 += bs;
            r0 = Avx512F.FusedMultiplyAdd(x0, low2, r0);
            R0 = Avx512F.FusedMultiplyAdd(x0, high2, R0);
            if (TRows.Count > 1)
            {
                r1 = Avx512F.FusedMultiplyAdd(x1, low2, r1);
                R1 = Avx512F.FusedMultiplyAdd(x1, high2, R1);
            }
            if (TRows.Count > 2)
            {
                r2 = Avx512F.FusedMultiplyAdd(x2, low2, r2);
                R2 = Avx512F.FusedMultiplyAdd(x2, high2, R2);
            }
            var (low3, high3) = TPanel.Load(b3);
            if (TPanel.RowBytes == 64)
                Sse.Prefetch0(b3 + BFloat16Ahead);
            b3 += bs;
            s0 = Avx512F.FusedMultiplyAdd(x0, low3, s0);
            S0 = Avx512F.FusedMultiplyAdd(x0, high3, S0);
            if (TRows.Count > 1)
            {
                s1 = Avx512F.FusedMultiplyAdd(x1, low3, s1);
                S1 = Avx512F.FusedMultiplyAdd(x1, high3, S1);
            }
            if (TRows.Count > 2)
            {
                s2 = Avx512F.FusedMultiplyAdd(x2, low3, s2);
                S2 = Avx512F.FusedMultiplyAdd(x2, high3, S2);
            }
        }

        if (mode == TileMode.Add)
        {
            (p0, P0) = (Vector512.Load((float*)(c + (0 * ldc) + 0)) + p0, Vector512.Load((float*)(c + (0 * ldc) + 64)) + P0);
            (q0, Q0) = (Vector512.Load((float*)(c + (0 * ldc) + 128)) + q0, Vector512.Load((float*)(c + (0 * ldc) + 192)) + Q0);
            (r0, R0) = (Vector512.Load((float*)(c + (0 * ldc) + 256)) + r0, Vector512.Load((float*)(c + (0 * ldc) + 320)) + R0);
            (s0, S0) = (Vector512.Load((float*)(c + (0 * ldc) + 384)) + s0, Vector512.Load((float*)(c + (0 * ldc) + 448)) + S0);
            if (TRows.Count > 1)
            {
                (p1, P1) = (Vector512.Load((float*)(c + (1 * ldc) + 0)) + p1, Vector512.Load((float*)(c + (1 * ldc) + 64)) + P1);
                (q1, Q1) = (Vector512.Load((float*)(c + (1 * ldc) + 128)) + q1, Vector512.Load((float*)(c + (1 * ldc) + 192)) + Q1);
                (r1, R1) = (Vector512.Load((float*)(c + (1 * ldc) + 256)) + r1, Vector512.Load((float*)(c + (1 * ldc) + 320)) + R1);
                (s1, S1) = (Vector512.Load((float*)(c + (1 * ldc) + 384)) + s1, Vector512.Load((float*)(c + (1 * ldc) + 448)) + S1);
            }
            if (TRows.Count > 2)
            {
                (p2, P2) = (Vector512.Load((float*)(c + (2 * ldc) + 0)) + p2, Vector512.Load((float*)(c + (2 * ldc) + 64)) + P2);
                (q2, Q2) = (Vector512.Load((float*)(c + (2 * ldc) + 128)) + q2, Vector512.Load((float*)(c + (2 * ldc) + 192)) + Q2);
                (r2, R2) = (Vector512.Load((float*)(c + (2 * ldc) + 256)) + r2, Vector512.Load((float*)(c + (2 * ldc) + 320)) + R2);
                (s2, S2) = (Vector512.Load((float*)(c + (2 * ldc) + 384)) + s2, Vector512.Load((float*)(c + (2 * ldc) + 448)) + S2);
            }
        }
        p0.Store((float*)(c + (0 * ldc) + 0));
        P0.Store((float*)(c + (0 * ldc) + 64));
        q0.Store((float*)(c + (0 * ldc) + 128));
        Q0.Store((float*)(c + (0 * ldc) + 192));
        r0.Store((float*)(c + (0 * ldc) + 256));
        R0.Store((float*)(c + (0 * ldc) + 320));
        s0.Store((float*)(c + (0 * ldc) + 384));
        S0.Store((float*)(c + (0 * ldc) + 448));
        if (TRows.Count > 1)
        {
            p1.Store((float*)(c + (1 * ldc) + 0));
            P1.Store((float*)(c + (1 * ldc) + 64));
            q1.Store((float*)(c + (1 * ldc) + 128));
            Q1.Store((float*)(c + (1 * ldc) + 192));
            r1.Store((float*)(c + (1 * ldc) + 256));
            R1.Store((float*)(c + (1 * ldc) + 320));
            s1.Store((float*)(c + (1 * ldc) + 384));
            S1.Store((float*)(c + (1 * ldc) + 448));
        }
        if (TRows.Count > 2)
        {
            p2.Store((float*)(c + (2 * ldc) + 0));
            P2.Store((float*)(c + (2 * ldc) + 64));
            q2.Store((float*)(c + (2 * ldc) + 128));
            Q2.Store((float*)(c + (2 * ldc) + 192));
            r2.Store((float*)(c + (2 * ldc) + 256));
            R2.Store((float*)(c + (2 * ldc) + 320));
            s2.Store((float*)(c + (2 * ldc) + 384));
            S2.Store((float*)(c + (2 * ldc) + 448));
        }
    }
}
