using System.Buffers;

namespace FissionGrpo.Text.Tokenization;

/// <summary>
/// Byte pair encoding of one piece of text: again and again the adjacent pair with the lowest rank (the leftmost of equals) becomes one
/// token (Sennrich et al. 2016). Safe for threads.
/// </summary>
internal sealed class BytePairMerger
{
    /// <summary>Up to this many symbols a plain scan is fastest; above it the scan's square cost would bite.</summary>
    private const int LongestScanned = 48;

    private readonly int[] _byteIds;
    private readonly int _fused;
    private readonly Dictionary<long, Merge> _merges;

    /// <param name="byteIds">The token of each single byte, shape <c>[256]</c>; -1 where the vocabulary has none: such a byte is dropped, as the reference does.</param>
    /// <param name="merges">By <see cref="Key"/>: rank and result of each pair.</param>
    /// <param name="fused">The token of unknown bytes when neighbouring ones are to be one token; -1 otherwise.</param>
    public BytePairMerger(int[] byteIds, Dictionary<long, Merge> merges, int fused = -1)
    {
        _byteIds = byteIds;
        _fused = fused;
        _merges = merges;
    }

    /// <summary>The result of joining two tokens. Lower ranks go first.</summary>
    public readonly record struct Merge(int Rank, int Id);

    /// <summary>Two token ids as one key.</summary>
    public static long Key(int left, int right) => ((long)left << 32) | (uint)right;

    /// <summary>Appends the tokens of a piece.</summary>
    public void Encode(ReadOnlySpan<byte> piece, List<int> destination)
    {
        var rented = ArrayPool<int>.Shared.Rent(piece.Length);
        var count = 0;
        foreach (var b in piece)
            if (_byteIds[b] >= 0 && !(_byteIds[b] == _fused && count > 0 && rented[count - 1] == _fused))
                rented[count++] = _byteIds[b];
        var symbols = rented.AsSpan(0, count);
        if (count <= LongestScanned)
            destination.AddRange(symbols[..MergeByScan(symbols)]);
        else
            MergeByHeap(symbols, destination);
        ArrayPool<int>.Shared.Return(rented);
    }

    /// <summary>Merges in place; returns how many symbols are left.</summary>
    private int MergeByScan(Span<int> symbols)
    {
        Span<long> pairs = stackalloc long[LongestScanned]; // rank and result of the pair that starts here; -1: none
        var count = symbols.Length;
        for (var i = 0; i + 1 < count; i++)
            pairs[i] = Look(symbols[i], symbols[i + 1]);
        while (count > 1)
        {
            var best = -1;
            var bestRank = int.MaxValue;
            for (var i = 0; i + 1 < count; i++)
            {
                var rank = (int)(pairs[i] >> 32);
                if (pairs[i] >= 0 && rank < bestRank)
                    (best, bestRank) = (i, rank);
            }
            if (best < 0)
                break;
            symbols[best] = (int)pairs[best];
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            if (best + 2 < count)
                pairs[(best + 2)..count].CopyTo(pairs[(best + 1)..]);
            count--;
            if (best > 0)
                pairs[best - 1] = Look(symbols[best - 1], symbols[best]);
            if (best + 1 < count)
                pairs[best] = Look(symbols[best], symbols[best + 1]);
        }
        return count;
    }

    private long Look(int left, int right) =>
        _merges.TryGetValue(Key(left, right), out var merge) ? ((long)merge.Rank << 32) | (uint)merge.Id : -1;

    private void MergeByHeap(Span<int> symbols, List<int> destination)
    {
        var count = symbols.Length;
        var next = new int[count];
        var previous = new int[count];
        var pairs = new List<(Pair, long)>(count);
        for (var i = 0; i < count; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
            if (i + 1 < count && _merges.TryGetValue(Key(symbols[i], symbols[i + 1]), out var merge))
                pairs.Add((new Pair(i, symbols[i], symbols[i + 1], merge.Id), Priority(merge.Rank, i)));
        }
        var heap = new PriorityQueue<Pair, long>(pairs);
        while (heap.TryDequeue(out var pair, out _))
        {
            // An entry is stale when one of its two symbols has been merged since: a consumed symbol is marked -1.
            var right = next[pair.At];
            if (symbols[pair.At] != pair.Left || right >= count || symbols[right] != pair.Right)
                continue;
            symbols[pair.At] = pair.Id;
            symbols[right] = -1;
            next[pair.At] = next[right];
            if (next[right] < count)
            {
                previous[next[right]] = pair.At;
                Offer(heap, pair.At, pair.Id, symbols[next[right]]);
            }
            if (previous[pair.At] >= 0)
                Offer(heap, previous[pair.At], symbols[previous[pair.At]], pair.Id);
        }
        for (var i = 0; i < count; i = next[i])
            destination.Add(symbols[i]);
    }

    private void Offer(PriorityQueue<Pair, long> heap, int at, int left, int right)
    {
        if (_merges.TryGetValue(Key(left, right), out var merge))
            heap.Enqueue(new Pair(at, left, right, merge.Id), Priority(merge.Rank, at));
    }

    /// <summary>The lowest rank first, of equals the leftmost.</summary>
    private static long Priority(int rank, int at) => ((long)rank << 32) | (uint)at;

    /// <summary>Two neighbours as they were when they were put on the heap, and what they become.</summary>
    private readonly record struct Pair(int At, int Left, int Right, int Id);
}
