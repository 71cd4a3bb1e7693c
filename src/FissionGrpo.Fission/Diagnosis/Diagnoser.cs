using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Episodes;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>
/// The rule-based oracle that sees y* and the environment and names the failure category of a step: the teacher of the error simulator, and the
/// yardstick that it is measured with. Works on any world: it uses the tools' schemas, the kind of the environment's error, y*, what was done
/// before, and a fork of the environment to try things out. Stateless and safe for threads.
/// </summary>
public static class Diagnoser
{
    /// <summary>Names what is wrong.</summary>
    /// <remarks>
    /// The rules in their order: malformed; unknown tool; the same failing call again; a call that does not bind (unknown, missing, mistyped
    /// parameter); a right call at the wrong time (order or precondition); a call like an expected one (value); a needless one. Without calls: an
    /// invented result, a stop right after a failure or before anything was done, a call left out.
    /// </remarks>
    public static Diagnosis Diagnose(FailedStep step)
    {
        if (step.FormatError is not null)
            return new Diagnosis(FailureCategory.MalformedOutput, Next: CallMatching.Open(step.Expected, step.Done).FirstOrDefault()?.Name);
        return step.Culprit is { } culprit ? OfCall(step, culprit) : OfStop(step);
    }

    private static Diagnosis OfCall(FailedStep step, ExecutedCall culprit)
    {
        ImmutableArray<ExecutedCall> before = [.. step.Done, .. step.Calls.Take(step.Index)];
        var call = culprit.Call;
        var failure = culprit.Result as ToolResult.Failed;
        var open = CallMatching.Open(step.Expected, before);
        var next = open.FirstOrDefault(o => !CallMatching.Same(o, call))?.Name;
        var transient = RefusalReading.IsTransient(failure);

        if (failure is null ? before.Any(b => b.RolledBack && CallMatching.Same(b.Call, call)) : !transient && Repeats(call, failure, before))
            return new Diagnosis(FailureCategory.RepeatedFailingCall, call.Name, Next: next);
        if (step.Tools.FirstOrDefault(t => t.Name == call.Name) is not { } tool)
            return new Diagnosis(FailureCategory.UnknownTool, call.Name, Next: open.FirstOrDefault()?.Name);

        var planned = open.FindIndex(o => CallMatching.Same(o, call));
        if (planned < 0 && !transient && OfBinding(tool, call, next) is { } binding)
            return binding;
        if (planned >= 0)
            return OutOfOrder(step, call, open, planned, before) is { } earlier
                ? new Diagnosis(FailureCategory.WrongOrder, call.Name, Next: earlier)
                : new Diagnosis(FailureCategory.UnmetPrecondition, call.Name, Next: transient ? call.Name : Enabler(step, call, failure, open, planned));
        if (transient && (!step.ExpectedIsComplete || CallMatching.Nearest(call, open) is null))
            return new Diagnosis(FailureCategory.UnmetPrecondition, call.Name, Next: call.Name);
        if (CallMatching.Nearest(call, open) is { } meant)
            return OfValue(step, call, failure, meant, open);

        // Where y* leaves looking things up to the agent, a refused look-up is no needless call.
        return !step.ExpectedIsComplete && failure?.Kind is ToolErrorKind.Rejected && RefusalReading.Of(failure.Message) is { } category
            ? new Diagnosis(category, call.Name, category is FailureCategory.WrongValue ? call.Arguments.FirstOrDefault().Name : null, Next: next)
            : new Diagnosis(FailureCategory.NeedlessCall, call.Name, Next: next);
    }

    /// <summary>The same call failed before in the same way, so nothing that was done since has helped.</summary>
    private static bool Repeats(ToolCall call, ToolResult.Failed failure, ImmutableArray<ExecutedCall> before)
    {
        for (var i = before.Length - 1; i >= 0; i--)
            if (before[i].Result is ToolResult.Failed earlier && CallMatching.Same(before[i].Call, call))
                return earlier.Message == failure.Message || before.Skip(i).All(b => b.Result is ToolResult.Failed);
        return false;
    }

    private static Diagnosis? OfBinding(ToolSpec tool, ToolCall call, string? next)
    {
        var schema = ToolSchema.Of(tool);
        if (schema.UnknownIn(call) is { } unknown)
            return new Diagnosis(FailureCategory.UnknownParameter, call.Name, unknown, Next: next);
        if (schema.MissingIn(call) is { } missing)
            return new Diagnosis(FailureCategory.MissingParameter, call.Name, missing, Next: next);
        return schema.WrongTypeIn(call) is var (parameter, type)
            ? new Diagnosis(FailureCategory.WrongType, call.Name, parameter, type, next) : null;
    }

    /// <summary>
    /// The tool that should have come first, when the right calls come in a wrong order: one that belongs before this call stands after it in
    /// the same reply, or one that belongs after it has been made already.
    /// </summary>
    private static string? OutOfOrder(FailedStep step, ToolCall call, List<ToolCall> open, int planned, ImmutableArray<ExecutedCall> before)
    {
        var laterInReply = step.Calls.Skip(step.Index + 1).Select(c => c.Call).ToList();
        foreach (var earlier in open.Take(planned))
            if (laterInReply.Exists(c => CallMatching.Same(c, earlier)))
                return earlier.Name;

        // Positions in y* of what was made already: anything that belongs after this call came too early.
        var position = step.Expected.ToList().FindIndex(e => CallMatching.Same(e, call));
        var made = before.Where(b => b.Result is ToolResult.Ok).Select(b => b.Call).ToList();
        var tooEarly = step.Expected.Skip(position + 1).Any(late => made.Exists(m => CallMatching.Same(m, late)) && !step.Expected.Take(position).Any(e => CallMatching.Same(e, late)));
        return tooEarly ? open[0].Name : null;
    }

    /// <summary>The tool that y* has before this call and that helps: after it, the call succeeds or fails in another way. The first one where nothing can be tried.</summary>
    private static string? Enabler(FailedStep step, ToolCall call, ToolResult.Failed? failure, List<ToolCall> open, int planned)
    {
        if (planned == 0)
            return null;
        if (step.Before is not null && failure is not null)
            for (var i = planned - 1; i >= 0; i--)
            {
                var fork = Replay(step);
                fork.Execute(open[i]);
                if (fork.Execute(call) is not ToolResult.Failed still || still.Message != failure.Message)
                    return open[i].Name;
            }
        return open[0].Name;
    }

    /// <summary>The environment just before the culprit.</summary>
    private static IEnvironment Replay(FailedStep step)
    {
        var fork = step.Before!.Fork();
        foreach (var made in step.Calls.Take(step.Index))
            if (!made.RolledBack)
                fork.Execute(made.Call);
        return fork;
    }

    /// <summary>A call like an expected one.</summary>
    private static Diagnosis OfValue(FailedStep step, ToolCall call, ToolResult.Failed? failure, ToolCall meant, List<ToolCall> open)
    {
        // The expected call fails here in the same way, so the values are not what the environment objects to.
        if (failure is not null && step.Before is not null && !ReferenceEquals(open[0], meant)
            && Replay(step).Execute(meant) is ToolResult.Failed same && same.Message == failure.Message)
            return new Diagnosis(FailureCategory.UnmetPrecondition, call.Name, Next: Enabler(step, meant, failure, open, open.IndexOf(meant)));

        foreach (var argument in meant.Arguments)
            if (call[argument.Name] is null)
                return new Diagnosis(FailureCategory.MissingParameter, call.Name, argument.Name, Next: NextAfter(meant));
        foreach (var argument in call.Arguments)
            if (meant[argument.Name] is { } right && !CallMatching.Same(right, argument.Value))
                return right.ValueKind != argument.Value.ValueKind && !BothBoolean(right.ValueKind, argument.Value.ValueKind)
                    ? new Diagnosis(FailureCategory.WrongType, call.Name, argument.Name, TypeName(right.ValueKind), NextAfter(meant))
                    : new Diagnosis(FailureCategory.WrongValue, call.Name, argument.Name, Next: NextAfter(meant), Source: SourceOf(right));
        var extra = call.Arguments.First(a => meant[a.Name] is null).Name;
        return new Diagnosis(FailureCategory.WrongValue, call.Name, extra, Next: NextAfter(meant));

        string? NextAfter(ToolCall meant) => open[0].Name == meant.Name ? null : open[0].Name;

        ValueSource SourceOf(JsonElement right)
        {
            ImmutableArray<ToolCall> secret = [ToolCall.Of("", ("value", right))];
            if (failure is not null && !LeakAudit.Leaks(JsonText.Compact(right), secret, failure.Message))
                return ValueSource.ErrorText;
            if (!LeakAudit.Leaks(JsonText.Compact(right), secret, step.Context))
                return ValueSource.Dialogue;
            return open[0].Name == call.Name ? ValueSource.Unknown : ValueSource.AnotherCall;
        }
    }

    private static bool BothBoolean(JsonValueKind a, JsonValueKind b) =>
        a is JsonValueKind.True or JsonValueKind.False && b is JsonValueKind.True or JsonValueKind.False;

    private static string TypeName(JsonValueKind kind) => kind switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.Array => "array",
        JsonValueKind.Object => "object",
        JsonValueKind.Null => "null",
        _ => "boolean",
    };

    private static Diagnosis OfStop(FailedStep step)
    {
        var open = CallMatching.Open(step.Expected, step.Done);
        var next = open.FirstOrDefault()?.Name;
        if (InventedResults.In(step))
            return new Diagnosis(FailureCategory.InventedResult, Next: next);
        if (open.Count == 0)
            return step.Done.FirstOrDefault(d => d.Result is ToolResult.Ok && !step.Expected.Any(e => CallMatching.Same(e, d.Call))) is { } needless
                ? new Diagnosis(FailureCategory.NeedlessCall, needless.Call.Name)
                : new Diagnosis(FailureCategory.WrongOrder);
        return step.Done.All(d => d.Result is ToolResult.Failed) || step.Done[^1].Result is ToolResult.Failed
            ? new Diagnosis(FailureCategory.PrematureStop, Next: next)
            : new Diagnosis(FailureCategory.MissingCall, Next: next);
    }
}
