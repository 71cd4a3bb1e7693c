using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;
using FissionGrpo.Testing;

namespace FissionGrpo.Training.Tests.Grpo;

public sealed class GroupReplayTests
{
    private static readonly GrpoOptions Options = new(MinStd: 0, NegativeWeight: 1);

    [Fact]
    public void OnlyGroupsWithVarianceAndSomethingRight_AreKept()
    {
        var replay = new GroupReplay(10, 10, 10, new Seed(1));

        replay.Add(0, [Group("good", -1, 1, 0), Group("equal", -1, 1, 1), Group("wrong", -1, 0.4f, 0.2f)], Options);

        Assert.Equal("good", Assert.Single(replay.Groups).Group.Key);
    }

    [Fact]
    public void OldestLeave_AndTooOldOnesDoNotComeBack()
    {
        var replay = new GroupReplay(10, 2, 3, new Seed(1));

        for (var step = 0; step < 3; step++)
            replay.Add(step, [Group($"g{step}", -1, 1, 0)], Options);

        Assert.Equal(["g1", "g2"], replay.Draw(3).Select(g => g.Key));
        Assert.Equal(["g2"], replay.Draw(5).Select(g => g.Key));
        Assert.Empty(replay.Draw(6));
    }

    [Fact]
    public async Task OldGroups_JoinTheUpdateWithTheirOwnLogProbs()
    {
        var policy = new ScriptedPolicy(ToyDialogue.Format, (_, _) => "");
        var trainer = Trainer(policy, Options);

        trainer.Remember(0, [Group("old", -2f, 1, 0)]);
        var reports = await trainer.UpdateAsync("explore", [Group("new", -0.5f, 1, 0)], 1, 0, 1, 1, default);

        var batch = policy.Batches[^1].Batch.Sequences;
        Assert.Equal([-0.5f, -0.5f, -2f, -2f], batch.Select(s => s.OldLogProbs[^1]));
        var report = Assert.Single(reports);
        Assert.Equal((4, 2), (report.Trajectories, report.Replayed));
        Assert.Equal(1.5, report.ReplayDrift!.Value, 1e-6); // the trainer says -0.5 of a token that was sampled at -2
        Assert.Equal(0, report.Gap!.Value.Largest, 1e-6); // which is no gap between sampler and trainer
    }

    [Fact]
    public async Task ImportanceCorrectionOfTheSampler_LeavesOldGroupsTheirDenominator()
    {
        var policy = new ScriptedPolicy(ToyDialogue.Format, (_, _) => "") { TrainerOffset = 0.25f };
        var trainer = Trainer(policy, Options with { ImportanceCap = 2 });

        trainer.Remember(0, [Group("old", -2f, 1, 0)]);
        await trainer.UpdateAsync("explore", [Group("new", -0.5f, 1, 0)], 1, 0, 1, 1, default);

        Assert.Equal([-0.25f, -0.25f, -2f, -2f], policy.Batches[^1].Batch.Sequences.Select(s => s.OldLogProbs[^1]));
    }

    [Fact]
    public void NothingKept_LeavesTheBatchAsItWas()
    {
        var plain = GrpoBatch.Of([Group("g", -1, 1, 0)], Options, 1);

        Assert.Equal(plain.Batch.Sequences.Length, plain.Fresh);
    }

    private static GrpoTrainer Trainer(IPolicy policy, GrpoOptions options) => new(policy, null, null, options, new OptimizerOptions(), 1, _ => 2)
    {
        Replay = new GroupReplay(4, 10, 10, new Seed(1)),
    };

    private static RolloutGroup Group(string key, float logProb, params float[] rewards) => new(key,
    [
        .. rewards.Select((r, i) => new Rollout(
            ToyTask.One(key, "d1", false), 0,
            new Trajectory($"{key}/{i}", key, "toy", TrajectoryUnit.Turn, 0, new TokenSequence([1, 2], [TokenOrigin.Prompt, TokenOrigin.Policy], [0, logProb]), [], TrajectoryEnd.Completed)
            {
                Reward = new RewardBreakdown(r, []),
                Score = new EpisodeScore(r == 1, r, null),
            },
            [])),
    ]);
}
