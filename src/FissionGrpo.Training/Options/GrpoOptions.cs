using System.ComponentModel.DataAnnotations;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Training;

/// <summary>How a reward becomes an advantage (formulas: docs/paper-map.md).</summary>
public enum AdvantageKind
{
    /// <summary>Reward minus the group's mean, divided by the group's unbiased standard deviation + ε (GRPO).</summary>
    GroupMeanStd,

    /// <summary>The same with the population standard deviation.</summary>
    GroupMeanPopulationStd,

    /// <summary>Reward minus the group's mean (Dr.GRPO).</summary>
    GroupMean,

    /// <summary>Reward minus the group's mean, divided by the unbiased standard deviation of all rewards of the batch + ε.</summary>
    BatchStd,

    /// <summary>Reward minus the mean of the siblings (RLOO).</summary>
    LeaveOneOut,
}

/// <summary>What the loss is divided by.</summary>
public enum LossNormalisation
{
    /// <summary>All sampled trajectories of the batch, also those that have no advantage and are left out.</summary>
    AllTrajectories,

    /// <summary>The trajectories that are trained on.</summary>
    KeptTrajectories,

    /// <summary>The tokens that are trained on (DAPO).</summary>
    KeptTokens,

    /// <summary>A constant times all sampled trajectories of the batch (Dr.GRPO).</summary>
    Constant,
}

/// <summary>Group relative policy optimisation (arXiv:2402.03300).</summary>
/// <param name="Tasks">Tasks sampled in a step (P).</param>
/// <param name="GroupSize">Trajectories sampled per task (G).</param>
/// <param name="SamplingRounds">
/// Most rounds of sampling in a step: with more than one, further tasks are sampled until P groups have variance (DAPO's dynamic sampling); all
/// sampled tokens count.
/// </param>
/// <param name="TrainPerGroup">Trajectories of a group that are trained on, those with the most different rewards (max-variance sub-sampling); 0 trains on all.</param>
/// <param name="Advantage">How a reward becomes an advantage.</param>
/// <param name="AdvantageEpsilon">ε of the division by the standard deviation.</param>
/// <param name="NegativeWeight">Negative advantages are multiplied by this; 1 is GRPO, the embedded recipe uses 0.1.</param>
/// <param name="MinStd">A group whose rewards have a smaller standard deviation is not trained on; 0 leaves out only groups of equal rewards.</param>
/// <param name="Loss">The objective.</param>
/// <param name="Normalisation">What the loss is divided by.</param>
/// <param name="LossConstant">The constant of the normalisation <c>constant</c>, in tokens.</param>
/// <param name="VirtualBest">
/// A group in which nothing is correct is compared with a virtual sibling of the largest reward, so that it is pushed away from what it did
/// (NGRPO, arXiv:2509.18851).
/// </param>
/// <param name="ClipLow">ε_low.</param>
/// <param name="ClipHigh">ε_high.</param>
/// <param name="ImportanceCap">Truncated importance sampling between sampler and trainer; 0 trusts the sampler's log-probabilities.</param>
/// <param name="ImportanceBand">Masked importance sampling between sampler and trainer; 0 masks nothing.</param>
/// <param name="KlCoefficient">β of the KL term against the policy that training started from; 0 turns it off.</param>
/// <param name="KlEstimator">How that divergence is estimated from a sampled token. As a loss <c>k1</c> has a slope of β whatever the distance, so it pulls nowhere on the average.</param>
/// <param name="Epochs">Updates on the same batch.</param>
/// <param name="AnchorDemonstrations">Happy-path demonstrations that join the first update of each training step as supervised targets; 0 turns the anchor off.</param>
/// <param name="AnchorRecoveryShare">Share of these that show a recovery instead: supervised fine-tuning on recoveries, a baseline.</param>
/// <param name="AnchorWeight">Weight of the anchor's cross-entropy beside the policy gradient.</param>
/// <param name="ReplayGroups">Good old groups, explored or recovered, that come back in each step's first update, off-policy with their stored log-probabilities (a baseline); 0 turns replay off.</param>
/// <param name="ReplayCapacity">The most old groups that are kept.</param>
/// <param name="ReplayMaxAge">Steps after which an old group is not used any more.</param>
/// <param name="SkipAllRightAfter">
/// A prompt that was all right this often in a row is passed over, and looked at again every eighth time; 0 passes over nothing. For sources whose tasks
/// come back.
/// </param>
/// <param name="SkipAllWrongAfter">
/// The same of prompts in which nothing was right; 0, the default, never passes over them: fission lives on them. An ablation of just that.
/// </param>
public sealed record GrpoOptions(
    [property: Range(1, 4096, ErrorMessage = "Try 24.")] int Tasks = 24,
    [property: Range(2, 256, ErrorMessage = "A group needs siblings to compare with; try 8.")] int GroupSize = 8,
    [property: Range(1, 100, ErrorMessage = "1 is plain GRPO; DAPO uses about 3.")] int SamplingRounds = 1,
    [property: Range(0, 256, ErrorMessage = "0 trains on all; half of the group size is usual.")] int TrainPerGroup = 0,
    AdvantageKind Advantage = AdvantageKind.GroupMeanStd,
    [property: Range(0f, 1f, ErrorMessage = "Try 0.0001.")] float AdvantageEpsilon = 1e-4f,
    [property: Range(0f, 1f, ErrorMessage = "1 is plain GRPO; the embedded recipe uses 0.1.")] float NegativeWeight = 0.1f,
    [property: Range(0f, 10f, ErrorMessage = "0 leaves out only groups of equal rewards; the embedded recipe uses 0.02.")] float MinStd = 0.02f,
    LossKind Loss = LossKind.PolicyGradient,
    LossNormalisation Normalisation = LossNormalisation.AllTrajectories,
    [property: Range(1, 1_000_000, ErrorMessage = "The most tokens that a trajectory samples; try 512.")] int LossConstant = 512,
    bool VirtualBest = false,
    [property: Range(0f, 1f, ErrorMessage = "Try 0.2.")] float ClipLow = 0.2f,
    [property: Range(0f, 10f, ErrorMessage = "Try 0.28.")] float ClipHigh = 0.28f,
    [property: Range(0f, 1000f, ErrorMessage = "0 in the in-process engine, whose gap is nil; 2 for a remote sampler.")] float ImportanceCap = 0f,
    [property: Range(0f, 1000f, ErrorMessage = "0 masks nothing; 10 for a remote sampler.")] float ImportanceBand = 0f,
    [property: Range(0f, 10f, ErrorMessage = "0 turns the KL term off.")] float KlCoefficient = 0f,
    KlEstimator KlEstimator = KlEstimator.K3,
    [property: Range(1, 100, ErrorMessage = "One update a batch is the recipe.")] int Epochs = 1,
    [property: Range(0, 4096, ErrorMessage = "0 turns the anchor off; the embedded recipe uses 20.")] int AnchorDemonstrations = 20,
    [property: Range(0f, 1f, ErrorMessage = "0 but in the baseline that learns recoveries from demonstrations.")] float AnchorRecoveryShare = 0f,
    [property: Range(0f, 100f, ErrorMessage = "The embedded recipe uses 0.3.")] float AnchorWeight = 0.3f,
    [property: Range(0, 4096, ErrorMessage = "0 keeps no old groups; try half of grpo.tasks.")] int ReplayGroups = 0,
    [property: Range(1, 100_000, ErrorMessage = "Try 64.")] int ReplayCapacity = 64,
    [property: Range(1, 1_000_000, ErrorMessage = "Try 8: older groups are far from the policy.")] int ReplayMaxAge = 8,
    [property: Range(0, 1000, ErrorMessage = "0 passes over nothing; 2 is usual.")] int SkipAllRightAfter = 0,
    [property: Range(0, 1000, ErrorMessage = "0 but in the ablation that passes over all-wrong prompts too.")] int SkipAllWrongAfter = 0)
{
    /// <summary>What passes over prompts as these options have it; null where none is passed over.</summary>
    internal PromptMemory? NewPromptMemory() => SkipAllRightAfter == 0 && SkipAllWrongAfter == 0 ? null : new PromptMemory(SkipAllRightAfter, SkipAllWrongAfter);
}
