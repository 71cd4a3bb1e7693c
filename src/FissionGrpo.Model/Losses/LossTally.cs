using System.Collections.Immutable;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Model.Losses;

/// <summary>Sums over a whole batch, across the trees that it is computed in: the loss, the log-probabilities and the metrics.</summary>
internal sealed class LossTally
{
    private readonly double[] _scales;
    private readonly float[][] _logProbs;
    private readonly LossOptions _options;
    private double _loss;
    private double _entropy;
    private double _kl;
    private double _gap;
    private double _largestGap;
    private double _ratio;
    private double _importance;
    private long _importanceDropped;
    private long _importanceTokens;
    private long _clippedLow;
    private long _clippedHigh;
    private long _tokens;

    public LossTally(TrainingBatch batch, LossOptions options)
    {
        Batch = batch;
        _options = options;
        _logProbs = [.. batch.Sequences.Select(s => new float[s.Tokens.Length])];
        _scales = Scales(batch, options);
    }

    public TrainingBatch Batch { get; }

    /// <summary>The first term that was not finite, with what it was made of; null when all were.</summary>
    public string? FirstNonFinite { get; private set; }

    /// <summary>The loss so far.</summary>
    public double Loss => _loss;

    /// <summary>What the reduction makes of one unit of this sequence's token loss, apart from the token's own mask.</summary>
    public double Scale(int sequence) => _scales[sequence];

    /// <summary>Counts one token.</summary>
    /// <param name="sequence">Index in the batch.</param>
    /// <param name="t">Index in the sequence.</param>
    /// <param name="loss">Its loss, all weights included.</param>
    /// <param name="logProb">Its log-probability.</param>
    /// <param name="entropy">Of the distribution that it was drawn from.</param>
    /// <param name="clip">-1, 0 or 1.</param>
    /// <param name="kl">The estimate, without β.</param>
    public void Count(int sequence, int t, double loss, double logProb, double entropy, int clip, double kl)
    {
        if (!double.IsFinite(loss))
            FirstNonFinite ??= Describe(sequence, t, logProb);
        _loss += loss;
        _logProbs[sequence][t] = (float)logProb;
        _entropy += entropy;
        _kl += kl;
        _tokens++;
        if (clip < 0)
            _clippedLow++;
        else if (clip > 0)
            _clippedHigh++;
        if (Batch.Sequences[sequence].OldLogProbs is { IsDefaultOrEmpty: false } old)
        {
            var gap = logProb - old[t];
            _gap += Math.Abs(gap);
            _largestGap = Math.Max(_largestGap, Math.Abs(gap));
            _ratio += Math.Exp(gap);
        }
    }

    /// <summary>Counts the weight of one token's policy loss.</summary>
    public void CountImportance(double importance)
    {
        _importance += importance;
        _importanceTokens++;
        _importanceDropped += importance == 0 ? 1 : 0;
    }

    public ForwardBackwardResult Result(long computed, long unrolled)
    {
        var count = Math.Max(1, _tokens);
        var metrics = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
        metrics["entropy"] = _entropy / count;
        metrics["target_tokens"] = _tokens;
        metrics["tokens_computed"] = computed;
        metrics["tokens_unrolled"] = unrolled;
        if (Batch.Sequences.Any(s => !s.ReferenceLogProbs.IsDefaultOrEmpty))
            metrics["kl"] = _kl / count;
        if (Batch.Sequences.Any(s => !s.OldLogProbs.IsDefaultOrEmpty))
        {
            metrics["old_gap_mean"] = _gap / count;
            metrics["old_gap_max"] = _largestGap;
            metrics["ratio_mean"] = _ratio / count;
        }
        if (_importanceTokens > 0)
        {
            metrics["importance_mean"] = _importance / _importanceTokens;
            metrics["importance_dropped_fraction"] = (double)_importanceDropped / _importanceTokens;
        }
        if (_options.Kind != LossKind.CrossEntropy)
        {
            metrics["clip_low_fraction"] = (double)_clippedLow / count;
            metrics["clip_high_fraction"] = (double)_clippedHigh / count;
        }
        return new ForwardBackwardResult(_loss, [.. _logProbs.Select(l => ImmutableArray.Create(l))], metrics.ToImmutable());
    }

    private string Describe(int b, int t, double logProb)
    {
        var sequence = Batch.Sequences[b];
        return $"sequence {b}, token {t}: log-probability {logProb}, old {At(sequence.OldLogProbs)}, reference {At(sequence.ReferenceLogProbs)}, advantage {At(sequence.Advantages)}, mask {At(sequence.Mask)}";

        string At(ImmutableArray<float> values) => values.IsDefaultOrEmpty ? "none" : $"{values[t]}";
    }

    private static double[] Scales(TrainingBatch batch, LossOptions options)
    {
        var sums = new double[batch.Sequences.Length];
        for (var b = 0; b < sums.Length; b++)
        {
            var mask = batch.Sequences[b].Mask;
            for (var t = 1; t < mask.Length; t++)
                sums[b] += mask[t];
        }
        var total = sums.Sum();
        var scales = new double[sums.Length];
        for (var b = 0; b < scales.Length; b++)
        {
            scales[b] = options.Reduction switch
            {
                // The mean over the targets of supervised training has no floor of one token; the published policy losses do.
                LossReduction.TokenMean when options.Kind == LossKind.CrossEntropy => total > 0 ? 1 / total : 0,
                LossReduction.TokenMean => 1 / Math.Max(1, total),
                LossReduction.SequenceMean => 1 / (scales.Length * Math.Max(1, sums[b])),
                LossReduction.Constant => 1 / ((double)scales.Length * options.Constant),
                _ => 1,
            };
        }
        return scales;
    }
}
