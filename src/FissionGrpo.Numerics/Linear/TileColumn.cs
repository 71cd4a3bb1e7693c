namespace FissionGrpo.Numerics.Linear;

/// <summary>
/// Tiles of equally many rows, one below the other, against one panel: C[r, 0…31] from Left[r·LeftRow + k·LeftDepth] and Right[k·RightDepth + column].
/// Beside the arithmetic, while loads and stores would idle, the kernel fetches what comes next, and it may keep what it reads of the operands, so that the tiles that
/// use the same find it packed. That replaces passes of copying, which took 3 to 8 % of the products that pack in the call. All strides are bytes.
/// </summary>
internal unsafe struct TileColumn
{
    public int Tiles;

    /// <summary>Rows of a tile.</summary>
    public int Rows;

    public nint Depth;
    public byte* Left;
    public nint LeftRow;
    public nint LeftDepth;

    /// <summary>From tile to tile.</summary>
    public nint LeftTile;

    /// <summary>The left operand lies as <see cref="KeepLeft"/> has left it.</summary>
    public bool LeftKept;

    public byte* Right;
    public nint RightDepth;

    /// <summary>The panel holds bfloat16.</summary>
    public bool BFloat16;

    public byte* Result;
    public nint ResultRow;
    public TileMode Mode;

    /// <summary>What the tiles fetch, one after the other; those that find none fetch nothing.</summary>
    public Fetch* Fetches;

    public Fetch* FetchesEnd;

    /// <summary>Each step fetches the next line as well; for columns that keep nothing, and with AVX-512 only.</summary>
    public bool FetchesPairs;

    /// <summary>Where the tiles' rows go, tile by tile, those of one depth side by side; null unless the rows are neighbours in memory.</summary>
    public float* KeepLeft;

    /// <summary>Where the panel goes; a kernel does that for one tile only.</summary>
    public float* KeepRight;

    /// <summary>A column of single precision that fetches and keeps nothing.</summary>
    public TileColumn(nint depth, float* left, nint leftRow, nint leftDepth, void* right, nint rightDepth, float* result, nint resultRow, TileMode mode)
    {
        Depth = depth;
        (LeftRow, LeftDepth) = (leftRow, leftDepth);
        (RightDepth, ResultRow, Mode) = (rightDepth, resultRow, mode);
        Left = (byte*)left;
        Right = (byte*)right;
        Result = (byte*)result;
    }
}
