using static FissionGrpo.Evaluation.Played;

namespace FissionGrpo.Evaluation.Metrics;

public class ComparisonTests
{
    [Fact]
    public void OnlySharedTasks_AreCompared()
    {
        EvaluatedEpisode[] before = [Episode("a", false), Episode("b", false), Episode("only before", true)];
        EvaluatedEpisode[] after = [Episode("a", true), Episode("b", false), Episode("only after", true), Broken("c")];

        var accuracy = Comparison.Of(before, after).Single(c => c.Metric == "accuracy");

        Assert.Equal((0, 2), (accuracy.Before.Count, accuracy.Before.Of));
        Assert.Equal((1, 2), (accuracy.After.Count, accuracy.After.Of));
        Assert.Equal(0.5, accuracy.Change!.Mean, 12);
    }

    [Fact]
    public void NothingInjected_HasNoChange() =>
        Assert.Null(Comparison.Of([Episode("a", true)], [Episode("a", true)]).Single(c => c.Metric == "injected_recovery").Change);
}
