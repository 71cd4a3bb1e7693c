using FissionGrpo.Environments.Faults;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Episodes;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Tests.Faults;

public sealed class FaultyEnvironmentTests
{
    private static readonly WorkshopTask Played = FirstWithCalls(3);

    public static TheoryData<FaultKind> Kinds => [.. Enum.GetValues<FaultKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ExplicitFault_StrikesItsCallOnly_AndIsMarkedAsInjected(FaultKind kind)
    {
        var environment = Begin(new Fault(kind, Call: 1));
        var calls = Played.Turns[0].Expected;

        Assert.IsType<ToolResult.Ok>(environment.Execute(calls[0]));
        var failed = Assert.IsType<ToolResult.Failed>(environment.Execute(calls[1]));

        Assert.Equal(ToolErrorKind.Injected, failed.Kind);
        Assert.Contains("error", failed.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(FaultKind.Timeout)]
    [InlineData(FaultKind.RateLimit)]
    [InlineData(FaultKind.PermissionDenied)]
    public void TransientFault_IsGoneAtTheNextTry_AndTheTaskCanStillBeDone(FaultKind kind)
    {
        var environment = Begin(new Fault(kind, Call: 1));

        foreach (var call in Played.Turns[0].Expected)
            if (environment.Execute(call) is ToolResult.Failed)
                Assert.IsType<ToolResult.Ok>(environment.Execute(call));

        Assert.True(environment.Score().Correct);
    }

    [Fact]
    public void PermanentFault_NeverGoesAway()
    {
        var environment = Begin(new Fault(FaultKind.PermissionDenied, Strikes: int.MaxValue));

        for (var i = 0; i < 10; i++)
            Assert.IsType<ToolResult.Failed>(environment.Execute(Played.Turns[0].Expected[0]));
    }

    [Fact]
    public void StaleId_StaysUntilAnotherCallSucceeds()
    {
        var calls = Played.Turns[0].Expected;
        var environment = Begin(new Fault(FaultKind.StaleId));

        Assert.IsType<ToolResult.Failed>(environment.Execute(calls[0]));
        Assert.IsType<ToolResult.Failed>(environment.Execute(calls[0]));
        Assert.IsType<ToolResult.Ok>(environment.Execute(ToolCall.Of("display_log", ("messages", Array.Empty<string>()))));
        Assert.IsType<ToolResult.Ok>(environment.Execute(calls[0]));
    }

    [Fact]
    public void MalformedReply_HasChangedTheState_WithoutSayingSo()
    {
        var environment = Begin(new Fault(FaultKind.MalformedReply));
        var healthy = Begin();
        var call = Played.Turns[0].Expected[0];

        environment.Execute(call);
        healthy.Execute(call);

        Assert.Equal(healthy.Digest(), environment.Digest());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void SilentFault_LooksLikeASuccess(FaultKind kind)
    {
        var environment = Begin(new Fault(kind, Silent: true));
        var healthy = Begin();
        var call = Played.Turns[0].Expected[0];

        var result = Assert.IsType<ToolResult.Ok>(environment.Execute(call));

        Assert.True(result.Text.Length < healthy.Execute(call).Text.Length);
    }

    [Fact]
    public void TheOwnMistakeOfThePolicy_IsNoPlaceForAFault()
    {
        var environment = Begin(new Fault(FaultKind.Timeout));

        var own = Assert.IsType<ToolResult.Failed>(environment.Execute(ToolCall.Of("fly")));
        var injected = Assert.IsType<ToolResult.Failed>(environment.Execute(Played.Turns[0].Expected[0]));

        Assert.Equal(ToolErrorKind.UnknownTool, own.Kind);
        Assert.Equal(ToolErrorKind.Injected, injected.Kind);
    }

    [Fact]
    public void Fork_CarriesItsOwnFaults()
    {
        var call = Played.Turns[0].Expected[0];
        var environment = Begin(new Fault(FaultKind.Timeout));
        var fork = environment.Fork();

        Assert.IsType<ToolResult.Failed>(environment.Execute(call));
        Assert.IsType<ToolResult.Ok>(environment.Execute(call));
        Assert.IsType<ToolResult.Failed>(fork.Execute(call));
        Assert.IsType<ToolResult.Ok>(environment.Fork().Execute(ToolCall.Of("display_log", ("messages", Array.Empty<string>()))));
    }

    [Fact]
    public void FaultOfATool_LetsOthersPass()
    {
        var calls = Played.Turns[0].Expected;
        var environment = Begin(new Fault(FaultKind.Timeout, Tool: calls[^1].Name));

        foreach (var call in calls.SkipLast(1))
            Assert.IsType<ToolResult.Ok>(environment.Execute(call));
        Assert.IsType<ToolResult.Failed>(environment.Execute(calls[^1]));
    }

    [Fact]
    public void Draw_IsSeeded_AndKeepsItsRates()
    {
        var options = new FaultOptions(Rate: 0.5, LastCall: 2, PermanentShare: 0.25, SilentShare: 0.25);
        var drawn = Enumerable.Range(0, 2000).SelectMany(i => options.Draw(new Seed((ulong)i))).ToArray();

        Assert.InRange(drawn.Length, 900, 1100);
        Assert.InRange(drawn.Count(f => f.Strikes == int.MaxValue) / (double)drawn.Length, 0.2, 0.3);
        Assert.InRange(drawn.Count(f => f.Silent) / (double)drawn.Length, 0.2, 0.3);
        Assert.Equal(5, drawn.Select(f => f.Kind).Distinct().Count());
        Assert.Equal([0, 1, 2], drawn.Select(f => f.Call).Distinct().Order());
        Assert.Equal(options.Draw(new Seed(5)), options.Draw(new Seed(5)));
    }

    [Fact]
    public async Task FaultyTask_IsTheSameTaskWithAFault()
    {
        var faulty = new FaultyTask(Played, new FaultOptions([FaultKind.Timeout]), new Seed(1));
        var environment = faulty.Start();
        await environment.NextUserTurnAsync("", default);

        Assert.Equal(Played.Id, faulty.Id);
        Assert.IsType<ToolResult.Failed>(environment.Execute(Played.Turns[0].Expected[0]));
        Assert.Same(Played.SystemPrompt, faulty.SystemPrompt);
    }

    private static FaultyEnvironment Begin(params Fault[] faults)
    {
        var inner = (WorkshopEnvironment)Played.Start();
        inner.NextUserTurn();
        return new FaultyEnvironment(inner, [.. faults]);
    }

    private static WorkshopTask FirstWithCalls(int calls)
    {
        var generator = new WorkshopGenerator(new WorkshopOptions(MaxTurns: 1, MinGoals: 3, MaxGoals: 3, BlockerRate: 0, DistractorTools: 60), new Seed(31));
        return Enumerable.Range(0, 100).Select(i => generator.Task(WorkshopSplit.Train, i)).First(t =>
            t.Turns[0].Expected.Length == calls && t.Turns[0].Expected.Select(c => c.Name).Distinct().Count() == calls && t.Turns[0].Reads.Length == 0);
    }
}
