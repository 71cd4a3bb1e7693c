using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Seeds;
using FissionGrpo.Testing;

namespace FissionGrpo.Fission.Tests;

public sealed class CorrectiveContextsTests
{
    private static readonly ToyTask Locked = ToyTask.One("locked", "d1", locked: true);

    [Fact]
    public async Task Diagnostic_StandsInPlaceOfTheResult()
    {
        var diagnosed = await WriteAsync(_ => "the door wants unlock", await LockedDoorAsync());

        Assert.EndsWith("<|tool|>the door wants unlock<|end|><|assistant|>", Toy.Text(Assert.Single(diagnosed.Contexts).State), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AppendedDiagnostic_StandsBehindTheEnvironmentsOwnMessage()
    {
        var written = new List<string>();
        foreach (var text in new[] { "the door wants unlock", "locked: unlock d1 unmet precondition; use unlock first.", "SECRET" })
            written.Add(Toy.Text(Assert.Single((await Appending(text).WriteAsync([await LockedDoorAsync()], new Seed(1), default)).Contexts).State));

        Assert.EndsWith("<|tool|>locked: unlock d1\nthe door wants unlock<|end|><|assistant|>", written[0], StringComparison.Ordinal);
        Assert.EndsWith("<|tool|>locked: unlock d1\nunmet precondition; use unlock first.<|end|><|assistant|>", written[1], StringComparison.Ordinal);
        Assert.EndsWith("<|tool|>locked: unlock d1<|end|><|assistant|>", written[2], StringComparison.Ordinal); // leaked: the message stands alone
    }

    [Fact]
    public async Task AppendedDiagnostic_StandsAloneWhereTheEnvironmentIsSilent()
    {
        var silent = await Toy.FailAsync(Locked, ScriptedPolicy.Call(ToyTask.Unlock("d1")), "Done.");

        var diagnosed = await Appending("the door wants open").WriteAsync([silent], new Seed(1), default);

        Assert.EndsWith("<|tool|>the door wants open<|end|><|assistant|>", Toy.Text(diagnosed.Contexts[0].State), StringComparison.Ordinal);
    }

    private static CorrectiveContexts Appending(string text) => new(
        new FakeSimulator((asked, _) => [.. asked.Select(_ => new Diagnostic(text, null))]),
        new SimulatorOptions(Placement: DiagnosticPlacement.Append), (_, said) => said == "SECRET", ToyDialogue.Format, TimeProvider.System);

    [Fact]
    public async Task Share_IsWhatTheSimulatorIsAskedAboutAndTheRestKeepTheirOwnMessage()
    {
        var failures = ImmutableArray.CreateBuilder<Failure>();
        for (var i = 0; i < 200; i++)
            failures.Add(await Toy.FailAsync(ToyTask.One($"t{i}", "d1", locked: true), ScriptedPolicy.Call(ToyTask.Open("d1")), "Done."));
        var asked = 0;
        var contexts = new CorrectiveContexts(
            new FakeSimulator((about, _) => { asked += about.Length; return [.. about.Select(_ => new Diagnostic("f", null))]; }),
            new SimulatorOptions(Share: 0.25f), (_, _) => false, ToyDialogue.Format, TimeProvider.System);

        var diagnosed = await contexts.WriteAsync(failures.ToImmutable(), new Seed(1), default);
        var backwards = await contexts.WriteAsync([.. Enumerable.Reverse(failures)], new Seed(1), default);

        Assert.All(diagnosed.Contexts, c => Assert.Contains(c.State.Origin!.Diagnostic, (string[])["f", "locked: unlock d1"]));
        var chosen = diagnosed.Contexts.Where(c => c.State.Origin!.Diagnostic == "f").Select(c => c.Key).ToArray();
        Assert.InRange(chosen.Length, 30, 70);
        Assert.Equal(2 * chosen.Length, asked);
        Assert.Equal(chosen, backwards.Contexts.Where(c => c.State.Origin!.Diagnostic == "f").Select(c => c.Key).Reverse());
        Assert.Equal((200, 0, 0), (diagnosed.Contexts.Length, diagnosed.Fallbacks, diagnosed.Undiagnosed));
        Assert.Equal(chosen.Length, diagnosed.Written.Length);
    }

    [Fact]
    public async Task ShareOfNothing_StillDiagnosesWhatTheEnvironmentIsSilentAbout()
    {
        var silent = await Toy.FailAsync(Locked, ScriptedPolicy.Call(ToyTask.Unlock("d1")), "Done.");
        var contexts = new CorrectiveContexts(
            new FakeSimulator((asked, _) => [.. asked.Select(_ => new Diagnostic("f", null))]),
            new SimulatorOptions(Share: 0), (_, _) => false, ToyDialogue.Format, TimeProvider.System);

        var diagnosed = await contexts.WriteAsync([silent, await LockedDoorAsync()], new Seed(1), default);

        Assert.Equal(["f", "locked: unlock d1"], diagnosed.Contexts.Select(c => c.State.Origin!.Diagnostic));
    }

    [Fact]
    public async Task SiblingsWithTheSameMistake_MakeOneContext()
    {
        var diagnosed = await WriteAsync(_ => "f", await LockedDoorAsync(), await LockedDoorAsync(), await LockedDoorAsync());

        Assert.Single(diagnosed.Contexts);
        Assert.Equal(2, diagnosed.Duplicates);
    }

    [Fact]
    public async Task LeakingDiagnostic_IsWrittenAgain()
    {
        var diagnosed = await WriteAsync(attempt => attempt == 0 ? "SECRET" : "clean", await LockedDoorAsync());

        Assert.Contains("<|tool|>clean<|end|>", Toy.Text(diagnosed.Contexts[0].State), StringComparison.Ordinal);
        Assert.Equal((1, 0), (diagnosed.Leaks, diagnosed.Fallbacks));
    }

    [Fact]
    public async Task DiagnosticThatKeepsLeaking_GivesWayToTheEnvironmentsOwnMessage()
    {
        var diagnosed = await WriteAsync(_ => "SECRET", await LockedDoorAsync());

        Assert.Contains("<|tool|>locked: unlock d1<|end|>", Toy.Text(diagnosed.Contexts[0].State), StringComparison.Ordinal);
        Assert.Equal((2, 1), (diagnosed.Leaks, diagnosed.Fallbacks));
    }

    [Theory]
    [InlineData("throw", SimulatorFault.Exception, "InvalidOperationException: endpoint is gone")]
    [InlineData("too few", SimulatorFault.Nonsense, "0 answers to 1 failures")]
    [InlineData("nothing", SimulatorFault.Silence, "the simulator had nothing to say")]
    [InlineData("blank", SimulatorFault.Nonsense, "the diagnostic is blank")]
    [InlineData("cut off", SimulatorFault.Nonsense, "cut off")]
    public async Task SimulatorThatFailsOrTalksNonsense_NeverStopsTraining(string mischief, string fault, string cause)
    {
        var simulator = new FakeSimulator((failures, _) => mischief switch
        {
            "throw" => throw new InvalidOperationException("endpoint is gone"),
            "too few" => [],
            "nothing" => [.. failures.Select(_ => (Diagnostic?)null)],
            "cut off" => [.. failures.Select(_ => Diagnostic.None("cut off"))],
            _ => [.. failures.Select(_ => new Diagnostic("  ", null))],
        });

        var diagnosed = await Contexts(simulator).WriteAsync([await LockedDoorAsync()], new Seed(1), default);

        Assert.Contains("<|tool|>locked: unlock d1<|end|>", Toy.Text(diagnosed.Contexts[0].State), StringComparison.Ordinal);
        Assert.Equal(1, diagnosed.Fallbacks);
        Assert.Equal(KeyValuePair.Create(fault, 2), Assert.Single(diagnosed.Faults)); // asked twice
        Assert.Equal(cause, diagnosed.Causes[fault]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SimulatorThatStalls_IsCutOffByItsTimeLimit(bool listens)
    {
        var time = new ManualTime();
        var stalls = new StallingSimulator(time, listens);
        var contexts = new CorrectiveContexts(stalls, new SimulatorOptions(TimeoutSeconds: 30, LeakRetries: 3), (_, _) => false, ToyDialogue.Format, time);

        var diagnosed = await contexts.WriteAsync([await LockedDoorAsync()], new Seed(1), default);

        Assert.Contains("<|tool|>locked: unlock d1<|end|>", Toy.Text(diagnosed.Contexts[0].State), StringComparison.Ordinal);
        Assert.Equal(1, diagnosed.Fallbacks);
        Assert.Equal(1, diagnosed.Faults[SimulatorFault.TimeOut]); // not asked again
    }

    [Fact]
    public async Task LeakingDiagnostic_IsAFaultOfItsOwn()
    {
        var diagnosed = await WriteAsync(_ => "SECRET", await LockedDoorAsync());

        Assert.Equal(KeyValuePair.Create(SimulatorFault.Leak, 2), Assert.Single(diagnosed.Faults));
    }

    [Theory]
    [InlineData("fork")]
    [InlineData("execute")]
    public async Task WorldThatThrowsWhileAContextIsMade_CostsThatContextOnly(string where)
    {
        var broken = WithWorld(await LockedDoorAsync(), new BrokenWorld(where));
        var whole = await Toy.FailAsync(ToyTask.One("other", "d2", locked: true), ScriptedPolicy.Call(ToyTask.Open("d2")), "Done.");

        var diagnosed = await WriteAsync(_ => "f", broken, whole);

        Assert.Equal("other", Assert.Single(diagnosed.Contexts).State.Task.Id);
        Assert.Equal(KeyValuePair.Create("environment", 1), Assert.Single(diagnosed.Broken));
        Assert.Equal($"NotSupportedException: no {where}", diagnosed.Causes["environment"]);
        Assert.Equal(0, diagnosed.Undiagnosed);
    }

    [Theory]
    [InlineData("fork")]
    [InlineData("execute")]
    [InlineData("tools")]
    public async Task WorldThatThrowsWhileItIsDiagnosed_CostsThatDiagnosticOnly(string where)
    {
        var diagnoser = new DiagnoserSimulator(ToyDialogue.Format);
        var broken = WithWorld(await LockedDoorAsync(), new BrokenWorld(where));
        var whole = await Toy.FailAsync(ToyTask.One("other", "d2", locked: true), ScriptedPolicy.Call(ToyTask.Open("d2")), "Done.");

        var answers = await diagnoser.DiagnoseAsync([broken, whole], new Seed(1), default);

        Assert.Equal($"environment: NotSupportedException: no {where}", answers[0]!.Fault);
        Assert.NotNull(answers[1]!.Category);
        Assert.True(where != "tools" || diagnoser.Leaks(broken, "anything"));
    }

    [Fact]
    public async Task Cancelling_IsNotTakenForAFailure()
    {
        using var source = new CancellationTokenSource();
        var simulator = new FakeSimulator((_, _) =>
        {
            source.Cancel();
            throw new OperationCanceledException(source.Token);
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await Contexts(simulator).WriteAsync([await LockedDoorAsync()], new Seed(1), source.Token));
    }

    [Fact]
    public async Task FormatError_HasItsFixedMessageWithoutTheSimulator()
    {
        var asked = false;
        var simulator = new FakeSimulator((_, _) => { asked = true; return []; });

        var diagnosed = await Contexts(simulator).WriteAsync([await Toy.FailAsync(Locked, "<tool_call>{")], new Seed(1), default);

        Assert.False(asked);
        Assert.Contains("<|tool|>Error: the reply could not be read.", Toy.Text(diagnosed.Contexts[0].State), StringComparison.Ordinal);
        Assert.Equal(FailureCategory.MalformedOutput, diagnosed.Contexts[0].Category);
    }

    [Fact]
    public async Task RawErrors_HaveNothingToSayWhereTheEnvironmentIsSilent()
    {
        var silent = await Toy.FailAsync(Locked, ScriptedPolicy.Call(ToyTask.Unlock("d1")), "Done.");

        var diagnosed = await Contexts(new RawErrorSimulator()).WriteAsync([silent, await LockedDoorAsync()], new Seed(1), default);

        Assert.Single(diagnosed.Contexts);
        Assert.Equal((1, 0), (diagnosed.Undiagnosed, diagnosed.Fallbacks));
    }

    [Theory]
    [InlineData(0.3f, 12)]
    [InlineData(1f, 40)]
    public async Task CorruptShare_IsTheShareThatThePolicyReads(float share, int expected)
    {
        // Each failure has a diagnostic of its own, so a foreign one shows.
        var failures = new List<Failure>();
        for (var i = 0; i < 40; i++)
            failures.Add(await Toy.FailAsync(ToyTask.One($"t{i}", "d1", locked: true), ScriptedPolicy.Call(ToyTask.Open("d1")), "Done."));
        var contexts = new CorrectiveContexts(
            new FakeSimulator((asked, _) => [.. asked.Select(f => new Diagnostic($"f of {f.Rollout.Task.Id}.", null))]),
            new SimulatorOptions(CorruptShare: share), (_, _) => false, ToyDialogue.Format, TimeProvider.System);

        var (foreign, reported) = (0, 0);
        foreach (var size in new[] { 3, 7, 10, 20 })
        {
            var diagnosed = await contexts.WriteAsync([.. failures.Take(size)], new Seed((ulong)size), default);
            foreign += diagnosed.Contexts.Count(c => c.State.Origin!.Diagnostic != $"f of {c.State.Task.Id}.");
            reported += diagnosed.Corrupted;
            failures.RemoveRange(0, size);
        }

        Assert.Equal((expected, expected), (foreign, reported));
        Assert.Equal((40L, (long)expected), (contexts.Tally.Written, contexts.Tally.Corrupted));
    }

    [Fact]
    public async Task CorruptDiagnostic_PassesTheAuditToo()
    {
        var a = await Toy.FailAsync(ToyTask.One("a", "d1", locked: true), ScriptedPolicy.Call(ToyTask.Open("d1")), "Done.");
        var b = await Toy.FailAsync(ToyTask.One("b", "d1", locked: true), ScriptedPolicy.Call(ToyTask.Open("d1")), "Done.");
        var contexts = new CorrectiveContexts(
            new FakeSimulator((asked, _) => [.. asked.Select(f => new Diagnostic($"f of {f.Rollout.Task.Id}.", null))]),
            new SimulatorOptions(CorruptShare: 1), (failure, text) => failure.Rollout.Task.Id == "a" && text == "f of b.", ToyDialogue.Format, TimeProvider.System);

        var diagnosed = await contexts.WriteAsync([a, b], new Seed(1), default);

        Assert.Equal(["f of a.", "f of a."], diagnosed.Contexts.Select(c => c.State.Origin!.Diagnostic));
        Assert.Equal(1, diagnosed.Corrupted);
    }

    [Fact]
    public async Task TokensOfTheSimulator_AreThoseOfTheBatch()
    {
        var contexts = Contexts(new CountingSimulator());

        await contexts.WriteAsync([await LockedDoorAsync()], new Seed(1), default);
        var second = await contexts.WriteAsync([await LockedDoorAsync()], new Seed(2), default);

        Assert.Equal(new SimulatorTokens(100, 7), second.Tokens);
        Assert.Equal(new SimulatorTokens(200, 14), contexts.Tally.Tokens);
    }

    private static Task<Failure> LockedDoorAsync() => Toy.FailAsync(Locked, ScriptedPolicy.Call(ToyTask.Open("d1")), "Done.");

    private static CorrectiveContexts Contexts(IErrorSimulator simulator) => new(
        simulator, new SimulatorOptions(LeakRetries: 1), (_, text) => text == "SECRET", ToyDialogue.Format, TimeProvider.System);

    private static Task<DiagnosedFailures> WriteAsync(Func<int, string> text, params ImmutableArray<Failure> failures)
    {
        var attempt = 0;
        return Contexts(new FakeSimulator((asked, _) =>
        {
            var written = text(attempt++);
            return [.. asked.Select(_ => new Diagnostic(written, null))];
        })).WriteAsync(failures, new Seed(1), default);
    }

    private sealed class FakeSimulator(Func<ImmutableArray<Failure>, Seed, ImmutableArray<Diagnostic?>> answer) : IErrorSimulator
    {
        public Task<ImmutableArray<Diagnostic?>> DiagnoseAsync(ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel) =>
            Task.FromResult(answer(failures, seed));
    }

    private static Failure WithWorld(Failure failure, IEnvironment world) =>
        failure with { Rollout = failure.Rollout with { BeforeStep = [.. failure.Rollout.BeforeStep.Select(_ => world)] } };

    private sealed class CountingSimulator : IErrorSimulator
    {
        public SimulatorTokens Tokens { get; set; }

        public Task<ImmutableArray<Diagnostic?>> DiagnoseAsync(ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel)
        {
            Tokens += new SimulatorTokens(100, 7);
            return Task.FromResult<ImmutableArray<Diagnostic?>>([.. failures.Select(_ => new Diagnostic("f", null))]);
        }
    }

    /// <summary>A world with a bug in one place.</summary>
    private sealed class BrokenWorld(string where) : IEnvironment
    {
        public ImmutableArray<ToolSpec> Tools => where == "tools" ? throw new NotSupportedException("no tools") : ToyTask.Tools;

        public ToolResult Execute(ToolCall call) => where == "execute" ? throw new NotSupportedException("no execute") : new ToolResult.Ok("");

        public IEnvironment Fork() => where == "fork" ? throw new NotSupportedException("no fork") : this;

        public ValueTask<UserTurn> NextUserTurnAsync(string assistantText, CancellationToken cancel) => throw new NotSupportedException();

        public StateDigest Digest() => default;

        public EpisodeScore Score() => new(false, 0, null);
    }

    /// <summary>Lets the time limit pass and then waits for it to strike, or for ever.</summary>
    private sealed class StallingSimulator(ManualTime time, bool listens) : IErrorSimulator
    {
        public async Task<ImmutableArray<Diagnostic?>> DiagnoseAsync(ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel)
        {
            time.Strike();
            await Task.Delay(Timeout.Infinite, listens ? cancel : CancellationToken.None);
            return [];
        }
    }

    /// <summary>A clock whose timers fire when told to.</summary>
    private sealed class ManualTime : TimeProvider
    {
        private readonly List<(TimerCallback Callback, object? State)> _timers = [];

        public void Strike() => _timers.ForEach(t => t.Callback(t.State));

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _timers.Add((callback, state));
            return new Nothing();
        }

        private sealed class Nothing : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
