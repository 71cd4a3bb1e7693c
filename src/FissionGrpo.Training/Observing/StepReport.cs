using System.Collections.Immutable;
using System.Text.Json.Serialization;
using FissionGrpo.Fission;

namespace FissionGrpo.Training;

/// <summary>Everything that one training step tells: a line of <c>metrics.jsonl</c>. Shares are between 0 and 1, rates of nothing are null.</summary>
/// <param name="Schema">Version of this record: 1.</param>
/// <param name="Step">From 0.</param>
/// <param name="Explore">Stage 1.</param>
/// <param name="Fission">Stages 2 and 3.</param>
/// <param name="Updates">One per optimizer step, in order.</param>
/// <param name="SampledTokens">Tokens sampled by the policy since the run began, recoveries included.</param>
/// <param name="SimulatorTokens">Tokens sampled by the learned simulator since the run began.</param>
/// <param name="LogProbGap">Largest absolute difference between the sampler's and the trainer's log-probability of a sampled token before any update of the step, in nats.</param>
/// <param name="MeanLogProbGap">Mean of the same.</param>
/// <param name="Entropy">Mean entropy of the policy over the trained tokens, in nats; null when the engine does not tell.</param>
/// <param name="LearningRate">Of the step's last update.</param>
/// <param name="StageSeconds">Wall time by stage: <c>explore</c>, <c>update</c>, <c>diagnose</c>, <c>fission</c>, <c>upkeep</c>. The only member that differs between equal runs.</param>
public sealed record StepReport(
    int Schema,
    int Step,
    BatchReport Explore,
    FissionReport Fission,
    ImmutableArray<UpdateReport> Updates,
    long SampledTokens,
    long SimulatorTokens,
    double LogProbGap,
    double MeanLogProbGap,
    double? Entropy,
    double LearningRate,
    ImmutableSortedDictionary<string, double> StageSeconds)
{
    /// <summary>Prompts passed over in the step because the policy gets them right every time.</summary>
    public int SkippedPrompts { get; init; }

    /// <summary>Tokens read by the simulator since the run began.</summary>
    public long SimulatorPromptTokens { get; init; }

    /// <summary>Wall time of the whole step.</summary>
    public double Seconds => StageSeconds.Values.Sum();
}

/// <summary>A batch of groups, explored or recovered.</summary>
/// <param name="Groups">Groups.</param>
/// <param name="Trajectories">Trajectories without rollout failures.</param>
/// <param name="MeanReward">Mean composite reward.</param>
/// <param name="Terms">Mean unweighted value of each reward term, by name.</param>
/// <param name="Accuracy">Share of trajectories that the environment calls correct.</param>
/// <param name="WithErrors">Trajectories with at least one failed call.</param>
/// <param name="RecoveryRate">Of these, the share that ends correct (definition a); null when there are none.</param>
/// <param name="RepetitionRate">Of the failed calls, the share repeated verbatim next; null when there are none.</param>
/// <param name="ZeroVariance">Share of groups whose rewards are all equal, exactly. More are not trained on: see <see cref="TrainedGroups"/>.</param>
/// <param name="AllRight">Share of groups in which every trajectory is correct.</param>
/// <param name="AllWrong">Share of groups in which none is.</param>
/// <param name="SampledTokens">Tokens sampled for the batch.</param>
/// <param name="TokensPerSecond">Sampled tokens per second of wall time.</param>
/// <param name="RolloutFailures">Rollouts that failed for a reason outside the policy, by boundary.</param>
/// <param name="Retries">Rollouts that were tried again.</param>
public sealed record BatchReport(
    int Groups,
    int Trajectories,
    double MeanReward,
    ImmutableSortedDictionary<string, double> Terms,
    double Accuracy,
    int WithErrors,
    double? RecoveryRate,
    double? RepetitionRate,
    double ZeroVariance,
    double AllRight,
    double AllWrong,
    int SampledTokens,
    double TokensPerSecond,
    ImmutableSortedDictionary<string, int> RolloutFailures,
    int Retries)
{
    /// <summary>
    /// Share of groups that an update trains on: their rewards differ, and by no less than <c>grpo.min_std</c>. Null in the files of older versions.
    /// </summary>
    public double? TrainedGroups { get; init; }

    /// <summary>Of the sampled tokens, those of the trajectories with at least one failed call. Null in the files of older versions.</summary>
    public long? ErrorTokens { get; init; }
}

/// <summary>Stages 2 and 3 of a step.</summary>
/// <param name="Failures">Failed trajectories found.</param>
/// <param name="NewContexts">Corrective contexts pushed on the buffer, without duplicates.</param>
/// <param name="Duplicates">Failures whose context the buffer had already.</param>
/// <param name="BufferDepth">Contexts in the buffer after the step.</param>
/// <param name="Recoveries">The recovery groups; null when stage 3 did not run.</param>
/// <param name="ZeroVarianceParents">Of the contexts taken, the share whose parents' group had no variance: what fission turned into signal is this minus the recoveries' own zero variance.</param>
/// <param name="Leaks">Diagnostics that the leak audit stopped.</param>
/// <param name="Fallbacks">Diagnostics replaced by the environment's own message: leaks, failures and time-outs of the simulator.</param>
/// <param name="Undiagnosed">Failures that neither the simulator nor the environment says anything about; they make no context.</param>
/// <param name="Categories">Corrective contexts by the failure category that the diagnostic conveys.</param>
public sealed record FissionReport(
    int Failures,
    int NewContexts,
    int Duplicates,
    int BufferDepth,
    BatchReport? Recoveries,
    double? ZeroVarianceParents,
    int Leaks,
    int Fallbacks,
    int Undiagnosed,
    ImmutableSortedDictionary<string, int> Categories)
{
    /// <summary>Whether the simulator's diagnostics mean what really went wrong; null when there was nothing to compare.</summary>
    public Alignment? Alignment { get; init; }

    /// <summary>
    /// The simulator on failures of the policy of this moment, always on the same tasks that nothing trains on; at the first step, at those that are
    /// evaluated, and at the last. Null in between, and without a simulator to measure.
    /// </summary>
    public SimulatorQuality? Probe { get; init; }

    /// <summary>Failed trajectories in which no step can be named at which to fork.</summary>
    public int Unplaced { get; init; }

    /// <summary>Diagnostics replaced by that of another failure, on purpose.</summary>
    public int Corrupted { get; init; }

    /// <summary>Tokens that the simulator read in the step.</summary>
    public long SimulatorPromptTokens { get; init; }

    /// <summary>Tokens that the simulator wrote in the step.</summary>
    public long SimulatorTokens { get; init; }

    /// <summary>Answers of the simulator that could not be used, by kind (<see cref="SimulatorFault"/>).</summary>
    public ImmutableSortedDictionary<string, int> SimulatorFaults { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>Failures whose world could not be forked, by boundary: they made no context.</summary>
    public ImmutableSortedDictionary<string, int> BrokenWorlds { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>The step's first cause of each kind of fault, in words.</summary>
    public ImmutableSortedDictionary<string, string> Causes { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Contexts that were waiting when the run was interrupted and could not be brought back; told in the first step after.</summary>
    public int Dropped { get; init; }
}

/// <summary>One optimizer step.</summary>
/// <param name="Stage"><c>explore</c>, <c>fission</c> or <c>merged</c>.</param>
/// <param name="Trajectories">Trajectories trained on.</param>
/// <param name="Tokens">Tokens trained on.</param>
/// <param name="Loss">The policy-gradient loss.</param>
/// <param name="AnchorLoss">Mean cross-entropy of the anchor's tokens in nats; null where none joined: it joins the first update of a training step.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="LearningRate">Of this step.</param>
/// <param name="Metrics">What the engine tells beside it.</param>
public sealed record UpdateReport(
    string Stage,
    int Trajectories,
    int Tokens,
    double Loss,
    double? AnchorLoss,
    double GradientNorm,
    double LearningRate,
    ImmutableSortedDictionary<string, double> Metrics)
{
    /// <summary>Demonstrations of the anchor that joined this step.</summary>
    public int Demonstrations { get; init; }

    /// <summary>Of the trajectories, those that came back from earlier steps.</summary>
    public int Replayed { get; init; }

    /// <summary>How far the policy has moved from them: mean absolute difference of log-probabilities a token, in nats; null without any.</summary>
    public double? ReplayDrift { get; init; }

    /// <summary>The sampler/trainer gap over the trained tokens, before the policy changed; null in later epochs.</summary>
    [JsonIgnore]
    public LogProbGap? Gap { get; init; }
}
