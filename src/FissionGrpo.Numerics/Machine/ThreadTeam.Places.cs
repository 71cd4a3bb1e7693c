using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FissionGrpo.Numerics.Machine;

/// <summary>
/// Helpers beside other programs. A helper looks around three times a millisecond, always between two items, so that no item waits meanwhile. It gives way to whoever
/// waits for its processor: interrupted within an item it would keep the caller waiting for several milliseconds. On the processor of another member of the
/// team, where the two would only take each other's time and cache, it goes elsewhere: Linux leaves two threads together when a third keeps the
/// other processor busy. When there is no other place, or when helpers cost the caller more time than they gain, they step aside and the caller works alone.
/// </summary>
public sealed unsafe partial class ThreadTeam
{
    private static readonly long LookEvery = Stopwatch.Frequency * 3 / 10_000;
    private static readonly long CountEvery = Stopwatch.Frequency * 16 / 1000;
    private static readonly TimeSpan AsideAtATime = TimeSpan.FromMilliseconds(10);

    private readonly object _sidelines = new();
    private readonly Place[] _places;
    private HelpBalance _balance;
    private PaddedInt _aside;
    private long _pauseEnd;

    /// <summary>Helpers that have stepped aside.</summary>
    internal int HelpersAside => Volatile.Read(ref _aside.Value);

    private bool ShouldLookAround(int worker) => Stopwatch.GetTimestamp() - _places[worker].LookedAround > LookEvery;

    private void LookAround(int worker)
    {
        ref var place = ref _places[worker];
        if (place.GivesWay)
            Thread.Yield();
        if (Stopwatch.GetTimestamp() < Volatile.Read(ref _pauseEnd) || !HasPlace(worker))
            StepAside(worker);
        place.LookedAround = Stopwatch.GetTimestamp();
        _ = CountInterruptions(ref place, place.LookedAround);
    }

    /// <summary>Whether the calling helper has a processor that no member before it is on, after it has moved if need be.</summary>
    private bool HasPlace(int worker)
    {
        ref var place = ref _places[worker].Processor;
        var processor = ProcessorPlace.Current();
        Volatile.Write(ref place, processor);
        if (processor == ProcessorPlace.Unknown)
            return true;
        Span<int> taken = stackalloc int[Threads];
        var shared = false;
        for (var member = 0; member < Threads; member++)
        {
            taken[member] = Volatile.Read(ref _places[member].Processor);
            shared |= member < worker && taken[member] == processor;
        }
        if (!shared)
            return true;
        if (!ProcessorPlace.LeaveFor(taken))
            return false;
        Volatile.Write(ref place, ProcessorPlace.Current());
        return true;
    }

    private void StepAside(int worker)
    {
        Interlocked.Increment(ref _aside.Value);
        lock (_sidelines)
        {
            int seen;
            do
            {
                Volatile.Write(ref _places[worker].Processor, ProcessorPlace.Unknown);
                seen = Volatile.Read(ref _round.Value);
                if (!_stopping)
                    Monitor.Wait(_sidelines, AsideAtATime);
            }
            while (!_stopping && Volatile.Read(ref _round.Value) != seen && (Stopwatch.GetTimestamp() < Volatile.Read(ref _pauseEnd) || !HasPlace(worker)));
        }
        Interlocked.Decrement(ref _aside.Value);
    }

    /// <summary>
    /// The caller goes to the processor of an undisturbed helper when others share its own, because every round begins and ends with the caller. The helper then finds
    /// itself another place.
    /// </summary>
    private void TakeBetterPlace(long now)
    {
        ref var own = ref _places[0];
        if (!CountInterruptions(ref own, now))
            return;
        for (var helper = 1; helper < Threads; helper++)
        {
            ref var other = ref _places[helper];
            var processor = Volatile.Read(ref other.Processor);
            var isElsewhere = processor != ProcessorPlace.Unknown && processor != own.Processor;
            var isUndisturbed = now - Volatile.Read(ref other.Counted) < 4 * CountEvery && own.Interruptions >= Math.Max(2, 4 * Volatile.Read(ref other.Interruptions));
            if (!isElsewhere || !isUndisturbed || !ProcessorPlace.GoTo(processor))
                continue;
            Volatile.Write(ref own.Processor, processor);
            return;
        }
    }

    /// <summary>Counts how often the calling thread was interrupted since it counted last; false when that is not due, or too long ago to say anything.</summary>
    private static bool CountInterruptions(ref Place place, long now)
    {
        if (now - place.Counted < CountEvery)
            return false;
        var sum = ProcessorPlace.Interruptions();
        Volatile.Write(ref place.Interruptions, (int)(sum - place.InterruptionsBefore));
        place.InterruptionsBefore = sum;
        var isRecent = now - place.Counted < 4 * CountEvery;
        Volatile.Write(ref place.Counted, now);
        return isRecent;
    }

    /// <summary>Where a member runs and how often it is disturbed there; on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Place
    {
        [FieldOffset(128)]
        public long LookedAround;

        [FieldOffset(136)]
        public long Counted;

        [FieldOffset(144)]
        public long InterruptionsBefore;

        [FieldOffset(152)]
        public int Interruptions;

        [FieldOffset(156)]
        public int Processor;

        [FieldOffset(160)]
        public bool GivesWay;
    }
}
