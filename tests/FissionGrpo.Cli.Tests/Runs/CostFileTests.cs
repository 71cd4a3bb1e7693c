using FissionGrpo.Evaluation.Reports;

namespace FissionGrpo.Cli.Runs;

public class CostFileTests
{
    /// <summary>A process that is killed writes nothing at its end.</summary>
    [Fact]
    public void WhatIsAskedFor_IsWrittenWhileItGoesOnAndAddedToWhatWasThere()
    {
        using var shell = new TestShell();
        var path = shell.PathOf("cost.json");
        var (first, second) = (new TickingClock(), new TickingClock());
        var killed = new CostFile(path, () => new EvaluationCost(10, 2, 1, 0, null), first); // not disposed

        first.Tick();
        using var resumed = new CostFile(path, () => new EvaluationCost(20, 4, 3, 1, null), second);
        second.Tick();

        Assert.Equal(new EvaluationCost(30, 6, 4, 1, null), EvaluationCost.Read(path));
        Assert.Equal(10, killed.Total.PromptTokens);
    }

    [Fact]
    public void NothingAskedFor_LeavesNoFile()
    {
        using var shell = new TestShell();
        using var costs = new CostFile(shell.PathOf("cost.json"), () => new EvaluationCost(0, 0, 0, 0, null), TimeProvider.System);

        costs.Write();

        Assert.False(File.Exists(shell.PathOf("cost.json")));
    }

    private sealed class TickingClock : TimeProvider
    {
        public Action Tick { get; private set; } = () => { };

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Tick = () => callback(state);
            return base.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
