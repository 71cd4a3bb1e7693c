using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace FissionGrpo.Numerics.Machine;

/// <summary>
/// Native memory for floats with one owner: slices are borrowed, start on 64-byte lines, and die together with <see cref="Reset"/> or
/// <see cref="Dispose"/>. When the arena is full it grows by a further block (earlier slices stay where they are), and the next
/// <see cref="Reset"/> replaces the blocks by one of their total size; so a loop that repeats its sizes allocates nothing from its second round on.
/// Not safe for several threads.
/// </summary>
public sealed unsafe class TensorArena : IDisposable
{
    private const int LineFloats = 16;
    private const long HugePage = 2L << 20;
    private const long SmallestBlock = 16 << 10;

    // Every block ends with unused floats, because kernels may store whole vectors past the last row of a packed buffer.
    private const long SlackFloats = 64;

    private static int _liveCount;

    private readonly long _limit;
    private readonly List<Block> _blocks = [];
    private int _current;
    private long _used;
    private bool _disposed;

    /// <summary>Creates an arena.</summary>
    /// <param name="floats">Floats to reserve at once; 0 reserves nothing before the first <see cref="Take"/>.</param>
    /// <param name="limit">The most floats that the arena may reserve altogether.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative, or beyond the limit.</exception>
    public TensorArena(long floats = 0, long limit = long.MaxValue / (2 * sizeof(float)))
    {
        ArgumentOutOfRangeException.ThrowIfNegative(floats);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(floats, limit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, long.MaxValue / (2 * sizeof(float)));
        _limit = limit;
        if (floats > 0)
            _blocks.Add(Block.Allocate(floats));
        Interlocked.Increment(ref _liveCount);
    }

    /// <summary>Arenas that were created and not disposed, in the whole process. Zero at the end of a test, or something leaks.</summary>
    public static int LiveCount => Volatile.Read(ref _liveCount);

    /// <summary>Floats reserved from the system.</summary>
    public long Capacity
    {
        get
        {
            var sum = 0L;
            foreach (var block in _blocks)
                sum += block.Floats;
            return sum;
        }
    }

    /// <summary>Borrows floats; their content is undefined.</summary>
    /// <param name="count">How many, at most <see cref="int.MaxValue"/> (larger: <see cref="TakePointer"/>).</param>
    public Span<float> Take(long count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, int.MaxValue);
        return new(TakePointer(count), (int)count);
    }

    /// <summary>Borrows floats by address, 64-byte aligned; their content is undefined.</summary>
    /// <exception cref="InsufficientMemoryException">The arena's limit refuses.</exception>
    /// <exception cref="OutOfMemoryException">The system refuses.</exception>
    public float* TakePointer(long count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _limit);
        var padded = (count + LineFloats - 1) & ~(long)(LineFloats - 1);
        while (_current < _blocks.Count)
        {
            var block = _blocks[_current];
            if (padded <= block.Floats - _used)
            {
                var result = block.Start + _used;
                _used += padded;
                return result;
            }
            if (_current + 1 == _blocks.Count)
                break;
            _current++;
            _used = 0;
        }
        var capacity = Capacity;
        if (padded > _limit - capacity)
            ThrowFull(count, capacity);
        var grow = Math.Min(Math.Max(padded, Math.Max(capacity / 2, SmallestBlock)), Math.Max(padded, _limit - capacity));
        _blocks.Add(Block.Allocate(grow));
        _current = _blocks.Count - 1;
        _used = padded;
        return _blocks[_current].Start;
    }

    /// <summary>Borrows floats by address, set to zero.</summary>
    public float* TakeZeroed(long count)
    {
        var result = TakePointer(count);
        NativeMemory.Clear(result, (nuint)count * sizeof(float));
        return result;
    }

    /// <summary>Borrows memory for 32-bit integers.</summary>
    public int* TakeInts(long count) => (int*)TakePointer(count);

    /// <summary>Where the arena stands now, for <see cref="Release"/>.</summary>
    public ArenaMark Mark() => new(_current, _used);

    /// <summary>Gives back everything borrowed since the mark was taken.</summary>
    /// <exception cref="ArgumentException">The arena stands before the mark.</exception>
    public void Release(ArenaMark mark)
    {
        if (mark.Block > _current || (mark.Block == _current && mark.Used > _used))
            throw new ArgumentException("The mark lies beyond what is borrowed: it is from another arena or from before a Reset.", nameof(mark));
        _current = mark.Block;
        _used = mark.Used;
    }

    /// <summary>Gives back everything borrowed, and joins the blocks that growth has left.</summary>
    /// <param name="expected">Floats that will be borrowed next, as far as known: they are reserved in one piece now. Memory that is reserved and never written costs addresses only (on Windows it counts against the commit limit).</param>
    public void Reset(long expected = 0)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var capacity = Capacity;
        if (_blocks.Count > 1 || capacity < expected)
        {
            // Half as much again, because every new block is cleared by the system when it is first written, and loops grow little by little.
            var wanted = capacity >= expected ? capacity : Math.Max(expected, capacity + (capacity / 2));
            FreeBlocks();
            _blocks.Add(Block.Allocate(Math.Min(wanted, _limit)));
        }
        _current = 0;
        _used = 0;
    }

    /// <summary>Frees the memory. All slices are invalid afterwards.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        FreeBlocks();
        Interlocked.Decrement(ref _liveCount);
    }

    private void FreeBlocks()
    {
        foreach (var block in _blocks)
            NativeMemory.AlignedFree(block.Start);
        _blocks.Clear();
    }

    [DoesNotReturn]
    private void ThrowFull(long count, long capacity) =>
        throw new InsufficientMemoryException($"The arena holds {capacity:N0} floats, and {count:N0} more exceed its limit of {_limit:N0}.");

    private readonly struct Block(float* start, long floats)
    {
        public readonly float* Start = start;
        public readonly long Floats = floats;

        public static Block Allocate(long floats)
        {
            floats = (floats + LineFloats - 1) & ~(long)(LineFloats - 1);
            var bytes = checked((floats + SlackFloats) * sizeof(float));
            var huge = bytes >= HugePage;
            if (huge)
                bytes = (bytes + HugePage - 1) & ~(HugePage - 1);
            var start = (float*)NativeMemory.AlignedAlloc((nuint)bytes, huge ? (nuint)HugePage : 64);
            if (huge)
                PageAdvice.PreferHugePages(start, (nuint)bytes);
            return new(start, floats);
        }
    }
}

/// <summary>A place in a <see cref="TensorArena"/>.</summary>
public readonly record struct ArenaMark(int Block, long Used);

/// <summary>Asks Linux for 2 MiB pages (usual setting "madvise": without the call a process gets none; measured gain 2-6 % of GEMM). Elsewhere nothing happens.</summary>
internal static unsafe partial class PageAdvice
{
    private const int HugePageAdvice = 14; // MADV_HUGEPAGE

    public static void PreferHugePages(void* start, nuint bytes)
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = Advise((nint)start, bytes, HugePageAdvice); // advice only: a refusal changes nothing but speed
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nint start, nuint bytes, int advice);
}
