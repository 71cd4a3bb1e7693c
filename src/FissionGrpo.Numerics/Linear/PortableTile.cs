using System.Numerics;
using System.Runtime.CompilerServices;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Linear;

/// <summary>
/// The kernel for any machine, on <see cref="Vector{T}"/>: up to 4 rows by two vectors of columns (8 accumulators), as often as a panel holds two vectors.
/// </summary>
internal static unsafe class PortableTile
{
    public const int Rows = 4;

    public static void Run(in TileColumn tiles)
    {
        var depth = (int)tiles.Depth;
        if (tiles.KeepRight is not null)
            Panels.CopyPanel((float*)tiles.Right, tiles.RightDepth / sizeof(float), PackedMatrix.PanelColumns, depth, tiles.KeepRight);
        for (var tile = 0; tile < tiles.Tiles; tile++)
        {
            var left = tiles.Left + (tile * tiles.LeftTile);
            if (tiles.KeepLeft is not null)
                Panels.CopyColumns((float*)left, tiles.LeftDepth / sizeof(float), tiles.Rows, depth, tiles.KeepLeft + ((nint)tile * tiles.Rows * depth));
            Run(
                tiles.Rows, depth, left, tiles.LeftRow, tiles.LeftDepth, tiles.Right, tiles.RightDepth, tiles.BFloat16,
                tiles.Result + (tile * tiles.Rows * tiles.ResultRow), tiles.ResultRow, tiles.Mode);
        }
    }

    private static void Run(int rows, nint depth, byte* a, nint rs, nint ks, byte* b, nint bs, bool bfloat16, byte* c, nint ldc, TileMode mode)
    {
        for (var column = 0; column < PackedMatrix.PanelColumns; column += 2 * Lanes.Count)
        {
            // bfloat16: columns c and c + 16 share a word, the lower column in its lower half.
            var destination = c + (column * sizeof(float));
            if (!bfloat16)
                Dispatch<Single>(rows, depth, a, rs, ks, b + (column * sizeof(float)), bs, destination, ldc, mode);
            else if (column < 16)
                Dispatch<LowerHalves>(rows, depth, a, rs, ks, b + (column * sizeof(float)), bs, destination, ldc, mode);
            else
                Dispatch<UpperHalves>(rows, depth, a, rs, ks, b + ((column - 16) * sizeof(float)), bs, destination, ldc, mode);
        }
    }

    private static void Dispatch<TPanel>(int rows, nint depth, byte* a, nint rs, nint ks, byte* b, nint bs, byte* c, nint ldc, TileMode mode)
        where TPanel : struct, IPanel
    {
        switch (rows)
        {
            case 1: Tile<Rows1, TPanel>(depth, a, rs, ks, b, bs, c, ldc, mode); break;
            case 2: Tile<Rows2, TPanel>(depth, a, rs, ks, b, bs, c, ldc, mode); break;
            case 3: Tile<Rows3, TPanel>(depth, a, rs, ks, b, bs, c, ldc, mode); break;
            default: Tile<Rows4, TPanel>(depth, a, rs, ks, b, bs, c, ldc, mode); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TRows, TPanel>(nint depth, byte* a, nint rs, nint ks, byte* b, nint bs, byte* c, nint ldc, TileMode mode)
        where TRows : struct, IRowCount
        where TPanel : struct, IPanel
    {
        var (s0, t0) = (Vector<float>.Zero, Vector<float>.Zero);
        var (s1, t1) = (Vector<float>.Zero, Vector<float>.Zero);
        var (s2, t2) = (Vector<float>.Zero, Vector<float>.Zero);
        var (s3, t3) = (Vector<float>.Zero, Vector<float>.Zero);
        if (mode == TileMode.Chain)
        {
            (s0, t0) = (Lanes.Load((float*)(c + (0 * ldc))), Lanes.Load((float*)(c + (0 * ldc)) + Lanes.Count));
            if (TRows.Count > 1)
                (s1, t1) = (Lanes.Load((float*)(c + (1 * ldc))), Lanes.Load((float*)(c + (1 * ldc)) + Lanes.Count));
            if (TRows.Count > 2)
                (s2, t2) = (Lanes.Load((float*)(c + (2 * ldc))), Lanes.Load((float*)(c + (2 * ldc)) + Lanes.Count));
            if (TRows.Count > 3)
                (s3, t3) = (Lanes.Load((float*)(c + (3 * ldc))), Lanes.Load((float*)(c + (3 * ldc)) + Lanes.Count));
        }

        var twoRows = 2 * rs;
        var a3 = a + (3 * rs);
        for (; depth > 0; depth--)
        {
            var (low, high) = TPanel.Load(b);
            b += bs;
            var x0 = new Vector<float>(*(float*)a);
            s0 = MultiplyAdd(x0, low, s0);
            t0 = MultiplyAdd(x0, high, t0);
            if (TRows.Count > 1)
            {
                var x1 = new Vector<float>(*(float*)(a + rs));
                s1 = MultiplyAdd(x1, low, s1);
                t1 = MultiplyAdd(x1, high, t1);
            }
            if (TRows.Count > 2)
            {
                var x2 = new Vector<float>(*(float*)(a + twoRows));
                s2 = MultiplyAdd(x2, low, s2);
                t2 = MultiplyAdd(x2, high, t2);
            }
            if (TRows.Count > 3)
            {
                var x3 = new Vector<float>(*(float*)a3);
                s3 = MultiplyAdd(x3, low, s3);
                t3 = MultiplyAdd(x3, high, t3);
            }
            a += ks;
            if (TRows.Count > 3)
                a3 += ks;
        }

        if (mode == TileMode.Add)
        {
            (s0, t0) = (Lanes.Load((float*)(c + (0 * ldc))) + s0, Lanes.Load((float*)(c + (0 * ldc)) + Lanes.Count) + t0);
            if (TRows.Count > 1)
                (s1, t1) = (Lanes.Load((float*)(c + (1 * ldc))) + s1, Lanes.Load((float*)(c + (1 * ldc)) + Lanes.Count) + t1);
            if (TRows.Count > 2)
                (s2, t2) = (Lanes.Load((float*)(c + (2 * ldc))) + s2, Lanes.Load((float*)(c + (2 * ldc)) + Lanes.Count) + t2);
            if (TRows.Count > 3)
                (s3, t3) = (Lanes.Load((float*)(c + (3 * ldc))) + s3, Lanes.Load((float*)(c + (3 * ldc)) + Lanes.Count) + t3);
        }
        Store((float*)(c + (0 * ldc)), s0);
        Store((float*)(c + (0 * ldc)) + Lanes.Count, t0);
        if (TRows.Count > 1)
        {
            Store((float*)(c + (1 * ldc)), s1);
            Store((float*)(c + (1 * ldc)) + Lanes.Count, t1);
        }
        if (TRows.Count > 2)
        {
            Store((float*)(c + (2 * ldc)), s2);
            Store((float*)(c + (2 * ldc)) + Lanes.Count, t2);
        }
        if (TRows.Count > 3)
        {
            Store((float*)(c + (3 * ldc)), s3);
            Store((float*)(c + (3 * ldc)) + Lanes.Count, t3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> MultiplyAdd(Vector<float> x, Vector<float> y, Vector<float> sum) => Lanes.MultiplyAdd(x, y, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* destination, Vector<float> value) => Lanes.Store(destination, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> LoadWords(byte* source) => Unsafe.ReadUnaligned<Vector<uint>>(source);

    /// <summary>How neighbouring columns of a row of a panel become two vectors.</summary>
    private interface IPanel
    {
        static abstract (Vector<float> Low, Vector<float> High) Load(byte* row);
    }

    private readonly struct Single : IPanel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector<float> Low, Vector<float> High) Load(byte* row) => (Lanes.Load((float*)row), Lanes.Load((float*)row + Lanes.Count));
    }

    private readonly struct LowerHalves : IPanel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector<float> Low, Vector<float> High) Load(byte* row) =>
            (Vector.AsVectorSingle(LoadWords(row) << 16), Vector.AsVectorSingle(LoadWords(row + (Lanes.Count * sizeof(float))) << 16));
    }

    private readonly struct UpperHalves : IPanel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector<float> Low, Vector<float> High) Load(byte* row)
        {
            var mask = new Vector<uint>(0xFFFF0000u);
            return (Vector.AsVectorSingle(LoadWords(row) & mask), Vector.AsVectorSingle(LoadWords(row + (Lanes.Count * sizeof(float))) & mask));
        }
    }
}
