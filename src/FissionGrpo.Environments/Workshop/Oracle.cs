using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Workshop;

/// <summary>One call that the oracle made.</summary>
/// <param name="Call">The call.</param>
/// <param name="Result">What the world answered.</param>
/// <param name="Goal">Index of the goal in its turn.</param>
/// <param name="Blocker">Id of the blocker that a failed call met; null when it succeeded.</param>
internal sealed record OracleStep(ToolCall Call, ToolResult Result, int Goal, string? Blocker);

/// <summary>
/// Plays goals in the live world as a careful person would: the obvious call first, then what the error asks for, then again. The calls that
/// succeed are the ground truth y*; the others show where the obvious call fails.
/// </summary>
/// <param name="execute">Executes a call in the live world.</param>
internal sealed class Oracle(Func<ToolCall, ToolResult> execute)
{
    private const int MostCallsPerGoal = 14;
    private readonly List<OracleStep> _steps = [];
    private Goal? _goal;
    private int _goalIndex;
    private int _callsLeft;

    /// <summary>Everything that was called, in order.</summary>
    public IReadOnlyList<OracleStep> Steps => _steps;

    /// <summary>Pursues a goal until its call succeeds.</summary>
    /// <returns>The text of the result, or null when the oracle does not know what to do.</returns>
    public string? Pursue(Goal goal, int index)
    {
        _goal = goal;
        _goalIndex = index;
        _callsLeft = MostCallsPerGoal;
        return goal.Plan is { } plan ? plan(this) : Make(goal.Call);
    }

    /// <summary>Makes a call, mends what stands in its way, and makes it again until it succeeds.</summary>
    /// <returns>The text of the result, or null when the oracle does not know what to do.</returns>
    public string? Make(ToolCall call)
    {
        while (_callsLeft-- > 0)
        {
            var result = execute(call);
            if (result is ToolResult.Ok ok)
            {
                _steps.Add(new OracleStep(call, result, _goalIndex, null));
                return ok.Content;
            }
            if (FindMend(result.Text) is not { } mend)
                return null;
            _steps.Add(new OracleStep(call, result, _goalIndex, mend.Blocker));
            if (mend.Apply(this, new FailedCall(call, result.Text)) is not { } next)
                return null;
            call = next;
        }
        return null;
    }

    private Mend? FindMend(string error) =>
        _goal!.Mends.FirstOrDefault(m => error.Contains(m.ErrorPart, StringComparison.Ordinal));
}
