using System.Runtime.InteropServices;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Model.Forward;

/// <summary>Moves whole rows.</summary>
internal static unsafe class RowCopies
{
    private const long FloatsPerItem = 64 << 10;

    public static void Copy(ThreadTeam team, float* source, long count, float* target) =>
        team.Run((int)((count + FloatsPerItem - 1) / FloatsPerItem), new CopyItems(source, count, target));

    /// <summary>target[i] = source[rows[i]].</summary>
    public static void Gather(ThreadTeam team, float* source, int* rows, int count, int channels, float* target) =>
        team.Run(count, Math.Max(1, 8192 / channels), new GatherRows(source, rows, channels, target));

    /// <summary>target[rows[i]] = source[i]; the rows are distinct.</summary>
    public static void Scatter(ThreadTeam team, float* source, int* rows, int count, int channels, float* target) =>
        team.Run(count, Math.Max(1, 8192 / channels), new ScatterRows(source, rows, channels, target));

    private readonly struct CopyItems(float* source, long count, float* target) : IRowKernel
    {
        public void Invoke(int item)
        {
            var start = item * FloatsPerItem;
            NativeMemory.Copy(source + start, target + start, (nuint)Math.Min(FloatsPerItem, count - start) * sizeof(float));
        }
    }

    private readonly struct GatherRows(float* source, int* rows, int channels, float* target) : IRowKernel
    {
        public void Invoke(int item) =>
            NativeMemory.Copy(source + ((long)rows[item] * channels), target + ((long)item * channels), (nuint)channels * sizeof(float));
    }

    private readonly struct ScatterRows(float* source, int* rows, int channels, float* target) : IRowKernel
    {
        public void Invoke(int item) =>
            NativeMemory.Copy(source + ((long)item * channels), target + ((long)rows[item] * channels), (nuint)channels * sizeof(float));
    }
}
