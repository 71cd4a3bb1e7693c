using System.Collections.Immutable;
using System.Globalization;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Watching;

/// <summary>Reports as single lines.</summary>
internal static class Lines
{
    /// <summary>Said once before the lines of steps.</summary>
    public static ImmutableArray<string> Legend { get; } =
    [
        "training: a line holds the means of the steps since the line before it",
        "  recovery: of the trajectories with a failed call, those that end correct; buffer: failures that wait for fission; left: of training",
        "  zero-variance: groups of equal rewards, which teach nothing, of those explored and of the recovery groups that fission made",
    ];

    public static string SelfTest(SelfTestReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"self-test at learning rate 0: sampler and trainer differ by at most {report.LargestGap:0.0e+0} nats over {report.Tokens} tokens ({(report.Passed ? "passed" : $"FAILED, expected below {SelfTestReport.Tolerance:0.0e+0}")})");

    /// <summary><c>warm start  72 of 240 steps  loss 0.738</c>.</summary>
    public static string Stage(RunProgress progress) => progress.Total <= 0 ? progress.Stage : $"{progress.Stage}  {Counted(progress)}";

    /// <summary><c>72 of 240 steps  loss 0.738</c>.</summary>
    public static string Counted(RunProgress progress) => string.Create(
        CultureInfo.InvariantCulture,
        $"{progress.Done:N0} of {progress.Total:N0} {progress.Unit}{(progress.Loss is { } loss ? string.Create(CultureInfo.InvariantCulture, $"  loss {loss:0.000}") : "")}");

    /// <summary>Some steps in a row, the newest last.</summary>
    public static string Steps(IReadOnlyList<StepReport> steps, TrainOptions train)
    {
        var figures = StepFigures.Of(steps);
        var terms = string.Join(", ", figures.Terms.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Key} {t.Value:0.00}")));
        var number = steps[^1].Step + 1;
        var place = train.MaxSampledTokens > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{number} ({steps[^1].SampledTokens:N0} of {train.MaxSampledTokens:N0} tokens)")
            : $"{number} of {train.Steps}";
        var recoveries = figures.FissionZeroVariance is { } share ? $", {RunView.Percent(share)} fission" : "";
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"step {place}  reward {figures.Reward:0.000} ({terms})  accuracy {RunView.Percent(figures.Accuracy)}  recovery {RunView.Percent(figures.Recovery)}  zero-variance {RunView.Percent(figures.ZeroVariance)} explored{recoveries}  buffer {figures.BufferDepth}  {figures.TokensPerSecond:N0} tokens/s");
        return figures.Failures == 0 ? line : $"{line}  {figures.Failures} rollouts failed outside the policy";
    }
}
