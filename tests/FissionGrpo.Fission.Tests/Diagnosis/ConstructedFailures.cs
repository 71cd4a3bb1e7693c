using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Episodes;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Seeds;

namespace FissionGrpo.Fission.Tests.Diagnosis;

/// <summary>Failures of every category, made from Workshop tasks by spoiling what the ground truth does, with the live environment's answers.</summary>
internal static class ConstructedFailures
{
    public static IEnumerable<(FailureCategory Category, FailedStep Step)> Of(WorkshopTask task)
    {
        var turn = task.Turns[0];
        var expected = turn.Expected;

        yield return (FailureCategory.MalformedOutput, Stop(task, 0, "{\"name\": ") with { FormatError = "unexpected end" });
        yield return (FailureCategory.UnknownTool, Make(task, 0, expected[0] with { Name = expected[0].Name + "_now" }));
        yield return (FailureCategory.UnknownParameter, Make(task, 0, new ToolCall(expected[0].Name, [.. expected[0].Arguments, .. ToolCall.Of("", ("colour", "red")).Arguments])));
        if (task.Tools.FirstOrDefault(t => t.Name == "display_log") is { } distractor && !expected.Any(e => e.Name == distractor.Name))
            yield return (FailureCategory.NeedlessCall, Make(task, 0, ToolCall.Of("display_log", ("messages", new[] { "hello" }))));
        yield return (FailureCategory.PrematureStop, Stop(task, 0, ""));
        yield return (FailureCategory.InventedResult, Stop(task, 0, "Ticket 90817 has been closed."));
        if (turn.Reads.Length > 0)
            yield return (FailureCategory.InventedResult, Stop(task, expected.Length - 1, "The value is 90817."));
        if (expected.Length > 1)
            yield return (FailureCategory.MissingCall, Stop(task, expected.Length - 1, "Done."));

        for (var i = 0; i < expected.Length; i++)
        {
            var call = expected[i];
            if (call.Arguments.Length > 0 && call.Name is not ("adjustClimateControl" or "create_ticket" or "find" or "wc" or "echo"))
                yield return (FailureCategory.MissingParameter, Make(task, i, new ToolCall(call.Name, call.Arguments.RemoveAt(0))));
            foreach (var (name, value) in call.Arguments)
            {
                if (value.ValueKind is JsonValueKind.Number)
                {
                    yield return (FailureCategory.WrongType, Make(task, i, With(call, name, value.GetRawText())));
                    yield return (FailureCategory.WrongValue, Make(task, i, With(call, name, value.GetDouble() + 5)));
                }
                if (value.ValueKind is JsonValueKind.String)
                {
                    yield return (FailureCategory.WrongType, Make(task, i, With(call, name, 17)));
                    yield return (FailureCategory.WrongValue, Make(task, i, With(call, name, value.GetString() + "s")));
                }
            }

            // A call that the state refuses as long as its predecessors have not been made.
            var early = Make(task, 0, call);
            if (i > 0 && early.Culprit!.Result is ToolResult.Failed refused && !expected.Take(i).Contains(call))
            {
                yield return (FailureCategory.UnmetPrecondition, early);
                yield return (FailureCategory.RepeatedFailingCall, early with { Done = [new ExecutedCall(call, refused)] });
                yield return (FailureCategory.PrematureStop, Stop(task, 0, "Done.") with { Done = [new ExecutedCall(call, refused)] });
                yield return (FailureCategory.WrongOrder, early with { Calls = [early.Calls[0], .. expected.Take(i).Select(e => new ExecutedCall(e, new ToolResult.Ok("")))] });
            }
        }
    }

    /// <summary>The first <paramref name="done"/> expected calls, then this one.</summary>
    private static FailedStep Make(WorkshopTask task, int done, ToolCall call)
    {
        var (environment, made) = Play(task, done);
        var before = environment.Fork();
        return Step(task, before, made, "", [new ExecutedCall(call, environment.Execute(call))], 0);
    }

    /// <summary>The first <paramref name="done"/> expected calls, then a reply without calls.</summary>
    private static FailedStep Stop(WorkshopTask task, int done, string reply)
    {
        var (environment, made) = Play(task, done);
        return Step(task, environment, made, reply, [], -1);
    }

    private static FailedStep Step(
        WorkshopTask task, IEnvironment before, ImmutableArray<ExecutedCall> done, string reply, ImmutableArray<ExecutedCall> calls, int index) =>
        new(task.Tools, task.Turns[0].Expected, done, reply, null, calls, index)
        {
            Before = before,
            Context = string.Join('\n', [task.Turns[0].Text, .. done.Select(d => $"{d.Call} {d.Result.Text}")]),
        };

    private static (IEnvironment Environment, ImmutableArray<ExecutedCall> Done) Play(WorkshopTask task, int calls)
    {
        var environment = task.Start();
        environment.NextUserTurnAsync("", default).AsTask().Wait();
        return (environment, [.. task.Turns[0].Expected.Take(calls).Select(c => new ExecutedCall(c, environment.Execute(c)))]);
    }

    private static ToolCall With(ToolCall call, string name, object value) =>
        new(call.Name, [.. call.Arguments.Select(a => a.Name == name ? ToolCall.Of("", (name, value)).Arguments[0] : a)]);

    public static IEnumerable<WorkshopTask> Tasks(int count)
    {
        var generator = new WorkshopGenerator(
            new WorkshopOptions(WorkshopOptions.AllApis, MaxTurns: 1, MaxGoals: 2, BlockerRate: 0.7, Hardness: 0.5, MaxStack: 2), new Seed(21));
        return Enumerable.Range(0, count).Select(i => generator.Task(WorkshopSplit.Train, i));
    }
}
