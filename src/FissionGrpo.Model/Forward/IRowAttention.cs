namespace FissionGrpo.Model.Forward;

/// <summary>How the rows of a pass see each other: over a token tree in training, over cached pages in decoding.</summary>
internal unsafe interface IRowAttention
{
    /// <summary>Computes the attention outputs of one block.</summary>
    /// <param name="layer">Which block.</param>
    /// <param name="q">Rotated queries, rows <paramref name="stride"/> apart.</param>
    /// <param name="k">Rotated keys, same stride.</param>
    /// <param name="v">Values, same stride.</param>
    /// <param name="output">Shape <c>[R, H·D]</c>.</param>
    /// <param name="logSumExp">Shape <c>[R, H]</c>, or null.</param>
    void Forward(int layer, float* q, float* k, float* v, long stride, float* output, float* logSumExp);
}
