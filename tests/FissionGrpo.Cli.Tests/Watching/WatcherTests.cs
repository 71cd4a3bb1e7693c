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
        var watcher = new PlainWatcher(shell.Shell, new TrainOptions(Steps: 60));

        watcher.OnProgress(new RunProgress("training", 0, 1000));
        watcher.OnStep(Reported.Step(11));

        foreach (var part in (string[])["step 12/60", "reward 1.500", "format 0.90", "correctness 1.20", "accuracy 75%", "recovery 40%", "zero-variance 25% explored, 25% recovered", "buffer 7", "1234 tokens/s", "left"])
            Assert.Contains(part, shell.Error, StringComparison.Ordinal);
        Assert.Single(shell.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void TokenBudget_IsShownInsteadOfSteps() =>
        Assert.Contains("step 1 (1000 of 9000 tokens)", Lines.Step(Reported.Step(0), new TrainOptions(MaxSampledTokens: 9000)), StringComparison.Ordinal);

    [Fact]
    public void FailedRollouts_AreTold() =>
        Assert.Contains(
            "3 rollouts failed outside the policy", Lines.Step(Reported.Step(0) with { Explore = Reported.Batch(1, failures: 3) }, new TrainOptions()), StringComparison.Ordinal);

    [Fact]
    public void FailedSelfTest_IsLoud() =>
        Assert.Contains("FAILED", Lines.SelfTest(new SelfTestReport(10, 0.1, 0.01)), StringComparison.Ordinal);

    /// <summary>The live display is drawn with the same figures, here on a console without a cursor.</summary>
    [Fact]
    public async Task LiveDisplay_EndsWithTheLastFigures()
    {
        using var shell = new TestShell();
        var watcher = new LiveWatcher(shell.Shell);

        await watcher.WatchAsync(() =>
        {
            watcher.OnNote("a note [with] marks");
            watcher.OnProgress(new RunProgress("training", 1, 2));
            watcher.OnStep(Reported.Step(0, 1.25));
            watcher.OnStep(Reported.Step(1, 1.75, recovered: false));
            return Task.CompletedTask;
        });

        foreach (var part in (string[])["a note [with] marks", "training", "1.250", "1.750", "fission buffer", "tokens/s"])
            Assert.Contains(part, shell.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(59, "0:59")]
    [InlineData(3661, "1:01:01")]
    public void TimeLeft_IsShort(int seconds, string expected) => Assert.Equal(expected, RunView.Clock(TimeSpan.FromSeconds(seconds)));
}
