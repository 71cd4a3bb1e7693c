using System.Diagnostics;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Episodes;

namespace FissionGrpo.Benchmarks;

/// <summary>
/// The workload of the Python measurement on one thread: all ground-truth calls of the 800 official tasks, and the official checker over all 800 ground-truth
/// trajectories; then fork and memory. Needs the official data: <c>-- bfcl DATA</c>. Start states are forked from states loaded once,
/// which is how training uses them.
/// </summary>
internal static class BfclSpeed
{
    private const int Repetitions = 100;
    private const double PythonCallsPerSecond = 12_400;
    private const double PythonTrajectoriesPerSecond = 1_140;

    public static int Run(string folder)
    {
        var data = BfclData.Load(folder);
        foreach (var problem in data.Problems)
            _ = problem.Start;
        var trajectories = data.Problems.Select(p => BfclScoring.GroundTruth(data, p.Id)).ToArray();
        var calls = data.Problems.Sum(p => p.GroundTruth.Sum(t => t.Length));
        var characters = 0L;

        var executing = Best(() =>
        {
            foreach (var problem in data.Problems)
            {
                var world = problem.Start.ForkAs("bench_task");
                foreach (var turn in problem.GroundTruth)
                    foreach (var call in turn)
                        characters += world.ExecuteToText(call).Length;
            }
        });
        Console.WriteLine($"execute {calls} ground-truth calls: best {executing * 1e3:F2} ms, {calls / executing:N0} calls/s, {calls / executing / PythonCallsPerSecond:F0}x the original");

        foreach (var category in BfclData.Categories)
        {
            var problems = data.Problems.Where(p => p.Category == category).ToArray();
            var seconds = Best(() =>
            {
                foreach (var problem in problems)
                {
                    var world = problem.Start.ForkAs("bench_task");
                    foreach (var turn in problem.GroundTruth)
                        foreach (var call in turn)
                            characters += world.ExecuteToText(call).Length;
                }
            });
            Console.WriteLine($"  {category}: {problems.Sum(p => p.GroundTruth.Sum(t => t.Length)) / seconds:N0} calls/s");
        }

        var valid = 0;
        var checking = Best(() =>
        {
            valid = 0;
            for (var i = 0; i < trajectories.Length; i++)
                valid += BfclChecker.Check(data.Problems[i], trajectories[i], "bench").IsValid ? 1 : 0;
        });
        Console.WriteLine($"check {trajectories.Length} trajectories ({valid} valid): best {checking * 1e3:F2} ms, {trajectories.Length / checking:N0}/s, {trajectories.Length / checking / PythonTrajectoriesPerSecond:F0}x the original");

        var environments = data.Tasks.Select(t => t.Start()).ToArray();
        var forks = new IEnvironment[environments.Length];
        var forking = Best(() =>
        {
            for (var i = 0; i < environments.Length; i++)
                forks[i] = environments[i].Fork();
        });
        Console.WriteLine($"fork an environment: best {forking / environments.Length * 1e9:F0} ns");

        var before = GC.GetTotalMemory(forceFullCollection: true);
        var live = new IEnvironment[10_000];
        for (var i = 0; i < live.Length; i++)
        {
            var task = data.Tasks[i % data.Tasks.Length];
            live[i] = task.Start();
            live[i].NextUserTurnAsync("", default).AsTask().GetAwaiter().GetResult();
            // A changed state is a copied one: every ground-truth call of the first turn is played.
            foreach (var call in task.ExpectedCalls[0])
                live[i].Execute(call);
        }
        var memory = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine($"{live.Length:N0} live environments after a turn: {memory / 1048576.0:F0} MiB");
        GC.KeepAlive(live);
        GC.KeepAlive(forks);
        return characters > 0 && valid == trajectories.Length ? 0 : 1;
    }

    // Seconds; other work on the machine only ever makes a repetition slower.
    private static double Best(Action work)
    {
        // Until the code is optimised: that happens in the background, later on a busy machine.
        for (var warm = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(warm).TotalSeconds < 2;)
            work();
        var best = double.MaxValue;
        for (var i = 0; i < Repetitions; i++)
        {
            var start = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
