using FissionGrpo.Model.Losses;
using FissionGrpo.Model.Weights;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Model.Forward;

/// <summary>
/// The last norm, the output projection, log-softmax and the loss, fused: logits exist for a chunk of rows at a time, and only for rows that
/// predict a target. A loss that sees whole sequences needs all log-probabilities before the first derivative; its logits are computed
/// twice when they do not fit into one chunk.
/// </summary>
internal sealed unsafe class OutputHead(ThreadTeam team, ModelWeights weights, IProjections forward, TensorArena arena, long mostLogits)
{
    private const long CachedLogits = 2L << 20;

    private LogitSummary[] _summaries = [];

    /// <summary>Runs the head over a tree.</summary>
    /// <param name="terms">What is asked; receives log-probabilities and entropies.</param>
    /// <param name="x">Residual stream after the last block, <c>[R, C]</c>.</param>
    /// <param name="temperature">Logits are divided by this.</param>
    /// <param name="backward">Matrices in the backward direction; null when no gradient is wanted.</param>
    /// <param name="gradients">Where the gradients of the parameters go; null likewise.</param>
    /// <param name="dx">Gradient of the residual stream, zeroed by the caller, <c>[R, C]</c>; null likewise.</param>
    public void Run(LossTerms terms, float* x, float temperature, IProjections? backward, ParameterGradients? gradients, float* dx)
    {
        var rows = terms.Rows.Length;
        if (rows == 0)
            return;
        var c = weights.Configuration;
        var (channels, vocabulary) = (c.Channels, c.VocabularySize);
        var mark = arena.Mark();
        var rowIndex = arena.TakeInts(rows);
        terms.Rows.CopyTo(new Span<int>(rowIndex, rows));
        var input = arena.TakePointer((long)rows * channels);
        var normed = arena.TakePointer((long)rows * channels);
        RowCopies.Gather(team, x, rowIndex, rows, channels, input);
        RmsNorm.Forward(team, input, channels, weights.At(weights.Layout.FinalNorm), rows, 1, channels, c.NormEpsilon, normed, channels);

        var chunk = RowsPerChunk(vocabulary, rows);
        var logits = arena.TakePointer((long)chunk * vocabulary);
        if (_summaries.Length < rows)
            _summaries = new LogitSummary[rows];
        var dNormed = dx is null ? null : arena.TakePointer((long)rows * channels);
        var stats = new ChunkStatistics(terms, logits, vocabulary, 1 / temperature, _summaries);
        var chunks = (rows + chunk - 1) / chunk;
        var whole = terms.NeedsWholeSequences;
        for (var i = 0; i < chunks; i++)
        {
            Logits(stats with { FirstRow = i * chunk }, Math.Min(chunk, rows - (i * chunk)), normed);
            if (whole)
                continue;
            Evaluate(terms, i * chunk, Math.Min(rows, (i + 1) * chunk));
            if (dx is not null)
                Backward(stats with { FirstRow = i * chunk }, Math.Min(chunk, rows - (i * chunk)), normed, backward!, gradients!, dNormed);
        }
        if (whole)
        {
            terms.EvaluateSequences();
            for (var i = 0; i < chunks && dx is not null; i++)
            {
                if (chunks > 1)
                    Logits(stats with { FirstRow = i * chunk }, Math.Min(chunk, rows - (i * chunk)), normed);
                Backward(stats with { FirstRow = i * chunk }, Math.Min(chunk, rows - (i * chunk)), normed, backward!, gradients!, dNormed);
            }
        }
        if (dx is not null)
        {
            RmsNorm.Backward(
                team, input, channels, weights.At(weights.Layout.FinalNorm), dNormed, channels, rows, 1, channels, c.NormEpsilon,
                accumulate: false, dNormed, channels, gradients!.Vector(weights.Layout.FinalNorm));
            RowCopies.Scatter(team, dNormed, rowIndex, rows, channels, dx);
        }
        arena.Release(mark);
    }

    /// <summary>Logits that exist at a time when so many rows predict.</summary>
    public long MostLogits(int rows) => (long)RowsPerChunk(weights.Configuration.VocabularySize, rows) * weights.Configuration.VocabularySize;

    // Logits that the shared cache holds until they have become gradients, if that leaves whole blocks of the sums over rows: then a chunk's end changes no bit of the head's gradient.
    private int RowsPerChunk(int vocabulary, int rows)
    {
        var most = Math.Min(CachedLogits, mostLogits) / vocabulary / Gemm.SummedTogether * Gemm.SummedTogether;
        return (int)Math.Clamp(most > 0 ? most : mostLogits / vocabulary, 1, rows);
    }

    private static void Evaluate(LossTerms terms, int firstRow, int endRow) => terms.Evaluate(terms.RowStarts[firstRow], terms.RowStarts[endRow]);

    private void Logits(ChunkStatistics chunk, int rows, float* normed) =>
        new RowChunks(team, rows, forward.IsPacked).Run(new LogitStage(forward.Head, chunk, normed + ((long)chunk.FirstRow * weights.Configuration.Channels), weights.Configuration.Channels));

    private void Backward(ChunkStatistics chunk, int rows, float* normed, IProjections backward, ParameterGradients gradients, float* dNormed)
    {
        var first = (long)chunk.FirstRow * weights.Configuration.Channels;
        new RowChunks(team, rows, backward.IsPacked).Run(new GradientStage(backward.Head, chunk, dNormed + first, weights.Configuration.Channels));
        gradients.AddHead(team, chunk.Logits, normed + first, rows);
    }

    private readonly struct LogitStage(Projection head, ChunkStatistics chunk, float* normed, int channels) : IRowStage
    {
        public void Run(ThreadTeam team, int buffer, int first, int rows)
        {
            head.Forward(team, normed + ((long)first * channels), chunk.Logits + ((long)first * chunk.Vocabulary), chunk.Vocabulary, rows, accumulate: false);
            team.Run(rows, chunk.From(first));
        }
    }

    private readonly struct GradientStage(Projection head, ChunkStatistics chunk, float* dNormed, int channels) : IRowStage
    {
        public void Run(ThreadTeam team, int buffer, int first, int rows)
        {
            var part = chunk.From(first);
            team.Run(rows, new ChunkGradients(part));
            head.Backward(team, part.Logits, part.Vocabulary, dNormed + ((long)first * channels), rows);
        }
    }

    /// <summary>Log-probabilities and entropies of the rows of one chunk.</summary>
    private readonly record struct ChunkStatistics(LossTerms Terms, nint LogitsAddress, int Vocabulary, float InverseTemperature, LogitSummary[] Summaries, int FirstRow = 0) : IRowKernel
    {
        public ChunkStatistics(LossTerms terms, float* logits, int vocabulary, float inverseTemperature, LogitSummary[] summaries)
            : this(terms, (nint)logits, vocabulary, inverseTemperature, summaries)
        {
        }

        public float* Logits => (float*)LogitsAddress;

        /// <summary>The same from a row of the chunk on.</summary>
        public ChunkStatistics From(int row) => this with { LogitsAddress = (nint)(Logits + ((long)row * Vocabulary)), FirstRow = FirstRow + row };

        public void Invoke(int item)
        {
            var row = FirstRow + item;
            var logits = Logits + ((long)item * Vocabulary);
            var (first, end) = (Terms.RowStarts[row], Terms.RowStarts[row + 1]);
            // The targets' logits are read before the row is overwritten.
            for (var target = first; target < end; target++)
                Terms.LogProbs[target] = logits[Terms.Targets[target].Token];
            var summary = LogitRow.Exponentiate(logits, Vocabulary, InverseTemperature);
            Summaries[row] = summary;
            for (var target = first; target < end; target++)
            {
                Terms.LogProbs[target] = summary.LogProb((float)Terms.LogProbs[target]);
                Terms.Entropies[target] = summary.Entropy;
            }
        }
    }

    /// <summary>dLoss/dLogits of the rows of one chunk: for each target slope · (onehot − p) / temperature, summed.</summary>
    private readonly record struct ChunkGradients(ChunkStatistics Chunk) : IRowKernel
    {
        public void Invoke(int item)
        {
            var row = Chunk.FirstRow + item;
            var logits = Chunk.Logits + ((long)item * Chunk.Vocabulary);
            var terms = Chunk.Terms;
            var (first, end) = (terms.RowStarts[row], terms.RowStarts[row + 1]);
            var slopes = 0.0;
            for (var target = first; target < end; target++)
                slopes += terms.Slopes[target];
            LogitRow.Scale(logits, Chunk.Vocabulary, (float)(-slopes * Chunk.InverseTemperature / Chunk.Summaries[row].Sum));
            for (var target = first; target < end; target++)
                logits[terms.Targets[target].Token] += (float)(terms.Slopes[target] * Chunk.InverseTemperature);
        }
    }
}
