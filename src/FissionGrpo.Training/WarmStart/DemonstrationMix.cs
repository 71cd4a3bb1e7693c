using FissionGrpo.Episodes;

namespace FissionGrpo.Training;

/// <summary>
/// What each demonstration of a stream shows. Recoveries are spread evenly, without a draw: any stretch of the stream has its share of them, so
/// that what a warm start knows of recovery depends less on the seed.
/// </summary>
/// <param name="recovery">Share of recoveries from the environment's own message.</param>
/// <param name="diagnosed">Share of recoveries from a diagnostic.</param>
internal sealed class DemonstrationMix(double recovery, double diagnosed = 0)
{
    /// <summary>The kind of the demonstration at a place of the stream, and its number among those of its kind (happy paths are numbered by place).</summary>
    public (DemonstrationKind Kind, long Number) At(long place)
    {
        var share = recovery + diagnosed;
        var recoveries = (long)Math.Floor(place * share);
        if (Math.Floor((place + 1) * share) <= recoveries)
            return (DemonstrationKind.HappyPath, place);
        var own = recovery / share;
        var before = (long)Math.Floor(recoveries * own);
        return Math.Floor((recoveries + 1) * own) > before
            ? (DemonstrationKind.Recovery, before)
            : (DemonstrationKind.DiagnosedRecovery, recoveries - before);
    }
}
