using FissionGrpo.Episodes;

namespace FissionGrpo.Rewards;

/// <summary>
/// The environment's own verdict: 2 when correct, else 0, the scale of R_corr, part of which it replaces. Ours: with partial credit alone,
/// a trajectory that stops after an error is paid better than one that tries to recover and fails.
/// </summary>
internal static class SuccessReward
{
    public static float Of(Trajectory trajectory) => trajectory.Score is { Correct: true } ? CorrectnessReward.Largest : 0;
}
