using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using FissionGrpo.Environments.Tau;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Episodes;

namespace FissionGrpo.Benchmarks;

/// <summary>
/// TAU-bench as the Python original was measured: the ground-truth calls of all test tasks, set-up, scoring; and what only we have, a fork.
/// The data folder is the environment variable FISSION_TAU_DATA (the layout of docs/tau.md).
/// </summary>
[MemoryDiagnoser]
[SimpleJob(RunStrategy.Throughput, launchCount: 1, warmupCount: 3, iterationCount: 5)]
public class TauBenchmarks
{
    private ImmutableArray<TauTask> _tasks;
    private TauEnvironment _played = null!;
    private TauEnvironment[] _finished = null!;

    [Params("retail", "airline")]
    public string Domain { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        var folder = Environment.GetEnvironmentVariable("FISSION_TAU_DATA") ?? throw new InvalidOperationException("set FISSION_TAU_DATA to the folder with the TAU-bench data");
        _tasks = [.. TauDomain.Load(folder, Domain).Tasks("test").Select(task => task with { StepLimit = int.MaxValue })];
        _finished = [.. _tasks.Select(Play)];
        _played = _finished.MaxBy(environment => environment.Task.Actions.Length)!;
        ToolCallsAlone();
    }

    /// <summary>All ground-truth calls of the test split, each task on its own database. Divide by the calls: retail 578, airline 154.</summary>
    [Benchmark]
    public int ToolCallsAlone()
    {
        var changed = 0;
        foreach (var task in _tasks)
            changed += Play(task).State.ChangedRecords;
        return changed;
    }

    [Benchmark]
    public IEnvironment Start() => _tasks[0].Start();

    [Benchmark]
    public int ScoreEveryTask()
    {
        var correct = 0;
        foreach (var environment in _finished)
            correct += environment.Score().Correct ? 1 : 0;
        return correct;
    }

    /// <summary>As <see cref="ScoreEveryTask"/>, with the ground truth replayed each time as the original does.</summary>
    [Benchmark]
    public int ScoreEveryTaskAnew()
    {
        var correct = 0;
        foreach (var environment in _finished)
            correct += environment.State.HasSameHashAs(TauTask.Replay(environment.Task.Domain, environment.Task.Actions)) ? 1 : 0;
        return correct;
    }

    [Benchmark]
    public IEnvironment Fork() => _played.Fork();

    [Benchmark]
    public StateDigest Digest() => _played.Digest();

    private static TauEnvironment Play(TauTask task)
    {
        var environment = (TauEnvironment)task.Start();
        foreach (var call in task.Actions)
            environment.Execute(call);
        return environment;
    }
}
