using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Testing;

namespace FissionGrpo.Fission.Tests.Diagnosis;

/// <summary>
/// Failures of every category, made from the tasks of TAU-bench and TAU2-bench by spoiling what the ground truth does, with the live environment's answers.
/// y* lists what changes the database; looking things up is the agent's own affair.
/// </summary>
internal static class ConstructedTauFailures
{
    private const string Transfer = "transfer_to_human_agents";

    /// <summary>The official tasks, where a developer has them.</summary>
    public static IEnumerable<EpisodeTask> Tasks() =>
    [
        .. ((string[])["retail", "airline"]).SelectMany(name => TauDomain.Load(SharedMaterial.Path("tau/data"), name).Tasks("test")),
        .. ((string[])["retail", "airline", "telecom"]).SelectMany(name => Tau2Domain.Load(SharedMaterial.Path("tau2/data"), name).Tasks("base")),
    ];

    public static IEnumerable<(FailureCategory Category, FailedStep Step)> Of(EpisodeTask task)
    {
        // Some ground truths hold calls that are refused, or none at all.
        var expected = task.ExpectedCalls[0].RemoveAll(c => c.Name == Transfer);
        if (expected.IsEmpty || Play(task, expected).Done.Any(d => d.Result is ToolResult.Failed))
            yield break;

        yield return (FailureCategory.MalformedOutput, Stop(task, [], "{\"name\": ") with { FormatError = "unexpected end" });
        yield return (FailureCategory.UnknownTool, Make(task, [], expected[0] with { Name = expected[0].Name + "_now" }));
        yield return (FailureCategory.UnknownParameter, Make(task, [], new ToolCall(expected[0].Name, [.. expected[0].Arguments, .. ToolCall.Of("", ("colour", "red")).Arguments])));
        yield return (FailureCategory.PrematureStop, Stop(task, [], ""));
        yield return (FailureCategory.InventedResult, Stop(task, [], "Your request has been processed, with the number 90817."));
        if (!task.ExpectedCalls[0].Any(c => c.Name == Transfer))
            yield return (FailureCategory.NeedlessCall, Make(task, [], ToolCall.Of(Transfer, ("summary", "I do not know what to do."))));
        if (expected.Length > 1)
            yield return (FailureCategory.MissingCall, Stop(task, expected[..^1], "Done."));

        for (var i = 0; i < expected.Length; i++)
        {
            var (call, done) = (expected[i], expected[..i]);
            foreach (var (name, value) in call.Arguments)
            {
                yield return (FailureCategory.MissingParameter, Make(task, done, new ToolCall(call.Name, call.Arguments.RemoveAll(a => a.Name == name))));
                yield return (FailureCategory.WrongType, Make(task, done, With(call, name, value.ValueKind is JsonValueKind.String ? 17 : "a text")));
                if (Spoilt(value) is { } other)
                    yield return (FailureCategory.WrongValue, Make(task, done, With(call, name, other)));
            }

            // Looking up somebody or something that is not there.
            foreach (var (tool, parameter) in ((string, string)[])[("get_user_details", "user_id"), ("get_order_details", "order_id"), ("get_reservation_details", "reservation_id")])
                if (i == 0 && task.Start().Tools.Any(t => t.Name == tool) && !expected.Any(e => e.Name == tool))
                {
                    var lost = Make(task, done, ToolCall.Of(tool, (parameter, "nobody_1")));
                    yield return (FailureCategory.WrongValue, lost);
                    yield return (FailureCategory.RepeatedFailingCall, lost with { Done = [lost.Culprit!] });
                    yield return (FailureCategory.PrematureStop, Stop(task, [], "I could not find you.") with { Done = [lost.Culprit!] });
                }

            // A call that the state refuses as long as its predecessors have not been made, or because a later one has been.
            if (i > 0 && Make(task, [], call) is { Culprit.Result: ToolResult.Failed } early && !done.Contains(call))
                yield return (FailureCategory.UnmetPrecondition, early);
            foreach (var later in expected[(i + 1)..])
                if (!done.Contains(later) && later != call && Make(task, [.. done, later], call) is { Culprit.Result: ToolResult.Failed } late && late.Done[^1].Result is ToolResult.Ok)
                    yield return (FailureCategory.WrongOrder, late);
        }
        foreach (var call in OfOrdersPastChanging(task, expected))
            yield return (FailureCategory.UnmetPrecondition, call);
    }

    /// <summary>What was done once cannot be done again, and what was delivered cannot be cancelled: the state does not permit the call, whatever its values.</summary>
    private static IEnumerable<FailedStep> OfOrdersPastChanging(EpisodeTask task, ImmutableArray<ToolCall> expected)
    {
        if (expected.Any(e => e.Name == "cancel_pending_order"))
            yield break;
        foreach (var order in expected.Where(e => e.Name is "return_delivered_order_items" or "exchange_delivered_order_items").Select(e => e["order_id"]!.Value.GetString()!))
            yield return Make(task, [], ToolCall.Of("cancel_pending_order", ("order_id", order), ("reason", "no longer needed")));
    }

    private static object? Spoilt(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() + "9",
        JsonValueKind.Number => value.GetDouble() + 5,
        JsonValueKind.Array when value.GetArrayLength() > 0 && value[0].ValueKind is JsonValueKind.String => value.EnumerateArray().Select(v => v.GetString() + "9").ToArray(),
        _ => null,
    };

    private static FailedStep Make(EpisodeTask task, ImmutableArray<ToolCall> done, ToolCall call)
    {
        var (environment, made) = Play(task, done);
        var before = environment.Fork();
        environment.BeginReply("", 1);
        return Step(task, before, made, "", [new ExecutedCall(call, environment.Execute(call))], 0);
    }

    private static FailedStep Stop(EpisodeTask task, ImmutableArray<ToolCall> done, string reply)
    {
        var (environment, made) = Play(task, done);
        return Step(task, environment, made, reply, [], -1);
    }

    private static FailedStep Step(
        EpisodeTask task, IEnvironment before, ImmutableArray<ExecutedCall> done, string reply, ImmutableArray<ExecutedCall> calls, int index) =>
        new(before.Tools, task.ExpectedCalls[0], done, reply, null, calls, index)
        {
            Before = before,
            ExpectedIsComplete = false,
            Context = string.Join('\n', done.Select(d => $"{d.Call} {d.Result.Text}")),
        };

    private static (IEnvironment Environment, ImmutableArray<ExecutedCall> Done) Play(EpisodeTask task, ImmutableArray<ToolCall> calls)
    {
        var environment = task.Start();
        environment.NextUserTurnAsync("", default).AsTask().Wait();
        return (environment, [.. calls.Select(c =>
        {
            environment.BeginReply("", 1);
            return new ExecutedCall(c, environment.Execute(c));
        })]);
    }

    private static ToolCall With(ToolCall call, string name, object value) =>
        new(call.Name, [.. call.Arguments.Select(a => a.Name == name ? ToolCall.Of("", (name, value)).Arguments[0] : a)]);
}
