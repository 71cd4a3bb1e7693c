using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Forward;
using FissionGrpo.Numerics.Attention;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Model.Decoding;

/// <summary>
/// Neighbouring sequences of a step with one new row each. Their attention goes on between the panels of other rows' products: a row's keys and values are
/// fetched from memory while the products compute, and read as soon as they are near.
/// </summary>
internal sealed unsafe class DecodeHalf(ModelConfiguration c, KeyValuePage layout) : ISideWork, IDisposable
{
    private readonly ThreadTeam _alone = new(1);
    private PagedQuery[] _queries = [];
    private nint[] _pages = [];
    private nint[] _layerPages = [];
    private nint[] _fetched = [];
    private int[] _fetchedEnds = [];
    private int _pageCount;
    private int _fetchedCount;
    private int _next;
    private BlockActivations _rows;

    /// <summary>The first row.</summary>
    public int First { get; private set; }

    /// <summary>How many rows.</summary>
    public int Rows { get; private set; }

    /// <summary>Names the rows.</summary>
    /// <param name="queries">The pass's queries, a row each.</param>
    /// <param name="pages">The pass's pages.</param>
    /// <param name="activations">Those of all rows.</param>
    public void Begin(ReadOnlySpan<PagedQuery> queries, int first, int rows, ReadOnlySpan<nint> pages, BlockActivations activations)
    {
        (First, Rows, _rows) = (first, rows, activations);
        var firstPage = queries[first].FirstPage;
        pages = pages[firstPage..(first + rows < queries.Length ? queries[first + rows].FirstPage : pages.Length)];
        _pageCount = pages.Length;
        if (_queries.Length < rows)
            (_queries, _fetchedEnds) = (new PagedQuery[2 * rows], new int[2 * rows]);
        if (_pages.Length < _pageCount)
            (_pages, _layerPages, _fetched) = (new nint[2 * _pageCount], new nint[2 * _pageCount], new nint[2 * _pageCount]);
        pages.CopyTo(_pages);
        for (var i = 0; i < rows; i++)
            _queries[i] = queries[first + i] with { FirstPage = queries[first + i].FirstPage - firstPage };
        PlanFetches();
    }

    /// <summary>Lets the team's next products fetch a layer's keys and values and let the attention go on. The rows' queries, keys and values of this layer are known.</summary>
    public void AttendBeside(ThreadTeam team, int layer)
    {
        var offset = (nint)((long)layer * layout.Floats * sizeof(float));
        for (var i = 0; i < _pageCount; i++)
            _layerPages[i] = _pages[i] + offset;
        _next = 0;
        team.ReadAhead.Set(_fetched.AsSpan(0, _fetchedCount), offset, layout.Bytes, this);
    }

    /// <summary>Attends what the products have left over.</summary>
    public void Finish(ThreadTeam team)
    {
        team.ReadAhead.Clear();
        while (_next < Rows)
            Attend(_next++);
    }

    void ISideWork.Advance(int fetched)
    {
        while (_next < Rows && _fetchedEnds[_next] <= fetched)
            Attend(_next++);
    }

    public void Dispose() => _alone.Dispose();

    // The pages that a row shares with the one before it, those of a common prompt, are near already.
    private void PlanFetches()
    {
        _fetchedCount = 0;
        for (var row = 0; row < Rows; row++)
        {
            var (first, end) = (_queries[row].FirstPage, row + 1 < Rows ? _queries[row + 1].FirstPage : _pageCount);
            var shared = row == 0 ? 0 : _pages.AsSpan(first, end - first).CommonPrefixLength(_pages.AsSpan(_queries[row - 1].FirstPage, first - _queries[row - 1].FirstPage));
            _pages.AsSpan(first + shared, end - first - shared).CopyTo(_fetched.AsSpan(_fetchedCount));
            _fetchedCount += end - first - shared;
            _fetchedEnds[row] = _fetchedCount;
        }
    }

    // Writes the row's keys and values just before they are read, when their page is near.
    private void Attend(int row)
    {
        var query = _queries[row];
        var stride = _rows.QkvStride;
        var keys = _rows.Rotated + (query.Start * stride) + c.QueryChannels;
        var values = _rows.Qkv + (query.Start * stride) + c.QueryChannels + c.KeyValueChannels;
        layout.Write(
            keys, values, query.Position % KeyValuePage.Positions,
            (float*)_layerPages[query.FirstPage + (query.Position / KeyValuePage.Positions)]);
        PagedAttention.Forward(
            _alone, _rows.Rotated, stride, new ReadOnlySpan<PagedQuery>(in _queries[row]), _layerPages.AsSpan(0, _pageCount),
            new AttentionShape(c.Heads, c.KeyValueHeads, c.HeadSize), _rows.Attended, c.QueryChannels);
    }
}
