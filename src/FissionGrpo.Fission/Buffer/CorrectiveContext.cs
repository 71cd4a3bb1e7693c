using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Fission;

/// <summary>x_corr = [x; tau_err; f]: the state after a failed step, with a diagnostic in place of its result.</summary>
/// <param name="Key">Names it: <see cref="Failure.Key"/>.</param>
/// <param name="State">Where the recoveries start. They fork it.</param>
/// <param name="Sign">How the failure showed.</param>
/// <param name="Category">The failure category that the diagnostic conveys; null when nobody says.</param>
/// <param name="ZeroVarianceParent">The parent's group had no variance.</param>
public sealed record CorrectiveContext(
    string Key, EpisodeState State, FailureSign Sign, FailureCategory? Category, bool ZeroVarianceParent);
