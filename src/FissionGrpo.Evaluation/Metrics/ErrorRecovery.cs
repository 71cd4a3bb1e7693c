using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Metrics;

/// <summary>How one episode dealt with its failed calls: the counts behind the recovery rates and the repetition rate (README, what the figures mean).</summary>
/// <param name="FailedCalls">Calls that the environment answered with an error.</param>
/// <param name="RecoveredCalls">Failed calls that were followed, within the same turn, by a successful call that serves the same goal.</param>
/// <param name="FailedThenCalled">Failed calls whose turn went on with another reply that makes a call.</param>
/// <param name="RepeatedCalls">Of these, those that the next reply made again unchanged.</param>
/// <param name="MalformedReplies">Replies that could not be parsed. They make no call, and are counted beside the calls, not among them.</param>
/// <param name="Calls">All calls made.</param>
public sealed record ErrorRecovery(
    int FailedCalls, int RecoveredCalls, int FailedThenCalled, int RepeatedCalls, int MalformedReplies, int Calls)
{
    /// <summary>
    /// Counts. A later call <em>serves the same goal</em> as a failed one when it calls the same tool; or, where the failed call's tool
    /// is not among the turn's expected calls (a wrong tool has no goal of its own), when it is an expected call that had not been made
    /// successfully before the failure.
    /// </summary>
    /// <param name="steps">The policy's replies in order.</param>
    /// <param name="expected">y* per turn; with one entry for many turns, that entry stands for every turn. May be empty.</param>
    public static ErrorRecovery Of(ImmutableArray<Step> steps, ImmutableArray<ImmutableArray<ToolCall>> expected)
    {
        var (failed, recovered, continued, repeated, malformed, calls) = (0, 0, 0, 0, 0, 0);
        for (var s = 0; s < steps.Length; s++)
        {
            malformed += steps[s].FormatError is null ? 0 : 1;
            for (var c = 0; c < steps[s].Calls.Length; c++)
            {
                calls++;
                var executed = steps[s].Calls[c];
                if (executed.Result is not ToolResult.Failed)
                    continue;
                failed++;
                recovered += IsServedLater(steps, s, c, ExpectedIn(expected, steps[s].Turn)) ? 1 : 0;
                if (NextCallingStep(steps, s) is not { } next)
                    continue;
                continued++;
                repeated += next.Calls.Any(later => later.Call.Equals(executed.Call)) ? 1 : 0;
            }
        }
        return new ErrorRecovery(failed, recovered, continued, repeated, malformed, calls);
    }

    /// <summary>The counts of two sets of steps together.</summary>
    public ErrorRecovery Plus(ErrorRecovery other) => new(
        FailedCalls + other.FailedCalls, RecoveredCalls + other.RecoveredCalls, FailedThenCalled + other.FailedThenCalled,
        RepeatedCalls + other.RepeatedCalls, MalformedReplies + other.MalformedReplies, Calls + other.Calls);

    internal static bool IsServedLater(ImmutableArray<Step> steps, int step, int call, ImmutableArray<ToolCall> expected)
    {
        var failed = steps[step].Calls[call].Call;
        var hasGoal = expected.IsEmpty || expected.Any(e => e.Name == failed.Name);
        var done = hasGoal ? null : SuccessesBefore(steps, step, call);
        return After(steps, step, call).Any(later =>
            later.Result is ToolResult.Ok && (later.Call.Name == failed.Name || (done is not null && expected.Contains(later.Call) && !done.Contains(later.Call))));
    }

    private static HashSet<ToolCall> SuccessesBefore(ImmutableArray<Step> steps, int step, int call) =>
        [.. InTurn(steps, steps[step].Turn).TakeWhile(at => at.Step < step || (at.Step == step && at.Call < call))
            .Select(at => steps[at.Step].Calls[at.Call]).Where(e => e.Result is ToolResult.Ok).Select(e => e.Call)];

    private static IEnumerable<ExecutedCall> After(ImmutableArray<Step> steps, int step, int call) =>
        InTurn(steps, steps[step].Turn).Where(at => at.Step > step || (at.Step == step && at.Call > call)).Select(at => steps[at.Step].Calls[at.Call]);

    private static IEnumerable<(int Step, int Call)> InTurn(ImmutableArray<Step> steps, int turn) =>
        from s in Enumerable.Range(0, steps.Length)
        where steps[s].Turn == turn
        from c in Enumerable.Range(0, steps[s].Calls.Length)
        select (s, c);

    /// <summary>Parallel calls of one reply were all written before any result was seen, so a repetition is looked for in the next reply.</summary>
    private static Step? NextCallingStep(ImmutableArray<Step> steps, int step) =>
        step + 1 < steps.Length && steps[step + 1].Turn == steps[step].Turn && !steps[step + 1].Calls.IsEmpty ? steps[step + 1] : null;

    internal static ImmutableArray<ToolCall> ExpectedIn(ImmutableArray<ImmutableArray<ToolCall>> expected, int turn) =>
        expected.IsDefaultOrEmpty ? []
        : expected.Length == 1 ? expected[0]
        : turn < expected.Length ? expected[turn]
        : [];
}
