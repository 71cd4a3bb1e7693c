using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Testing;

namespace FissionGrpo.Training.Tests;

/// <summary>The toy world as a source of tasks: every second door is locked.</summary>
internal sealed class ToyTaskSource(Func<long, bool>? locked = null, bool live = false) : ITaskSource
{
    public string Identity => "toy 1";

    public EpisodeTask TrainingTask(long index) => ToyTask.One($"t{index}", $"d{index % 8}", locked?.Invoke(index) ?? index % 2 == 0) with { Live = live };

    public EpisodeTask Find(string taskId) => TrainingTask(long.Parse(taskId.AsSpan(1), null));

    public Demonstration? Demonstrate(long index, DemonstrationKind kind)
    {
        var door = $"d{index % 8}";
        var (open, unlock, done) = (Say(ToyTask.Open(door)), Say(ToyTask.Unlock(door)), new DemonstratedReply("Done.", []));
        var task = ToyTask.One($"demo{index}", door, kind is not DemonstrationKind.HappyPath);
        return new Demonstration(task, kind is DemonstrationKind.HappyPath
            ? [[open, done]]
            : [[open with { Diagnostic = kind is DemonstrationKind.DiagnosedRecovery ? "the door is locked" : null }, unlock, open, done]]);
    }

    private static DemonstratedReply Say(ToolCall call) => new("", [call]);
}

/// <summary>Remembers what it was told.</summary>
internal sealed class RecordingObserver : ITrainingObserver
{
    public List<StepReport> Steps { get; } = [];

    public List<(int Step, string Stage, ImmutableArray<TrajectoryGroup> Groups)> Trajectories { get; } = [];

    public List<string> Notes { get; } = [];

    public List<RunProgress> Progress { get; } = [];

    public SelfTestReport? SelfTest { get; private set; }

    public Action<StepReport>? WhenStepped { get; init; }

    public Action<RunProgress>? WhenProgressed { get; init; }

    public void OnProgress(RunProgress progress)
    {
        Progress.Add(progress);
        WhenProgressed?.Invoke(progress);
    }

    public void OnSelfTest(SelfTestReport report) => SelfTest = report;

    public void OnStep(StepReport report)
    {
        Steps.Add(report);
        WhenStepped?.Invoke(report);
    }

    public void OnTrajectories(int step, string stage, ImmutableArray<TrajectoryGroup> groups) => Trajectories.Add((step, stage, groups));

    public void OnNote(string note) => Notes.Add(note);
}
