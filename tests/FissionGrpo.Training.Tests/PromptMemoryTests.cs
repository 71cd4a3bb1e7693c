using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;
using FissionGrpo.Testing;

namespace FissionGrpo.Training.Tests;

public sealed class PromptMemoryTests
{
    [Fact]
    public void PromptThatStaysAllRight_IsPassedOverAndLookedAtAgain()
    {
        var memory = new PromptMemory(allRightAfter: 2);

        memory.Learn([Group("easy", true, true)]);
        Assert.False(memory.Skips("easy"));
        memory.Learn([Group("easy", true, true)]);

        Assert.Equal(
            [true, true, true, true, true, true, true, false],
            Enumerable.Range(0, 8).Select(_ => memory.Skips("easy")));
        Assert.False(memory.Skips("easy")); // it is being played: one visit, all right again, is enough
        memory.Learn([Group("easy", true, true)]);
        Assert.True(memory.Skips("easy"));
    }

    [Fact]
    public void PromptThatIsForgotten_ComesBack()
    {
        var memory = new PromptMemory(allRightAfter: 1);
        memory.Learn([Group("easy", true, true)]);

        memory.Learn([Group("easy", true, false)]);

        Assert.False(memory.Skips("easy"));
    }

    [Fact]
    public void PromptThatStaysAllWrong_IsNeverPassedOver()
    {
        var memory = new PromptMemory(allRightAfter: 1);

        for (var visit = 0; visit < 20; visit++)
        {
            memory.Learn([Group("hard", false, false)]);
            Assert.False(memory.Skips("hard"));
        }
    }

    [Fact]
    public void PromptThatStaysAllWrong_IsPassedOverWhereThatIsAskedFor()
    {
        var memory = new PromptMemory(allRightAfter: 0, allWrongAfter: 2);

        foreach (var _ in (int[])[1, 2])
        {
            Assert.False(memory.Skips("hard"));
            memory.Learn([Group("hard", false, false), Group("easy", true, true), Group("mixed", true, false)]);
        }

        Assert.Equal(
            [true, true, true, true, true, true, true, false],
            Enumerable.Range(0, 8).Select(_ => memory.Skips("hard")));
        Assert.False(memory.Skips("easy"));
        Assert.False(memory.Skips("mixed"));
        memory.Learn([Group("hard", false, true)]);
        Assert.False(memory.Skips("hard"));
    }

    private static RolloutGroup Group(string key, params bool[] right) => new(key,
    [
        .. right.Select((r, i) => new Rollout(
            ToyTask.One(key, "d1", false), 0,
            new Trajectory($"{key}/{i}", key, "toy", TrajectoryUnit.Turn, 0, new TokenSequence([], [], []), [], TrajectoryEnd.Completed) { Score = new EpisodeScore(r, 0, null) },
            [])),
    ]);
}
