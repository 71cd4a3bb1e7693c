namespace FissionGrpo.Numerics.Machine;

/// <summary>
/// Memory that is read after the products at hand: keys and values of the next attention. While their tiles compute, products fetch it towards the caches, a line
/// for each step of depth, where they have nothing of their own to fetch. Advice only: it changes no result, and an address that is no longer memory does no harm.
/// One thread sets it while no product runs; any number of products' threads take from it.
/// </summary>
public sealed unsafe class ReadAhead
{
    internal const int LineBytes = 64;

    private nint[] _blocks = [];
    private int _blockLines = 1;
    private int _lines;
    private int _taken;

    /// <summary>Names the blocks that are read next, in their order; in place of what was named before.</summary>
    /// <param name="blocks">Where each begins.</param>
    /// <param name="offset">Bytes from there.</param>
    /// <param name="blockBytes">Size of each.</param>
    public void Set(ReadOnlySpan<nint> blocks, nint offset, int blockBytes)
    {
        if (_blocks.Length < blocks.Length)
            _blocks = new nint[2 * blocks.Length];
        for (var i = 0; i < blocks.Length; i++)
            _blocks[i] = blocks[i] + offset;
        _blockLines = Math.Max(1, blockBytes / LineBytes);
        _lines = (int)Math.Min(int.MaxValue / 2, (long)blocks.Length * _blockLines);
        _taken = 0;
    }

    /// <summary>Forgets what is left.</summary>
    public void Clear() => _lines = 0;

    /// <summary>Where the next lines begin that nobody has taken; null when there are none. The last of them may lie beyond the end of their block.</summary>
    internal byte* Take(int lines)
    {
        if (_taken >= _lines)
            return null;
        var first = Interlocked.Add(ref _taken, lines) - lines;
        return first >= _lines ? null : (byte*)_blocks[first / _blockLines] + ((nint)(first % _blockLines) * LineBytes);
    }
}
