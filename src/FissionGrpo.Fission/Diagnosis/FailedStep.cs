using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>A failed step with everything that an all-seeing teacher may look at.</summary>
/// <param name="Tools">The tools on offer.</param>
/// <param name="Expected">y*: the calls that the turn needs, in order.</param>
/// <param name="Done">What was called before the step in the same turn, with its results.</param>
/// <param name="Reply">The reply's free text, calls not included.</param>
/// <param name="FormatError">What is malformed about the reply, or null.</param>
/// <param name="Calls">The reply's calls; those after the failed one as well.</param>
/// <param name="Index">Which of the calls failed or departs from y*; -1 when the reply has none.</param>
public sealed record FailedStep(
    ImmutableArray<ToolSpec> Tools,
    ImmutableArray<ToolCall> Expected,
    ImmutableArray<ExecutedCall> Done,
    string Reply,
    string? FormatError,
    ImmutableArray<ExecutedCall> Calls,
    int Index)
{
    /// <summary>The environment before the reply's calls, when it is at hand; it is forked, never changed.</summary>
    public IEnvironment? Before { get; init; }

    /// <summary>What the policy has read before the reply: instructions, dialogue, results.</summary>
    public string Context { get; init; } = "";

    /// <summary>
    /// Whether y* lists every call that a good agent makes. TAU's lists what changes the database and leaves looking things up to the agent.
    /// </summary>
    public bool ExpectedIsComplete { get; init; } = true;

    /// <summary>The call that failed or departs from y*.</summary>
    public ExecutedCall? Culprit => Index >= 0 && Index < Calls.Length ? Calls[Index] : null;

    /// <summary>The call that y* has next; null when nothing is left to do.</summary>
    public ToolCall? NextExpected => CallMatching.Open(Expected, [.. Done, .. Calls.Take(Math.Max(Index, 0))]).FirstOrDefault();

    /// <summary>What the environment itself says about it; null when it says nothing.</summary>
    public string? OwnMessage => Culprit?.Result is ToolResult.Failed failed ? failed.Message : null;

    /// <summary>
    /// What a diagnostic may repeat, because the policy has read it or written it itself: <see cref="Context"/>, the tools, the calls so far, and
    /// the environment's own message.
    /// </summary>
    public string ReadSoFar => string.Join('\n',
    [
        Context,
        .. Tools.Select(t => JsonText.Compact(t.Document)),
        .. Done.Select(d => $"{d.Call} {d.Result.Text}"),
        Culprit is { } culprit ? $"{culprit.Call} {OwnMessage}" : "",
        Reply,
    ]);

    /// <summary>Whether a task's y* lists every call that a good agent makes: see <see cref="ExpectedIsComplete"/>.</summary>
    internal static bool ExpectsEveryCall(EpisodeTask task) => !task.World.StartsWith("tau", StringComparison.Ordinal);

    /// <summary>The failed step of a trajectory.</summary>
    /// <param name="failure">Which step failed.</param>
    /// <param name="format">Turns the trajectory's tokens into text.</param>
    public static FailedStep Of(Failure failure, DialogueFormat format)
    {
        var (rollout, step) = (failure.Rollout, failure.FailedStep);
        var expected = rollout.Task.ExpectedCalls;

        // A world whose user decides the turns as it goes has one entry with all the calls; then everything played counts as one turn.
        var oneForAll = expected.Length == 1;
        var before = new WatchedWorld(rollout.BeforeStep[failure.Step]);
        return new FailedStep(
            before.Tools,
            oneForAll ? expected[0] : step.Turn < expected.Length ? expected[step.Turn] : [],
            [
                .. rollout.Trajectory.PriorSteps.Concat(rollout.Trajectory.Steps.Take(failure.Step))
                    .Where(s => oneForAll || s.Turn == step.Turn).SelectMany(s => s.Calls),
            ],
            step.FormatError is null ? format.Parse(step.Text).Text : step.Text,
            step.FormatError,
            step.Calls,
            failure.Call)
        {
            Before = before,
            ExpectedIsComplete = ExpectsEveryCall(rollout.Task),
            Context = format.TextOf(rollout.Trajectory.Tokens.Ids.AsSpan(0, step.Start)),
        };
    }
}
