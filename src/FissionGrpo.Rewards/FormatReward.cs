using FissionGrpo.Episodes;

namespace FissionGrpo.Rewards;

/// <summary>R_fmt: 1 when every reply could be parsed, else 0.</summary>
internal static class FormatReward
{
    public static float Of(Trajectory trajectory)
    {
        foreach (var step in trajectory.Steps)
            if (step.FormatError is not null)
                return 0;
        return 1;
    }
}
