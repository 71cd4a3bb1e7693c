using FissionGrpo.Episodes;
using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Training.Tests.Grpo;

public sealed class MaxVarianceSubsetTests
{
    [Fact]
    public void Extremes_AreKeptInTheGroupsOrder() => Assert.Equal([3, 0, 4, 1], Rewards(MaxVarianceSubset.Of(Group(3, 0, 2, 4, 2, 1), 4)));

    [Fact]
    public void OneRightAmongWrong_IsKept() => Assert.Contains(1f, Rewards(MaxVarianceSubset.Of(Group(0, 0, 0, 0, 0, 1, 0, 0), 2)));

    [Fact]
    public void SmallGroup_IsLeftAsItIs() => Assert.Equal(3, MaxVarianceSubset.Of(Group(1, 2, 3), 4).Length);

    [Fact]
    public void NoSubset_HasMoreVariance() => Prop.ForAll<int[]>(values =>
    {
        var group = Group([.. values.Take(8).Select(v => (float)(v % 5))]);
        var count = Math.Max(2, group.Length / 2);
        if (group.Length <= count)
            return true;
        var chosen = Variance(MaxVarianceSubset.Of(group, count));
        return Enumerable.Range(0, 1 << group.Length).Where(bits => int.PopCount(bits) == count)
            .All(bits => Variance([.. group.Where((_, i) => (bits >> i & 1) == 1)]) <= chosen + 1e-9);
    }).QuickCheckThrowOnFailure();

    private static double Variance(Trajectory[] group) => GroupAdvantages.StdPopulation([.. Rewards(group).Select(r => (double)r)]);

    private static IEnumerable<float> Rewards(Trajectory[] group) => group.Select(t => t.Reward!.Total);

    private static Trajectory[] Group(params float[] rewards) =>
    [
        .. rewards.Select(r => new Trajectory("t", "t", "toy", TrajectoryUnit.Turn, 0, new TokenSequence([], [], []), [], TrajectoryEnd.Completed)
        {
            Reward = new RewardBreakdown(r, []),
        }),
    ];
}
