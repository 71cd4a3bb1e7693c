namespace FissionGrpo.Numerics.Attention;

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
