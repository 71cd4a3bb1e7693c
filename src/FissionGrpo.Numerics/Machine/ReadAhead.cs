namespace FissionGrpo.Numerics.Machine;

/// <summary>Work that a thread does between the panels of its products, as soon as the memory that it reads has been fetched.</summary>
public interface ISideWork
{
    /// <summary>Does what is ready. It must not use the scratch memory of the team that computes the product.</summary>
    /// <param name="fetched">How many of the blocks named to <see cref="ReadAhead.Set"/> have been fetched.</param>
    void Advance(int fetched);
}

/// <summary>
/// Memory that is read after the products at hand, or between their panels: keys and values of an attention, or what a backward pass has kept. While their tiles
/// compute, products fetch it towards the caches. Advice only: it changes no result, and an address that is no longer memory does no harm.
/// One thread sets it while no product runs. Any number of products' threads take from it, but one alone when work is named.
/// </summary>
public sealed unsafe class ReadAhead
{
    internal const int LineBytes = 64;

    private nint[] _blocks = [];
    private int _blockLines = 1;
    private int _lines;
    private int _taken;
    private ISideWork? _work;

    /// <summary>Names the blocks that are read next, in their order; in place of what was named before.</summary>
    /// <param name="blocks">Where each begins.</param>
    /// <param name="offset">Bytes from there.</param>
    /// <param name="blockBytes">Size of each.</param>
    /// <param name="work">What reads them between the panels of the products; null when they are read later.</param>
    public void Set(ReadOnlySpan<nint> blocks, nint offset, int blockBytes, ISideWork? work = null)
    {
        if (_blocks.Length < blocks.Length)
            _blocks = new nint[2 * blocks.Length];
        for (var i = 0; i < blocks.Length; i++)
            _blocks[i] = blocks[i] + offset;
        _blockLines = Math.Max(1, blockBytes / LineBytes);
        _lines = (int)Math.Min(int.MaxValue / 2, (long)blocks.Length * _blockLines);
        _taken = 0;
        _work = work;
    }

    /// <summary>Names a stretch of memory that is read after those named like this since <see cref="Clear"/>. Not to be mixed with <see cref="Set"/>.</summary>
    public void Add(float* start, long floats)
    {
        const int PieceBytes = 64 * LineBytes;
        if (_lines == 0)
            (_blockLines, _taken) = (PieceBytes / LineBytes, 0);
        var (count, added) = (_lines / _blockLines, (int)(((floats * sizeof(float)) + PieceBytes - 1) / PieceBytes));
        if (_blocks.Length < count + added)
            Array.Resize(ref _blocks, 2 * (count + added));
        for (var i = 0; i < added; i++)
            _blocks[count + i] = (nint)start + ((nint)i * PieceBytes);
        _lines = (count + added) * _blockLines;
    }

    /// <summary>Forgets what is left.</summary>
    public void Clear()
    {
        _lines = 0;
        _work = null;
    }

    /// <summary>Whether work waits for what is fetched.</summary>
    internal bool HasWork => _work is not null;

    /// <summary>Lets the work go on. What it fetches and computes itself does not come back here.</summary>
    internal void LetWorkAdvance()
    {
        if (_work is not { } work)
            return;
        _work = null;
        work.Advance(_taken / _blockLines);
        _work = work;
    }

    /// <summary>Where the next lines begin that nobody has taken; null when there are none. The last of them may lie beyond the end of their block.</summary>
    internal byte* Take(int lines)
    {
        if (_taken >= _lines)
            return null;
        var first = Interlocked.Add(ref _taken, lines) - lines;
        return first >= _lines ? null : At(first);
    }

    /// <summary>As <see cref="Take"/> for the only thread, but not beyond the end of a block: at most so many lines.</summary>
    internal byte* TakeOfBlock(int most, out int lines)
    {
        lines = 0;
        if (_taken >= _lines)
            return null;
        var first = _taken;
        lines = Math.Min(most, _blockLines - (first % _blockLines));
        _taken += lines;
        return At(first);
    }

    private byte* At(int line) => (byte*)_blocks[line / _blockLines] + ((nint)(line % _blockLines) * LineBytes);
}
