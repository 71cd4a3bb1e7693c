using System.Collections.Immutable;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Policy;

/// <summary>
/// Samples continuations. Token ids in, token ids out; what the tokens mean is none of its business.
/// Any number of requests may be in flight: an implementation batches them. The result of a request depends on the request and the
/// weights alone, never on its neighbours in the batch, the number of threads or the time.
/// </summary>
public interface ISampler
{
    /// <summary>Samples <see cref="SampleRequest.Count"/> continuations of one prefix; the prefix is computed once.</summary>
    /// <returns>The continuations in order; sample <c>i</c> draws from <c>request.Seed.Derive(i)</c>.</returns>
    Task<ImmutableArray<SampledTokens>> SampleAsync(SampleRequest request, CancellationToken cancel);
}

/// <summary>A model that can be sampled from and trained: the four verbs of the Tinker API.</summary>
public interface IPolicy : ISampler
{
    /// <summary>Runs forward and backward over the batch and accumulates the gradients of the loss.</summary>
    Task<ForwardBackwardResult> ForwardBackwardAsync(TrainingBatch batch, LossOptions loss, CancellationToken cancel);

    /// <summary>The log-probabilities of the batch's target tokens under the current weights; no gradient.</summary>
    Task<ForwardBackwardResult> ForwardAsync(TrainingBatch batch, LossOptions loss, CancellationToken cancel);

    /// <summary>Clips, applies and clears the accumulated gradients.</summary>
    Task<OptimStepResult> OptimStepAsync(AdamOptions adam, CancellationToken cancel);

    /// <summary>Writes weights in Hugging Face layout, and the optimizer's state beside them when asked. Atomic: a reader sees the old folder or the new one.</summary>
    Task SaveAsync(string folder, bool withOptimizer, CancellationToken cancel);

    /// <summary>Reads what <see cref="SaveAsync"/> wrote, into this model.</summary>
    Task LoadAsync(string folder, bool withOptimizer, CancellationToken cancel);
}

/// <summary>How to turn logits into a distribution (order: temperature, top-k, top-p, min-p; see shared golden notes).</summary>
/// <param name="Temperature">Logits are divided by this; 0 means greedy.</param>
/// <param name="TopK">Keep the k most likely tokens; 0 keeps all.</param>
/// <param name="TopP">Keep the smallest set whose mass reaches p; 1 keeps all.</param>
/// <param name="MinP">Drop tokens less likely than this share of the likeliest; 0 keeps all.</param>
public sealed record SamplingOptions(float Temperature = 1f, int TopK = 0, float TopP = 1f, float MinP = 0f);

/// <summary>A request for continuations.</summary>
/// <param name="Prefix">The tokens to continue, at least one.</param>
/// <param name="Count">How many continuations (n).</param>
/// <param name="MaxTokens">The most tokens to sample for each.</param>
/// <param name="StopTokens">Sampling ends after one of these; it is part of the result.</param>
/// <param name="Sampling">The distribution to draw from.</param>
/// <param name="Seed">Where the draws come from.</param>
public sealed record SampleRequest(
    ImmutableArray<int> Prefix, int Count, int MaxTokens, ImmutableArray<int> StopTokens, SamplingOptions Sampling, Seed Seed);

/// <summary>One sampled continuation.</summary>
/// <param name="Tokens">The sampled tokens, the stop token included, shape <c>[T]</c>.</param>
/// <param name="LogProbs">Natural log-probability of each token under the distribution that it was drawn from (greedy: under temperature 1), shape <c>[T]</c>.</param>
/// <param name="Stopped">True when a stop token ended it; false when <see cref="SampleRequest.MaxTokens"/> did.</param>
public sealed record SampledTokens(ImmutableArray<int> Tokens, ImmutableArray<float> LogProbs, bool Stopped);

/// <summary>
/// One sequence to train on. All arrays have the length of <paramref name="Tokens"/>; entry <c>t</c> speaks of predicting token <c>t</c>
/// from the tokens before it, and entry 0 is ignored.
/// </summary>
/// <param name="Tokens">Token ids, shape <c>[T]</c>.</param>
/// <param name="Mask">1 where the token is a target, 0 elsewhere; values between weigh the token's loss. Shape <c>[T]</c>.</param>
/// <param name="Advantages">Advantage of each token (usually one value per sequence), in standard deviations. Ignored by cross-entropy; may be empty then.</param>
/// <param name="OldLogProbs">Log-probabilities under the policy that sampled the tokens. Ignored by cross-entropy; may be empty then.</param>
/// <param name="ReferenceLogProbs">Log-probabilities under the reference policy for the KL term; empty when it is off.</param>
public sealed record TrainingSequence(
    ImmutableArray<int> Tokens,
    ImmutableArray<float> Mask,
    ImmutableArray<float> Advantages,
    ImmutableArray<float> OldLogProbs,
    ImmutableArray<float> ReferenceLogProbs)
{
    /// <summary>
    /// Log-probabilities as the sampler reported them, where <see cref="OldLogProbs"/> were computed anew by the trainer; for the importance
    /// corrections of <see cref="LossOptions"/>. Empty when there are none.
    /// </summary>
    public ImmutableArray<float> SamplerLogProbs { get; init; } = [];
}

/// <summary>Sequences trained on together. Shared prefixes are found and computed once; the gradient is that of the unrolled batch.</summary>
public sealed record TrainingBatch(ImmutableArray<TrainingSequence> Sequences);

/// <summary>Which objective (formulas in the golden notes and docs/paper-map.md).</summary>
public enum LossKind
{
    /// <summary>Negative log-likelihood of the targets: supervised fine-tuning.</summary>
    CrossEntropy,

    /// <summary>The clipped policy gradient of PPO and GRPO with token-level ratios.</summary>
    PolicyGradient,

    /// <summary>GSPO: sequence-level ratios (arXiv:2507.18071).</summary>
    SequencePolicyGradient,

    /// <summary>CISPO: the clipped ratio is a weight without gradient (arXiv:2506.13585).</summary>
    ClippedImportanceSampling,
}

/// <summary>How per-token losses become one number.</summary>
public enum LossReduction
{
    /// <summary>Sum over the targets of the batch, divided by their number (DAPO).</summary>
    TokenMean,

    /// <summary>Mean over the sequences of each sequence's own token mean (GRPO).</summary>
    SequenceMean,

    /// <summary>Sum divided by <see cref="LossOptions.Constant"/> times the number of sequences (Dr.GRPO).</summary>
    Constant,

    /// <summary>Plain sum; the caller has put the weights into the mask.</summary>
    Sum,
}

/// <summary>The estimator of the KL divergence to the reference (Schulman 2020).</summary>
public enum KlEstimator
{
    /// <summary>log p − log ref.</summary>
    K1,

    /// <summary>½ (log p − log ref)².</summary>
    K2,

    /// <summary>exp(ref − p) − (ref − p) − 1.</summary>
    K3,
}

/// <summary>The objective of one update.</summary>
/// <param name="Kind">Which objective.</param>
/// <param name="Reduction">How per-token losses become one number.</param>
/// <param name="ClipLow">ε_low: ratios below 1 − ε_low are clipped.</param>
/// <param name="ClipHigh">ε_high: ratios above 1 + ε_high are clipped.</param>
/// <param name="KlCoefficient">β; 0 turns the KL term off.</param>
/// <param name="Kl">The KL estimator.</param>
/// <param name="Constant">Divisor of <see cref="LossReduction.Constant"/>: the most tokens a completion may have.</param>
/// <param name="Temperature">Log-probabilities are taken at this temperature: the sampler's.</param>
/// <param name="ImportanceCap">Truncated importance sampling: a token's policy loss is weighed by min(exp(old − sampler), cap), which carries no gradient. 0 turns it off.</param>
/// <param name="ImportanceBand">Masked importance sampling: tokens with exp(old − sampler) outside of [1/band, band] lose their policy loss. 0 turns it off.</param>
public sealed record LossOptions(
    LossKind Kind = LossKind.PolicyGradient,
    LossReduction Reduction = LossReduction.SequenceMean,
    float ClipLow = 0.2f,
    float ClipHigh = 0.28f,
    float KlCoefficient = 0f,
    KlEstimator Kl = KlEstimator.K3,
    float Constant = 1f,
    float Temperature = 1f,
    float ImportanceCap = 0f,
    float ImportanceBand = 0f);

/// <summary>What a forward (and backward) pass tells.</summary>
/// <param name="Loss">The loss that was differentiated.</param>
/// <param name="LogProbs">Per sequence, shape <c>[T]</c>: natural log-probability of each token given those before it (entry 0, and entries with mask 0, are 0).</param>
/// <param name="Metrics">Named scalars: entropy in nats, clip fractions, KL; how many tokens were computed and how many the unrolled batch has.</param>
public sealed record ForwardBackwardResult(double Loss, ImmutableArray<ImmutableArray<float>> LogProbs, ImmutableSortedDictionary<string, double> Metrics);

/// <summary>AdamW (Loshchilov and Hutter 2019) with global-norm clipping.</summary>
/// <param name="LearningRate">α.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Decoupled decay per step, times the learning rate.</param>
/// <param name="ClipNorm">Gradients are scaled down to this L2 norm; 0 turns it off.</param>
/// <param name="DecayOneDimensional">Whether norms' gains and biases are decayed too.</param>
public sealed record AdamOptions(
    float LearningRate = 1e-6f,
    float Beta1 = 0.9f,
    float Beta2 = 0.999f,
    float Epsilon = 1e-8f,
    float WeightDecay = 0f,
    float ClipNorm = 1f,
    bool DecayOneDimensional = false);

/// <summary>What an optimizer step tells.</summary>
/// <param name="GradientNorm">L2 norm over all gradients before clipping.</param>
public sealed record OptimStepResult(double GradientNorm);
