using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Linear;

/// <summary>How a <see cref="PackedMatrix"/> stores its weights.</summary>
public enum PackedFormat
{
    /// <summary>Single precision.</summary>
    Single,

    /// <summary>bfloat16, widened inside the kernel: half the memory traffic, the arithmetic stays single precision.</summary>
    BFloat16,
}

/// <summary>
/// The right operand of a product, y[M, N] = x[M, K] · this[K, N], laid out for the kernels: panels of 32 output columns, each panel
/// holding its K rows of 32 values one after the other; the last panel is filled up with zeros. Packed once per optimizer step, in place.
/// Reading is safe from many threads; packing is not.
/// </summary>
public sealed unsafe class PackedMatrix : IDisposable
{
    /// <summary>Output columns in a panel.</summary>
    public const int PanelColumns = 32;

    // Kernels may read one vector past the end.
    private const int SlackBytes = 512;

    private byte* _data;

    /// <summary>Reserves the memory, filled with zeros.</summary>
    /// <param name="inputs">K.</param>
    /// <param name="outputs">N.</param>
    /// <param name="format">Storage of the values.</param>
    public PackedMatrix(int inputs, int outputs, PackedFormat format = PackedFormat.Single)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        Inputs = inputs;
        Outputs = outputs;
        Format = format;
        Bytes = checked((long)Panels * inputs * PanelColumns * ElementBytes);
        var reserved = (nuint)(Bytes + SlackBytes);
        var huge = reserved >= 2 << 20;
        if (huge)
            reserved = (reserved + (2 << 20) - 1) & ~(nuint)((2 << 20) - 1);
        _data = (byte*)NativeMemory.AlignedAlloc(reserved, huge ? 2u << 20 : 64);
        if (huge)
            PageAdvice.PreferHugePages(_data, reserved);
        NativeMemory.Clear(_data, reserved);
    }

    /// <summary>K: the length of a row of x.</summary>
    public int Inputs { get; }

    /// <summary>N: the length of a row of y.</summary>
    public int Outputs { get; }

    /// <summary>Storage of the values.</summary>
    public PackedFormat Format { get; }

    /// <summary>Memory that the panels take.</summary>
    public long Bytes { get; }

    internal int Panels => (Outputs + PanelColumns - 1) / PanelColumns;

    /// <summary>The matrix of the product that comes after this one's: its first panel is fetched while this one's last is at work. Advice only.</summary>
    public PackedMatrix? Following { get; set; }

    internal RightOperand Operand => new(
        Data, (nint)Inputs * PanelColumns * ElementBytes, Format == PackedFormat.BFloat16 ? RightLayout.BFloat16Panels : RightLayout.Panels,
        Following is null ? null : Following._data);

    internal int ElementBytes => Format == PackedFormat.Single ? sizeof(float) : sizeof(ushort);

    internal byte* Data
    {
        get
        {
            if (_data is null)
                ThrowDisposed();
            return _data;
        }
    }

    /// <summary>
    /// Packs weights of the Hugging Face layout <c>w[outputs, inputs]</c> for y = x · wᵀ (forward). Several tensors may share one packed matrix:
    /// each goes to its own range of outputs.
    /// </summary>
    /// <param name="team">Who works.</param>
    /// <param name="w">Shape <c>[outputCount, Inputs]</c>, rows <paramref name="ldw"/> apart.</param>
    /// <param name="outputStart">First output column to write.</param>
    /// <param name="outputCount">How many; −1 means all.</param>
    public void PackOutputsByInputs(ThreadTeam team, float* w, long ldw, int outputStart = 0, int outputCount = -1)
    {
        CheckRange(outputStart, ref outputCount, Outputs);
        team.Run(PanelsOf(outputStart, outputCount), new PackRows<float>(this, w, ldw, outputStart, outputCount));
    }

    /// <summary>As <see cref="PackOutputsByInputs(ThreadTeam, float*, long, int, int)"/> from bfloat16.</summary>
    public void PackOutputsByInputs(ThreadTeam team, ushort* w, long ldw, int outputStart = 0, int outputCount = -1)
    {
        CheckRange(outputStart, ref outputCount, Outputs);
        team.Run(PanelsOf(outputStart, outputCount), new PackRows<ushort>(this, w, ldw, outputStart, outputCount));
    }

    /// <summary>
    /// Packs weights given as <c>w[inputs, outputs]</c> for y = x · w. With the Hugging Face weight W[N, K] this is the form for dX = dY · W
    /// (this matrix then has Inputs = N, Outputs = K). Several tensors may share one packed matrix: each goes to its own range of inputs.
    /// </summary>
    /// <param name="team">Who works.</param>
    /// <param name="w">Shape <c>[inputCount, Outputs]</c>, rows <paramref name="ldw"/> apart.</param>
    /// <param name="inputStart">First input row to write.</param>
    /// <param name="inputCount">How many; −1 means all.</param>
    public void PackInputsByOutputs(ThreadTeam team, float* w, long ldw, int inputStart = 0, int inputCount = -1)
    {
        CheckRange(inputStart, ref inputCount, Inputs);
        team.Run(Panels, new PackColumns<float>(this, w, ldw, inputStart, inputCount));
    }

    /// <summary>As <see cref="PackInputsByOutputs(ThreadTeam, float*, long, int, int)"/> from bfloat16.</summary>
    public void PackInputsByOutputs(ThreadTeam team, ushort* w, long ldw, int inputStart = 0, int inputCount = -1)
    {
        CheckRange(inputStart, ref inputCount, Inputs);
        team.Run(Panels, new PackColumns<ushort>(this, w, ldw, inputStart, inputCount));
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_data);
        _data = null;
    }

    private static int PanelsOf(int start, int count) => count == 0 ? 0 : ((start + count - 1) / PanelColumns) - (start / PanelColumns) + 1;

    private static void CheckRange(int start, ref int count, int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        if (count == -1)
            count = size - start;
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, size - start);
    }

    [DoesNotReturn]
    private static void ThrowDisposed() => throw new ObjectDisposedException(nameof(PackedMatrix));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Widen<T>(T value)
        where T : unmanaged => typeof(T) == typeof(float) ? (float)(object)value : FloatFormats.BFloat16ToSingle((ushort)(object)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort Narrow<T>(T value)
        where T : unmanaged => typeof(T) == typeof(float) ? FloatFormats.SingleToBFloat16((float)(object)value) : (ushort)(object)value;

    private byte* Panel(int panel) => Data + ((long)panel * Inputs * PanelColumns * ElementBytes);

    // Item: a panel. Whole panels of single precision go through the vectorised paths; the rest value by value.
    private readonly struct PackRows<T>(PackedMatrix matrix, T* w, long ldw, int start, int count) : IRowKernel
        where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item)
        {
            var index = (start / PanelColumns) + item;
            var panel = matrix.Panel(index);
            var (first, end) = (Math.Max(start, index * PanelColumns), Math.Min(start + count, (index + 1) * PanelColumns));
            var source = w + ((first - start) * ldw);
            var wholePanel = first == index * PanelColumns && (end - first == PanelColumns || end == matrix.Outputs);
            if (typeof(T) == typeof(float) && matrix.Format == PackedFormat.Single && wholePanel)
            {
                Linear.Panels.Transpose((float*)source, ldw, end - first, matrix.Inputs, (float*)panel);
                return;
            }
            for (var output = first; output < end; output++, source += ldw)
            {
                var column = output - (index * PanelColumns);
                if (matrix.Format == PackedFormat.Single)
                {
                    for (var k = 0; k < matrix.Inputs; k++)
                        ((float*)panel)[((long)k * PanelColumns) + column] = Widen(source[k]);
                }
                else
                {
                    var slot = PackedOrder.BFloat16Slot(column);
                    for (var k = 0; k < matrix.Inputs; k++)
                        ((ushort*)panel)[((long)k * PanelColumns) + slot] = Narrow(source[k]);
                }
            }
        }
    }

    private readonly struct PackColumns<T>(PackedMatrix matrix, T* w, long ldw, int start, int count) : IRowKernel
        where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item)
        {
            var row = (long)start * PanelColumns;
            var panel = matrix.Panel(item);
            var columns = Math.Min(PanelColumns, matrix.Outputs - (item * PanelColumns));
            var source = w + ((long)item * PanelColumns);
            if (typeof(T) == typeof(float) && matrix.Format == PackedFormat.Single)
            {
                Linear.Panels.CopyPanel((float*)source, ldw, columns, count, (float*)panel + row);
                return;
            }
            for (var k = 0; k < count; k++, source += ldw, row += PanelColumns)
            {
                if (matrix.Format == PackedFormat.Single)
                {
                    for (var column = 0; column < columns; column++)
                        ((float*)panel)[row + column] = Widen(source[column]);
                }
                else
                {
                    for (var column = 0; column < columns; column++)
                        ((ushort*)panel)[row + PackedOrder.BFloat16Slot(column)] = Narrow(source[column]);
                }
            }
        }
    }
}

/// <summary>Order of the values inside a row of 32 bfloat16: columns c and c + 16 share a 32-bit word, so that a shift and a mask widen them.</summary>
internal static class PackedOrder
{
    public static int BFloat16Slot(int column) => (column % 16 * 2) + (column / 16);
}
