using System.Numerics;
using System.Runtime.InteropServices;

namespace FissionGrpo.Numerics.Machine;

/// <summary>
/// Where the calling thread runs, and two wishes that Linux grants without privileges: to go elsewhere, and to take short turns beside others. On other systems,
/// and where a container refuses, nobody knows the place and no wish is granted.
/// </summary>
internal static unsafe partial class ProcessorPlace
{
    /// <summary>The place of a thread that nobody knows.</summary>
    public const int Unknown = -1;

    /// <summary>Words of 64 processors in a mask; more processors than 8,192 are refused by the system, which then grants no wish.</summary>
    public const int MaskWords = 128;

    private const int TurnNanoseconds = 100_000;

    private static readonly bool Supported = Probe();

    /// <summary>The processor that the caller runs on at this moment, or <see cref="Unknown"/>.</summary>
    public static int Current() => Supported ? GetProcessor() : Unknown;

    /// <summary>
    /// Moves the calling thread to another of the processors that it may use. Nothing stays pinned: the mask is narrowed for a moment, which makes the system
    /// migrate the thread at once, and then set back. What another program sets for this thread within those microseconds is lost.
    /// </summary>
    /// <param name="taken">Processors not to go to.</param>
    /// <returns>Whether it runs elsewhere now. False when there is no other place, or when the system refuses.</returns>
    public static bool LeaveFor(ReadOnlySpan<int> taken)
    {
        if (!Supported)
            return false;
        Span<ulong> allowed = stackalloc ulong[MaskWords];
        Span<ulong> wanted = stackalloc ulong[MaskWords];
        fixed (ulong* before = allowed, during = wanted)
        {
            if (GetAffinity(0, MaskWords * sizeof(ulong), before) != 0 || !Without(allowed, taken, wanted) || SetAffinity(0, MaskWords * sizeof(ulong), during) != 0)
                return false;
            Restore(allowed, before);
        }
        return !taken.Contains(Current());
    }

    /// <summary>Moves the calling thread to a certain processor, as <see cref="LeaveFor"/> does.</summary>
    /// <returns>Whether it runs there now.</returns>
    public static bool GoTo(int processor)
    {
        if (!Supported || processor is < 0 or >= 64 * MaskWords)
            return false;
        Span<ulong> allowed = stackalloc ulong[MaskWords];
        Span<ulong> wanted = stackalloc ulong[MaskWords];
        wanted.Clear();
        wanted[processor / 64] = 1ul << (processor % 64);
        fixed (ulong* before = allowed, during = wanted)
        {
            if (GetAffinity(0, MaskWords * sizeof(ulong), before) != 0 || (allowed[processor / 64] & wanted[processor / 64]) == 0 || SetAffinity(0, MaskWords * sizeof(ulong), during) != 0)
                return false;
            Restore(allowed, before);
        }
        return Current() == processor;
    }

    /// <summary>How often the calling thread has lost its processor to another thread; 0 when nobody knows.</summary>
    public static long Interruptions()
    {
        const int ThisThread = 1;
        var usage = new ResourceUsage();
        return Supported && Environment.Is64BitProcess && GetResourceUsage(ThisThread, &usage) == 0 ? usage.Interruptions : 0;
    }

    /// <summary>The processors of a mask that are not taken; false when none is left.</summary>
    internal static bool Without(ReadOnlySpan<ulong> allowed, ReadOnlySpan<int> taken, Span<ulong> rest)
    {
        allowed.CopyTo(rest);
        foreach (var processor in taken)
        {
            if (processor >= 0 && processor / 64 < rest.Length)
                rest[processor / 64] &= ~(1ul << (processor % 64));
        }
        return rest.ContainsAnyExcept(0ul);
    }

    /// <summary>The processors that the calling thread may use, as a mask; empty when nobody knows.</summary>
    internal static ulong[] Allowed()
    {
        var mask = new ulong[MaskWords];
        fixed (ulong* words = mask)
            return Supported && GetAffinity(0, MaskWords * sizeof(ulong), words) == 0 ? mask : [];
    }

    /// <summary>
    /// Asks for turns of 0.1 ms instead of some milliseconds for the calling thread: its share of a processor stays the same, but a turn that it gives away
    /// (<see cref="Thread.Yield"/>) costs it next to nothing, while Linux otherwise charges the whole turn from 6.18 on.
    /// </summary>
    /// <returns>Whether that was granted. Systems before 6.12 grant it and take no notice; there a turn given away costs nothing anyway.</returns>
    public static bool TakeShortTurns()
    {
        const int OrdinaryPolicy = 0;
        const int BatchPolicy = 3;
        var (get, set) = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => (315, 314),
            Architecture.Arm64 => (275, 274),
            _ => (0, 0),
        };
        if (!Supported || get == 0)
            return false;
        var attributes = new SchedulingAttributes();
        if (SystemCall(get, 0, &attributes, sizeof(SchedulingAttributes), 0) != 0 || attributes.Policy is not (OrdinaryPolicy or BatchPolicy))
            return false;
        attributes.Turn = TurnNanoseconds;
        return SystemCall(set, 0, &attributes, 0, 0) == 0;
    }

    // A container's processors may have changed meanwhile; a mask of none that are left is refused. Then all that there are, rather than staying narrowed.
    private static void Restore(Span<ulong> mask, ulong* words)
    {
        if (SetAffinity(0, MaskWords * sizeof(ulong), words) == 0)
            return;
        mask.Fill(ulong.MaxValue);
        _ = SetAffinity(0, MaskWords * sizeof(ulong), words);
    }

    private static bool Probe()
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            return GetProcessor() >= 0;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_getcpu")]
    [SuppressGCTransition] // some nanoseconds, and once a round
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetProcessor();

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetAffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetAffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "getrusage")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetResourceUsage(int who, ResourceUsage* usage);

    // sched_getattr and sched_setattr have no function of their own in most C libraries.
    [LibraryImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SystemCall(nint number, nint thread, SchedulingAttributes* attributes, nint third, nint fourth);

    /// <summary>Linux's rusage: 18 words, the last of them the switches that the thread did not ask for.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 18 * sizeof(long))]
    private struct ResourceUsage
    {
        [FieldOffset(17 * sizeof(long))]
        public long Interruptions;
    }

    /// <summary>Linux's sched_attr, its first version.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SchedulingAttributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Turn;
        public ulong Deadline;
        public ulong Period;
    }
}
