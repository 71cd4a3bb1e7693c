using System.Diagnostics;
using System.Globalization;
using FissionGrpo.Environments.Tau;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Environments.Tau2;
using FissionGrpo.Environments.Tau2.Tasks;

namespace FissionGrpo.Benchmarks;

/// <summary>
/// <c>-- tau TAU_DATA TAU2_DATA</c>: the work that was timed of the Python originals (all ground-truth calls of the test tasks, set-up, scoring),
/// and what only we have: forks, and ten thousand live environments. One thread, processor time, median of five.
/// </summary>
internal static class TauSpeed
{
    private const int LiveEnvironments = 10_000;

    /// <summary>Enough for the runtime to have compiled everything for good.</summary>
    private const int CallsPerRound = 300_000;

    public static int Run(string tauData, string tau2Data)
    {
        // Calls per second, milliseconds of set-up and of scoring: processor time of CPython 3.11 on another two cores.
        Tau("retail", tauData, 12_154, 34.8, 314);
        Tau("airline", tauData, 13_160, 77.1, 734);
        Tau2("retail", tau2Data, 5_174, 197.5, 460);
        Tau2("airline", tau2Data, 4_364, 377.4, 1_253);
        Tau2("telecom", tau2Data, 17_398, 6.4, 11);
        return 0;
    }

    private static void Tau(string name, string data, double calls, double setUp, double score)
    {
        var domain = TauDomain.Load(data, name);
        var tasks = domain.Tasks("test").Select(task => task with { StepLimit = int.MaxValue }).ToArray();
        var finished = tasks.Select(Play).ToArray();
        Console.WriteLine($"TAU {name}, {tasks.Length} tasks, {tasks.Sum(task => task.Actions.Length)} calls");
        Row("tool call", Median(CallsPerRound / tasks.Sum(task => task.Actions.Length), () => Array.ForEach(tasks, task => Play(task))) / tasks.Sum(task => task.Actions.Length), 1e6 / calls);
        Row("set-up of an environment", Median(100_000, () => tasks[0].Start()), setUp * 1000);
        Row("score, ground truth replayed", Median(100, () => Array.ForEach(finished, f => f.State.HasSameHashAs(TauTask.Replay(domain, f.Task.Actions)))) / tasks.Length, score * 1000);
        Row("score", Median(1000, () => Array.ForEach(finished, f => f.Score())) / tasks.Length, score * 1000);
        var longest = finished.MaxBy(f => f.State.ChangedRecords)!;
        Row($"fork after {longest.State.ChangedRecords} changed records", Median(100_000, () => longest.Fork()), null);
        Live(() => Enumerable.Range(0, LiveEnvironments).Select(i => (object)Play(tasks[i % tasks.Length])).ToArray());

        static TauEnvironment Play(TauTask task)
        {
            var environment = (TauEnvironment)task.Start();
            foreach (var call in task.Actions)
                environment.Execute(call);
            return environment;
        }
    }

    private static void Tau2(string name, string data, double calls, double setUp, double score)
    {
        var domain = Tau2Domain.Load(data, name);
        var tasks = domain.Tasks("base").Select(task => task with { StepLimit = int.MaxValue, ErrorLimit = int.MaxValue }).ToArray();
        var finished = tasks.Select(Play).ToArray();
        Console.WriteLine($"TAU2 {name}, {tasks.Length} tasks, {tasks.Sum(task => task.Gold.Length)} calls");
        Row("tool call with synchronisation", Median(CallsPerRound / tasks.Sum(task => task.Gold.Length), () => Array.ForEach(tasks, task => Play(task))) / tasks.Sum(task => task.Gold.Length), 1e6 / calls);
        Row("set-up of an environment", Median(100_000, () => tasks[0].Start()), setUp * 1000);
        Row("set-up, scene played anew", Median(200, () => Array.ForEach(tasks, task => domain.NewWorld(task))) / tasks.Length, setUp * 1000);
        Row("score", Median(300, () => Array.ForEach(finished, f => f.Score())) / tasks.Length, score * 1000);
        Row("fork", Median(100_000, () => finished[^1].Fork()), null);
        Live(() => Enumerable.Range(0, LiveEnvironments).Select(i => (object)Play(tasks[i % tasks.Length])).ToArray());

        static Tau2Environment Play(Tau2Task task)
        {
            var environment = (Tau2Environment)task.Start();
            foreach (var action in task.Gold)
                environment.Execute(action.Side, action.Call);
            return environment;
        }
    }

    /// <summary>Microseconds of processor time per repetition, after as many to warm up.</summary>
    private static double Median(int repetitions, Action work)
    {
        for (var i = 0; i < repetitions; i++)
            work();
        var rounds = new double[5];
        for (var round = 0; round < rounds.Length; round++)
        {
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            for (var i = 0; i < repetitions; i++)
                work();
            rounds[round] = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMicroseconds / repetitions;
        }
        Array.Sort(rounds);
        return rounds[2];
    }

    private static void Row(string what, double microseconds, double? original)
    {
        var gain = original is { } python ? string.Create(CultureInfo.InvariantCulture, $"   original {python:N0} us, {python / microseconds:N0} x") : "";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {what,-32} {microseconds,8:F3} us{gain}"));
    }

    private static void Live(Func<object[]> make)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var environments = make();
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(environments);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {LiveEnvironments:N0} live environments, each after its ground truth: {bytes / 1048576.0:F0} MiB"));
    }
}
