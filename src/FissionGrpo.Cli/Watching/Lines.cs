using System.Globalization;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Watching;

/// <summary>Reports as single lines.</summary>
internal static class Lines
{
    public static string SelfTest(SelfTestReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"self-test at learning rate 0: sampler and trainer differ by at most {report.LargestGap:0.0e+0} nats over {report.Tokens} tokens ({(report.Passed ? "passed" : $"FAILED, expected below {SelfTestReport.Tolerance:0.0e+0}")})");

    public static string Step(StepReport report, TrainOptions train)
    {
        var explore = report.Explore;
        var terms = string.Join(' ', explore.Terms.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Key} {t.Value:0.00}")));
        var after = report.Fission.Recoveries is { } recoveries ? $" explored, {RunView.Percent(recoveries.ZeroVariance)} recovered" : " explored";
        var steps = train.MaxSampledTokens > 0
            ? $"{report.Step + 1} ({report.SampledTokens} of {train.MaxSampledTokens} tokens)"
            : $"{report.Step + 1}/{train.Steps}";
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"step {steps}  reward {explore.MeanReward:0.000} ({terms})  accuracy {RunView.Percent(explore.Accuracy)}  recovery {RunView.Percent(explore.RecoveryRate)}  zero-variance {RunView.Percent(explore.ZeroVariance)}{after}  buffer {report.Fission.BufferDepth}  {explore.TokensPerSecond:0} tokens/s");
        var failures = explore.RolloutFailures.Values.Sum() + (report.Fission.Recoveries?.RolloutFailures.Values.Sum() ?? 0);
        return failures == 0 ? line : $"{line}  {failures} rollouts failed outside the policy";
    }
}
