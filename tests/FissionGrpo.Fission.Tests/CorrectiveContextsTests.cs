using System.Collections.Immutable;
using FissionGrpo.Episodes;
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
    [InlineData("throw")]
    [InlineData("too few")]
    [InlineData("nothing")]
    [InlineData("blank")]
    public async Task SimulatorThatFailsOrTalksNonsense_NeverStopsTraining(string mischief)
    {
        var simulator = new FakeSimulator((failures, _) => mischief switch
        {
            "throw" => throw new InvalidOperationException("endpoint is gone"),
            "too few" => [],
            "nothing" => [.. failures.Select(_ => (Diagnostic?)null)],
            _ => [.. failures.Select(_ => new Diagnostic("  ", null))],
        });

        var diagnosed = await Contexts(simulator).WriteAsync([await LockedDoorAsync()], new Seed(1), default);

        Assert.Contains("<|tool|>locked: unlock d1<|end|>", Toy.Text(diagnosed.Contexts[0].State), StringComparison.Ordinal);
        Assert.Equal(1, diagnosed.Fallbacks);
    }

    [Fact]
    public async Task SimulatorThatStalls_IsCutOffByItsTimeLimit()
    {
        var time = new ManualTime();
        var stalls = new StallingSimulator(time);
        var contexts = new CorrectiveContexts(stalls, new SimulatorOptions(TimeoutSeconds: 30, LeakRetries: 0), (_, _) => false, ToyDialogue.Format, time);

        var diagnosed = await contexts.WriteAsync([await LockedDoorAsync()], new Seed(1), default);

        Assert.Equal(1, diagnosed.Fallbacks);
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

    [Fact]
    public async Task CorruptedSimulator_SaysWhatBelongsToAnotherFailure()
    {
        var inner = new FakeSimulator((failures, _) => [.. failures.Select((_, i) => new Diagnostic($"f{i}", null))]);
        ImmutableArray<Failure> failures = [await LockedDoorAsync(), await LockedDoorAsync(), await LockedDoorAsync()];

        var wrong = await new CorruptedSimulator(inner, 1).DiagnoseAsync(failures, new Seed(1), default);
        var right = await new CorruptedSimulator(inner, 0).DiagnoseAsync(failures, new Seed(1), default);

        Assert.All(wrong.Index(), d => Assert.NotEqual($"f{d.Index}", d.Item!.Text));
        Assert.All(right.Index(), d => Assert.Equal($"f{d.Index}", d.Item!.Text));
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

    /// <summary>Lets the time limit pass and then waits for it to strike.</summary>
    private sealed class StallingSimulator(ManualTime time) : IErrorSimulator
    {
        public async Task<ImmutableArray<Diagnostic?>> DiagnoseAsync(ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel)
        {
            time.Strike();
            await Task.Delay(Timeout.Infinite, cancel);
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
