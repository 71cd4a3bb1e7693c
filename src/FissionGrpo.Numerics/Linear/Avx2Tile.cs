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

    public static void Run(in TileColumn tiles)
    {
        // The second half finds the left operand kept and everything fetched.
        var second = tiles;
        second.Result += HalfBytes;
        second.FetchesEnd = second.Fetches;
        second.KeepLeft = null;
        if (tiles.BFloat16)
        {
            // Columns c and c + 16 share a word, the lower column in its lower half.
            Dispatch<LowerHalves, KeepsNothing>(tiles);
            Dispatch<UpperHalves, KeepsNothing>(second);
            return;
        }
        second.Right += HalfBytes;
        if (tiles.KeepRight is null)
        {
            if (tiles.KeepLeft is null)
                Dispatch<Single, KeepsNothing>(tiles);
            else
                Dispatch<Single, KeepsLeft>(tiles);
            Dispatch<Single, KeepsNothing>(second);
            return;
        }
        if (tiles.KeepLeft is null)
            Dispatch<Single, KeepsRight>(tiles);
        else
            Dispatch<Single, KeepsBoth>(tiles);
        second.KeepRight += HalfBytes / sizeof(float);
        Dispatch<Single, KeepsRight>(second);
    }

    private static void Dispatch<TPanel, TKeeps>(in TileColumn t)
        where TPanel : struct, IPanel
        where TKeeps : struct, IKeeps
    {
        switch (t.Rows)
        {
            case 1: Column<Rows1, TPanel, TKeeps>(t); break;
            case 2: Column<Rows2, TPanel, TKeeps>(t); break;
            case 3: Column<Rows3, TPanel, TKeeps>(t); break;
            case 4: Column<Rows4, TPanel, TKeeps>(t); break;
            case 5: Column<Rows5, TPanel, TKeeps>(t); break;
            default: Column<Rows6, TPanel, TKeeps>(t); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Column<TRows, TPanel, TKeeps>(in TileColumn t)
        where TRows : struct, IRowCount
        where TPanel : struct, IPanel
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
            if (TRows.Count > 1)
            {
                c += ldc;
                Sse.Prefetch0(c);
            }
            if (TRows.Count > 2)
            {
                c += ldc;
                Sse.Prefetch0(c);
            }
            if (TRows.Count > 3)
            {
                c += ldc;
                Sse.Prefetch0(c);
            }
            if (TRows.Count > 4)
            {
                c += ldc;
                Sse.Prefetch0(c);
            }
            if (TRows.Count > 5)
            {
                c += ldc;
                Sse.Prefetch0(c);
            }
            c = (byte*)result;
            var (s0, t0) = (Vector256<float>.Zero, Vector256<float>.Zero);
            var (s1, t1) = (Vector256<float>.Zero, Vector256<float>.Zero);
            var (s2, t2) = (Vector256<float>.Zero, Vector256<float>.Zero);
            var (s3, t3) = (Vector256<float>.Zero, Vector256<float>.Zero);
            var (s4, t4) = (Vector256<float>.Zero, Vector256<float>.Zero);
            var (s5, t5) = (Vector256<float>.Zero, Vector256<float>.Zero);
            if (mode == TileMode.Chain)
            {
                (s0, t0) = (Vector256.Load((float*)c), Vector256.Load((float*)(c + 32)));
                if (TRows.Count > 1)
                {
                    c += ldc;
                    (s1, t1) = (Vector256.Load((float*)c), Vector256.Load((float*)(c + 32)));
                }
                if (TRows.Count > 2)
                {
                    c += ldc;
                    (s2, t2) = (Vector256.Load((float*)c), Vector256.Load((float*)(c + 32)));
                }
                if (TRows.Count > 3)
                {
                    c += ldc;
                    (s3, t3) = (Vector256.Load((float*)c), Vector256.Load((float*)(c + 32)));
                }
                if (TRows.Count > 4)
                {
                    c += ldc;
                    (s4, t4) = (Vector256.Load((float*)c), Vector256.Load((float*)(c + 32)));
                }
                if (TRows.Count > 5)
                {
                    c += ldc;
                    (s5, t5) = (Vector256.Load((float*)c), Vector256.Load((float*)(c + 32)));
                }
                c = (byte*)result;
            }

            // Row pointers three rows apart and the strides rs, 2·rs reach all rows with plain base + index addresses.
            var (rs, ks) = (t.LeftRow, t.LeftDepth);
            var a = (byte*)left;
            var twoRows = 2 * rs;
            var a3 = a + (3 * rs);
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
                    next += nextStride;
                    if (TKeeps.KeepsRight)
                    {
                        low.Store((float*)keepRight);
                        high.Store((float*)(keepRight + 32));
                        keepRight += 128;
                    }
                    if (TKeeps.KeepsLeft)
                    {
                        KeptColumns.Copy<TRows>((float*)a, (float*)keepLeft);
                        keepLeft += TRows.Count * sizeof(float);
                    }
                    var x0 = Vector256.Create(*(float*)a);
                    s0 = Fma.MultiplyAdd(x0, low, s0);
                    t0 = Fma.MultiplyAdd(x0, high, t0);
                    if (TRows.Count > 1)
                    {
                        var x1 = Vector256.Create(*(float*)(a + rs));
                        s1 = Fma.MultiplyAdd(x1, low, s1);
                        t1 = Fma.MultiplyAdd(x1, high, t1);
                    }
                    if (TRows.Count > 2)
                    {
                        var x2 = Vector256.Create(*(float*)(a + twoRows));
                        s2 = Fma.MultiplyAdd(x2, low, s2);
                        t2 = Fma.MultiplyAdd(x2, high, t2);
                    }
                    if (TRows.Count > 3)
                    {
                        var x3 = Vector256.Create(*(float*)a3);
                        s3 = Fma.MultiplyAdd(x3, low, s3);
                        t3 = Fma.MultiplyAdd(x3, high, t3);
                    }
                    if (TRows.Count > 4)
                    {
                        var x4 = Vector256.Create(*(float*)(a3 + rs));
                        s4 = Fma.MultiplyAdd(x4, low, s4);
                        t4 = Fma.MultiplyAdd(x4, high, t4);
                    }
                    if (TRows.Count > 5)
                    {
                        var x5 = Vector256.Create(*(float*)(a3 + twoRows));
                        s5 = Fma.MultiplyAdd(x5, low, s5);
                        t5 = Fma.MultiplyAdd(x5, high, t5);
                    }
                    a += ks;
                    if (TRows.Count > 3)
                        a3 += ks;
                }
                next += nextTurn;
            }

            if (mode == TileMode.Add)
            {
                (s0, t0) = (Vector256.Load((float*)c) + s0, Vector256.Load((float*)(c + 32)) + t0);
                if (TRows.Count > 1)
                {
                    c += ldc;
                    (s1, t1) = (Vector256.Load((float*)c) + s1, Vector256.Load((float*)(c + 32)) + t1);
                }
                if (TRows.Count > 2)
                {
                    c += ldc;
                    (s2, t2) = (Vector256.Load((float*)c) + s2, Vector256.Load((float*)(c + 32)) + t2);
                }
                if (TRows.Count > 3)
                {
                    c += ldc;
                    (s3, t3) = (Vector256.Load((float*)c) + s3, Vector256.Load((float*)(c + 32)) + t3);
                }
                if (TRows.Count > 4)
                {
                    c += ldc;
                    (s4, t4) = (Vector256.Load((float*)c) + s4, Vector256.Load((float*)(c + 32)) + t4);
                }
                if (TRows.Count > 5)
                {
                    c += ldc;
                    (s5, t5) = (Vector256.Load((float*)c) + s5, Vector256.Load((float*)(c + 32)) + t5);
                }
                c = (byte*)result;
            }
            s0.Store((float*)c);
            t0.Store((float*)(c + 32));
            if (TRows.Count > 1)
            {
                c += ldc;
                s1.Store((float*)c);
                t1.Store((float*)(c + 32));
            }
            if (TRows.Count > 2)
            {
                c += ldc;
                s2.Store((float*)c);
                t2.Store((float*)(c + 32));
            }
            if (TRows.Count > 3)
            {
                c += ldc;
                s3.Store((float*)c);
                t3.Store((float*)(c + 32));
            }
            if (TRows.Count > 4)
            {
                c += ldc;
                s4.Store((float*)c);
                t4.Store((float*)(c + 32));
            }
            if (TRows.Count > 5)
            {
                c += ldc;
                s5.Store((float*)c);
                t5.Store((float*)(c + 32));
            }
        }
    }

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
