using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace FissionGrpo.Fission;

/// <summary>Stages 2 and 3: which failures become corrective contexts, and what is made of them.</summary>
/// <param name="Enabled">False leaves plain GRPO.</param>
/// <param name="GroupSize">Recovery trajectories sampled per corrective context (G').</param>
/// <param name="BatchSize">Corrective contexts taken from the buffer at a time.</param>
/// <param name="Trigger">Stage 3 runs when the buffer holds at least this many contexts.</param>
/// <param name="Capacity">The most contexts that the buffer holds; the oldest leave.</param>
/// <param name="FailureThreshold">A trajectory without an error has failed when its R_corr (0 to 2) is below this.</param>
/// <param name="IncludeRecovered">Also fork at the failed step of a trajectory that recovered and ended correct.</param>
/// <param name="FormatErrors">Fork at malformed replies too (the paper). Those of a policy that is right when it is greedy are slips of sampling, from which
/// hardly anybody recovers (docs/results.md); false leaves them to stage 1.</param>
/// <param name="Source">Whose failures are fissioned.</param>
/// <param name="Update">Whether recoveries have an update of their own or join the next one of stage 1.</param>
/// <param name="LearningRateScale">A factor on the learning rate of the recoveries' own update: how much is the data of fission worth, and how much its extra
/// optimizer steps. The moments of AdamW are those of all updates, so even 0 (which moves nothing itself) is felt in the next update.</param>
public sealed record FissionOptions(
    bool Enabled = true,
    [property: Range(2, 256, ErrorMessage = "A group needs siblings to compare with; try 8.")] int GroupSize = 8,
    [property: Range(1, 4096, ErrorMessage = "As many as tasks in a step is a good start.")] int BatchSize = 8,
    [property: Range(1, 4096, ErrorMessage = "Try the batch size.")] int Trigger = 8,
    [property: Range(1, 1_000_000, ErrorMessage = "Try 16 times the batch size.")] int Capacity = 128,
    [property: Range(0f, 2f, ErrorMessage = "R_corr is between 0 and 2; try 1.")] float FailureThreshold = 1f,
    bool IncludeRecovered = false,
    bool FormatErrors = true,
    FissionSource Source = FissionSource.CurrentPolicy,
    FissionUpdate Update = FissionUpdate.Separate,
    [property: Range(0f, 10f, ErrorMessage = "1 is the learning rate of stage 1; try 0.5.")] float LearningRateScale = 1f);

/// <summary>Whose failures are fissioned.</summary>
public enum FissionSource
{
    /// <summary>The current policy's, as they happen (the paper).</summary>
    CurrentPolicy,

    /// <summary>Those that the policy made before RL: offline error data, round and round.</summary>
    BasePolicy,
}

/// <summary>When recovery groups are trained on.</summary>
public enum FissionUpdate
{
    /// <summary>In an optimizer step of their own, after that of stage 1 (the paper).</summary>
    Separate,

    /// <summary>In the same optimizer step as the explored groups: stage 1's update waits for stage 3.</summary>
    Merged,
}

/// <summary>Who writes the diagnostic f.</summary>
public enum SimulatorKind
{
    /// <summary>Nobody: the environment's own message stands.</summary>
    RawError,

    /// <summary>The rule-based diagnoser, which sees the ground truth, with varied wording.</summary>
    Diagnoser,

    /// <summary>A small model fine-tuned on the policy's own failures, with the diagnoser as teacher.</summary>
    Learned,

    /// <summary>Any model behind an OpenAI-compatible server.</summary>
    Endpoint,
}

/// <summary>How the diagnostic f meets what the environment itself said about the failed call.</summary>
public enum DiagnosticPlacement
{
    /// <summary>In its place: the tool message is f alone, written to read like a runtime error.</summary>
    Replace,

    /// <summary>Behind it: the environment's message as it was, then a new line with what f adds to it. The policy reads first what it will read when nobody diagnoses.</summary>
    Append,
}

/// <summary>The error simulator S_phi.</summary>
/// <param name="Kind">Who writes the diagnostic.</param>
/// <param name="SeesAnswer">Whether the learned simulator reads the ground truth too.</param>
/// <param name="Items">Training items collected from the policy's own failures.</param>
/// <param name="Epochs">Passes over the items.</param>
/// <param name="BatchSize">Items in an optimizer step.</param>
/// <param name="LearningRate">The simulator's learning rate.</param>
/// <param name="MaxTokens">The most tokens of a diagnostic.</param>
/// <param name="LeakRetries">How often a leaking diagnostic is generated again before the environment's own message stands in.</param>
/// <param name="CorruptShare">Share of the diagnostics that are replaced by that of another failure: simulator quality, varied on purpose.</param>
/// <param name="InExploration">
/// The diagnoser's text stands in place of every error that the policy meets while it explores: diagnostics without fission, an ablation. Evaluations
/// show the environment's own errors all the same.
/// </param>
/// <param name="RefreshEvery">Steps after which the simulator is trained again on recent failures; 0 keeps it fixed (the paper).</param>
/// <param name="TimeoutSeconds">The longest that a batch of diagnostics may take before the raw errors stand in; 0 means no limit, and two minutes for an endpoint.</param>
/// <param name="Checkpoint">A simulator that <c>fission simulator train</c> made, used in place of training one; it must have the policy's tokenizer.</param>
/// <param name="Endpoint">The server of the kind <c>endpoint</c>, up to and including <c>/v1</c>.</param>
/// <param name="EndpointModel">The model's name there.</param>
/// <param name="EndpointKeyVariable">The environment variable that holds the server's key.</param>
/// <param name="Placement">Whether a diagnostic stands in place of the environment's own message or behind it.</param>
/// <param name="Share">Share of the refused calls that are diagnosed at all, drawn one by one; the rest keep the environment's own message. A failure that the
/// environment says nothing about is always diagnosed: without a diagnostic it would be no context.</param>
/// <param name="ProbeTasks">Tasks played beside each evaluation to hold a learned simulator against the policy's failures of that moment; 0 measures nothing.</param>
public sealed record SimulatorOptions(
    SimulatorKind Kind = SimulatorKind.Learned,
    bool SeesAnswer = false,
    [property: Range(1, 1_000_000, ErrorMessage = "The paper uses about 2000.")] int Items = 768,
    [property: Range(1, 1000, ErrorMessage = "Try 6.")] int Epochs = 6,
    [property: Range(1, 4096, ErrorMessage = "Try 16.")] int BatchSize = 16,
    [property: Range(0f, 1f, ErrorMessage = "Try 0.001 for the embedded model.")] float LearningRate = 1e-3f,
    [property: Range(1, 4096, ErrorMessage = "Diagnostics are short; try 128.")] int MaxTokens = 128,
    [property: Range(0, 10, ErrorMessage = "Try 1.")] int LeakRetries = 1,
    [property: Range(0f, 1f, ErrorMessage = "0 but in ablations.")] float CorruptShare = 0f,
    bool InExploration = false,
    [property: Range(0, 1_000_000, ErrorMessage = "0 keeps the simulator fixed.")] int RefreshEvery = 0,
    [property: Range(0, 86400, ErrorMessage = "0 means no limit.")] int TimeoutSeconds = 0,
    string? Checkpoint = null,
    string? Endpoint = null,
    string? EndpointModel = null,
    string? EndpointKeyVariable = "OPENAI_API_KEY",
    [property: Range(0, 100_000, ErrorMessage = "0 measures nothing; try 32.")] int ProbeTasks = 32,
    DiagnosticPlacement Placement = DiagnosticPlacement.Replace,
    [property: Range(0f, 1f, ErrorMessage = "1 diagnoses every failure (the paper).")] float Share = 1f)
{
    /// <summary>The limit of a batch in seconds; 0 means none.</summary>
    [JsonIgnore]
    public int LimitSeconds => TimeoutSeconds > 0 ? TimeoutSeconds : Kind is SimulatorKind.Endpoint ? 120 : 0;
}
