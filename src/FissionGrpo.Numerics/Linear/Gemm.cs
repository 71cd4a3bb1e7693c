using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Linear;

/// <summary>
/// Matrix products in single precision, row-major. The bits of an output element depend only on its row of the left operand and on the right
/// operand: K is cut into blocks of fixed length; inside a block one accumulator takes the terms in order (fused where the
/// machine fuses), and the blocks' sums are added in order. Neither M, nor the row's place, nor the threads, nor which kernel did the row changes a bit.
/// Operands must not overlap the result. Leading dimensions (<c>ld…</c>) count floats between rows.
/// </summary>
public static unsafe class Gemm
{
    internal const int DepthBlock = 512;
    private const int RowBlock = 144;

    /// <summary>y[M, N] = x[M, K] · w, or y += … when <paramref name="accumulate"/>.</summary>
    public static void Multiply(ThreadTeam team, float* x, long ldx, PackedMatrix w, float* y, long ldy, int m, bool accumulate)
    {
        if (m <= 0)
            return;
        var rowBlocks = (m + RowBlock - 1) / RowBlock;
        team.RunTiles(rowBlocks * w.Panels, new PackedTiles(x, ldx, w, y, ldy, m, rowBlocks, accumulate));
    }

    /// <summary>Forward with unpacked weights: y[M, N] = x[M, K] · wᵀ with w[N, K], or y += ….</summary>
    public static void MultiplyTransposed(ThreadTeam team, float* x, long ldx, float* w, long ldw, float* y, long ldy, int m, int n, int k, bool accumulate)
    {
        using var packed = new PackedMatrix(k, n);
        packed.PackOutputsByInputs(team, w, ldw);
        Multiply(team, x, ldx, packed, y, ldy, m, accumulate);
    }

    /// <summary>Gradient of the input with unpacked weights: dx[M, K] = dy[M, N] · w with w[N, K], or dx += ….</summary>
    public static void Multiply(ThreadTeam team, float* dy, long lddy, float* w, long ldw, float* dx, long lddx, int m, int n, int k, bool accumulate)
    {
        using var packed = new PackedMatrix(n, k);
        packed.PackInputsByOutputs(team, w, ldw);
        Multiply(team, dy, lddy, packed, dx, lddx, m, accumulate);
    }

    /// <summary>
    /// Gradient of the weights: dw[N, K] = dyᵀ · x with dy[M, N] and x[M, K], or dw += …. The sum over M is cut into blocks of fixed length
    /// that are added in order, so it depends on M alone and not on the threads, which share out N and K.
    /// </summary>
    public static void MultiplyOuter(ThreadTeam team, float* dy, long lddy, float* x, long ldx, float* dw, long lddw, int m, int n, int k, bool accumulate)
    {
        using var packed = new PackedMatrix(m, k);
        packed.PackInputsByOutputs(team, x, ldx);
        var rowBlocks = (n + RowBlock - 1) / RowBlock;
        team.RunTiles(rowBlocks * packed.Panels, new PackedTiles(dy, lddy, packed, dw, lddw, n, rowBlocks, accumulate, transposed: true));
    }

    private readonly struct PackedTiles(float* x, long ldx, PackedMatrix w, float* y, long ldy, int m, int rowBlocks, bool accumulate, bool transposed = false) : ITileKernel
    {
        public void Invoke(int item, int worker)
        {
            var (panel, block) = (item / rowBlocks, item % rowBlocks);
            var columns = Math.Min(PackedMatrix.PanelColumns, w.Outputs - (panel * PackedMatrix.PanelColumns));
            var scratch = stackalloc float[PortableTile.Rows * PackedMatrix.PanelColumns];
            var widened = w.Format == PackedFormat.BFloat16 ? TeamMemory.Widen(w, panel) : null;
            var b = widened is null ? (float*)w.Data + ((long)panel * w.Inputs * PackedMatrix.PanelColumns) : widened;
            nint rs = transposed ? 1 : (nint)ldx;
            nint ks = transposed ? (nint)ldx : 1;
            for (var row = block * RowBlock; row < Math.Min(m, (block + 1) * RowBlock); row += PortableTile.Rows)
            {
                var rows = Math.Min(PortableTile.Rows, Math.Min(m, (block + 1) * RowBlock) - row);
                var c = y + (row * ldy) + (panel * PackedMatrix.PanelColumns);
                for (var k = 0; k < w.Inputs; k += DepthBlock)
                {
                    var depth = Math.Min(DepthBlock, w.Inputs - k);
                    PortableTile.Run(rows, depth, x + (row * rs) + (k * ks), rs, ks, b + ((long)k * PackedMatrix.PanelColumns), PackedMatrix.PanelColumns, scratch, PackedMatrix.PanelColumns, TileMode.Store);
                    for (var r = 0; r < rows; r++)
                    {
                        for (var j = 0; j < columns; j++)
                        {
                            var value = scratch[(r * PackedMatrix.PanelColumns) + j];
                            c[(r * ldy) + j] = k > 0 || accumulate ? c[(r * ldy) + j] + value : value;
                        }
                    }
                }
            }
            if (widened is not null)
                System.Runtime.InteropServices.NativeMemory.Free(widened);
        }
    }

    private static class TeamMemory
    {
        public static float* Widen(PackedMatrix w, int panel)
        {
            var count = (long)w.Inputs * PackedMatrix.PanelColumns;
            var result = (float*)System.Runtime.InteropServices.NativeMemory.Alloc((nuint)count, sizeof(float));
            var source = (ushort*)w.Data + (panel * count);
            for (var k = 0; k < w.Inputs; k++)
            {
                for (var column = 0; column < PackedMatrix.PanelColumns; column++)
                    result[(k * PackedMatrix.PanelColumns) + column] = FloatFormats.BFloat16ToSingle(source[(k * PackedMatrix.PanelColumns) + PackedOrder.BFloat16Slot(column)]);
            }
            return result;
        }
    }
}
