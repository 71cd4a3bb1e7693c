using FissionGrpo.Episodes;

namespace FissionGrpo.Rewards;

/// <summary>R_len: 1 up to a soft number of sampled tokens, falling linearly to 0 at the hard one. The paper does not publish its form; this is ours.</summary>
internal static class LengthReward
{
    public static float Of(Trajectory trajectory, int softTokens, int hardTokens)
    {
        var sampled = 0;
        foreach (var origin in trajectory.Tokens.Origins)
            if (origin is TokenOrigin.Policy)
                sampled++;
        return Math.Clamp((hardTokens - sampled) / (float)(hardTokens - softTokens), 0, 1);
    }
}
