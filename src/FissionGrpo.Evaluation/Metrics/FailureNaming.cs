using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Playing;
using FissionGrpo.Fission.Diagnosis;

namespace FissionGrpo.Evaluation.Metrics;

/// <summary>Names what went wrong first in an incorrect episode, by the diagnoser's rules.</summary>
public static class FailureNaming
{
    /// <summary>
    /// The step looked at is the first that was never mended: a malformed reply or a failed call after which no successful call of the
    /// turn serves the same goal; else the first call that y* does not have; else the reply that ended the first turn in which an expected
    /// call is missing.
    /// </summary>
    /// <returns>The category, or null when nothing of the kind is found (the state differs although every expected call was made).</returns>
    public static FailureCategory? Of(EpisodeTask task, PlayedEpisode played)
    {
        var steps = played.Trajectory.Steps;
        var expected = task.ExpectedCalls;
        return Find(steps, expected) is var (step, call) && Diagnosable(task, played, step, call) is { } failed
            ? Diagnoser.Diagnose(failed).Category
            : null;
    }

    private static (int Step, int Call)? Find(ImmutableArray<Step> steps, ImmutableArray<ImmutableArray<ToolCall>> expected)
    {
        for (var s = 0; s < steps.Length; s++)
        {
            if (steps[s].FormatError is not null)
                return (s, -1);
            for (var c = 0; c < steps[s].Calls.Length; c++)
                if (steps[s].Calls[c].Result is ToolResult.Failed && !ErrorRecovery.IsServedLater(steps, s, c, ErrorRecovery.ExpectedIn(expected, steps[s].Turn)))
                    return (s, c);
        }
        return Departure(steps, expected) ?? Missing(steps, expected);
    }

    private static (int Step, int Call)? Departure(ImmutableArray<Step> steps, ImmutableArray<ImmutableArray<ToolCall>> expected)
    {
        var open = new List<ToolCall>();
        var turns = 0;
        for (var s = 0; s < steps.Length; s++)
        {
            for (; turns < expected.Length && (expected.Length == 1 || turns <= steps[s].Turn); turns++)
                open.AddRange(expected[turns]);
            for (var c = 0; c < steps[s].Calls.Length; c++)
                if (steps[s].Calls[c].Result is ToolResult.Ok && !open.Remove(steps[s].Calls[c].Call))
                    return (s, c);
        }
        return null;
    }

    private static (int Step, int Call)? Missing(ImmutableArray<Step> steps, ImmutableArray<ImmutableArray<ToolCall>> expected)
    {
        for (var turn = 0; turn < expected.Length; turn++)
        {
            var done = steps.Where(s => expected.Length == 1 || s.Turn <= turn).SelectMany(s => s.Calls).Select(c => c.Call).ToHashSet();
            if (expected[turn].All(done.Contains))
                continue;
            for (var s = steps.Length - 1; s >= 0; s--)
                if ((expected.Length == 1 || steps[s].Turn == turn) && steps[s].Calls.IsEmpty)
                    return (s, -1);
        }
        return null;
    }

    private static FailedStep? Diagnosable(EpisodeTask task, PlayedEpisode played, int step, int call)
    {
        var steps = played.Trajectory.Steps;
        var at = steps[step];
        var before = step < played.BeforeStep.Length ? played.BeforeStep[step] : null;
        if (before is null)
            return null;
        var oneForAll = task.ExpectedCalls.Length == 1;
        return new FailedStep(
            before.Tools,
            ErrorRecovery.ExpectedIn(task.ExpectedCalls, at.Turn),
            [.. steps.Take(step).Where(s => oneForAll || s.Turn == at.Turn).SelectMany(s => s.Calls)],
            at.Text,
            at.FormatError,
            at.Calls,
            call)
        {
            Before = before,
        };
    }
}
