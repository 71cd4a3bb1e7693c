using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Attention;

/// <summary>
/// Decoding with AVX-512 or AVX2: the one new row of a sequence against its pages, several heads together. The work is to read every key and value once, so the walk
/// follows the memory (the keys of all heads page by page, then the values), and each tile fetches as many lines of the next page as it uses of this one.
/// The terms of every sum come in the order of <see cref="QueryChunk"/>, so the bits are the same.
/// </summary>
internal static unsafe class OneRow
{
    // Keys of one page that an item takes at a time.
    private const int KeyBytesTogether = 16 << 10;
    private const int Columns = PackedMatrix.PanelColumns;

    public static bool IsSupported => Linear.Tiles.Path != KernelPath.Portable;

    // Rows whose accumulators fit into the registers.
    private static int MostRows => Avx512F.IsSupported ? 4 : 2;

    /// <summary>Heads that one item takes: as many as make long runs of memory, fewer when the threads would lack work.</summary>
    public static int HeadsTogether(AttentionShape shape, int rows, int threads)
    {
        if (threads > 1 && rows < 4 * threads)
            return 1;
        return Math.Clamp(KeyBytesTogether / (shape.HeadSize * Columns * sizeof(float)), 1, shape.KeyValueHeads);
    }

    public static long ScratchFloats(AttentionShape shape, int heads, int keys)
    {
        var pairs = (long)heads * shape.Group;
        return (pairs * (shape.HeadSize + QueryChunk.ScoreStride(keys) + (QueryChunk.Blocks(shape.HeadSize) * Columns))) + 64;
    }

    /// <param name="q">The row's queries, first head of the first group.</param>
    /// <param name="visible">Keys that it sees.</param>
    /// <param name="pages">The sequence's pages of this layer.</param>
    /// <param name="head">First key/value head.</param>
    /// <param name="heads">How many.</param>
    /// <param name="output">Like <paramref name="q"/>.</param>
    /// <param name="next">Where the next item begins to read.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(
        float* q, int visible, nint* pages, KeyValuePage layout, int head, int heads, AttentionShape shape, float* scratch, float* output, byte* next)
    {
        var (size, group) = (shape.HeadSize, shape.Group);
        var pairs = heads * group;
        var blocks = QueryChunk.Blocks(size);
        var stride = (int)QueryChunk.ScoreStride(visible);
        var resultStride = blocks * Columns;
        var scores = scratch;
        var results = scores + ((long)pairs * stride);
        var queries = results + ((long)pairs * resultStride);
        Softmax.Scale(q, pairs * size, shape.Scale, queries);

        var headBytes = (nint)layout.HeadFloats * sizeof(float);
        var count = (visible + KeyValuePage.Positions - 1) / KeyValuePage.Positions;
        for (var page = 0; page < count; page++)
        {
            var keys = layout.Keys(pages[page], head);
            var fetch = (byte*)(page + 1 < count ? layout.Keys(pages[page + 1], head) : layout.Values(pages[0], head));
            for (var h = 0; h < heads; h++)
            {
                Tiles(
                    group, size, queries + (h * group * size), size, keys + (h * layout.HeadFloats), Columns,
                    scores + (h * group * stride) + (page * Columns), stride, chain: false, fetch + (h * headBytes));
            }
        }
        var scales = stackalloc float[pairs];
        QueryChunk.WeighAll(scores, stride, pairs, visible, scales);
        for (var page = 0; page < count; page++)
        {
            var values = layout.Values(pages[page], head);
            var fetch = page + 1 < count ? (byte*)layout.Values(pages[page + 1], head) : next;
            var rows = Math.Min(Columns, visible - (page * Columns));
            for (var h = 0; h < heads; h++)
            {
                // A page that is not full fetches too little of the next item's keys by itself.
                for (var line = 2 * rows; line < 2 * Columns && blocks == 1; line++)
                    Sse.Prefetch1(fetch + (h * headBytes) + (line * 64));
                for (var block = 0; block < blocks; block++)
                {
                    Tiles(
                        group, rows, scores + (h * group * stride) + (page * Columns), stride, values + (h * layout.HeadFloats) + (block * Columns), size,
                        results + (h * group * resultStride) + (block * Columns), resultStride, chain: page > 0,
                        fetch + (h * headBytes) + (block * Columns * Columns * sizeof(float)));
                }
            }
        }
        for (var pair = 0; pair < pairs; pair++)
            Softmax.Scale(results + ((long)pair * resultStride), size, scales[pair], output + ((long)pair * size));
    }

    // c[row, 0…31] = (c[row, 0…31] +) Σ over k of a[row·rs + k] · b[k·bs + 0…31]; strides in floats.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiles(int rows, int depth, float* a, nint rs, float* b, nint bs, float* c, nint ldc, bool chain, byte* next)
    {
        for (; rows > MostRows; rows -= MostRows, a += MostRows * rs, c += MostRows * ldc)
        {
            if (Avx512F.IsSupported)
                Tile<Rows4>(depth, a, rs, b, bs, c, ldc, chain, next);
            else
                NarrowTile<Rows2>(depth, a, rs, b, bs, c, ldc, chain, next);
        }
        switch (rows)
        {
            case 1 when !Avx512F.IsSupported: NarrowTile<Rows1>(depth, a, rs, b, bs, c, ldc, chain, next); break;
            case 2 when !Avx512F.IsSupported: NarrowTile<Rows2>(depth, a, rs, b, bs, c, ldc, chain, next); break;
            case 1: Tile<Rows1>(depth, a, rs, b, bs, c, ldc, chain, next); break;
            case 2: Tile<Rows2>(depth, a, rs, b, bs, c, ldc, chain, next); break;
            case 3: Tile<Rows3>(depth, a, rs, b, bs, c, ldc, chain, next); break;
            default: Tile<Rows4>(depth, a, rs, b, bs, c, ldc, chain, next); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TRows>(int depth, float* a, nint rs, float* b, nint bs, float* c, nint ldc, bool chain, byte* next)
        where TRows : struct, IRowCount
    {
        var (s0, t0) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (s1, t1) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (s2, t2) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (s3, t3) = (Vector512<float>.Zero, Vector512<float>.Zero);
        if (chain)
        {
            (s0, t0) = (Vector512.Load(c), Vector512.Load(c + 16));
            if (TRows.Count > 1)
                (s1, t1) = (Vector512.Load(c + ldc), Vector512.Load(c + ldc + 16));
            if (TRows.Count > 2)
                (s2, t2) = (Vector512.Load(c + (2 * ldc)), Vector512.Load(c + (2 * ldc) + 16));
            if (TRows.Count > 3)
                (s3, t3) = (Vector512.Load(c + (3 * ldc)), Vector512.Load(c + (3 * ldc) + 16));
        }
        for (; depth > 0; depth--, a++)
        {
            var (low, high) = (Vector512.Load(b), Vector512.Load(b + 16));
            b += bs;
            Sse.PrefetchNonTemporal(next);
            Sse.PrefetchNonTemporal(next + 64);
            next += 128;
            var x0 = Vector512.Create(*a);
            s0 = Avx512F.FusedMultiplyAdd(x0, low, s0);
            t0 = Avx512F.FusedMultiplyAdd(x0, high, t0);
            if (TRows.Count > 1)
            {
                var x1 = Vector512.Create(a[rs]);
                s1 = Avx512F.FusedMultiplyAdd(x1, low, s1);
                t1 = Avx512F.FusedMultiplyAdd(x1, high, t1);
            }
            if (TRows.Count > 2)
            {
                var x2 = Vector512.Create(a[2 * rs]);
                s2 = Avx512F.FusedMultiplyAdd(x2, low, s2);
                t2 = Avx512F.FusedMultiplyAdd(x2, high, t2);
            }
            if (TRows.Count > 3)
            {
                var x3 = Vector512.Create(a[3 * rs]);
                s3 = Avx512F.FusedMultiplyAdd(x3, low, s3);
                t3 = Avx512F.FusedMultiplyAdd(x3, high, t3);
            }
        }
        s0.Store(c);
        t0.Store(c + 16);
        if (TRows.Count > 1)
        {
            s1.Store(c + ldc);
            t1.Store(c + ldc + 16);
        }
        if (TRows.Count > 2)
        {
            s2.Store(c + (2 * ldc));
            t2.Store(c + (2 * ldc) + 16);
        }
        if (TRows.Count > 3)
        {
            s3.Store(c + (3 * ldc));
            t3.Store(c + (3 * ldc) + 16);
        }
    }

    // With vectors of half the width.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NarrowTile<TRows>(int depth, float* a, nint rs, float* b, nint bs, float* c, nint ldc, bool chain, byte* next)
        where TRows : struct, IRowCount
    {
        var (s0, t0, u0, v0) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        var (s1, t1, u1, v1) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        if (chain)
        {
            (s0, t0, u0, v0) = (Vector256.Load(c), Vector256.Load(c + 8), Vector256.Load(c + 16), Vector256.Load(c + 24));
            if (TRows.Count > 1)
                (s1, t1, u1, v1) = (Vector256.Load(c + ldc), Vector256.Load(c + ldc + 8), Vector256.Load(c + ldc + 16), Vector256.Load(c + ldc + 24));
        }
        for (; depth > 0; depth--, a++)
        {
            var (first, second, third, fourth) = (Vector256.Load(b), Vector256.Load(b + 8), Vector256.Load(b + 16), Vector256.Load(b + 24));
            b += bs;
            Sse.PrefetchNonTemporal(next);
            Sse.PrefetchNonTemporal(next + 64);
            next += 128;
            var x0 = Vector256.Create(*a);
            s0 = Fma.MultiplyAdd(x0, first, s0);
            t0 = Fma.MultiplyAdd(x0, second, t0);
            u0 = Fma.MultiplyAdd(x0, third, u0);
            v0 = Fma.MultiplyAdd(x0, fourth, v0);
            if (TRows.Count > 1)
            {
                var x1 = Vector256.Create(a[rs]);
                s1 = Fma.MultiplyAdd(x1, first, s1);
                t1 = Fma.MultiplyAdd(x1, second, t1);
                u1 = Fma.MultiplyAdd(x1, third, u1);
                v1 = Fma.MultiplyAdd(x1, fourth, v1);
            }
        }
        s0.Store(c);
        t0.Store(c + 8);
        u0.Store(c + 16);
        v0.Store(c + 24);
        if (TRows.Count > 1)
        {
            s1.Store(c + ldc);
            t1.Store(c + ldc + 8);
            u1.Store(c + ldc + 16);
            v1.Store(c + ldc + 24);
        }
    }
}
