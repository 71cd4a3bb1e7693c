using FissionGrpo.Model.Policy;

namespace FissionGrpo.Model.Losses;

/// <summary>
/// The loss of one sampled token and its derivative. All formulas work in <see cref="double"/>: they are a handful per token.
/// </summary>
internal static class TokenLoss
{
    /// <summary>What one token adds to the metrics and the loss, before the reduction's weight.</summary>
    /// <param name="Loss">Its loss.</param>
    /// <param name="Slope">dLoss / dlogProb.</param>
    /// <param name="Clip">-1: clipped low, 1: clipped high, 0: neither.</param>
    public readonly record struct Result(double Loss, double Slope, int Clip);

    /// <summary>A loss that sees one token at a time.</summary>
    public static Result Of(LossOptions options, double logProb, double oldLogProb, double advantage) => options.Kind switch
    {
        LossKind.CrossEntropy => new Result(-logProb, -1, 0),
        LossKind.PolicyGradient => Clipped(options, logProb - oldLogProb, advantage),
        LossKind.ClippedImportanceSampling => Cispo(options, logProb, oldLogProb, advantage),
        _ => throw new ArgumentOutOfRangeException(nameof(options), options.Kind, "this loss sees whole sequences"),
    };

    /// <summary>
    /// −min(r·A, clip(r, 1−ε_low, 1+ε_high)·A) with r = exp(<paramref name="logRatio"/>) (PPO, arXiv:1707.06347; asymmetric as in DAPO, arXiv:2503.14476).
    /// The slope is with respect to the logarithm of the ratio.
    /// </summary>
    public static Result Clipped(LossOptions options, double logRatio, double advantage)
    {
        var ratio = Math.Exp(logRatio);
        var low = 1 - (double)options.ClipLow;
        var high = 1 + (double)options.ClipHigh;
        var plain = ratio * advantage;
        var clipped = Math.Clamp(ratio, low, high) * advantage;
        var clip = ratio < low && advantage < 0 ? -1 : ratio > high && advantage > 0 ? 1 : 0;
        return plain <= clipped ? new Result(-plain, -plain, clip) : new Result(-clipped, 0, clip);
    }

    /// <summary>−clip(r)·A·logProb, where the clipped ratio carries no gradient (arXiv:2506.13585): every token keeps a gradient.</summary>
    private static Result Cispo(LossOptions options, double logProb, double oldLogProb, double advantage)
    {
        var ratio = Math.Exp(logProb - oldLogProb);
        var low = 1 - (double)options.ClipLow;
        var high = 1 + (double)options.ClipHigh;
        var weight = Math.Clamp(ratio, low, high) * advantage;
        return new Result(-weight * logProb, -weight, ratio < low ? -1 : ratio > high ? 1 : 0);
    }

    /// <summary>
    /// What a token's policy loss is weighed by because sampler and trainer disagree about its probability: the ratio of the two, cut at a cap
    /// (truncated importance sampling) or dropped outside of a band (masked importance sampling).
    /// </summary>
    public static double Importance(LossOptions options, double oldLogProb, double samplerLogProb)
    {
        var ratio = Math.Exp(oldLogProb - samplerLogProb);
        if (options.ImportanceBand > 0 && !(ratio <= options.ImportanceBand && ratio >= 1 / (double)options.ImportanceBand))
            return 0;
        return options.ImportanceCap > 0 ? Math.Min(ratio, options.ImportanceCap) : 1;
    }

    /// <summary>A per-token estimate of the divergence from the reference policy, and its derivative by the log-probability (http://joschu.net/blog/kl-approx.html).</summary>
    public static (double Value, double Slope) Kl(KlEstimator estimator, double logProb, double reference)
    {
        var gap = reference - logProb;
        return estimator switch
        {
            KlEstimator.K1 => (-gap, 1),
            KlEstimator.K2 => (0.5 * gap * gap, -gap),
            _ => (Math.Exp(gap) - gap - 1, 1 - Math.Exp(gap)),
        };
    }
}
