using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FissionGrpo.Numerics.Linear;

/// <summary>How kernels keep a left operand whose rows are neighbours in memory.</summary>
internal static unsafe class KeptColumns
{
    /// <summary>Copies the rows of one depth, and no float more: by fours, the last four over the end of the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy<TRows>(float* source, float* destination)
        where TRows : struct, IRowCount
    {
        if (TRows.Count >= 4)
            Vector128.Load(source).Store(destination);
        if (TRows.Count >= 8)
            Vector128.Load(source + 4).Store(destination + 4);
        if (TRows.Count > 4)
            Vector128.Load(source + TRows.Count - 4).Store(destination + TRows.Count - 4);
        if (TRows.Count < 4)
        {
            for (var row = 0; row < TRows.Count; row++)
                destination[row] = source[row];
        }
    }
}

/// <summary>What a kernel does beside its arithmetic, as a type, so that the JIT drops what is not done: which operands it keeps, and how much it fetches.</summary>
internal interface IKeeps
{
    static abstract bool KeepsLeft { get; }

    static abstract bool KeepsRight { get; }

    /// <summary>Whether the kernel fetches two lines a step: <see cref="TileColumn.FetchesPairs"/>.</summary>
    static virtual bool FetchesPairs => false;
}

internal readonly struct FetchesPairs : IKeeps
{
    public static bool KeepsLeft => false;

    public static bool KeepsRight => false;

    static bool IKeeps.FetchesPairs => true;
}

internal readonly struct KeepsNothing : IKeeps
{
    public static bool KeepsLeft => false;

    public static bool KeepsRight => false;
}

internal readonly struct KeepsLeft : IKeeps
{
    static bool IKeeps.KeepsLeft => true;

    static bool IKeeps.KeepsRight => false;
}

internal readonly struct KeepsRight : IKeeps
{
    static bool IKeeps.KeepsLeft => false;

    static bool IKeeps.KeepsRight => true;
}

internal readonly struct KeepsBoth : IKeeps
{
    public static bool KeepsLeft => true;

    public static bool KeepsRight => true;
}
