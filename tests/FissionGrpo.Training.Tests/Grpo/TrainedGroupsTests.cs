using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;
using FissionGrpo.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Training.Tests.Grpo;

public sealed class TrainedGroupsTests
{
    private static readonly GrpoOptions Options = new(MinStd: 0.1f);

    [Fact]
    public void SmallSpread_IsVarianceByTheLetterAndNotTrainedOn()
    {
        var report = BatchStatistics.Of(
            [Group("length", 1, 1.01f, 1, 1.02f), Group("equal", 1, 1, 1, 1), Group("mixed", 1, 0, 0, 1)],
            g => GrpoBatch.TrainsOn(g.ToTrajectories().Trajectories, Options, 2), 1);

        Assert.Equal(1 / 3.0, report.ZeroVariance, 1e-9);
        Assert.Equal(1 / 3.0, report.TrainedGroups!.Value, 1e-9);
    }

    [Fact]
    public void TrainsOn_IsWhatTheBatchDoes() => Prop.ForAll<int[], bool, byte>((values, virtualBest, perGroup) =>
    {
        var options = Options with { VirtualBest = virtualBest, TrainPerGroup = perGroup % 5 == 1 ? 0 : perGroup % 5 };
        var group = Group("g", [.. values.Take(8).Select(v => (Math.Abs(v % 7) - 2) * 0.06f)]);

        return GrpoBatch.TrainsOn(group.ToTrajectories().Trajectories, options, 2) == GrpoBatch.Of([group], options, 1, 2).Batch.Sequences.Length > 0;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(KlEstimator.K1)]
    [InlineData(KlEstimator.K2)]
    [InlineData(KlEstimator.K3)]
    public void KlTerm_IsThatOfTheOptions(KlEstimator estimator)
    {
        var loss = GrpoBatch.Of([Group("g", 0, 1)], Options with { KlCoefficient = 0.25f, KlEstimator = estimator }, 1, 2).Loss;

        Assert.Equal((0.25f, estimator), (loss.KlCoefficient, loss.Kl));
    }

    private static RolloutGroup Group(string key, params float[] rewards) => new(key,
    [
        .. rewards.Select((r, i) => new Rollout(
            ToyTask.One(key, "d1", false), 0,
            new Trajectory($"{key}/{i}", key, "toy", TrajectoryUnit.Turn, 0, new TokenSequence([1, 2], [TokenOrigin.Prompt, TokenOrigin.Policy], [0, -1]), [], TrajectoryEnd.Completed)
            {
                Reward = new RewardBreakdown(r, []),
                Score = new EpisodeScore(r > 0.2f, r, null),
            },
            [])),
    ]);
}
