using FissionGrpo.Episodes;

namespace FissionGrpo.Rewards;

/// <summary>
/// DAPO's soft punishment of overlong answers (arXiv:2503.14476, equation 13): 0 up to a soft number of sampled tokens, falling linearly to −1 at the hard
/// one. The same slope as R_len, below zero and with a weight of its own.
/// </summary>
internal static class OverlongReward
{
    public static float Of(Trajectory trajectory, int softTokens, int hardTokens) => LengthReward.Of(trajectory, softTokens, hardTokens) - 1;
}
