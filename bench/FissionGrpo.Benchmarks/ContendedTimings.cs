using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using FissionGrpo.Benchmarks.Kernels;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Benchmarks;

/// <summary>
/// The same work on two threads and on one, in turn, where other programs compete for the cores: the ratio of each pair, its median and spread. Competitors are
/// this program once more, as <c>spin</c>: endless loops, each pinned to a core.
/// </summary>
internal static partial class ContendedTimings
{
    private const int Pairs = 9;

    /// <summary>Runs the work in every situation and prints what came of it. Affinities are set back at the end.</summary>
    public static async Task Run(string name, Func<TransformerPolicy, int, Task> work, Func<int, TransformerPolicy> create)
    {
        var cores = Allowed();
        if (cores.Count < 2)
        {
            Console.WriteLine($"{name} beside a competitor: needs two cores, left out");
            return;
        }
        var (first, second) = (cores[0], cores[1]);
        var situations = new (string Name, int[] Cores, int[] Loops)[]
        {
            ("two free cores", [first, second], []),
            ("two cores, an endless loop on the second", [first, second], [second]),
            ("two cores, an endless loop on the first", [first, second], [first]),
            ("two cores, an endless loop on each", [first, second], [first, second]),
            ("one free core", [first], []),
            ("one core and an endless loop on it", [first], [first]),
        };
        try
        {
            using var one = create(1);
            using var two = create(2);
            foreach (var situation in situations)
            {
                Pin(situation.Cores);
                var competitors = situation.Loops.Select(Competitor).ToArray();
                try
                {
                    Console.WriteLine($"{name}, {situation.Name}: {await Turns(one, two, work, competitors)}");
                }
                finally
                {
                    foreach (var competitor in competitors)
                    {
                        if (!competitor.HasExited)
                            competitor.Kill();
                        competitor.Dispose();
                    }
                }
            }
        }
        finally
        {
            Pin(cores);
        }
    }

    private static async Task<string> Turns(TransformerPolicy one, TransformerPolicy two, Func<TransformerPolicy, int, Task> work, Process[] competitors)
    {
        var (alone, both) = (new List<double>(), new List<double>());
        await work(one, 0);
        await work(two, 0);
        var (started, before) = (Stopwatch.GetTimestamp(), Time(competitors));
        for (var round = 1; round <= Pairs; round++)
        {
            alone.Add(await Seconds(one, round));
            both.Add(await Seconds(two, round));
        }
        var ratios = both.Zip(alone, (b, a) => b / a).Order().ToList();
        var share = competitors.Length == 0 ? "" : $"; the loops got {(Time(competitors) - before) / Stopwatch.GetElapsedTime(started) / competitors.Length:P0} of their cores";
        return $"{Measure.Median(both) * 1000:N1} ms on 2 threads, {Measure.Median(alone) * 1000:N1} on 1; pairs x {ratios[Pairs / 2]:N3}, the middle {Pairs - 2} of {Pairs} {ratios[1]:N3} to {ratios[^2]:N3}{share}";

        async Task<double> Seconds(TransformerPolicy policy, int round)
        {
            var watch = Stopwatch.StartNew();
            await work(policy, round);
            return watch.Elapsed.TotalSeconds;
        }
    }

    private static TimeSpan Time(Process[] competitors)
    {
        var sum = TimeSpan.Zero;
        foreach (var competitor in competitors)
        {
            competitor.Refresh();
            if (competitor.HasExited)
                throw new InvalidOperationException($"the competing program has ended with exit code {competitor.ExitCode}: there is no figure");
            sum += competitor.TotalProcessorTime;
        }
        return sum;
    }

    /// <summary>Started as <c>dotnet X.dll</c>, this program's process is the host, which must be told the program.</summary>
    private static Process Competitor(int core)
    {
        var program = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        var process = Process.Start(new ProcessStartInfo(program, isHost ? [typeof(EngineTimings).Assembly.Location, "spin"] : ["spin"]))!;
        Thread.Sleep(500); // until its threads exist
        Pin([core], process.Id);
        return process;
    }

    private static unsafe List<int> Allowed()
    {
        var mask = stackalloc ulong[16];
        return SchedGetAffinity(0, 128, mask) < 0 ? [] : [.. Enumerable.Range(0, 1024).Where(core => (mask[core / 64] >> (core % 64) & 1) != 0)];
    }

    /// <summary>Confines every thread of a process (0: of this one) to some cores; those that it starts later inherit that.</summary>
    private static unsafe void Pin(IEnumerable<int> cores, int process = 0)
    {
        var mask = stackalloc ulong[16];
        for (var i = 0; i < 16; i++)
            mask[i] = 0;
        foreach (var core in cores)
            mask[core / 64] |= 1ul << (core % 64);
        foreach (var task in Directory.GetDirectories(process == 0 ? "/proc/self/task" : $"/proc/{process}/task"))
            _ = SchedSetAffinity(int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture), 128, mask);
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int SchedSetAffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int SchedGetAffinity(int thread, nuint bytes, ulong* mask);
}
