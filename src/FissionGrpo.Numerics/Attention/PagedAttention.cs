using System.Diagnostics;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Attention;

/// <summary>
/// The layout of one page of a key/value cache: <see cref="Positions"/> consecutive positions of one layer. Per key/value head first the keys as
/// <c>[D, 16]</c> (position fastest), then the values as <c>[16, D]</c>. Page boundaries lie at multiples of 16 of the position in the sequence, so pages can be
/// shared by sequences with a common prefix; a fork in the middle of a page copies that page.
/// </summary>
/// <param name="KeyValueHeads">Key and value heads (K).</param>
/// <param name="HeadSize">Channels of a head (D).</param>
public readonly record struct KeyValuePage(int KeyValueHeads, int HeadSize)
{
    /// <summary>Positions in a page.</summary>
    public const int Positions = 16;

    /// <summary>Floats of one page of one layer.</summary>
    public int Floats => 2 * Positions * KeyValueHeads * HeadSize;

    internal int HeadFloats => 2 * Positions * HeadSize;

    /// <summary>Writes one position's keys and values.</summary>
    /// <param name="k">Keys, shape <c>[K, D]</c>.</param>
    /// <param name="v">Values, shape <c>[K, D]</c>.</param>
    /// <param name="slot">Position modulo 16.</param>
    /// <param name="page">The page.</param>
    public unsafe void Write(float* k, float* v, int slot, float* page)
    {
        Debug.Assert((uint)slot < Positions);
        for (var head = 0; head < KeyValueHeads; head++)
        {
            var keys = page + ((long)head * HeadFloats);
            var values = keys + (Positions * HeadSize) + (slot * HeadSize);
            for (var d = 0; d < HeadSize; d++)
            {
                keys[(d * Positions) + slot] = k[(head * HeadSize) + d];
                values[d] = v[(head * HeadSize) + d];
            }
        }
    }
}

/// <summary>New rows of one sequence, attending to its cached pages (which already hold these rows' own keys and values).</summary>
/// <param name="Start">First row of the queries.</param>
/// <param name="Length">Rows: 1 in decoding, more in prefill.</param>
/// <param name="Position">Position of the first row in the sequence: it sees positions 0 … Position.</param>
/// <param name="FirstPage">Index into the list of pages where this sequence's pages begin.</param>
public readonly record struct PagedQuery(int Start, int Length, int Position, int FirstPage);

/// <summary>Attention of new rows against a paged key/value cache: decoding (one row per sequence) and prefill. A row's result depends on its own path alone.</summary>
public static unsafe partial class PagedAttention
{
    /// <summary>Computes the attention outputs.</summary>
    /// <param name="team">Who works.</param>
    /// <param name="q">Queries, shape <c>[rows, H, D]</c>, rows <paramref name="ldq"/> apart.</param>
    /// <param name="queries">The sequences.</param>
    /// <param name="pages">Addresses of pages of this layer (as <c>float*</c>), page i of a sequence at <see cref="PagedQuery.FirstPage"/> + i.</param>
    /// <param name="output">Result, shape <c>[rows, H, D]</c>, rows <paramref name="ldo"/> apart; overwritten.</param>
    public static void Forward(
        ThreadTeam team, float* q, long ldq, ReadOnlySpan<PagedQuery> queries, ReadOnlySpan<nint> pages, AttentionShape shape, float* output, long ldo)
    {
        fixed (PagedQuery* query = queries)
        fixed (nint* page = pages)
            team.Run(queries.Length, new Sequences(q, ldq, query, page, shape, output, ldo));
    }

    private readonly struct Sequences(float* q, long ldq, PagedQuery* queries, nint* pages, AttentionShape shape, float* output, long ldo) : IRowKernel
    {
        public void Invoke(int item)
        {
            var query = queries[item];
            for (var i = 0; i < query.Length; i++)
                ReferenceRow(q + ((query.Start + i) * ldq), pages + query.FirstPage, query.Position + i + 1, shape, output + ((query.Start + i) * ldo));
        }
    }
}
