using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FissionGrpo.Numerics.Linear;

/// <summary>
/// The AVX-512 kernels. <see cref="Run"/>: up to 12 rows by one panel (24 accumulators of 16 lanes, lane = output column). <see cref="RunWide"/>, for decoding a few
/// sequences, stands in <c>Avx512Tile.Wide.cs</c>.
/// One source serves every row count: the JIT drops the rows that TRows excludes, so all of them do the same arithmetic
/// in the same order. Measured: 97-99 % of the register-only peak at depth 256 and more (docs/performance.md).
/// </summary>
internal static unsafe partial class Avx512Tile
{
    public const int Rows = 12;

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
