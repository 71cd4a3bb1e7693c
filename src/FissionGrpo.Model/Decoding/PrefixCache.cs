using FissionGrpo.Numerics.Attention;

namespace FissionGrpo.Model.Decoding;

/// <summary>A page of the cache: some tokens after some history, with their keys and values. Dropped pages are used again, so a loop in its steady state allocates none.</summary>
internal sealed class CachedPage
{
    private readonly int[] _tokens = new int[KeyValuePage.Positions];
    private int _count;

    /// <summary>The page before it; null at the root, which has no tokens.</summary>
    public CachedPage? Parent { get; private set; }

    /// <summary>Its tokens: a full page, or fewer at the end of a sequence.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, _count);

    public nint Page { get; private set; }

    /// <summary>The first of the pages that continue it; the others follow as <see cref="Sibling"/>. Few where sequences decode, some thousand at most where prompts part.</summary>
    public CachedPage? Child { get; private set; }

    /// <summary>The next page with the same parent.</summary>
    public CachedPage? Sibling { get; private set; }

    /// <summary>Sequences in flight that end here or go on from here.</summary>
    public int Uses { get; set; }

    /// <summary>Its place among the pages that may be dropped.</summary>
    public LinkedListNode<CachedPage> Idle { get; }

    public CachedPage() => Idle = new LinkedListNode<CachedPage>(this);

    public void Become(CachedPage parent, ReadOnlySpan<int> tokens, nint page)
    {
        (Parent, Page, Child, Sibling, Uses, _count) = (parent, page, null, null, 0, tokens.Length);
        tokens.CopyTo(_tokens);
    }

    /// <summary>Adds a child before the others.</summary>
    public void Add(CachedPage child) => (child.Sibling, Child) = (Child, child);

    public void Remove(CachedPage child)
    {
        if (Child == child)
        {
            (Child, child.Sibling) = (child.Sibling, null);
            return;
        }
        var before = Child!;
        while (before.Sibling != child)
            before = before.Sibling!;
        (before.Sibling, child.Sibling) = (child.Sibling, null);
    }
}

/// <summary>
/// The prefix cache: a radix tree over token ids whose edges are pages. What one sequence computed, every later sequence with the same
/// beginning reuses, to the token: a page that agrees only in part is copied. Pages that no sequence in flight needs are dropped, the
/// least recently used first, when the budget is reached. Reuse changes no bit of a result, because keys and values depend on their own path alone.
/// </summary>
internal sealed class PrefixCache(PagePool pool, long mostPages)
{
    private readonly LinkedList<CachedPage> _idle = new();
    private readonly Stack<CachedPage> _dropped = new();

    /// <summary>The empty history.</summary>
    public CachedPage Root { get; private set; } = new();

    /// <summary>A fresh page, dropping an idle one when the budget is reached.</summary>
    public nint Take()
    {
        if (pool.InUse >= mostPages && _idle.First is { } oldest)
            Drop(oldest.Value);
        return pool.Take();
    }

    /// <summary>Gives back a page that is not in the tree.</summary>
    public void Give(nint page) => pool.Give(page);

    /// <summary>The longest cached beginning of some tokens: whole pages, and then the part of one more page that agrees.</summary>
    /// <param name="tokens">The tokens to look up.</param>
    public (List<CachedPage> Pages, CachedPage? Partial, int PartialTokens) Match(ReadOnlySpan<int> tokens)
    {
        var pages = new List<CachedPage>();
        var at = Root;
        while (tokens.Length > 0)
        {
            var (best, agree) = Best(at, tokens);
            if (best is null || agree < KeyValuePage.Positions)
                return (pages, best, agree);
            pages.Add(at = best);
            tokens = tokens[KeyValuePage.Positions..];
        }
        return (pages, null, 0);
    }

    /// <summary>Says that a sequence in flight stands on this page: it and its ancestors stay.</summary>
    public void Hold(CachedPage page)
    {
        page.Uses++;
        Wake(page);
    }

    /// <summary>Takes back a <see cref="Hold"/>.</summary>
    public void Release(CachedPage page)
    {
        page.Uses--;
        RestIfIdle(page);
    }

    /// <summary>Puts a page into the tree. When the same tokens are there already, theirs stays and this one is given back; the bits are the same.</summary>
    public CachedPage Insert(CachedPage parent, ReadOnlySpan<int> tokens, nint page)
    {
        for (var sibling = parent.Child; sibling is not null; sibling = sibling.Sibling)
        {
            // A longer page holds everything that a shorter one would.
            if (sibling.Tokens.StartsWith(tokens))
            {
                pool.Give(page);
                return sibling;
            }
        }
        if (!_dropped.TryPop(out var added))
            added = new CachedPage();
        added.Become(parent, tokens, page);
        parent.Add(added);
        Wake(parent);
        RestIfIdle(added);
        return added;
    }

    /// <summary>Forgets everything, because the weights have changed. No sequence may be in flight.</summary>
    public void Clear()
    {
        while (_idle.First is { } page)
            Drop(page.Value);

        // A sequence that failed while it was made (no memory for its page) never lets go: what it holds must not be found again.
        if (Root.Child is not null)
            Root = new CachedPage();
    }

    private static (CachedPage? Page, int Agree) Best(CachedPage at, ReadOnlySpan<int> tokens)
    {
        var (best, most) = ((CachedPage?)null, 0);
        for (var child = at.Child; child is not null; child = child.Sibling)
        {
            var agree = child.Tokens.CommonPrefixLength(tokens);
            if (agree > most)
                (best, most) = (child, agree);
        }
        return (best, most);
    }

    private void Wake(CachedPage page)
    {
        if (page.Idle.List is not null)
            _idle.Remove(page.Idle);
    }

    private void RestIfIdle(CachedPage page)
    {
        if (page.Uses == 0 && page.Child is null && page.Parent is not null && page.Idle.List is null)
            _idle.AddLast(page.Idle);
    }

    private void Drop(CachedPage page)
    {
        Wake(page);
        var parent = page.Parent!;
        parent.Remove(page);
        pool.Give(page.Page);
        _dropped.Push(page);
        RestIfIdle(parent);
    }
}
