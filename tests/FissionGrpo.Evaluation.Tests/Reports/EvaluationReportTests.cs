using System.Text.Json;
using static FissionGrpo.Evaluation.Played;

namespace FissionGrpo.Evaluation.Reports;

public class EvaluationReportTests
{
    private static readonly EvaluationSetting Setting = new("checkpoint", "workshop", "native", "none", 0, 1, 7);

    [Fact]
    public void MissingSlice_StaysVisible()
    {
        PlannedEpisode[] plan = [new("a", "base", "held-out", 0), new("b", "base", "unseen-errors", 0)];

        var report = EvaluationReport.Of(Setting, plan, [Episode("a", true)], new EvaluationCost(0, 0, 0, 0, null));

        var unseen = report.Slices.Single(s => s.Name == "unseen-errors").Metrics;
        Assert.Equal((1, 0, 1), (unseen.Coverage.Planned, unseen.Coverage.Played, unseen.Coverage.Missing));
        Assert.Equal(2, report.Overall.Coverage.Planned);
    }

    [Fact]
    public void Json_HasEveryRateWithItsCountAndInterval()
    {
        var report = EvaluationReport.Of(Setting, [new("a", "base", "held-out", 0)], [Episode("a", true)], new EvaluationCost(1, 2, 3, 4, null));

        using var json = JsonDocument.Parse(report.ToJson());

        var accuracy = json.RootElement.GetProperty("overall").GetProperty("accuracy");
        Assert.Equal(1, accuracy.GetProperty("count").GetInt32());
        Assert.Equal(1, accuracy.GetProperty("of").GetInt32());
        Assert.InRange(accuracy.GetProperty("low").GetDouble(), 0.1, 0.5);
        Assert.Equal(1, json.RootElement.GetProperty("schema").GetInt32());
    }
}
