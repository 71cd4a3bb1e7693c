using System.Diagnostics;
using System.Runtime.InteropServices;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Benchmarks.Kernels;

/// <summary>
/// Timing for crowded machines: candidates take turns inside each round together with the peak probe, so that a change of the clock or a busy neighbour
/// meets all of them; one-thread work is timed in processor time of the thread, where Linux tells it, so that waiting for the core does not count.
/// </summary>
internal static unsafe partial class Measure
{
    private const double LeastSeconds = 0.002;

    private static float* _probe;

    /// <summary>True when <see cref="Now"/> is processor time of this thread.</summary>
    public static bool ProcessorTime { get; set; } = OperatingSystem.IsLinux();

    /// <summary>Median seconds of each candidate, and the median peak of one core in GFLOP/s over the same rounds.</summary>
    public static (double[] Seconds, double Peak) Interleaved(int rounds, params Action?[] candidates)
    {
        var times = candidates.Select(_ => new List<double>()).ToArray();
        var peaks = new List<double>();
        var repeats = new int[candidates.Length];
        for (var i = 0; i < candidates.Length; i++)
        {
            if (candidates[i] is not { } candidate)
                continue;
            candidate();
            var once = Time(candidate, 1);
            repeats[i] = (int)Math.Clamp(LeastSeconds / once, 1, 10_000);
        }
        for (var round = 0; round < rounds; round++)
        {
            peaks.Add(Peak());
            for (var i = 0; i < candidates.Length; i++)
            {
                if (candidates[i] is { } candidate)
                    times[i].Add(Time(candidate, repeats[i]));
            }
        }
        return (times.Select(Median).ToArray(), Median(peaks));
    }

    /// <summary>GFLOP/s of one core just now.</summary>
    public static double Peak()
    {
        var start = Now();
        var flops = MachineProbe.Burn(1 << 17);
        return flops / (Now() - start) / 1e9;
    }

    /// <summary>GB/s that one core reads just now from 256 MiB of memory.</summary>
    public static double ReadBandwidth()
    {
        const long Count = 64L << 20;
        if (_probe is null)
        {
            _probe = (float*)NativeMemory.AlignedAlloc((nuint)Count * sizeof(float), 1 << 21);
            NativeMemory.Clear(_probe, (nuint)Count * sizeof(float)); // pages that nobody has written are all the same one
        }
        var start = Now();
        MachineProbe.Sum(_probe, Count);
        return Count * sizeof(float) / (Now() - start) / 1e9;
    }

    public static double Median(List<double> values)
    {
        if (values.Count == 0)
            return double.NaN;
        return values.Order().ElementAt(values.Count / 2);
    }

    public static double GeometricMean(IEnumerable<double> values) => Math.Exp(values.Average(value => Math.Log(value)));

    private static double Time(Action work, int repeats)
    {
        var start = Now();
        for (var i = 0; i < repeats; i++)
            work();
        return Math.Max(1e-9, (Now() - start) / repeats);
    }

    private static double Now()
    {
        if (!ProcessorTime)
            return Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        TimeSpec time;
        _ = ClockGetTime(ThreadProcessorTime, &time);
        return time.Seconds + (time.Nanoseconds * 1e-9);
    }

    private const int ThreadProcessorTime = 3; // CLOCK_THREAD_CPUTIME_ID

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ClockGetTime(int clock, TimeSpec* time);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
