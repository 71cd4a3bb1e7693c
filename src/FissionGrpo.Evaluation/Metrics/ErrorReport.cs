using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Metrics;

/// <summary>How often something was seen.</summary>
public sealed record Tallied(string Name, int Count);

/// <summary>What goes wrong in recorded trajectories, and what comes after it: for <c>fission inspect --errors</c>.</summary>
/// <param name="Trajectories">Trajectories looked at; recoveries included, rollouts that failed outside the policy not.</param>
/// <param name="WithErrors">Of these, the ones with a failed call.</param>
/// <param name="WithErrorsCorrect">Of those, the ones that end correct: recovery (a).</param>
/// <param name="WithoutErrorsCorrect">Correct ones among those without a failed call.</param>
/// <param name="Calls">Calls made.</param>
/// <param name="Counts">Failed, recovered and repeated calls, and malformed replies.</param>
/// <param name="Kinds">Failed calls by what the environment calls them.</param>
/// <param name="Tools">Failed calls by tool, most first.</param>
/// <param name="Messages">Failed calls by message with its values left out, most first.</param>
/// <param name="Failures">Incorrect trajectories by the diagnoser's category, where it is recorded.</param>
public sealed record ErrorReport(
    int Trajectories,
    int WithErrors,
    int WithErrorsCorrect,
    int WithoutErrorsCorrect,
    int Calls,
    ErrorRecovery Counts,
    ImmutableArray<Tallied> Kinds,
    ImmutableArray<Tallied> Tools,
    ImmutableArray<Tallied> Messages,
    ImmutableArray<Tallied> Failures)
{
    /// <summary>Trajectories in which a fault was injected: they are counted with the others here, and apart in an evaluation.</summary>
    public int Injected { get; init; }

    /// <summary>Looks at trajectories.</summary>
    /// <param name="trajectories">Each with its expected calls (empty when unknown) and what went wrong first (null when unknown).</param>
    public static ErrorReport Of(IEnumerable<(Trajectory Trajectory, ImmutableArray<ImmutableArray<ToolCall>> Expected, FailureCategory? FirstFailure)> trajectories)
    {
        var (count, withErrors, withErrorsCorrect, withoutErrorsCorrect) = (0, 0, 0, 0);
        var sum = new ErrorRecovery(0, 0, 0, 0, 0, 0);
        var (kinds, tools, messages, failures) = (new Counter(), new Counter(), new Counter(), new Counter());
        foreach (var (trajectory, expected, firstFailure) in trajectories)
        {
            if (trajectory.Failure is not null)
                continue;
            count++;
            var recovery = ErrorRecovery.Of(trajectory.Steps, expected);
            sum = sum.Plus(recovery);
            var correct = trajectory.Score is { Correct: true } ? 1 : 0;
            withErrors += recovery.FailedCalls > 0 ? 1 : 0;
            withErrorsCorrect += recovery.FailedCalls > 0 ? correct : 0;
            withoutErrorsCorrect += recovery.FailedCalls > 0 ? 0 : correct;
            if (firstFailure is { } category)
                failures.Add(FailureWords.Of(category));
            foreach (var call in trajectory.Steps.SelectMany(s => s.Calls))
                if (call.Result is ToolResult.Failed failed)
                {
                    kinds.Add(FailureWords.Snake(failed.Kind.ToString()));
                    tools.Add(call.Call.Name);
                    messages.Add(WithoutValues(failed.Message, call.Call));
                }
        }
        return new ErrorReport(
            count, withErrors, withErrorsCorrect, withoutErrorsCorrect, sum.Calls, sum, kinds.MostFirst(), tools.MostFirst(), messages.MostFirst(), failures.MostFirst());
    }

    /// <summary>Messages that differ in the call's own values, or in numbers, are one kind of message.</summary>
    private static string WithoutValues(string message, ToolCall call)
    {
        foreach (var argument in call.Arguments)
            if (argument.Value.ValueKind is System.Text.Json.JsonValueKind.String && argument.Value.GetString() is { Length: > 2 } value)
                message = message.Replace(value, "…", StringComparison.Ordinal);
        var text = new System.Text.StringBuilder();
        foreach (var c in message.ReplaceLineEndings(" "))
            if (!char.IsAsciiDigit(c))
                text.Append(c);
            else if (text.Length == 0 || text[^1] != '#')
                text.Append('#');
        return text.Length <= 160 ? text.ToString() : text.ToString(0, 160) + "…";
    }

    private sealed class Counter
    {
        private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);

        public void Add(string name) => _counts[name] = _counts.GetValueOrDefault(name) + 1;

        public ImmutableArray<Tallied> MostFirst() => [.. _counts.OrderByDescending(c => c.Value).Select(c => new Tallied(c.Key, c.Value))];
    }
}
