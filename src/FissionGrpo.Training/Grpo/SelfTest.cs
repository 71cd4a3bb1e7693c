using System.Collections.Immutable;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>
/// The self-test at learning rate zero: what the sampler says about the tokens that it drew, the trainer must say too. A gap means that the two
/// see different tokens, positions or distributions, and then every ratio is wrong.
/// </summary>
internal static class SelfTest
{
    private const int Tasks = 8;
    private const int GroupSize = 4;

    public static async Task<SelfTestReport> RunAsync(
        IPolicy policy, RolloutEngine rollouts, ITaskSource tasks, Seed seed, CancellationToken cancel)
    {
        var groups = await rollouts.SampleAsync(
            [.. Enumerable.Range(0, Tasks).Select(i => new RolloutStart(tasks.TrainingTask(i)))], GroupSize, policy, seed, "self-test", cancel);
        var batch = new TrainingBatch([.. groups.SelectMany(g => g.Rollouts).Where(r => r.Trajectory.Tokens.CountSampled() > 0)
            .Select(r => SftBatch.Of(r.Trajectory.Tokens) with { OldLogProbs = r.Trajectory.Tokens.LogProbs })]);
        var result = await policy.ForwardAsync(
            batch, new LossOptions(LossKind.CrossEntropy, LossReduction.TokenMean, Temperature: rollouts.Options.Temperature), cancel);
        var gap = LogProbGap.Between(batch, result);
        return new SelfTestReport(gap.Tokens, gap.Largest, gap.Mean);
    }
}
