using FissionGrpo.Model.Losses;
using FissionGrpo.Model.Weights;
using FissionGrpo.Numerics.Attention;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Model.Forward;

/// <summary>
/// Forward and backward over a token tree. Each distinct token is computed once; attention reads the keys and values of its ancestors, whose
/// gradients are summed over their descendants. One caller at a time.
/// </summary>
internal sealed unsafe class TreePass : IDisposable
{
    private readonly ThreadTeam _team;
    private readonly ModelWeights _weights;
    private readonly IProjections _forward;
    private readonly IProjections _backward;
    private readonly RopeTable _rope;
    private readonly TensorArena _arena = new();
    private readonly OutputHead _head;
    private readonly long _mostActivations;

    /// <param name="mostActivations">Floats of activations that may be kept for the backward pass; beyond, each block is computed a second time instead.</param>
    /// <param name="mostLogits">Logits that may exist at a time.</param>
    public TreePass(ThreadTeam team, ModelWeights weights, IProjections forward, IProjections backward, RopeTable rope, long mostActivations, long mostLogits = 32L << 20)
    {
        _mostActivations = mostActivations;
        _team = team;
        _weights = weights;
        _forward = forward;
        _backward = backward;
        _rope = rope;
        _head = new OutputHead(team, weights, forward, _arena, mostLogits);
    }

    /// <summary>Log-probabilities, entropies and loss; no gradient.</summary>
    public void Forward(TokenTree tree, LossTerms terms, float temperature)
    {
        _arena.Reset();
        var x = Blocks(tree, keep: null);
        _head.Run(terms, x, temperature, null, null, null);
    }

    /// <summary>All logits of a small tree, <c>[R, V]</c>: for comparisons with other programs, training never holds them.</summary>
    public float[] Logits(TokenTree tree)
    {
        _arena.Reset();
        var x = Blocks(tree, keep: null);
        var c = _weights.Configuration;
        RmsNorm.Forward(_team, x, c.Channels, _weights.At(_weights.Layout.FinalNorm), tree.Rows, 1, c.Channels, c.NormEpsilon, x, c.Channels);
        var logits = new float[checked(tree.Rows * c.VocabularySize)];
        fixed (float* result = logits)
            _forward.Head.Forward(_team, x, result, c.VocabularySize, tree.Rows, accumulate: false);
        return logits;
    }

    /// <summary>Runs the blocks and hands out what each leaves behind: for comparisons with other programs. Valid until the next pass.</summary>
    /// <param name="tree">A small tree.</param>
    /// <param name="output">The residual stream after the last block, <c>[R, C]</c>.</param>
    public BlockActivations[] Trace(TokenTree tree, out float* output)
    {
        _arena.Reset();
        var kept = new BlockActivations[_weights.Configuration.Layers];
        output = Blocks(tree, kept);
        return kept;
    }

    /// <summary>As <see cref="Forward"/>, and adds the gradients of the trained parameters.</summary>
    /// <param name="gradients">Where they go.</param>
    public void ForwardBackward(TokenTree tree, LossTerms terms, float temperature, ParameterGradients gradients)
    {
        _backward.Ensure(_team);
        var c = _weights.Configuration;
        var kept = new BlockActivations[c.Layers];
        var recompute = tree.Rows * c.Layers * BlockActivations.FloatsPerRow(c) > _mostActivations;
        _arena.Reset(Expected(tree, recompute));
        var x = Blocks(tree, kept, recompute);
        var dx = _arena.TakeZeroed((long)tree.Rows * c.Channels);
        _head.Run(terms, x, temperature, _backward, gradients, dx);

        var batch = Batch(tree, out var tokens);
        var d = new BlockGradients(_arena, c, tree.Rows, batch.Chunks);
        var shape = new AttentionShape(c.Heads, c.KeyValueHeads, c.HeadSize);
        for (var layer = c.Layers - 1; layer >= 0; layer--)
        {
            if (recompute)
            {
                RowCopies.Copy(_team, kept[layer].Input, (long)tree.Rows * c.Channels, x);
                TransformerBlock.Forward(batch, _weights, layer, _forward.Block(layer), new OverTree(_team, tree.Segments, shape, c), kept[layer], x);
            }
            TransformerBlock.Backward(batch, _weights, layer, _backward.Block(layer), tree.Segments, shape, kept[layer], d, gradients, dx);
        }
        gradients.AddEmbedding(_team, dx, tokens, tree.Rows);
    }

    public void Dispose() => _arena.Dispose();

    // What a pass with gradients borrows, within a few percent: blocks, then the streams and gradients that they share, then the head.
    private long Expected(TokenTree tree, bool recompute)
    {
        var c = _weights.Configuration;
        var block = BlockActivations.FloatsPerRow(c);
        var blocks = recompute ? block + ((long)c.Layers * c.Channels) : c.Layers * block;
        return (tree.Rows * (blocks + block + (4L * c.Channels))) + _head.MostLogits(tree.Rows);
    }

    private float* Blocks(TokenTree tree, BlockActivations[]? keep, bool recompute = false)
    {
        _forward.Ensure(_team);
        var c = _weights.Configuration;
        var batch = Batch(tree, out var tokens);
        var x = _arena.TakePointer((long)tree.Rows * c.Channels);
        _weights.Embed(_team, tokens, tree.Rows, x);
        var attention = new OverTree(_team, tree.Segments, new AttentionShape(c.Heads, c.KeyValueHeads, c.HeadSize), c);
        var activations = keep is null ? BlockActivations.ForInference(_arena, c, tree.Rows) : default;
        for (var layer = 0; layer < c.Layers; layer++)
        {
            if (keep is not null)
            {
                var input = _arena.TakePointer((long)tree.Rows * c.Channels);
                activations = recompute && layer > 0 ? activations.WithInput(input) : BlockActivations.ForGradients(_arena, c, tree.Rows, input);
                keep[layer] = activations;
            }
            TransformerBlock.Forward(batch, _weights, layer, _forward.Block(layer), attention, activations, x);
        }
        return x;
    }

    private RowBatch Batch(TokenTree tree, out int* tokens)
    {
        _team.ReadAhead.Clear(); // what decoding has named is not read here
        var positions = _arena.TakeInts(tree.Rows);
        tree.Positions.CopyTo(new Span<int>(positions, tree.Rows));
        tokens = _arena.TakeInts(tree.Rows);
        tree.Tokens.CopyTo(new Span<int>(tokens, tree.Rows));
        _rope.Reach(tree.Positions.Max() + 1);
        return new RowBatch(_team, tree.Rows, positions, _rope.Cos, _rope.Sin, new RowChunks(_team, tree.Rows, _forward.IsPacked));
    }

    private readonly struct OverTree(ThreadTeam team, TreeSegment[] segments, AttentionShape shape, Configuration.ModelConfiguration c) : IRowAttention
    {
        public void Forward(int layer, float* q, float* k, float* v, long stride, float* output, float* logSumExp) =>
            TreeAttention.Forward(team, q, stride, k, v, stride, segments, shape, output, c.QueryChannels, logSumExp);
    }
}
