namespace FissionGrpo.Numerics.Linear;

/// <summary>
/// What a tile fetches towards the second-level cache while it computes: step k of its depth fetches the cache line at <c>Start + k·Stride</c>, and after every
/// <see cref="TurnSteps"/> steps <c>Turn</c> is added. Advice only.
/// </summary>
internal readonly unsafe struct Fetch(byte* start, nint stride, nint turn = 0)
{
    /// <summary>Steps between two turns: the floats of a cache line.</summary>
    public const int TurnSteps = 16;

    public const int LineBytes = 64;

    public readonly byte* Start = start;
    public readonly nint Stride = stride;
    public readonly nint Turn = turn;

    /// <summary>The same line again and again; <paramref name="near"/> is memory in use.</summary>
    public static Fetch Nothing(byte* near) => new(near, 0);

    /// <summary>A cache line of each row, one row per step of depth.</summary>
    public static Fetch Column(byte* start, nint rowStride) => new(start, rowStride);

    /// <summary>Sixteen rows of as many floats as the tile is deep: a line of each, then the next line of each.</summary>
    public static Fetch SixteenRows(byte* start, nint rowStride) => new(start, rowStride, LineBytes - (TurnSteps * rowStride));

    /// <summary>Adds what fetches the first <paramref name="bytes"/> of each row to a list, in tiles so deep; at most so many entries. Returns the list's new end.</summary>
    public static Fetch* AddRows(Fetch* list, int most, byte* start, nint rowStride, int rows, int bytes, int depth)
    {
        for (var row = 0; row < rows; row += TurnSteps)
        {
            for (var offset = 0; offset < bytes; offset += depth / TurnSteps * LineBytes)
            {
                if (most-- <= 0 || depth < TurnSteps)
                    return list;
                *list++ = SixteenRows(start + (row * rowStride) + offset, rowStride);
            }
        }
        return list;
    }
}
