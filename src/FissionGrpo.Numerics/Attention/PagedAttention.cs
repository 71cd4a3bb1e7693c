using System.Diagnostics;
using System.Runtime.CompilerServices;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Attention;

/// <summary>
/// The layout of one page of a key/value cache: <see cref="Positions"/> consecutive positions of one layer. First the keys of all heads, each as
/// <c>[D, 32]</c> (position fastest), then the values of all heads, each as <c>[32, D]</c>, because decoding reads all keys before the first value. Page boundaries lie
/// at multiples of 32 of the position in the sequence, so pages can be shared by sequences with a common prefix; a fork in the middle of a page copies that page.
/// </summary>
/// <param name="KeyValueHeads">Key and value heads (K).</param>
/// <param name="HeadSize">Channels of a head (D).</param>
public readonly record struct KeyValuePage(int KeyValueHeads, int HeadSize)
{
    /// <summary>Positions in a page.</summary>
    public const int Positions = PackedMatrix.PanelColumns;

    /// <summary>Floats of one page of one layer; the last few are never written, but read by whole vectors.</summary>
    public int Floats => (2 * Positions * KeyValueHeads * HeadSize) + Positions;

    /// <summary>Bytes of the keys and values.</summary>
    public int Bytes => 2 * Positions * KeyValueHeads * HeadSize * sizeof(float);

    /// <summary>Floats of one head's keys, or of its values.</summary>
    internal int HeadFloats => Positions * HeadSize;

    /// <summary>One head's keys in a page.</summary>
    internal unsafe float* Keys(nint page, int head) => (float*)page + ((long)head * HeadFloats);

    /// <summary>One head's values in a page.</summary>
    internal unsafe float* Values(nint page, int head) => (float*)page + ((long)(KeyValueHeads + head) * HeadFloats);

    /// <summary>Writes one position's keys and values.</summary>
    /// <param name="k">Keys, shape <c>[K, D]</c>.</param>
    /// <param name="v">Values, shape <c>[K, D]</c>.</param>
    /// <param name="slot">Position modulo 32.</param>
    /// <param name="page">The page.</param>
    public unsafe void Write(float* k, float* v, int slot, float* page)
    {
        Debug.Assert((uint)slot < Positions);
        for (var head = 0; head < KeyValueHeads; head++)
        {
            var keys = Keys((nint)page, head) + slot;
            var values = Values((nint)page, head) + (slot * HeadSize);
            for (var d = 0; d < HeadSize; d++)
                keys[d * Positions] = k[(head * HeadSize) + d];
            new ReadOnlySpan<float>(v + (head * HeadSize), HeadSize).CopyTo(new(values, HeadSize));
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
    /// <summary>Whether a sequence's only new row has a kernel of its own, which reads its pages once and in their order.</summary>
    public static bool ReadsRowsByThemselves => OneRow.IsSupported;

    /// <summary>Computes the attention outputs.</summary>
    /// <param name="team">Who works.</param>
    /// <param name="q">Queries, shape <c>[rows, H, D]</c>, rows <paramref name="ldq"/> apart.</param>
    /// <param name="queries">The sequences.</param>
    /// <param name="pages">Addresses of pages of this layer (as <c>float*</c>), page i of a sequence at <see cref="PagedQuery.FirstPage"/> + i.</param>
    /// <param name="output">Result, shape <c>[rows, H, D]</c>, rows <paramref name="ldo"/> apart; overwritten.</param>
    public static void Forward(
        ThreadTeam team, float* q, long ldq, ReadOnlySpan<PagedQuery> queries, ReadOnlySpan<nint> pages, AttentionShape shape, float* output, long ldo)
    {
        var chunkRows = QueryChunk.Rows(shape.Group);
        var (chunks, longest, single) = (0, 0, 0);
        foreach (var query in queries)
        {
            if (query.Length == 1 && OneRow.IsSupported)
                single++;
            else
                chunks = checked(chunks + ((query.Length + chunkRows - 1) / chunkRows));
            longest = Math.Max(longest, query.Position + query.Length);
        }
        var index = (int*)team.SharedScratch(single + (2L * chunks));
        var rows = index + (2L * chunks);
        for (var (i, at, row) = (0, 0, 0); i < queries.Length; i++)
        {
            if (queries[i].Length == 1 && OneRow.IsSupported)
            {
                rows[row++] = i;
                continue;
            }
            for (var first = 0; first < queries[i].Length; first += chunkRows, at += 2)
                (index[at], index[at + 1]) = (i, first);
        }
        fixed (PagedQuery* query = queries)
        fixed (nint* page = pages)
        {
            if (single > 0)
            {
                var heads = OneRow.HeadsTogether(shape, single, team.AtWork);
                team.RunTiles(
                    single * ((shape.KeyValueHeads + heads - 1) / heads), new SingleRows(team, q, ldq, query, rows, single, page, shape, heads, output, ldo));
            }
            if (chunks > 0)
                team.RunTiles(chunks * shape.KeyValueHeads, new Chunks(team, q, ldq, query, index, page, shape, chunkRows, longest, output, ldo));
        }
    }

    // Item: some heads of a sequence's only new row.
    private readonly struct SingleRows(
        ThreadTeam team, float* q, long ldq, PagedQuery* queries, int* rows, int count, nint* pages, AttentionShape shape, int heads, float* output, long ldo) : ITileKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item, int worker)
        {
            var parts = (shape.KeyValueHeads + heads - 1) / heads;
            var (query, head) = (queries[rows[item / parts]], item % parts * heads);
            var (after, afterHead) = ((item + 1) / parts, (item + 1) % parts * heads);
            var layout = new KeyValuePage(shape.KeyValueHeads, shape.HeadSize);
            var next = layout.Keys(pages[queries[rows[Math.Min(after, count - 1)]].FirstPage], afterHead);
            var visible = query.Position + 1;
            var column = (long)head * shape.Group * shape.HeadSize;
            var together = Math.Min(heads, shape.KeyValueHeads - head);
            OneRow.Forward(
                q + (query.Start * ldq) + column, visible, pages + query.FirstPage, layout, head, together, shape,
                team.Scratch(worker, OneRow.ScratchFloats(shape, together, visible)), output + (query.Start * ldo) + column, (byte*)next);
        }
    }

    private readonly struct Chunks(
        ThreadTeam team, float* q, long ldq, PagedQuery* queries, int* index, nint* pages, AttentionShape shape, int chunkRows, int longest,
        float* output, long ldo) : ITileKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item, int worker)
        {
            var (chunk, head) = (item / shape.KeyValueHeads, item % shape.KeyValueHeads);
            var query = queries[index[2 * chunk]];
            var first = index[(2 * chunk) + 1];
            var rows = Math.Min(chunkRows, query.Length - first);
            var visible = query.Position + first + 1;
            var mostPages = (longest + KeyValuePage.Positions - 1) / KeyValuePage.Positions;
            var runFloats = (((long)sizeof(KeyRun) / sizeof(float) * mostPages) + 15) & ~15L;
            var scratch = team.Scratch(worker, runFloats + QueryChunk.ScratchFloats(shape, Math.Min(chunkRows, longest), longest));
            var runs = (KeyRun*)scratch;
            var layout = new KeyValuePage(shape.KeyValueHeads, shape.HeadSize);
            for (var i = 0; i * KeyValuePage.Positions < visible + rows - 1; i++)
            {
                var page = pages[query.FirstPage + i];
                runs[i] = new(
                    layout.Keys(page, head), layout.Values(page, head), shape.HeadSize * sizeof(float), PackedMatrix.PanelColumns * sizeof(float), KeyValuePage.Positions);
            }
            var column = (long)head * shape.Group * shape.HeadSize;
            var row = query.Start + first;
            QueryChunk.Forward(
                q + (row * ldq) + column, ldq, rows, visible, runs, shape, scratch + runFloats, output + (row * ldo) + column, ldo, null, 0);
        }
    }
}
