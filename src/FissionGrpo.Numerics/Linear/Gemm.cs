using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Linear;

/// <summary>
/// Matrix products in single precision, row-major. The bits of an output element depend only on its row of the left operand and on the right
/// operand: K is cut into blocks of 512; inside a block one accumulator takes the terms in order (fused where the
/// machine fuses), and the blocks' sums are added in order. Neither M, nor the row's place, nor the threads, nor which kernel did the row changes a bit.
/// Operands must not overlap the result. Leading dimensions (<c>ld…</c>) count floats between rows.
/// </summary>
public static unsafe class Gemm
{
    /// <summary>
    /// Terms that are summed together before they are added to a result. A sum that is cut at multiples of this and accumulated in order
    /// has the same bits as the whole.
    /// </summary>
    public const int SummedTogether = Product.DepthBlock;

    /// <summary>y[M, N] = x[M, K] · w, or y += … when <paramref name="accumulate"/>.</summary>
    public static void Multiply(ThreadTeam team, float* x, long ldx, PackedMatrix w, float* y, long ldy, int m, bool accumulate) =>
        Product.Run(team, LeftOperand.Rows(x, ldx), w.Operand, y, ldy, m, w.Outputs, w.Inputs, accumulate);

    /// <summary>Forward with unpacked weights: y[M, N] = x[M, K] · wᵀ with w[N, K], or y += ….</summary>
    public static void MultiplyTransposed(ThreadTeam team, float* x, long ldx, float* w, long ldw, float* y, long ldy, int m, int n, int k, bool accumulate) =>
        Product.Run(team, LeftOperand.Rows(x, ldx), new(w, (nint)ldw * sizeof(float), RightLayout.Columns), y, ldy, m, n, k, accumulate);

    /// <summary>Gradient of the input with unpacked weights: dx[M, K] = dy[M, N] · w with w[N, K], or dx += ….</summary>
    public static void Multiply(ThreadTeam team, float* dy, long lddy, float* w, long ldw, float* dx, long lddx, int m, int n, int k, bool accumulate) =>
        Product.Run(team, LeftOperand.Rows(dy, lddy), new(w, (nint)ldw * sizeof(float), RightLayout.Rows), dx, lddx, m, k, n, accumulate);

    /// <summary>
    /// Gradient of the weights: dw[N, K] = dyᵀ · x with dy[M, N] and x[M, K], or dw += …. The sum over M is cut into blocks of fixed length
    /// that are added in order, so it depends on M alone and not on the threads, which share out N and K.
    /// </summary>
    public static void MultiplyOuter(ThreadTeam team, float* dy, long lddy, float* x, long ldx, float* dw, long lddw, int m, int n, int k, bool accumulate) =>
        Product.Run(team, LeftOperand.Columns(dy, lddy), new(x, (nint)ldx * sizeof(float), RightLayout.Rows), dw, lddw, n, k, m, accumulate);
}
