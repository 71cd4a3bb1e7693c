using FissionGrpo.Numerics.Attention;

namespace FissionGrpo.Model.Decoding;

/// <summary>A page of the cache: some tokens after some history, with their keys and values.</summary>
internal sealed class CachedPage(CachedPage? parent, int[] tokens, nint page)
{
    /// <summary>The page before it; null at the root, which has no tokens.</summary>
    public CachedPage? Parent { get; } = parent;

    /// <summary>Its tokens: a full page, or fewer at the end of a sequence.</summary>
    public int[] Tokens { get; } = tokens;

    public nint Page { get; } = page;

    /// <summary>Pages that continue it, by their first token; null before the first.</summary>
    public Dictionary<int, List<CachedPage>>? Children { get; set; }

    /// <summary>Sequences in flight that end here or go on from here.</summary>
    public int Uses { get; set; }

    /// <summary>Its place among the pages that may be dropped; null while something needs it.</summary>
    public LinkedListNode<CachedPage>? Idle { get; set; }
}

/// <summary>
/// The prefix cache: a radix tree over token ids whose edges are pages. What one sequence computed, every later sequence with the same
/// beginning reuses, to the token: a page that agrees only in part is copied. Pages that no sequence in flight needs are dropped, the
/// least recently used first, when the budget is reached. Reuse changes no bit of a result, because keys and values depend on their own path alone.
/// </summary>
internal sealed class PrefixCache(PagePool pool, long mostPages)
{
    private readonly LinkedList<CachedPage> _idle = new();
    private CachedPage _root = new(null, [], 0);

    /// <summary>The empty history.</summary>
    public CachedPage Root => _root;

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
        var at = _root;
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
        parent.Children ??= [];
        if (!parent.Children.TryGetValue(tokens[0], out var siblings))
            parent.Children.Add(tokens[0], siblings = new List<CachedPage>(1));
        foreach (var sibling in siblings)
        {
            // A longer page holds everything that a shorter one would.
            if (sibling.Tokens.AsSpan().StartsWith(tokens))
            {
                pool.Give(page);
                return sibling;
            }
        }
        var added = new CachedPage(parent, tokens.ToArray(), page);
        siblings.Add(added);
        Wake(parent);
        RestIfIdle(added);
        return added;
    }

    /// <summary>Forgets everything, because the weights have changed. No sequence may be in flight.</summary>
    public void Clear()
    {
        while (_idle.First is { } page)
            Drop(page.Value);
        _root = new CachedPage(null, [], 0);
    }

    private static (CachedPage? Page, int Agree) Best(CachedPage at, ReadOnlySpan<int> tokens)
    {
        var (best, most) = ((CachedPage?)null, 0);
        if (at.Children is null || !at.Children.TryGetValue(tokens[0], out var children))
            return (null, 0);
        foreach (var child in children)
        {
            var agree = child.Tokens.AsSpan().CommonPrefixLength(tokens);
            if (agree > most)
                (best, most) = (child, agree);
        }
        return (best, most);
    }

    private void Wake(CachedPage page)
    {
        if (page.Idle is null)
            return;
        _idle.Remove(page.Idle);
        page.Idle = null;
    }

    private void RestIfIdle(CachedPage page)
    {
        if (page.Uses == 0 && page.Children is null or { Count: 0 } && page.Parent is not null && page.Idle is null)
            page.Idle = _idle.AddLast(page);
    }

    private void Drop(CachedPage page)
    {
        Wake(page);
        var parent = page.Parent!;
        var siblings = parent.Children![page.Tokens[0]];
        siblings.Remove(page);
        if (siblings.Count == 0)
            parent.Children.Remove(page.Tokens[0]);
        pool.Give(page.Page);
        RestIfIdle(parent);
    }
}
