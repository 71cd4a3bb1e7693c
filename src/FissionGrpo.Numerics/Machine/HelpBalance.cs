using System.Diagnostics;

namespace FissionGrpo.Numerics.Machine;

/// <summary>
/// Whether helpers gain the caller time. They take items off its hands, and they cost it the wait for an item that was begun on a processor which has since gone
/// to another program. Kept by the caller, over some milliseconds of rounds at a time; where the gain is too small the helpers pause, longer each time.
/// </summary>
internal struct HelpBalance
{
    // Counted against what helpers cost beyond waiting: smaller items, and values that travel between caches.
    private const double LeastGain = 0.15;

    private static readonly long Period = Ticks(10);
    private static readonly long ShortestPause = Ticks(20);
    private static readonly long LongestPause = Ticks(2560);

    private double _gain;
    private long _spent;
    private long _pause;

    /// <summary>Counts a round.</summary>
    /// <param name="items">Items of the round.</param>
    /// <param name="own">How many of them the caller has done.</param>
    /// <param name="working">Timer ticks in which it did them.</param>
    /// <param name="waiting">Ticks in which it waited for the others.</param>
    /// <returns>For how many ticks helpers had better pause from now on; 0 to go on.</returns>
    public long Add(int items, int own, long working, long waiting)
    {
        if (own == 0)
            return 0; // nobody knows what the items would have taken
        _gain += ((double)working * (items - own) / own) - waiting;
        _spent += working + waiting;
        if (_spent < Period)
            return 0;
        _pause = _gain >= LeastGain * _spent ? 0 : Math.Clamp(2 * _pause, ShortestPause, LongestPause);
        (_gain, _spent) = (0, 0);
        return _pause;
    }

    private static long Ticks(long milliseconds) => milliseconds * Stopwatch.Frequency / 1000;
}
