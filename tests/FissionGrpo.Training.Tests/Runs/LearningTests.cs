using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;
using FissionGrpo.Testing;
using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Training.Tests.Runs;

/// <summary>
/// The whole method on the toy world, with a model of a few thousand weights that has seen few recoveries. Held out are two doors that
/// GRPO and fission never meet locked. The draws of a seed are fixed, but the last bits differ between machines, so the bound is
/// below what the first three seeds show (they rise by 0.21 to 0.39; of the first eight all rise, one from 0.93 and so by 0.02 only).
/// </summary>
public sealed class LearningTests : IDisposable
{
    private const int Doors = 8;
    private const int NeverMetLocked = 2;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("fission-learning-");

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task FissionGrpo_RaisesRecoveryOnHeldOutTasks(int seed)
    {
        var folder = new RunFolder(Path.Combine(_root.FullName, "run"));
        var (observer, recovery) = (new RecordingObserver(), new HeldOutRecovery(folder));
        var options = new RunOptions(
            Seed: (ulong)seed,
            Policy: new PolicyOptions(Vocabulary: 400, Layers: 2, Channels: 48, FeedForward: 96, QueryHeads: 2, KeyValueHeads: 2, HeadSize: 24),
            WarmStart: new WarmStartOptions(Steps: 400, BatchSize: 16, LearningRate: 4e-3f, RecoveryShare: 0.004f, DiagnosedShare: 0, CacheFolder: ""),
            Rollout: new RolloutOptions(MaxTokens: 256, MaxStepsPerTurn: 5),
            Grpo: new GrpoOptions(Tasks: 8, GroupSize: 8, AnchorDemonstrations: 4),
            Optimizer: new OptimizerOptions(LearningRate: 1e-3f),
            Reward: new FissionGrpo.Rewards.RewardOptions(ScheduleSteps: 0), // weights that move would move the yardstick
            Fission: new FissionOptions(GroupSize: 8, BatchSize: 4, Trigger: 2),
            Simulator: new SimulatorOptions(Kind: SimulatorKind.RawError),
            Train: new TrainOptions(Steps: 50, CheckpointEvery: 1000, TrajectoriesEvery: 0));

        await new TrainingRun(
            options, folder, new FewLockedDoors(), new EnginePolicyFactory(new EngineOptions(2)), recovery, observer,
            TimeProvider.System).RunAsync(default);

        var (first, last) = (observer.Steps.Take(4).ToList(), observer.Steps.TakeLast(4).ToList());
        var story = $"held-out {recovery.Before:F2} -> {recovery.After:F2}; " + string.Join(' ', observer.Steps.Select(s => $"{s.Explore.MeanReward:F2}/{s.Explore.RecoveryRate:F2}"));
        Assert.True(recovery.After > recovery.Before + 0.15, story);
        Assert.True(last.Average(s => s.Explore.MeanReward) > first.Average(s => s.Explore.MeanReward) + 0.03, story);
        Assert.Contains(observer.Steps, s => s.Fission.Recoveries is not null);
        Assert.All(observer.Steps, s => Assert.True(s.LogProbGap < SelfTestReport.Tolerance));
    }

    /// <summary>Every second door is locked, but never the last ones.</summary>
    private sealed class FewLockedDoors : ITaskSource
    {
        private readonly ToyTaskSource _inner = new(index => index % 2 == 0 && index % Doors < Doors - NeverMetLocked);

        public string Identity => "toy with held-out doors 1";

        public EpisodeTask TrainingTask(long index) => _inner.TrainingTask(index);

        public EpisodeTask Find(string taskId) => _inner.Find(taskId);

        public Demonstration? Demonstrate(long index, DemonstrationKind kind) => _inner.Demonstrate(index, kind);
    }

    /// <summary>The share of sampled tries at the doors that were never met locked that end with an open door.</summary>
    private sealed class HeldOutRecovery(RunFolder folder) : IRunEvaluator
    {
        private const int TriesPerDoor = 64;

        public double Before { get; private set; }

        public double After { get; private set; }

        public async Task EvaluateAsync(string moment, IPolicy policy, CancellationToken cancel)
        {
            var format = DialogueFormats.Of(Tokenizer.Load(folder.WarmStart));
            var groups = await new RolloutEngine(format, new RolloutOptions(MaxTokens: 256, MaxStepsPerTurn: 5), TimeProvider.System).SampleAsync(
                [.. Enumerable.Range(Doors - NeverMetLocked, NeverMetLocked).Select(i => new RolloutStart(ToyTask.One($"held-out {i}", $"d{i}", true)))],
                TriesPerDoor, policy, new Seed(7), moment, cancel);
            var rate = groups.SelectMany(g => g.Rollouts).Average(r => r.Trajectory.Score is { Correct: true } ? 1.0 : 0);
            if (moment == "before")
                Before = rate;
            else
                After = rate;
        }
    }
}
