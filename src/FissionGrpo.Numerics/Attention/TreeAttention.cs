using System.Runtime.InteropServices;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Attention;

/// <summary>A run of rows in a packed buffer whose tokens follow each other. A row sees the rows of the ancestors and, in its own segment, itself and what precedes it.</summary>
/// <param name="Start">First row.</param>
/// <param name="Length">Rows, at least one.</param>
/// <param name="Parent">Index of the segment that it continues, smaller than its own; −1 for a root.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct TreeSegment(int Start, int Length, int Parent);

/// <summary>Sizes of grouped-query attention; query head h reads key/value head h / (Heads / KeyValueHeads).</summary>
/// <param name="Heads">Query heads (H).</param>
/// <param name="KeyValueHeads">Key and value heads (K), a divisor of H.</param>
/// <param name="HeadSize">Channels of a head (D).</param>
/// <param name="Scale">Scores are multiplied by this, usually 1 / √D.</param>
public readonly record struct AttentionShape(int Heads, int KeyValueHeads, int HeadSize, float Scale)
{
    /// <summary>The usual scale.</summary>
    public AttentionShape(int heads, int keyValueHeads, int headSize)
        : this(heads, keyValueHeads, headSize, 1f / MathF.Sqrt(headSize))
    {
    }

    /// <summary>Query heads that share a key/value head.</summary>
    public int Group => Heads / KeyValueHeads;
}

/// <summary>
/// Causal grouped-query attention over a prefix tree of rows: every distinct token is a row once, segments continue their parents (stored before them).
/// A row's result depends on the rows of its path alone: neither on how the path is cut into segments, nor on siblings, nor on threads.
/// </summary>
public static unsafe partial class TreeAttention
{
    /// <summary>Computes the attention outputs.</summary>
    /// <param name="team">Who works.</param>
    /// <param name="q">Queries, shape <c>[rows, H, D]</c>, rows <paramref name="ldq"/> apart.</param>
    /// <param name="k">Keys, shape <c>[rows, K, D]</c>, rows <paramref name="ldkv"/> apart.</param>
    /// <param name="v">Values, like the keys.</param>
    /// <param name="segments">The tree; its rows lie in 0 … rows − 1 without overlap, parents first.</param>
    /// <param name="output">Result, shape <c>[rows, H, D]</c>, rows <paramref name="ldo"/> apart; overwritten.</param>
    /// <param name="logSumExp">ln Σ e^score of each row and head for the backward pass, shape <c>[rows, H]</c>; null when there is none.</param>
    public static void Forward(
        ThreadTeam team, float* q, long ldq, float* k, float* v, long ldkv, ReadOnlySpan<TreeSegment> segments, AttentionShape shape,
        float* output, long ldo, float* logSumExp)
    {
        ReferenceForward(q, ldq, k, v, ldkv, segments, shape, output, ldo, logSumExp);
    }

    /// <summary>Adds the gradients of queries, keys and values; sums over descendants run in the order of the segments, whatever the threads.</summary>
    /// <param name="team">Who works.</param>
    /// <param name="output">The result of the forward pass.</param>
    /// <param name="logSumExp">From the forward pass.</param>
    /// <param name="dOutput">Gradient of the output, rows <paramref name="ldo"/> apart like the output.</param>
    /// <param name="dq">Laid out like the queries, rows <paramref name="lddq"/> apart; added to.</param>
    /// <param name="dk">Laid out like the keys, rows <paramref name="lddkv"/> apart; added to.</param>
    /// <param name="dv">Like <paramref name="dk"/>.</param>
    public static void Backward(
        ThreadTeam team, float* q, long ldq, float* k, float* v, long ldkv, ReadOnlySpan<TreeSegment> segments, AttentionShape shape,
        float* output, float* dOutput, long ldo, float* logSumExp, float* dq, long lddq, float* dk, float* dv, long lddkv)
    {
        ReferenceBackward(q, ldq, k, v, ldkv, segments, shape, output, dOutput, ldo, logSumExp, dq, lddq, dk, dv, lddkv);
    }
}
