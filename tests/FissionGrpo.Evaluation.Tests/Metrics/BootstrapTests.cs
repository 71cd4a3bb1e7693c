using FissionGrpo.Seeds;

namespace FissionGrpo.Evaluation.Metrics;

public class BootstrapTests
{
    [Fact]
    public void SameData_GiveTheSameInterval()
    {
        var tasks = Tallies(40, 0.3, 4);

        Assert.Equal(Bootstrap.Ratio(tasks), Bootstrap.Ratio(tasks));
    }

    /// <summary>Independent trials, one a task: both intervals estimate the same thing.</summary>
    [Fact]
    public void OneTrialATask_AgreesWithWilson()
    {
        var tasks = Enumerable.Range(0, 400).Select(i => new Tally(i % 4 == 0 ? 1 : 0, 1)).ToArray();

        var drawn = Bootstrap.Ratio(tasks);
        var closed = Interval.Wilson(100, 400);

        Assert.Equal(closed.Low, drawn.Low, 0.01);
        Assert.Equal(closed.High, drawn.High, 0.01);
    }

    /// <summary>Ten tries that always agree are one observation, not ten: the interval over tasks must be wider than Wilson's.</summary>
    [Fact]
    public void AgreeingTries_WidenTheInterval()
    {
        var tasks = Enumerable.Range(0, 20).Select(i => new Tally(i % 2 == 0 ? 10 : 0, 10)).ToArray();

        var drawn = Bootstrap.Ratio(tasks);
        var naive = Interval.Wilson(100, 200);

        Assert.True(drawn.High - drawn.Low > 2 * (naive.High - naive.Low));
    }

    [Fact]
    public void AllCorrect_StillHasAWidth() => Assert.True(Bootstrap.Ratio([new(4, 4), new(4, 4), new(4, 4)]).Low is > 0.3 and < 0.9);

    /// <summary>Drawing one task again, or equal ones, always gives the same rate; that is no certainty.</summary>
    [Theory]
    [InlineData(1, 0.03, 0.91)]
    [InlineData(8, 0.12, 0.67)]
    public void TasksOfOneRate_StillHaveAWidth(int tasks, double low, double high)
    {
        var interval = Bootstrap.Ratio([.. Enumerable.Repeat(new Tally(1, 3), tasks), new Tally(0, 0)]);

        Assert.InRange(interval.Low, 0, low);
        Assert.InRange(interval.High, high - 0.1, high);
    }

    [Fact]
    public void OneTask_IsNeverClear() => Assert.False(Bootstrap.Paired([new(0, 4)], [new(4, 4)])!.IsClear);

    [Fact]
    public void EveryTaskBetterByTheSame_IsClear()
    {
        var before = Enumerable.Range(0, 60).Select(i => new Tally(i % 5, 8)).ToArray();
        var after = before.Select(t => t with { Successes = t.Successes + 2 }).ToArray();

        var difference = Bootstrap.Paired(before, after)!;

        Assert.Equal(0.25, difference.Mean, 12);
        Assert.Equal(0.25, difference.Interval.Low, 12);
        Assert.True(difference.IsClear);
    }

    /// <summary>Over many pairs of samples from one distribution, about 95% of the intervals hold zero.</summary>
    [Fact]
    public void NoDifference_IsCoveredAboutNinetyFiveTimesInAHundred()
    {
        var covered = Enumerable.Range(0, 200).Count(i => !Bootstrap.Paired(Tallies(50, 0.4, 2, 2 * i), Tallies(50, 0.4, 2, 2 * i + 1))!.IsClear);

        Assert.InRange(covered, 178, 199);
    }

    [Fact]
    public void NothingToCount_HasNoDifference() => Assert.Null(Bootstrap.Paired([new(0, 0)], [new(1, 1)]));

    [Fact]
    public void DifferentTasks_AreRefused() => Assert.Throws<ArgumentException>(() => Bootstrap.Paired([new(0, 1)], []));

    private static Tally[] Tallies(int tasks, double rate, int trials, int seed = 0)
    {
        var rng = new SampleRng(new Seed(11).Derive(seed));
        var tallies = new Tally[tasks];
        for (var i = 0; i < tasks; i++)
        {
            var successes = 0;
            for (var t = 0; t < trials; t++)
                successes += rng.Chance(rate) ? 1 : 0;
            tallies[i] = new Tally(successes, trials);
        }
        return tallies;
    }
}
