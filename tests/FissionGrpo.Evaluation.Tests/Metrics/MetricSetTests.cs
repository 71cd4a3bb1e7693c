using FissionGrpo.Episodes;
using static FissionGrpo.Evaluation.Played;

namespace FissionGrpo.Evaluation.Metrics;

public class MetricSetTests
{
    private static readonly EvaluatedEpisode[] Six =
    [
        Episode("t1", true, Step(0, Ok(Open))),
        Episode("t2", true, Step(0, Failed(Open)), Step(0, Ok(Unlock)), Step(0, Ok(Open))),
        Episode("t3", false, Step(0, Failed(Open)), Step(0, Failed(Open))),
        Episode("t4", false, Step(0, Failed(Open))) with { FirstFailure = FailureCategory.UnmetPrecondition },
        Episode("t5", false, Step(0, Failed(Open))) with { Fault = "time_out" },
        Broken("t6"),
    ];

    [Fact]
    public void Rates_CarryTheirCounts()
    {
        var metrics = MetricSet.Of(Six, planned: 8, plannedTasks: 8);

        Assert.Equal(new Coverage(Tasks: 8, Planned: 8, Played: 5, Failed: 1, Missing: 2), metrics.Coverage);
        Assert.Equal((2, 4), (metrics.Accuracy.Count, metrics.Accuracy.Of));
        Assert.Equal((1, 3), (metrics.EpisodeRecovery.Count, metrics.EpisodeRecovery.Of));
        Assert.Equal((1, 4), (metrics.StepRecovery.Count, metrics.StepRecovery.Of));
        Assert.Equal((0, 1), (metrics.InjectedRecovery.Count, metrics.InjectedRecovery.Of));
        Assert.Equal((1, 2), (metrics.Repetition.Count, metrics.Repetition.Of));
        Assert.Equal((0, 1), (metrics.Faults["time_out"].Count, metrics.Faults["time_out"].Of));
        Assert.Equal(1, metrics.Failures["unmet_precondition"]);
        Assert.Equal(3, metrics.Reasons["state mismatch"]);
    }

    /// <summary>A time-out of the server is not the policy's failure: the rate must not move with it.</summary>
    [Fact]
    public void FailedRollouts_AreInNoRate() =>
        Assert.Equal(
            MetricSet.Of([.. Six.Where(e => e.IsPlayed)], 8, 8).Accuracy,
            MetricSet.Of([.. Six, Broken("t7"), Broken("t8")], 8, 8).Accuracy);

    [Fact]
    public void SeveralTries_GivePassRates()
    {
        EvaluatedEpisode[] tries =
        [
            .. Enumerable.Range(0, 4).Select(i => Episode("a", i < 2) with { Sample = i }),
            .. Enumerable.Range(0, 4).Select(i => Episode("b", true) with { Sample = i }),
        ];

        var pass = MetricSet.Of(tries, 8, 2).Pass;

        Assert.Equal([1, 2, 4], pass.Select(p => p.K));
        Assert.Equal(0.75, pass[0].Any, 12);
        Assert.Equal((5.0 / 6 + 1) / 2, pass[1].Any, 12);
        Assert.Equal((1.0 / 6 + 1) / 2, pass[1].All, 12);
        Assert.Equal(0.5, pass[2].All, 12);
    }

    [Fact]
    public void NoEpisodes_SayNothing()
    {
        var metrics = MetricSet.Of([], 3, 3);

        Assert.Null(metrics.Accuracy.Value);
        Assert.Equal((0, 1), (metrics.Accuracy.Low, metrics.Accuracy.High));
        Assert.Empty(metrics.Pass);
    }

    [Fact]
    public void OrderOfEpisodes_ChangesNothing() =>
        Assert.Equal(
            MetricSet.Of(Six, 8, 8).StepRecovery,
            MetricSet.Of([.. Six.Reverse()], 8, 8).StepRecovery);
}
