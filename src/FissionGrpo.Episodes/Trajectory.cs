using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace FissionGrpo.Episodes;

/// <summary>Where a token came from. Only the policy's own tokens carry a log-probability and are trained on.</summary>
public enum TokenOrigin : byte
{
    /// <summary>System prompt, tools, user messages, replayed history.</summary>
    Prompt,

    /// <summary>The chat template's own marks around what others wrote.</summary>
    Template,

    /// <summary>A tool's result, or the diagnostic that stands in its place.</summary>
    Tool,

    /// <summary>Sampled from the policy in this trajectory.</summary>
    Policy,
}

/// <summary>
/// The tokens of a trajectory: the record that is trained on. Text is derived from it, never the other way round.
/// All three arrays have the same length.
/// </summary>
/// <param name="Ids">Token ids, shape <c>[T]</c>.</param>
/// <param name="Origins">Where each token came from, shape <c>[T]</c>.</param>
/// <param name="LogProbs">Natural log-probability under the distribution that was sampled from; 0 where the origin is not the policy. Shape <c>[T]</c>.</param>
public sealed record TokenSequence(ImmutableArray<int> Ids, ImmutableArray<TokenOrigin> Origins, ImmutableArray<float> LogProbs);

/// <summary>A call and what the environment answered.</summary>
public sealed record ExecutedCall(ToolCall Call, ToolResult Result)
{
    /// <summary>
    /// True for a call that succeeded in the parent and was undone by a fission: it stands in the dialogue with a diagnostic as its result,
    /// and the state does not know it. Replay does not execute it.
    /// </summary>
    public bool RolledBack { get; init; }
}

/// <summary>One reply of the policy and what came of it.</summary>
/// <param name="Turn">The user turn that it belongs to, from 0.</param>
/// <param name="Start">Index of its first token in the trajectory.</param>
/// <param name="End">Index after its last token (the end-of-message mark included, if it was sampled).</param>
/// <param name="Text">The decoded reply.</param>
/// <param name="FormatError">What is malformed about it, or null. A malformed reply executes nothing.</param>
/// <param name="Calls">The calls in order, each with its result; empty when the reply ends the turn.</param>
public sealed record Step(int Turn, int Start, int End, string Text, string? FormatError, ImmutableArray<ExecutedCall> Calls)
{
    /// <summary>The reply is malformed or one of its calls failed.</summary>
    [JsonIgnore]
    public bool Failed => FormatError is not null || Calls.Any(c => c.Result is ToolResult.Failed);
}

/// <summary>Why a trajectory is no longer played.</summary>
public enum TrajectoryEnd
{
    /// <summary>The policy ended its turn (unit <c>turn</c>), or the user ended the episode.</summary>
    Completed,

    /// <summary>Too many steps in one turn.</summary>
    StepLimit,

    /// <summary>No room left for another reply.</summary>
    TokenLimit,

    /// <summary>Something other than the policy failed: see <see cref="Trajectory.Failure"/>.</summary>
    Failed,
}

/// <summary>How much of a task one trajectory plays (docs/flow.md, stage 1).</summary>
public enum TrajectoryUnit
{
    /// <summary>History before the turn is the ground truth; the policy plays one turn.</summary>
    Turn,

    /// <summary>The policy plays all turns.</summary>
    Episode,
}

/// <summary>An episode that failed for a reason outside the policy: counted, excluded from the loss, never a crash.</summary>
/// <param name="Boundary">What was being called: <c>environment</c>, <c>user simulator</c>, <c>sampler</c>, <c>scoring</c>, <c>endpoint</c>, <c>judge</c>.</param>
/// <param name="Message">What happened.</param>
public sealed record RolloutFailure(string Boundary, string Message);

/// <summary>Where a recovery trajectory was split off.</summary>
/// <param name="ParentId">The failed trajectory.</param>
/// <param name="Step">Index of its failed step.</param>
/// <param name="Diagnostic">The text that the policy was shown in place of the tool result.</param>
/// <param name="PrefixTokens">Tokens of x_corr: everything before the recovery. They are never trained on.</param>
public sealed record FissionOrigin(string ParentId, int Step, string Diagnostic, int PrefixTokens);

/// <summary>One term of the composite reward, as it entered the sum.</summary>
/// <param name="Name"><c>format</c>, <c>correctness</c>, <c>length</c>, <c>success</c>.</param>
/// <param name="Value">Unweighted value.</param>
/// <param name="Weight">Its weight at this step of the schedule.</param>
public readonly record struct RewardTerm(string Name, float Value, float Weight);

/// <summary>The reward of a trajectory with the terms that it is made of.</summary>
public sealed record RewardBreakdown(float Total, ImmutableArray<RewardTerm> Terms);

/// <summary>One trajectory: what was sampled, executed and judged.</summary>
/// <param name="Id">Unique in its run, made from the seed path: <c>step 12/task-7/3</c>.</param>
/// <param name="TaskId">The task played.</param>
/// <param name="Category">The task's category.</param>
/// <param name="Unit">How much of the task was played.</param>
/// <param name="FirstTurn">The first turn that the policy played itself.</param>
/// <param name="Tokens">All tokens, prompt included.</param>
/// <param name="Steps">The policy's replies in order. For a recovery: those after the fork only.</param>
/// <param name="End">Why it stopped.</param>
public sealed record Trajectory(
    string Id,
    string TaskId,
    string Category,
    TrajectoryUnit Unit,
    int FirstTurn,
    TokenSequence Tokens,
    ImmutableArray<Step> Steps,
    TrajectoryEnd End)
{
    /// <summary>The environment's verdict; null when the trajectory failed for a reason outside the policy.</summary>
    public EpisodeScore? Score { get; init; }

    /// <summary>The composite reward, once it has been computed.</summary>
    public RewardBreakdown? Reward { get; init; }

    /// <summary>
    /// Of a recovery: the steps of x_corr that this trajectory shares with its parent, the failed one last, with the diagnostic as the
    /// failed call's result. They were replayed, not sampled here. Empty otherwise.
    /// </summary>
    public ImmutableArray<Step> PriorSteps { get; init; } = [];

    /// <summary>Set when this is a recovery trajectory.</summary>
    public FissionOrigin? Origin { get; init; }

    /// <summary>Set when something other than the policy failed.</summary>
    public RolloutFailure? Failure { get; init; }
}

/// <summary>The siblings that are compared with each other: G trajectories from one prompt, or G' from one corrective context.</summary>
/// <param name="Key">The task's id and turn, or the corrective context's key.</param>
/// <param name="Trajectories">All siblings, failed rollouts included.</param>
public sealed record TrajectoryGroup(string Key, ImmutableArray<Trajectory> Trajectories);
