using FissionGrpo.Fission;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;
using FissionGrpo.Testing;
using Microsoft.AspNetCore.Http;

namespace FissionGrpo.Evaluation.Endpoints;

public class EndpointSimulatorTests
{
    [Fact]
    public async Task Diagnostic_ComesFromTheServer()
    {
        string? asked = null;
        await using var server = await FakeEndpoint.StartAsync((context, body, _) =>
        {
            asked = body;
            return FakeEndpoint.AnswerAsync(context, "precondition: the door wants something else first");
        });

        var diagnosed = await WriteAsync(server);

        Assert.Equal("precondition: the door wants something else first", Assert.Single(diagnosed.Contexts).State.Origin!.Diagnostic);
        Assert.Equal(Episodes.FailureCategory.UnmetPrecondition, diagnosed.Contexts[0].Category);
        Assert.Equal(new SimulatorTokens(10, 3), diagnosed.Tokens);
        Assert.Contains("locked: unlock d1", asked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stalls", SimulatorFault.TimeOut, "time_out after 1 attempts")]
    [InlineData("is gone", SimulatorFault.Exception, "server_error after 1 attempts")]
    [InlineData("has another key", SimulatorFault.Exception, "the server answers 401")]
    [InlineData("answers nonsense", SimulatorFault.Nonsense, "the answer is blank")]
    [InlineData("calls a tool", SimulatorFault.Nonsense, "the answer is a tool call")]
    [InlineData("talks too much", SimulatorFault.Nonsense, "the answer has 700 characters")]
    public async Task ServerThatMisbehaves_GivesWayToTheRawError(string how, string fault, string cause)
    {
        await using var server = await FakeEndpoint.StartAsync((context, _, _) => how switch
        {
            "stalls" => Task.Delay(Timeout.Infinite, context.RequestAborted),
            "is gone" => RefuseAsync(context, 503),
            "has another key" => RefuseAsync(context, 401),
            "answers nonsense" => FakeEndpoint.AnswerAsync(context, "  "),
            "calls a tool" => FakeEndpoint.AnswerAsync(context, "", ("open", "{}")),
            _ => FakeEndpoint.AnswerAsync(context, new string('x', 700)),
        });

        // Only the stalling server is to meet its time limit, however crowded the machine.
        var diagnosed = await WriteAsync(server, how == "stalls" ? TimeSpan.FromSeconds(0.5) : null);

        Assert.Equal("locked: unlock d1", Assert.Single(diagnosed.Contexts).State.Origin!.Diagnostic);
        Assert.Equal(1, diagnosed.Fallbacks);
        Assert.Equal(1, diagnosed.Faults[fault]);
        Assert.Contains(cause, diagnosed.Causes[fault], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerThatStallsLongerThanTheBatchMayTake_IsATimeOut()
    {
        await using var server = await FakeEndpoint.StartAsync((context, _, _) => Task.Delay(Timeout.Infinite, context.RequestAborted));

        var diagnosed = await WriteAsync(server, attempt: TimeSpan.FromMinutes(5), limitSeconds: 1);

        Assert.Equal("locked: unlock d1", Assert.Single(diagnosed.Contexts).State.Origin!.Diagnostic);
        Assert.Equal(1, diagnosed.Faults[SimulatorFault.TimeOut]);
    }

    private static Task RefuseAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync("no");
    }

    private static async Task<DiagnosedFailures> WriteAsync(FakeEndpoint server, TimeSpan? attempt = null, int limitSeconds = 60)
    {
        var replies = new[] { ScriptedPolicy.Call(ToyTask.Open("d1")), "Done." };
        var at = 0;
        var groups = await new RolloutEngine(ToyDialogue.Format, new RolloutOptions(), TimeProvider.System).SampleAsync(
            [new RolloutStart(ToyTask.One("locked", "d1", locked: true))], 1, new ScriptedPolicy(ToyDialogue.Format, (_, _) => replies[at++]), new Seed(1), "s", default);
        var failed = new ErrorIdentification(new FissionOptions(), _ => 0).Identify(groups);
        using var endpoint = new EndpointPolicy(
            EndpointOptions.For(server.Address, "teacher") with { MaxAttempts = 1, Timeout = attempt ?? TimeSpan.FromMinutes(1) }, TimeProvider.System);
        var contexts = new CorrectiveContexts(
            new EndpointSimulator(endpoint, ToyDialogue.Format, seesAnswer: false),
            new SimulatorOptions(SimulatorKind.Endpoint, LeakRetries: 0, TimeoutSeconds: limitSeconds), (_, _) => false, ToyDialogue.Format, TimeProvider.System);
        return await contexts.WriteAsync(failed.Failures, new Seed(1), default);
    }
}
