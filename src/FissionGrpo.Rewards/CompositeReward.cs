using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Rewards;

/// <summary>
/// R(τ, t) = 1/3 [w_fmt(t) R_fmt + w_corr(t) R_corr + R_len], with a share of R_corr replaced by the environment's verdict where the options say so.
/// Safe for several threads.
/// </summary>
public sealed class CompositeReward(RewardOptions options)
{
    /// <summary>The reward of one trajectory, or null when it failed for a reason outside the policy.</summary>
    /// <param name="trajectory">The trajectory.</param>
    /// <param name="expectedCalls">The task's ground truth, per user turn.</param>
    /// <param name="schedule">Where the weights are between their start (0) and their end (1): <see cref="RewardOptions.ScheduleAt"/>.</param>
    public RewardBreakdown? Of(Trajectory trajectory, ImmutableArray<ImmutableArray<ToolCall>> expectedCalls, double schedule)
    {
        if (trajectory.Failure is not null)
            return null;
        var (format, correctness) = Weights(schedule);
        var terms = ImmutableArray.CreateBuilder<RewardTerm>(4);
        terms.Add(new RewardTerm("format", FormatReward.Of(trajectory), format / 3));
        terms.Add(new RewardTerm("correctness", Correctness(trajectory, expectedCalls), correctness * (1 - options.SuccessShare) / 3));
        terms.Add(new RewardTerm("success", SuccessReward.Of(trajectory), correctness * options.SuccessShare / 3));
        terms.Add(new RewardTerm("length", LengthReward.Of(trajectory, options.LengthSoftTokens, options.LengthHardTokens), 1f / 3));
        if (options.OverlongWeight > 0)
            terms.Add(new RewardTerm("overlong", OverlongReward.Of(trajectory, options.LengthSoftTokens, options.LengthHardTokens), options.OverlongWeight));
        var total = 0f;
        foreach (var term in terms)
            total += term.Value * term.Weight;
        return new RewardBreakdown(total, terms.ToImmutable());
    }

    /// <summary>R_corr alone, 0 to 2: also what decides whether a trajectory without an error has failed.</summary>
    public float Correctness(Trajectory trajectory, ImmutableArray<ImmutableArray<ToolCall>> expectedCalls) =>
        CorrectnessReward.Of(trajectory.SucceededCalls(), trajectory.PlayedOf(expectedCalls), options.Alpha);

    /// <summary>The reward of a perfect trajectory at a place of the schedule.</summary>
    public double Largest(double schedule)
    {
        var (format, correctness) = Weights(schedule);
        return (format + CorrectnessReward.Largest * correctness + 1) / 3;
    }

    /// <summary>w_fmt and w_corr: each goes linearly from its start to its end.</summary>
    private (float Format, float Correctness) Weights(double schedule) => (
        options.FormatStart + (options.FormatEnd - options.FormatStart) * (float)schedule,
        options.CorrectnessStart + (options.CorrectnessEnd - options.CorrectnessStart) * (float)schedule);
}
