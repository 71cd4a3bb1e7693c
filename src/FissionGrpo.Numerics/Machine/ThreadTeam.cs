using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace FissionGrpo.Numerics.Machine;

/// <summary>
/// The threads that all arithmetic runs on. <see cref="Run{TKernel}(int, TKernel)"/> hands out items one by one to the caller and the helpers, and returns
/// when all are done. The caller never waits for a helper that has not begun, so a core lost to another program costs speed but never
/// more than the item in flight there. Helpers spin while work keeps coming, then yield, then sleep. Where they run beside others, and when they step
/// aside, is in <c>ThreadTeam.Places.cs</c>.
/// One caller at a time; a call from inside an item throws.
/// </summary>
public sealed unsafe partial class ThreadTeam : IDisposable
{
    private const int SpinsBeforeYield = 200;
    private static readonly long AwakeWithoutWork = Stopwatch.Frequency / 1000;

    private readonly Thread[] _helpers;
    private readonly WorkerMemory[] _memory;
    private readonly ThreadTeam[] _alone;
    private readonly object _parking = new();

    // One round of work. Written by the caller while no helper is inside, read by helpers that have counted themselves in and seen _open.
    private delegate*<void*, int, int, void> _invoke;
    private void* _kernel;
    private int _items;
    private int _grain;
    private Exception? _failure;

    private PaddedInt _next;
    private PaddedInt _inside;
    private PaddedInt _round;
    private PaddedInt _open;
    private int _parked;
    private int _running;
    private volatile bool _stopping;

    /// <summary>Starts the helpers: one thread fewer than asked for, because the caller works too.</summary>
    /// <param name="threads">1 to 512; 1 runs everything inline.</param>
    public ThreadTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, 512);
        Threads = threads;
        _memory = new WorkerMemory[threads + 1];
        for (var i = 0; i <= threads; i++)
            _memory[i] = new();
        _alone = new ThreadTeam[threads == 1 ? 0 : threads];
        for (var i = 0; i < _alone.Length; i++)
            _alone[i] = new(1);
        _places = new Place[threads];
        _places.AsSpan().Fill(new() { Processor = ProcessorPlace.Unknown });
        _helpers = new Thread[threads - 1];
        for (var i = 0; i < _helpers.Length; i++)
        {
            var worker = i + 1;
            _helpers[i] = new(() => Help(worker)) { IsBackground = true, Name = $"numerics {worker}" };
            _helpers[i].Start();
        }
    }

    /// <summary>How many threads work, the caller included.</summary>
    public int Threads { get; }

    /// <summary>How many of them take part at this moment: fewer while helpers step aside. Work may be cut by it, for speed; no result may depend on it.</summary>
    public int AtWork => Threads - Volatile.Read(ref _aside.Value);

    /// <summary>What is read after the products that the team computes.</summary>
    public ReadAhead ReadAhead { get; } = new();

    /// <summary>Helpers that sleep because there was nothing to do.</summary>
    internal int SleepingHelpers => Volatile.Read(ref _parked);

    /// <summary>Runs <c>kernel.Invoke(i)</c> for every i from 0 to <paramref name="items"/> − 1.</summary>
    /// <remarks>The first exception of an item ends the round and is thrown here as it was, after the items in flight have ended.</remarks>
    public void Run<TKernel>(int items, TKernel kernel)
        where TKernel : struct, IRowKernel
    {
        if (Threads == 1 || items <= 1)
        {
            for (var i = 0; i < items; i++)
                kernel.Invoke(i);
            return;
        }
        if (Enter() == 1)
            RunHere(items, kernel);
        else
            Share(items, 1, Unsafe.AsPointer(ref kernel), &Row<TKernel>);
    }

    /// <summary>As <see cref="Run{TKernel}(int, TKernel)"/>; items are handed out <paramref name="grain"/> at a time, for items of less than some microseconds.</summary>
    public void Run<TKernel>(int items, int grain, TKernel kernel)
        where TKernel : struct, IRowKernel
    {
        if (Threads == 1 || items <= grain)
        {
            for (var i = 0; i < items; i++)
                kernel.Invoke(i);
            return;
        }
        if (Enter() == 1)
            RunHere(items, kernel);
        else
            Share(items, Math.Max(1, grain), Unsafe.AsPointer(ref kernel), &Row<TKernel>);
    }

    /// <summary>Runs <c>kernel.Invoke(i, worker)</c> for every i from 0 to <paramref name="items"/> − 1.</summary>
    public void RunTiles<TKernel>(int items, TKernel kernel)
        where TKernel : struct, ITileKernel
    {
        if (Threads == 1 || items <= 1)
        {
            for (var i = 0; i < items; i++)
                kernel.Invoke(i, 0);
            return;
        }
        if (Enter() == 1)
            RunTilesHere(items, kernel);
        else
            Share(items, 1, Unsafe.AsPointer(ref kernel), &Tile<TKernel>);
    }

    /// <summary>Memory of one worker, 64-byte aligned, kept between calls and grown when needed. Valid until the same worker asks again; its content does not outlive the item.</summary>
    public float* Scratch(int worker, long floats) => _memory[worker].Take(floats);

    /// <summary>Memory for the caller of a round, apart from that of the workers; for partial sums. Valid until it is asked for again.</summary>
    public float* SharedScratch(long floats) => _memory[Threads].Take(floats);

    /// <summary>
    /// A team of one for use inside an item of <see cref="RunTiles"/>: what it runs, the worker runs itself, with scratch memory that is not the item's
    /// (unless the team has but one thread, whose items must not hold scratch memory across such a call).
    /// </summary>
    public ThreadTeam Alone(int worker) => Threads == 1 ? this : _alone[worker];

    /// <summary>Ends the helpers and frees their memory.</summary>
    public void Dispose()
    {
        if (_stopping)
            return;
        _stopping = true;
        lock (_parking)
            Monitor.PulseAll(_parking);
        lock (_sidelines)
            Monitor.PulseAll(_sidelines);
        foreach (var helper in _helpers)
            helper.Join();
        foreach (var memory in _memory)
            memory.Dispose();
        foreach (var alone in _alone)
            alone.Dispose();
    }

    private static void Row<TKernel>(void* kernel, int item, int worker)
        where TKernel : struct, IRowKernel => Unsafe.AsRef<TKernel>(kernel).Invoke(item);

    private static void Tile<TKernel>(void* kernel, int item, int worker)
        where TKernel : struct, ITileKernel => Unsafe.AsRef<TKernel>(kernel).Invoke(item, worker);

    // Begins a round; returns how many take part.
    private int Enter()
    {
        ObjectDisposedException.ThrowIf(_stopping, this);
        if (Interlocked.Exchange(ref _running, 1) != 0)
            throw new InvalidOperationException("The team is at work: one caller at a time, and no item may call the team.");
        Volatile.Write(ref _places[0].Processor, ProcessorPlace.Current());
        return AtWork;
    }

    // A round while all helpers are aside; they see by the number that there is work.
    private void RunHere<TKernel>(int items, TKernel kernel)
        where TKernel : struct, IRowKernel
    {
        Interlocked.Increment(ref _round.Value);
        try
        {
            for (var i = 0; i < items; i++)
                kernel.Invoke(i);
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private void RunTilesHere<TKernel>(int items, TKernel kernel)
        where TKernel : struct, ITileKernel
    {
        Interlocked.Increment(ref _round.Value);
        try
        {
            for (var i = 0; i < items; i++)
                kernel.Invoke(i, 0);
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    // `kernel` is the address of a local of the caller. Stacks do not move, and the collector sees the references in it through the caller's frame.
    private void Share(int items, int grain, void* kernel, delegate*<void*, int, int, void> invoke)
    {
        _invoke = invoke;
        _kernel = kernel;
        _items = items;
        _grain = grain;
        _next.Value = 0;
        Volatile.Write(ref _open.Value, 1);
        Interlocked.Increment(ref _round.Value);
        if (Volatile.Read(ref _parked) > 0)
        {
            lock (_parking)
                Monitor.PulseAll(_parking);
        }
        var begun = Stopwatch.GetTimestamp();
        Work(0, out var own);
        Interlocked.Exchange(ref _open.Value, 0);
        var worked = Stopwatch.GetTimestamp();
        for (var spins = 0; Volatile.Read(ref _inside.Value) != 0; spins++)
            Pause(spins);
        var ended = Stopwatch.GetTimestamp();
        var pause = _balance.Add(items, own, worked - begun, ended - worked);
        if (pause > 0)
            Volatile.Write(ref _pauseEnd, ended + pause);
        TakeBetterPlace(ended);
        var failure = _failure;
        _failure = null;
        Volatile.Write(ref _running, 0);
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Claims and does items until there are none left, or until a helper should look around.</summary>
    /// <returns>Whether none are left.</returns>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1031", Justification = "The exception is handed to the caller, who rethrows it.")]
    private bool Work(int worker, out int done)
    {
        done = 0;
        try
        {
            while (worker == 0 || !ShouldLookAround(worker))
            {
                var end = Interlocked.Add(ref _next.Value, _grain);
                var item = end - _grain;
                if (item >= _items || item < 0)
                    return true;
                var last = Math.Min(end, _items);
                done += last - item;
                for (; item < last; item++)
                    _invoke(_kernel, item, worker);
            }
            return false;
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
            Interlocked.Exchange(ref _next.Value, _items); // no further items
            return true;
        }
    }

    private void Help(int worker)
    {
        _places[worker].GivesWay = ProcessorPlace.TakeShortTurns();
        var seen = 0;
        while (Await(worker, ref seen))
        {
            for (var ended = false; !ended;)
            {
                if (ShouldLookAround(worker))
                    LookAround(worker);
                Interlocked.Increment(ref _inside.Value);
                ended = Volatile.Read(ref _open.Value) == 0 || Work(worker, out _);
                Interlocked.Decrement(ref _inside.Value);
            }
        }
    }

    private bool Await(int worker, ref int seen)
    {
        var idleSince = 0L;
        for (var spins = 0; ; spins++)
        {
            var round = Volatile.Read(ref _round.Value);
            if (round != seen)
            {
                seen = round;
                return true;
            }
            if (_stopping)
                return false;
            Pause(spins);
            if (spins % 64 != 63)
                continue;
            var now = Stopwatch.GetTimestamp();
            if (idleSince == 0)
                idleSince = now;
            if (now - idleSince <= AwakeWithoutWork)
                continue;
            Volatile.Write(ref _places[worker].Processor, ProcessorPlace.Unknown);
            Park(seen);
            idleSince = 0;
            spins = 0;
        }
    }

    private void Park(int seen)
    {
        lock (_parking)
        {
            Interlocked.Increment(ref _parked);
            while (Volatile.Read(ref _round.Value) == seen && !_stopping)
                Monitor.Wait(_parking);
            Interlocked.Decrement(ref _parked);
        }
    }

    private static void Pause(int spins)
    {
        if (spins < SpinsBeforeYield)
            Thread.SpinWait(8);
        else
            Thread.Yield();
    }

    /// <summary>A counter alone on its cache lines.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct PaddedInt
    {
        [FieldOffset(128)]
        public int Value;
    }

    private sealed class WorkerMemory : IDisposable
    {
        private const long HugePage = 2L << 20;
        private const long SlackBytes = 4096;

        private float* _start;
        private long _floats;

        public float* Take(long floats)
        {
            if (floats > _floats)
            {
                // Half as much again, because a context that grows by a token a step would otherwise reserve anew at every step.
                var wanted = checked(Math.Max(floats, _floats + (_floats / 2)) * sizeof(float));
                Dispose();
                var bytes = (wanted + SlackBytes + HugePage - 1) & ~(HugePage - 1);
                _start = (float*)NativeMemory.AlignedAlloc((nuint)bytes, (nuint)HugePage);
                PageAdvice.PreferHugePages(_start, (nuint)bytes);
                _floats = (bytes - SlackBytes) / sizeof(float);
            }
            return _start;
        }

        public void Dispose()
        {
            if (_start is not null)
                NativeMemory.AlignedFree(_start);
            _start = null;
            _floats = 0;
        }
    }
}
