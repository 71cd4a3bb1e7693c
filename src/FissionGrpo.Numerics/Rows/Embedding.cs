using System.Runtime.CompilerServices;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Rows;

/// <summary>Rows of a table by token id.</summary>
public static unsafe class Embedding
{
    private const int ColumnsPerItem = 64;

    /// <summary>y[r] = table[tokens[r]].</summary>
    /// <param name="team">Who works.</param>
    /// <param name="table">Shape <c>[vocabulary, channels]</c>.</param>
    /// <param name="tokens">Ids inside the table, shape <c>[rows]</c>; not checked here.</param>
    /// <param name="y">Shape <c>[rows, channels]</c>.</param>
    public static void Gather(ThreadTeam team, float* table, int* tokens, int rows, int channels, float* y) =>
        team.Run(rows, Math.Max(1, 8192 / channels), new GatherRows(table, tokens, channels, y));

    /// <summary>As <see cref="Gather(ThreadTeam, float*, int*, int, int, float*)"/> from a table of bfloat16.</summary>
    public static void Gather(ThreadTeam team, ushort* table, int* tokens, int rows, int channels, float* y) =>
        team.Run(rows, Math.Max(1, 8192 / channels), new GatherBFloat16(table, tokens, channels, y));

    /// <summary>dTable[tokens[r]] += dy[r], rows in order (threads share out the columns, so a token that occurs twice is summed in one order).</summary>
    public static void ScatterAdd(ThreadTeam team, float* dy, int* tokens, int rows, int channels, float* dTable) =>
        team.Run((channels + ColumnsPerItem - 1) / ColumnsPerItem, new ScatterColumns(dy, tokens, rows, channels, dTable));

    private readonly struct GatherRows(float* table, int* tokens, int channels, float* y) : IRowKernel
    {
        public void Invoke(int row) =>
            new ReadOnlySpan<float>(table + ((long)tokens[row] * channels), channels).CopyTo(new(y + ((long)row * channels), channels));
    }

    private readonly struct GatherBFloat16(ushort* table, int* tokens, int channels, float* y) : IRowKernel
    {
        public void Invoke(int row) =>
            FloatFormats.BFloat16ToSingle(new(table + ((long)tokens[row] * channels), channels), new(y + ((long)row * channels), channels));
    }

    private readonly struct ScatterColumns(float* dy, int* tokens, int rows, int channels, float* dTable) : IRowKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item)
        {
            var start = item * ColumnsPerItem;
            var count = Math.Min(ColumnsPerItem, channels - start);
            for (var row = 0; row < rows; row++)
                Residual.AddRow(dy + ((long)row * channels) + start, count, dTable + ((long)tokens[row] * channels) + start);
        }
    }
}
