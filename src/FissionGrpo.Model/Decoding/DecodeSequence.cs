using FissionGrpo.Numerics.Attention;

namespace FissionGrpo.Model.Decoding;

/// <summary>
/// A sequence in the cache: its tokens, the full pages that it shares with others, and the pages of its own that it is still filling.
/// Not safe for several threads.
/// </summary>
internal sealed class DecodeSequence : IDisposable
{
    private readonly PrefixCache _cache;
    private readonly PagePool _pool;
    private readonly List<nint> _pages;
    private readonly int[] _tokens;
    private CachedPage _shared;
    private int _sharedPages;

    private DecodeSequence(PrefixCache cache, PagePool pool, int[] tokens, int count, CachedPage shared)
    {
        _cache = cache;
        _pool = pool;
        _tokens = tokens;
        _pages = new List<nint>((tokens.Length / KeyValuePage.Positions) + 1);
        Count = count;
        _shared = shared;
        _cache.Hold(shared);
    }

    /// <summary>Tokens known.</summary>
    public int Count { get; private set; }

    /// <summary>Tokens whose keys and values are in the pages.</summary>
    public int Cached { get; private set; }

    /// <summary>Addresses of the pages, the first position's first.</summary>
    public List<nint> Pages => _pages;

    public int this[int index] => _tokens[index];

    /// <summary>Begins with what the cache knows of these tokens, all but the last at most: its logits are wanted.</summary>
    public static DecodeSequence Begin(PrefixCache cache, PagePool pool, ReadOnlySpan<int> tokens)
    {
        var (full, partial, agree) = cache.Match(tokens[..^1]);
        var sequence = new DecodeSequence(cache, pool, tokens.ToArray(), tokens.Length, full.Count == 0 ? cache.Root : full[^1]);
        foreach (var page in full)
            sequence._pages.Add(page.Page);
        sequence._sharedPages = full.Count;
        sequence.Cached = full.Count * KeyValuePage.Positions;
        if (partial is not null && agree > 0)
        {
            cache.Hold(partial);
            sequence.CopyOf(partial.Page, agree);
            cache.Release(partial);
        }
        return sequence;
    }

    /// <summary>A continuation of what this sequence holds, with room for more tokens.</summary>
    public DecodeSequence Fork(int room)
    {
        var tokens = new int[Count + room];
        _tokens.AsSpan(0, Count).CopyTo(tokens);
        var fork = new DecodeSequence(_cache, _pool, tokens, Count, _shared) { _sharedPages = _sharedPages, Cached = _sharedPages * KeyValuePage.Positions };
        for (var i = 0; i < _sharedPages; i++)
            fork._pages.Add(_pages[i]);
        if (Cached > fork.Cached)
            fork.CopyOf(_pages[_sharedPages], Cached - fork.Cached);
        return fork;
    }

    public void Append(int token) => _tokens[Count++] = token;

    /// <summary>Makes room for the keys and values of the next tokens.</summary>
    public void Reserve(int tokens)
    {
        while (_pages.Count * KeyValuePage.Positions < Cached + tokens)
            _pages.Add(_cache.Take());
    }

    /// <summary>Says that the next tokens' keys and values have been written; pages that are full now are shared.</summary>
    public void Wrote(int tokens)
    {
        Cached += tokens;
        while ((_sharedPages + 1) * KeyValuePage.Positions <= Cached)
        {
            var start = _sharedPages * KeyValuePage.Positions;
            var page = _cache.Insert(_shared, _tokens.AsSpan(start, KeyValuePage.Positions), _pages[_sharedPages]);
            _pages[_sharedPages] = page.Page;
            _cache.Hold(page);
            _cache.Release(_shared);
            _shared = page;
            _sharedPages++;
        }
    }

    /// <summary>Leaves the unfinished page to those who come later, and lets go of the others.</summary>
    public void Dispose()
    {
        var start = _sharedPages * KeyValuePage.Positions;
        for (var i = _pages.Count - 1; i > _sharedPages; i--)
            _cache.Give(_pages[i]);
        if (_pages.Count > _sharedPages)
        {
            if (Cached > start)
                _cache.Insert(_shared, _tokens.AsSpan(start, Cached - start), _pages[_sharedPages]);
            else
                _cache.Give(_pages[_sharedPages]);
        }
        _cache.Release(_shared);
        _pages.Clear();
        _sharedPages = 0;
        Cached = 0;
    }

    private void CopyOf(nint source, int tokens)
    {
        var page = _cache.Take();
        _pool.Copy(source, page);
        _pages.Add(page);
        Cached += tokens;
    }
}
