using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FissionGrpo.Numerics.Linear;

/// <summary>
/// The AVX-512 kernels. <see cref="Run"/>: up to 12 rows by one panel (24 accumulators of 16 lanes, lane = output column); <see cref="RunWide"/>: up to 3 rows by four
/// panels, for decoding, where four streams of weights keep the memory busy and eight independent sums hide the latency of the multiply-add.
/// One source serves every row count: the JIT drops the rows that TRows excludes, so all of them do the same arithmetic
/// in the same order. Measured: 97-99 % of the register-only peak at depth 256 and more (docs/performance.md).
/// </summary>
internal static unsafe class Avx512Tile
{
    public const int Rows = 12;
    public const int WideRows = 3;
    public const int WidePanels = 4;

    // Measured: fetching ahead gains 10-15 % from memory with bfloat16, whose rows are single cache lines, and loses with single precision.
    private const int BFloat16Ahead = 2048;

    public static void Run(in TileColumn tiles)
    {
        if (tiles.BFloat16 && tiles.FetchesPairs)
            Dispatch<BFloat16Panel, FetchesPairs>(tiles);
        else if (tiles.BFloat16)
            Dispatch<BFloat16Panel, KeepsNothing>(tiles);
        else if (tiles.FetchesPairs)
            Dispatch<SinglePanel, FetchesPairs>(tiles);
        else if (tiles.KeepRight is null && tiles.KeepLeft is null)
            Dispatch<SinglePanel, KeepsNothing>(tiles);
        else if (tiles.KeepRight is null)
            Dispatch<SinglePanel, KeepsLeft>(tiles);
        else if (tiles.KeepLeft is null)
            Dispatch<SinglePanel, KeepsRight>(tiles);
        else
            Dispatch<SinglePanel, KeepsBoth>(tiles);
    }

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

    private static void Dispatch<TPanel, TKeeps>(in TileColumn t)
        where TPanel : struct, IPanel512
        where TKeeps : struct, IKeeps
    {
        switch (t.Rows)
        {
            case 1: Column<Rows1, TPanel, TKeeps>(t); break;
            case 2: Column<Rows2, TPanel, TKeeps>(t); break;
            case 3: Column<Rows3, TPanel, TKeeps>(t); break;
            case 4: Column<Rows4, TPanel, TKeeps>(t); break;
            case 5: Column<Rows5, TPanel, TKeeps>(t); break;
            case 6: Column<Rows6, TPanel, TKeeps>(t); break;
            case 7: Column<Rows7, TPanel, TKeeps>(t); break;
            case 8: Column<Rows8, TPanel, TKeeps>(t); break;
            case 9: Column<Rows9, TPanel, TKeeps>(t); break;
            case 10: Column<Rows10, TPanel, TKeeps>(t); break;
            case 11: Column<Rows11, TPanel, TKeeps>(t); break;
            default: Column<Rows12, TPanel, TKeeps>(t); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Column<TRows, TPanel, TKeeps>(in TileColumn t)
        where TRows : struct, IRowCount
        where TPanel : struct, IPanel512
        where TKeeps : struct, IKeeps
    {
        var (ldc, mode) = (t.ResultRow, t.Mode);
        var (left, result) = ((nint)t.Left, (nint)t.Result);
        var (keepLeft, keepRight) = ((nint)t.KeepLeft, (nint)t.KeepRight);
        var fetch = t.Fetches;
        for (var tile = t.Tiles; tile > 0; tile--, left += t.LeftTile, result += TRows.Count * ldc)
        {
            // The rows of the result are far apart, so nothing else would bring them near before they are needed at the end.
            var c = (byte*)result;
            Sse.Prefetch0(c);
            Sse.Prefetch0(c + 64);
            if (TRows.Count > 1)
            {
                c += ldc;
                Sse.Prefetch0(c);
                Sse.Prefetch0(c + 64);
            }
            if (TRows.Count > 2)
            {
                c += ldc;
                Sse.Prefetch0(c);
                Sse.Prefetch0(c + 64);
            }
            if (TRows.Count > 3)
            {
                c += ldc;
                Sse.Prefetch0(c);
                Sse.Prefetch0(c + 64);
            }
            if (TRows.Count > 4)
            {
                c += ldc;
                Sse.Prefetch0(c);
                Sse.Prefetch0(c + 64);
            }
            if (TRows.Count > 5)
            {
                c += ldc;
                Sse.Prefetch0(c);
                Sse.Prefetch0(c + 64);
            }
            if (TRows.Count > 6)
            {
                c += ldc;
                Sse.Prefetch0(c);
                Sse.Prefetch0(c + 64);
            }
            if (TRows.Count > 7)
            {
                c += ldc;
                Sse.Prefetch0(c);
                Sse.Prefetch0(c + 64);
            }
            if (TRows.Count > 8)
            {
                c += ldc;
                Sse.Prefetch0(c);
                Sse.Prefetch0(c + 64);
            }
            if (TRows.Count > 9)
            {
                c += ldc;
                Sse.Prefetch0(c);
                Sse.Prefetch0(c + 64);
            }
            if (TRows.Count > 10)
            {
                c += ldc;
                Sse.Prefetch0(c);
                Sse.Prefetch0(c + 64);
            }
            if (TRows.Count > 11)
            {
                c += ldc;
                Sse.Prefetch0(c);
                Sse.Prefetch0(c + 64);
            }
            c = (byte*)result;
            var (s0, t0) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var (s1, t1) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var (s2, t2) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var (s3, t3) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var (s4, t4) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var (s5, t5) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var (s6, t6) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var (s7, t7) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var (s8, t8) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var (s9, t9) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var (s10, t10) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var (s11, t11) = (Vector512<float>.Zero, Vector512<float>.Zero);
            if (mode == TileMode.Chain)
            {
                (s0, t0) = (Vector512.Load((float*)c), Vector512.Load((float*)(c + 64)));
                if (TRows.Count > 1)
                {
                    c += ldc;
                    (s1, t1) = (Vector512.Load((float*)c), Vector512.Load((float*)(c + 64)));
                }
                if (TRows.Count > 2)
                {
                    c += ldc;
                    (s2, t2) = (Vector512.Load((float*)c), Vector512.Load((float*)(c + 64)));
                }
                if (TRows.Count > 3)
                {
                    c += ldc;
                    (s3, t3) = (Vector512.Load((float*)c), Vector512.Load((float*)(c + 64)));
                }
                if (TRows.Count > 4)
                {
                    c += ldc;
                    (s4, t4) = (Vector512.Load((float*)c), Vector512.Load((float*)(c + 64)));
                }
                if (TRows.Count > 5)
                {
                    c += ldc;
                    (s5, t5) = (Vector512.Load((float*)c), Vector512.Load((float*)(c + 64)));
                }
                if (TRows.Count > 6)
                {
                    c += ldc;
                    (s6, t6) = (Vector512.Load((float*)c), Vector512.Load((float*)(c + 64)));
                }
                if (TRows.Count > 7)
                {
                    c += ldc;
                    (s7, t7) = (Vector512.Load((float*)c), Vector512.Load((float*)(c + 64)));
                }
                if (TRows.Count > 8)
                {
                    c += ldc;
                    (s8, t8) = (Vector512.Load((float*)c), Vector512.Load((float*)(c + 64)));
                }
                if (TRows.Count > 9)
                {
                    c += ldc;
                    (s9, t9) = (Vector512.Load((float*)c), Vector512.Load((float*)(c + 64)));
                }
                if (TRows.Count > 10)
                {
                    c += ldc;
                    (s10, t10) = (Vector512.Load((float*)c), Vector512.Load((float*)(c + 64)));
                }
                if (TRows.Count > 11)
                {
                    c += ldc;
                    (s11, t11) = (Vector512.Load((float*)c), Vector512.Load((float*)(c + 64)));
                }
                c = (byte*)result;
            }

            // Row pointers three rows apart and the strides rs, 2·rs reach all rows with plain base + index addresses.
            var (rs, ks) = (t.LeftRow, t.LeftDepth);
            var a = (byte*)left;
            var twoRows = 2 * rs;
            var a3 = a + (3 * rs);
            var a6 = a3 + (3 * rs);
            var a9 = a6 + (3 * rs);
            var b = t.Right;
            var bs = t.RightDepth;
            var (next, nextStride, nextTurn) = ((nint)b, (nint)0, (nint)0);
            if (fetch < t.FetchesEnd)
            {
                (next, nextStride, nextTurn) = ((nint)fetch->Start, fetch->Stride, fetch->Turn);
                fetch++;
            }
            var piece = nextTurn == 0 ? t.Depth : Fetch.TurnSteps;
            for (var depth = t.Depth; depth > 0; depth -= piece)
            {
                for (var steps = Math.Min(depth, piece); steps > 0; steps--)
                {
                    var (low, high) = TPanel.Load(b);
                    b += bs;
                    Sse.Prefetch1((void*)next);
                    if (TKeeps.FetchesPairs)
                        Sse.Prefetch1((void*)(next + 64));
                    next += nextStride;
                    if (TKeeps.KeepsRight)
                    {
                        low.Store((float*)keepRight);
                        high.Store((float*)(keepRight + 64));
                        keepRight += 128;
                    }
                    if (TKeeps.KeepsLeft)
                    {
                        KeptColumns.Copy<TRows>((float*)a, (float*)keepLeft);
                        keepLeft += TRows.Count * sizeof(float);
                    }
                    var x0 = Vector512.Create(*(float*)a);
                    s0 = Avx512F.FusedMultiplyAdd(x0, low, s0);
                    t0 = Avx512F.FusedMultiplyAdd(x0, high, t0);
                    if (TRows.Count > 1)
                    {
                        var x1 = Vector512.Create(*(float*)(a + rs));
                        s1 = Avx512F.FusedMultiplyAdd(x1, low, s1);
                        t1 = Avx512F.FusedMultiplyAdd(x1, high, t1);
                    }
                    if (TRows.Count > 2)
                    {
                        var x2 = Vector512.Create(*(float*)(a + twoRows));
                        s2 = Avx512F.FusedMultiplyAdd(x2, low, s2);
                        t2 = Avx512F.FusedMultiplyAdd(x2, high, t2);
                    }
                    if (TRows.Count > 3)
                    {
                        var x3 = Vector512.Create(*(float*)a3);
                        s3 = Avx512F.FusedMultiplyAdd(x3, low, s3);
                        t3 = Avx512F.FusedMultiplyAdd(x3, high, t3);
                    }
                    if (TRows.Count > 4)
                    {
                        var x4 = Vector512.Create(*(float*)(a3 + rs));
                        s4 = Avx512F.FusedMultiplyAdd(x4, low, s4);
                        t4 = Avx512F.FusedMultiplyAdd(x4, high, t4);
                    }
                    if (TRows.Count > 5)
                    {
                        var x5 = Vector512.Create(*(float*)(a3 + twoRows));
                        s5 = Avx512F.FusedMultiplyAdd(x5, low, s5);
                        t5 = Avx512F.FusedMultiplyAdd(x5, high, t5);
                    }
                    if (TRows.Count > 6)
                    {
                        var x6 = Vector512.Create(*(float*)a6);
                        s6 = Avx512F.FusedMultiplyAdd(x6, low, s6);
                        t6 = Avx512F.FusedMultiplyAdd(x6, high, t6);
                    }
                    if (TRows.Count > 7)
                    {
                        var x7 = Vector512.Create(*(float*)(a6 + rs));
                        s7 = Avx512F.FusedMultiplyAdd(x7, low, s7);
                        t7 = Avx512F.FusedMultiplyAdd(x7, high, t7);
                    }
                    if (TRows.Count > 8)
                    {
                        var x8 = Vector512.Create(*(float*)(a6 + twoRows));
                        s8 = Avx512F.FusedMultiplyAdd(x8, low, s8);
                        t8 = Avx512F.FusedMultiplyAdd(x8, high, t8);
                    }
                    if (TRows.Count > 9)
                    {
                        var x9 = Vector512.Create(*(float*)a9);
                        s9 = Avx512F.FusedMultiplyAdd(x9, low, s9);
                        t9 = Avx512F.FusedMultiplyAdd(x9, high, t9);
                    }
                    if (TRows.Count > 10)
                    {
                        var x10 = Vector512.Create(*(float*)(a9 + rs));
                        s10 = Avx512F.FusedMultiplyAdd(x10, low, s10);
                        t10 = Avx512F.FusedMultiplyAdd(x10, high, t10);
                    }
                    if (TRows.Count > 11)
                    {
                        var x11 = Vector512.Create(*(float*)(a9 + twoRows));
                        s11 = Avx512F.FusedMultiplyAdd(x11, low, s11);
                        t11 = Avx512F.FusedMultiplyAdd(x11, high, t11);
                    }
                    a += ks;
                    if (TRows.Count > 3)
                        a3 += ks;
                    if (TRows.Count > 6)
                        a6 += ks;
                    if (TRows.Count > 9)
                        a9 += ks;
                }
                next += nextTurn;
            }

            if (mode == TileMode.Add)
            {
                (s0, t0) = (Vector512.Load((float*)c) + s0, Vector512.Load((float*)(c + 64)) + t0);
                if (TRows.Count > 1)
                {
                    c += ldc;
                    (s1, t1) = (Vector512.Load((float*)c) + s1, Vector512.Load((float*)(c + 64)) + t1);
                }
                if (TRows.Count > 2)
                {
                    c += ldc;
                    (s2, t2) = (Vector512.Load((float*)c) + s2, Vector512.Load((float*)(c + 64)) + t2);
                }
                if (TRows.Count > 3)
                {
                    c += ldc;
                    (s3, t3) = (Vector512.Load((float*)c) + s3, Vector512.Load((float*)(c + 64)) + t3);
                }
                if (TRows.Count > 4)
                {
                    c += ldc;
                    (s4, t4) = (Vector512.Load((float*)c) + s4, Vector512.Load((float*)(c + 64)) + t4);
                }
                if (TRows.Count > 5)
                {
                    c += ldc;
                    (s5, t5) = (Vector512.Load((float*)c) + s5, Vector512.Load((float*)(c + 64)) + t5);
                }
                if (TRows.Count > 6)
                {
                    c += ldc;
                    (s6, t6) = (Vector512.Load((float*)c) + s6, Vector512.Load((float*)(c + 64)) + t6);
                }
                if (TRows.Count > 7)
                {
                    c += ldc;
                    (s7, t7) = (Vector512.Load((float*)c) + s7, Vector512.Load((float*)(c + 64)) + t7);
                }
                if (TRows.Count > 8)
                {
                    c += ldc;
                    (s8, t8) = (Vector512.Load((float*)c) + s8, Vector512.Load((float*)(c + 64)) + t8);
                }
                if (TRows.Count > 9)
                {
                    c += ldc;
                    (s9, t9) = (Vector512.Load((float*)c) + s9, Vector512.Load((float*)(c + 64)) + t9);
                }
                if (TRows.Count > 10)
                {
                    c += ldc;
                    (s10, t10) = (Vector512.Load((float*)c) + s10, Vector512.Load((float*)(c + 64)) + t10);
                }
                if (TRows.Count > 11)
                {
                    c += ldc;
                    (s11, t11) = (Vector512.Load((float*)c) + s11, Vector512.Load((float*)(c + 64)) + t11);
                }
                c = (byte*)result;
            }
            s0.Store((float*)c);
            t0.Store((float*)(c + 64));
            if (TRows.Count > 1)
            {
                c += ldc;
                s1.Store((float*)c);
                t1.Store((float*)(c + 64));
            }
            if (TRows.Count > 2)
            {
                c += ldc;
                s2.Store((float*)c);
                t2.Store((float*)(c + 64));
            }
            if (TRows.Count > 3)
            {
                c += ldc;
                s3.Store((float*)c);
                t3.Store((float*)(c + 64));
            }
            if (TRows.Count > 4)
            {
                c += ldc;
                s4.Store((float*)c);
                t4.Store((float*)(c + 64));
            }
            if (TRows.Count > 5)
            {
                c += ldc;
                s5.Store((float*)c);
                t5.Store((float*)(c + 64));
            }
            if (TRows.Count > 6)
            {
                c += ldc;
                s6.Store((float*)c);
                t6.Store((float*)(c + 64));
            }
            if (TRows.Count > 7)
            {
                c += ldc;
                s7.Store((float*)c);
                t7.Store((float*)(c + 64));
            }
            if (TRows.Count > 8)
            {
                c += ldc;
                s8.Store((float*)c);
                t8.Store((float*)(c + 64));
            }
            if (TRows.Count > 9)
            {
                c += ldc;
                s9.Store((float*)c);
                t9.Store((float*)(c + 64));
            }
            if (TRows.Count > 10)
            {
                c += ldc;
                s10.Store((float*)c);
                t10.Store((float*)(c + 64));
            }
            if (TRows.Count > 11)
            {
                c += ldc;
                s11.Store((float*)c);
                t11.Store((float*)(c + 64));
            }
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

    /// <summary>How a row of 32 values of a panel becomes two vectors.</summary>
    private interface IPanel512
    {
        static abstract nint RowBytes { get; }

        static abstract (Vector512<float> Low, Vector512<float> High) Load(byte* row);
    }

    private readonly struct SinglePanel : IPanel512
    {
        public static nint RowBytes => 128;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<float> Low, Vector512<float> High) Load(byte* row) => (Vector512.Load((float*)row), Vector512.Load((float*)(row + 64)));
    }

    private readonly struct BFloat16Panel : IPanel512
    {
        public static nint RowBytes => 64;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<float> Low, Vector512<float> High) Load(byte* row)
        {
            var pairs = Vector512.Load((uint*)row);
            return ((pairs << 16).AsSingle(), (pairs & Vector512.Create(0xFFFF0000u)).AsSingle());
        }
    }
}
