using System.ComponentModel.DataAnnotations;

namespace FissionGrpo.Rewards;

/// <summary>The composite reward: 1/3 [w_fmt(t) R_fmt + w_corr(t) R_corr + R_len] (docs/paper-map.md).</summary>
/// <param name="ScheduleSteps">
/// Training steps over which the weights move from their start to their end, linearly, at most <c>train.steps</c>; 0 uses the end from the first
/// step. Under a budget of tokens a step is the share <c>1 / train.steps</c> of the budget, so that arms with unequal steps stand at equal weights.
/// </param>
/// <param name="FormatStart">w_fmt at the beginning of the schedule.</param>
/// <param name="FormatEnd">w_fmt at the end of the schedule.</param>
/// <param name="CorrectnessStart">w_corr at the beginning of the schedule.</param>
/// <param name="CorrectnessEnd">w_corr at the end of the schedule.</param>
/// <param name="Alpha">Share of "the called functions match" in R_corr; the rest is the argument F1.</param>
/// <param name="SuccessShare">Share of R_corr that is replaced by the environment's own verdict; 0 is the paper's reward.</param>
/// <param name="LengthSoftTokens">R_len is 1 up to this many sampled tokens.</param>
/// <param name="LengthHardTokens">R_len is 0 from this many sampled tokens on, and linear between.</param>
/// <param name="OverlongWeight">Weight of DAPO's overlong punishment between the same two lengths, 0 to −1; 0 leaves it out, DAPO has 1.</param>
public sealed record RewardOptions(
    [property: Range(0, 1_000_000, ErrorMessage = "Try 150.")] int ScheduleSteps = 150,
    [property: Range(0f, 100f, ErrorMessage = "The paper starts at 2.")] float FormatStart = 2f,
    [property: Range(0f, 100f, ErrorMessage = "The paper ends at 1.")] float FormatEnd = 1f,
    [property: Range(0f, 100f, ErrorMessage = "Try 1.")] float CorrectnessStart = 1f,
    [property: Range(0f, 100f, ErrorMessage = "Try 1.5.")] float CorrectnessEnd = 1.5f,
    [property: Range(0f, 1f, ErrorMessage = "Try 0.5.")] float Alpha = 0.5f,
    [property: Range(0f, 1f, ErrorMessage = "0 is the paper's reward; the embedded recipe uses 0.5.")] float SuccessShare = 0.5f,
    [property: Range(1, 1_000_000, ErrorMessage = "About twice the tokens of a good trajectory.")] int LengthSoftTokens = 128,
    [property: Range(1, 1_000_000, ErrorMessage = "Above length_soft_tokens.")] int LengthHardTokens = 512,
    [property: Range(0f, 100f, ErrorMessage = "0 leaves the punishment out; DAPO has 1.")] float OverlongWeight = 0f)
{
    /// <summary>Where the weights are, from 0 (start) to 1 (end).</summary>
    /// <param name="progress">Share of the training that is done, 0 to 1.</param>
    /// <param name="steps">Steps of the whole training.</param>
    public double ScheduleAt(double progress, int steps) =>
        ScheduleSteps == 0 ? 1 : Math.Min(1, progress * Math.Max(1.0, steps / (double)ScheduleSteps));
}
