using FissionGrpo.Model.Forward;
using FissionGrpo.Model.Policy;
using FissionGrpo.Numerics.Attention;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Model.Decoding;

/// <summary>
/// A thread's share of a step in which every sequence has one new row, from the embedding to the logits. Products leave the memory idle and attention is nothing but
/// reading memory; so the rows go in two halves, and while one half is in its products, the other half's keys and values are fetched and its attention is
/// computed in between. No bit changes, because a row's arithmetic does not depend on the others.
/// </summary>
internal sealed unsafe class DecodeShare(TransformerEngine engine, KeyValuePage layout) : IDisposable
{
    private readonly DecodeHalf _one = new(engine.Weights.Configuration, layout);
    private readonly DecodeHalf _two = new(engine.Weights.Configuration, layout);

    /// <summary>Rows from <paramref name="first"/> on; the first of all logits lies at <paramref name="logits"/>.</summary>
    public void Run(
        ThreadTeam team, int first, int rows, ReadOnlySpan<PagedQuery> queries, ReadOnlySpan<nint> pages, int* positions, BlockActivations activations, float* x, float* logits)
    {
        var (c, half) = (engine.Weights.Configuration, rows / 2);
        var batch = new RowBatch(team, first + rows, positions, engine.Rope.Cos, engine.Rope.Sin, default);
        _one.Begin(queries, first, half, pages, activations);
        _two.Begin(queries, first + half, rows - half, pages, activations);
        try
        {
            Before(_one, 0);
            _one.AttendBeside(team, 0);
            Before(_two, 0);
            for (var layer = 0; layer < c.Layers; layer++)
            {
                _one.Finish(team);
                _two.AttendBeside(team, layer);
                After(_one, layer);
                if (layer + 1 < c.Layers)
                    Before(_one, layer + 1);
                _two.Finish(team);
                if (layer + 1 < c.Layers)
                    _one.AttendBeside(team, layer + 1);
                After(_two, layer);
                if (layer + 1 < c.Layers)
                    Before(_two, layer + 1);
            }
            var last = activations.InputNormed + ((long)first * c.Channels);
            RmsNorm.Forward(
                team, x + ((long)first * c.Channels), c.Channels, engine.Weights.At(engine.Weights.Layout.FinalNorm), rows, 1, c.Channels, c.NormEpsilon, last, c.Channels);
            engine.Packed.Head.Forward(team, last, logits + ((long)first * c.VocabularySize), c.VocabularySize, rows, accumulate: false);
        }
        finally
        {
            team.ReadAhead.Clear();
        }

        void Before(DecodeHalf half, int layer) =>
            TransformerBlock.ForwardBefore(batch, engine.Weights, layer, engine.Packed.Block(layer), activations, x, half.First, half.Rows);

        void After(DecodeHalf half, int layer) =>
            TransformerBlock.ForwardAfter(batch, engine.Weights, layer, engine.Packed.Block(layer), activations, x, half.First, half.Rows);
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
    }
}
