using FissionGrpo.Environments.Tests.Tau;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Rewards;
using FissionGrpo.Rollouts;
using FissionGrpo.Testing;

namespace FissionGrpo.Training.Tests;

/// <summary>Fission-GRPO on TAU: whole conversations with the scripted user, forked where a tool refused.</summary>
public sealed class TauTrainingTests : IDisposable
{
    private static readonly ToolCall Cancel = ToolCall.Of("cancel_pending_order", ("order_id", "#W1"), ("reason", "no longer needed"));
    private static readonly ToolCall LookUpWrongly = ToolCall.Of("get_order_details", ("order_id", "W1"));

    private static readonly ToolCall HandOver = ToolCall.Of("transfer_to_human_agents", ("summary", "no such order"));

    private static readonly RunOptions Options = new(
        Rollout: new RolloutOptions(TrajectoryUnit.Episode, MaxReplyTokens: 500, MaxTokens: 32_768),
        Grpo: new GrpoOptions(Tasks: 2, GroupSize: 8, AnchorDemonstrations: 0),
        Fission: new FissionOptions(GroupSize: 8, BatchSize: 1, Trigger: 1),
        Reward: new RewardOptions(LengthSoftTokens: 16_000, LengthHardTokens: 32_000),
        Train: new TrainOptions(Steps: 3));

    private readonly SmallTau _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task RealToolErrors_BecomeFissionGroupsThatRecover()
    {
        var observer = new RecordingObserver();
        var loop = Loop(observer);

        while (!loop.IsFinished)
            await loop.StepAsync(default);

        var explored = Trajectories(observer, "explore");
        var recoveries = Trajectories(observer, "fission");
        Assert.All(explored, t => Assert.Null(t.Failure));
        Assert.Contains(explored, t => t.Score!.Correct);
        Assert.NotEmpty(recoveries);
        Assert.All(recoveries, t => Assert.Contains("order not found", t.Origin!.Diagnostic, StringComparison.Ordinal));
        Assert.InRange(recoveries.Count(t => t.Score!.Correct), 1, recoveries.Count - 1);
    }

    private static List<Trajectory> Trajectories(RecordingObserver observer, string stage) =>
        [.. observer.Trajectories.Where(t => t.Stage == stage).SelectMany(t => t.Groups).SelectMany(g => g.Trajectories)];

    /// <summary>Looks an order up under a wrong number now and then, and hands the customer over to a human after that half of the time.</summary>
    private static string Reply(string dialogue, ulong bits)
    {
        var isAnswered = dialogue.LastIndexOf("<|tool|>", StringComparison.Ordinal) > dialogue.LastIndexOf("<|user|>", StringComparison.Ordinal);
        var result = isAnswered ? dialogue[dialogue.LastIndexOf("<|tool|>", StringComparison.Ordinal)..] : "";
        if (dialogue.Contains("cancel_reason", StringComparison.Ordinal))
            return "You get 10.0 back.";
        if (dialogue.Contains("Transfer successful", StringComparison.Ordinal))
            return "Goodbye.";
        if (result.Contains("not found", StringComparison.Ordinal))
            return ScriptedPolicy.Call(bits % 2 == 0 ? HandOver : Cancel);
        return ScriptedPolicy.Call(bits % 3 == 0 ? LookUpWrongly : Cancel);
    }

    private TrainingLoop Loop(RecordingObserver observer)
    {
        var policy = new ScriptedPolicy(ToyDialogue.Format, Reply);
        var tasks = new OneTask(_world.RetailTask);
        var rollouts = new RolloutEngine(ToyDialogue.Format, Options.Rollout, TimeProvider.System);
        var reward = new CompositeReward(Options.Reward);
        return new TrainingLoop(
            Options,
            new Sampling(Options, tasks, policy, rollouts, reward),
            new GrpoTrainer(policy, null, new SftAnchor(tasks, rollouts, Options.Grpo, 0), Options.Grpo, Options.Optimizer, Options.Rollout.Temperature, reward.Largest),
            new ErrorIdentification(Options.Fission, r => reward.Correctness(r.Trajectory, r.Task.ExpectedCalls)),
            new CorrectiveContexts(new RawErrorSimulator(), Options.Simulator, (_, _) => false, ToyDialogue.Format, TimeProvider.System),
            new FissionBuffer(Options.Fission.Capacity, Options.Fission.Trigger, false),
            new SimulatorUpkeep(null, null),
            observer,
            TimeProvider.System);
    }

    private sealed class OneTask(TauTask task) : ITaskSource
    {
        public string Identity => "tau 1";

        public EpisodeTask TrainingTask(long index) => task;

        public EpisodeTask Find(string taskId) => task;

        public Demonstration? Demonstrate(long index, DemonstrationKind kind) => null;
    }
}
