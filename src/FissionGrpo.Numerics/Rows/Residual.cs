using System.Runtime.CompilerServices;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Rows;

/// <summary>Sums of whole buffers.</summary>
public static unsafe class Residual
{
    private const int FloatsPerItem = 16 << 10;

    /// <summary>y += x.</summary>
    public static void Add(ThreadTeam team, float* x, long count, float* y) =>
        team.Run(checked((int)((count + FloatsPerItem - 1) / FloatsPerItem)), new AddItems(x, count, y));

    /// <summary>y[r, c] += bias[c], rows <paramref name="ld"/> apart.</summary>
    public static void AddBias(ThreadTeam team, float* bias, int rows, int channels, float* y, long ld) =>
        team.Run(rows, Math.Max(1, 8192 / channels), new AddBiasRows(bias, channels, y, ld));

    /// <summary>dBias[c] += Σ over rows of dy[r, c], rows in order.</summary>
    public static void AddColumnSums(ThreadTeam team, float* dy, long ld, int rows, int channels, float* dBias) =>
        team.Run((channels + 63) / 64, new ColumnSums(dy, ld, rows, channels, dBias));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddRow(float* x, int count, float* y)
    {
        var i = 0;
        for (; i <= count - Lanes.Count; i += Lanes.Count)
            Lanes.Store(y + i, Lanes.Load(y + i) + Lanes.Load(x + i));
        for (; i < count; i++)
            y[i] += x[i];
    }

    private readonly struct AddItems(float* x, long count, float* y) : IRowKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item)
        {
            var start = (long)item * FloatsPerItem;
            AddRow(x + start, (int)Math.Min(FloatsPerItem, count - start), y + start);
        }
    }

    private readonly struct AddBiasRows(float* bias, int channels, float* y, long ld) : IRowKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int row) => AddRow(bias, channels, y + (row * ld));
    }

    private readonly struct ColumnSums(float* dy, long ld, int rows, int channels, float* dBias) : IRowKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item)
        {
            for (var row = 0; row < rows; row++)
                AddRow(dy + (row * ld) + (item * 64), Math.Min(64, channels - (item * 64)), dBias + (item * 64));
        }
    }
}
