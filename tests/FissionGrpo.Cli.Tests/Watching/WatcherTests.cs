using FissionGrpo.Cli.Shells;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Watching;

public class WatcherTests
{
    /// <summary>Everything that the issue asks a running training to show, in one plain line.</summary>
    [Fact]
    public void PlainStep_ShowsEverything()
    {
        using var shell = new TestShell();
        var watcher = new PlainWatcher(shell.Shell, "out/run", new TrainOptions(Steps: 60));

        watcher.OnProgress(new RunProgress(RunProgress.Training, 0, 60));
        watcher.OnStep(Reported.Step(11));

        var lines = shell.Error.TrimEnd().Split('\n');
        Assert.Equal(["run folder: out/run", .. Lines.Legend, lines[^1]], lines);
        foreach (var part in (string[])["step 12 of 60", "reward 1.500", "format 0.90", "correctness 1.20", "accuracy 75%", "recovery 40%", "zero-variance 25% explored, 25% fission", "buffer 7", "1,234 tokens/s", "left"])
            Assert.Contains(part, lines[^1], StringComparison.Ordinal);
    }

    /// <summary>Many quick steps share a line, which holds their means; the first and the last are always told.</summary>
    [Fact]
    public void ManyQuickSteps_ShareALine()
    {
        using var shell = new TestShell();
        var clock = new SetClock();
        var watcher = new PlainWatcher(shell.Shell with { Clock = clock }, "out/run", new TrainOptions(Steps: 100));

        watcher.OnProgress(new RunProgress(RunProgress.Training, 0, 100));
        foreach (var (step, seconds) in (ReadOnlySpan<(int, int)>)[(0, 1), (1, 1), (2, 1), (3, 4), (4, 1), (99, 1)])
        {
            clock.Advance(seconds);
            watcher.OnStep(Reported.Step(step, reward: step));
        }

        string[] told = [.. shell.Error.TrimEnd().Split('\n').Where(line => line.StartsWith("step ", StringComparison.Ordinal)).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..6]))];
        Assert.Equal(["step 1 of 100 reward 0.000", "step 4 of 100 reward 2.000", "step 100 of 100 reward 51.500"], told);
    }

    [Fact]
    public void Stages_CountTheirOwnUnitsAndNameTheLoss()
    {
        using var shell = new TestShell();
        var clock = new SetClock();
        var watcher = new PlainWatcher(shell.Shell with { Clock = clock }, "out/run", new TrainOptions());

        watcher.OnProgress(new RunProgress("tokenizer", 0, 0));
        watcher.OnProgress(new RunProgress("warm start", 1, 1500, Loss: 6.25));
        clock.Advance(10);
        watcher.OnProgress(new RunProgress("warm start", 501, 1500, Loss: 1.5));
        clock.Advance(1);
        watcher.OnProgress(new RunProgress("warm start", 600, 1500, Loss: 1.5));
        watcher.OnProgress(new RunProgress("evaluation before training", 64, 64, "episodes"));

        Assert.Equal(
            ["run folder: out/run", "tokenizer", "warm start  1 of 1,500 steps  loss 6.250", "warm start  501 of 1,500 steps  loss 1.500  0:19 left", "evaluation before training  64 of 64 episodes"],
            shell.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void TokenBudget_IsShownInsteadOfSteps() =>
        Assert.Contains("step 1 (1,000 of 9,000 tokens)", Lines.Steps([Reported.Step(0)], new TrainOptions(MaxSampledTokens: 9000)), StringComparison.Ordinal);

    [Fact]
    public void FailedRollouts_AreTold() =>
        Assert.Contains(
            "3 rollouts failed outside the policy", Lines.Steps([Reported.Step(0) with { Explore = Reported.Batch(1, failures: 3) }], new TrainOptions()), StringComparison.Ordinal);

    [Fact]
    public void FailedSelfTest_IsLoud() =>
        Assert.Contains("FAILED", Lines.SelfTest(new SelfTestReport(10, 0.1, 0.01)), StringComparison.Ordinal);

    /// <summary>The live display is drawn with the same figures, here on a console without a cursor.</summary>
    [Fact]
    public async Task LiveDisplay_EndsWithTheLastFigures()
    {
        using var shell = new TestShell();
        var watcher = new LiveWatcher(shell.Shell, "out/run");

        await watcher.WatchAsync(() =>
        {
            watcher.OnNote("a note [with] marks");
            watcher.OnProgress(new RunProgress("training", 1, 2));
            watcher.OnStep(Reported.Step(0, 1.25));
            watcher.OnStep(Reported.Step(1, 1.75, recovered: false));
            return Task.CompletedTask;
        });

        foreach (var part in (string[])["out/run", "a note [with] marks", "1 of 2 steps", "1.250", "1.750", "fission buffer", "tokens/s"])
            Assert.Contains(part, shell.Error, StringComparison.Ordinal);
    }

    /// <summary>Rates of few are weighed by what they count: a step in which hardly anything failed says little about recovery.</summary>
    [Fact]
    public void FiguresOfSteps_AreMeansOverWhatWasCounted()
    {
        var (few, many) = (Reported.Step(0) with { Explore = Reported.Batch(1) with { WithErrors = 1, RecoveryRate = 1 } }, Reported.Step(1, recovered: false) with { Explore = Reported.Batch(1) with { WithErrors = 9, RecoveryRate = 0 } });
        var none = Reported.Step(2, recovered: false) with { Explore = Reported.Batch(1) with { WithErrors = 0, RecoveryRate = null } };

        Assert.Equal(0.1, StepFigures.Of([few, many, none]).Recovery!.Value, 12);
        Assert.Null(StepFigures.Of([none]).Recovery);
        Assert.Null(StepFigures.Of([none]).FissionZeroVariance);
        Assert.Equal(0.25, StepFigures.Of([few, none]).FissionZeroVariance);
    }

    [Theory]
    [InlineData(59, "0:59")]
    [InlineData(3661, "1:01:01")]
    [InlineData(90061, "25:01:01")]
    public void TimeLeft_IsShort(int seconds, string expected) => Assert.Equal(expected, RunView.Clock(TimeSpan.FromSeconds(seconds)));

    /// <summary>A clock that moves when it is told to.</summary>
    private sealed class SetClock : TimeProvider
    {
        private long _seconds = 1000;

        public override long TimestampFrequency => 1;

        public void Advance(int seconds) => _seconds += seconds;

        public override long GetTimestamp() => _seconds;
    }
}
