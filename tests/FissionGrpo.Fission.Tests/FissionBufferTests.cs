using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;
using FissionGrpo.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Fission.Tests;

public sealed class FissionBufferTests
{
    [Fact]
    public void Newest_ComeOutFirst()
    {
        var buffer = new FissionBuffer(10, 1);
        buffer.Add([Context("a"), Context("b")]);
        buffer.Add([Context("c")]);

        var taken = buffer.Take(2);

        Assert.Equal(["c", "b"], taken.Select(c => c.Key));
        Assert.Equal(["a"], buffer.Contexts.Select(c => c.Key));
    }

    [Fact]
    public void BelowTheTrigger_NothingComesOut()
    {
        var buffer = new FissionBuffer(10, 3);
        buffer.Add([Context("a"), Context("b")]);

        Assert.Empty(buffer.Take(1));
        Assert.Equal(2, buffer.Count);
    }

    [Fact]
    public void PushedAgain_BecomesTheNewestOnce()
    {
        var buffer = new FissionBuffer(10, 1);
        buffer.Add([Context("a"), Context("b")]);

        Assert.Equal(0, buffer.Add([Context("a")]));

        Assert.Equal(["b", "a"], buffer.Contexts.Select(c => c.Key));
    }

    [Fact]
    public void BeyondTheCapacity_TheOldestLeave()
    {
        var buffer = new FissionBuffer(2, 1);

        buffer.Add([Context("a"), Context("b"), Context("c")]);

        Assert.Equal(["b", "c"], buffer.Contexts.Select(c => c.Key));
    }

    [Fact]
    public void GoingRound_TakesEveryContextInTurn()
    {
        var buffer = new FissionBuffer(10, 1, goesRound: true);
        buffer.Add([Context("a"), Context("b"), Context("c")]);

        Assert.Equal(["c", "b"], buffer.Take(2).Select(c => c.Key));
        Assert.Equal(["a", "c"], buffer.Take(2).Select(c => c.Key));
        Assert.Equal(3, buffer.Count);
    }

    [Fact]
    public void WhateverIsPushed_KeysStayUniqueAndWithinCapacity() => Prop.ForAll<int[]>(keys =>
    {
        var buffer = new FissionBuffer(5, 1);
        buffer.Add([.. keys.Select(k => Context($"{k % 9}"))]);
        var left = buffer.Contexts.Select(c => c.Key).ToList();
        return left.Count <= 5 && left.Distinct().Count() == left.Count && (keys.Length == 0 || left[^1] == $"{keys[^1] % 9}");
    }).QuickCheckThrowOnFailure();

    private static CorrectiveContext Context(string key)
    {
        var task = ToyTask.One("t", "d1", locked: true);
        return new CorrectiveContext(
            key, new EpisodeState(task, 0, task.Start(), TrajectoryUnit.Turn, 0, 0, new TokenSequence([], [], []), []), FailureSign.FailedCall, null, false);
    }
}
