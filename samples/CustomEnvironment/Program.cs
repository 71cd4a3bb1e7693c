// A world of your own, and a small policy trained on it with Fission-GRPO, from nothing, in a few seconds:
//
//     dotnet run -c Release --project samples/CustomEnvironment
//     dotnet run -c Release --project samples/CustomEnvironment -- out/lockers     (keeps the run's folder, with the policy in it)
//
// Needed: a task (what is fixed before an episode), an environment (state, tools, user), and a source of tasks and demonstrations.

using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;
using FissionGrpo.Training;

var options = new RunOptions(
    Seed: 3,
    Policy: new PolicyOptions(Vocabulary: 400, Layers: 2, Channels: 48, FeedForward: 96, QueryHeads: 2, KeyValueHeads: 2, HeadSize: 24),
    WarmStart: new WarmStartOptions(Steps: 300, BatchSize: 16, LearningRate: 4e-3f, RecoveryShare: 0.006f, DiagnosedShare: 0, CacheFolder: ""),
    Rollout: new RolloutOptions(MaxTokens: 256, MaxStepsPerTurn: 5),
    Grpo: new GrpoOptions(Tasks: 8, AnchorDemonstrations: 4),
    Optimizer: new OptimizerOptions(LearningRate: 1e-3f),
    Fission: new FissionOptions(BatchSize: 4, Trigger: 2),
    Simulator: new SimulatorOptions(Kind: SimulatorKind.Diagnoser),
    Train: new TrainOptions(Steps: 60, TrajectoriesEvery: 0));
var kept = args.FirstOrDefault();
var folder = new RunFolder(kept ?? Directory.CreateTempSubdirectory("fission-lockers-").FullName);
try
{
    await new TrainingRun(
        options, folder, new LockerSource(), new EnginePolicyFactory(new EngineOptions()), evaluator: null, new Printer(), TimeProvider.System).RunAsync(CancellationToken.None);
    Console.WriteLine(kept is null ? "To keep the policy, give a folder for the run." : $"The policy is in {folder.Final}, in Hugging Face layout.");
}
catch (Exception exception) when (exception is UserErrorException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
finally
{
    if (kept is null)
        Directory.Delete(folder.Root, recursive: true);
}
return 0;

/// <summary>A parcel waits in a locker. Some lockers are jammed: then opening fails, and resetting the locker first helps.</summary>
internal sealed record LockerTask(string Id, string Locker, bool Jammed) : EpisodeTask(Id, "lockers", Jammed ? "jammed" : "free")
{
    public static readonly ImmutableArray<ToolSpec> Tools = [Tool("open"), Tool("reset")];

    public override string? SystemPrompt => null;

    /// <summary>The ground truth: what R_corr and the diagnoser compare with.</summary>
    public override ImmutableArray<ImmutableArray<ToolCall>> ExpectedCalls => [Jammed ? [Call("reset"), Call("open")] : [Call("open")]];

    public override IEnvironment Start() => new LockerEnvironment(this, Jammed, isOpen: false, started: false);

    public ToolCall Call(string tool) => ToolCall.Of(tool, ("locker", Locker));

    private static ToolSpec Tool(string name) => new(name, JsonDocument.Parse(
        $$$"""{"name": "{{{name}}}", "parameters": {"type": "object", "properties": {"locker": {"type": "string"}}, "required": ["locker"]}}""").RootElement);
}

/// <summary>The live state. An error is a value: it is what the policy learns from.</summary>
internal sealed class LockerEnvironment(LockerTask task, bool jammed, bool isOpen, bool started) : IEnvironment
{
    private bool _jammed = jammed;
    private bool _open = isOpen;
    private bool _started = started;

    public ImmutableArray<ToolSpec> Tools => LockerTask.Tools;

    public ToolResult Execute(ToolCall call)
    {
        if (call.Name is not ("open" or "reset"))
            return new ToolResult.Failed(ToolErrorKind.UnknownTool, $"there is no {call.Name}");
        if (call["locker"] is not { ValueKind: JsonValueKind.String } locker || locker.GetString() != task.Locker)
            return new ToolResult.Failed(ToolErrorKind.Rejected, "not your locker");
        if (call.Name == "reset")
            _jammed = false;
        else if (_jammed)
            return new ToolResult.Failed(ToolErrorKind.Rejected, $"jammed: reset {task.Locker}");
        else
            _open = true;
        return new ToolResult.Ok(call.Name == "reset" ? "reset done" : "opened");
    }

    public ValueTask<UserTurn> NextUserTurnAsync(string assistantText, CancellationToken cancel)
    {
        var first = !_started;
        _started = true;
        return ValueTask.FromResult<UserTurn>(first ? new UserTurn.Says($"open locker {task.Locker}") : new UserTurn.Ends("done"));
    }

    public IEnvironment Fork() => new LockerEnvironment(task, _jammed, _open, _started);

    public StateDigest Digest() => new((_jammed ? 1u : 0u) + (_open ? 2u : 0u));

    public EpisodeScore Score() => new(_open, _open ? 1 : 0, _open ? null : "the locker is closed");
}

/// <summary>Unlimited tasks, each a function of its number, and demonstrations of them.</summary>
internal sealed class LockerSource : ITaskSource
{
    public string Identity => "lockers 1";

    public EpisodeTask TrainingTask(long index) => new LockerTask($"locker-{index}", Name(index), Jammed: index % 2 == 0);

    public EpisodeTask Find(string taskId) => TrainingTask(long.Parse(taskId.AsSpan("locker-".Length), provider: null));

    public Demonstration? Demonstrate(long index, DemonstrationKind kind)
    {
        var task = new LockerTask($"demonstration-{index}", Name(index), Jammed: kind is not DemonstrationKind.HappyPath);
        string[] tools = task.Jammed ? ["open", "reset", "open"] : ["open"];
        return new Demonstration(task, [[.. tools.Select(tool => new DemonstratedReply("", [task.Call(tool)])), new DemonstratedReply("Done.", [])]]);
    }

    private static string Name(long index) => $"d{index % 8}";
}

/// <summary>Prints a line every ten steps.</summary>
internal sealed class Printer : ITrainingObserver
{
    public void OnProgress(RunProgress progress)
    {
        if (progress.Stage == "warm start" && progress.Done == progress.Total)
            Console.WriteLine($"warm start: {progress.Done} steps, loss {progress.Loss:F3}");
    }

    public void OnSelfTest(SelfTestReport report) => Console.WriteLine($"sampler and trainer differ by at most {report.LargestGap:E1} nats");

    public void OnStep(StepReport report)
    {
        if (report.Step == 0 || (report.Step + 1) % 10 == 0) // steps count from 0 in the code and from 1 for people
            Console.WriteLine(
                $"step {report.Step + 1}: reward {report.Explore.MeanReward:F2}, recovery {report.Explore.RecoveryRate:P0}, groups without variance {report.Explore.ZeroVariance:P0}"
                + (report.Fission.Recoveries is { } recoveries ? $" (recoveries {recoveries.ZeroVariance:P0})" : ""));
    }

    public void OnTrajectories(int step, string stage, ImmutableArray<TrajectoryGroup> groups)
    {
    }

    public void OnNote(string note) => Console.WriteLine(note);
}
