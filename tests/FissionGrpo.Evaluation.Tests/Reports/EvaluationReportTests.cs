using System.Text.Json;
using FissionGrpo.Evaluation.Metrics;
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

    /// <summary>A category that was not asked for is no category of which nothing was right.</summary>
    [Theory]
    [InlineData(4, 0.5)]
    [InlineData(3, null)]
    public void OfficialOverall_IsOfAllFourCategories(int categories, double? expected)
    {
        var plan = Enumerable.Range(0, 4).Select(i => new PlannedEpisode($"t{i}", $"c{i}", $"c{i}", 0)).ToArray();
        var played = plan.Take(categories).Select((p, i) => Episode(p.TaskId, i < 2) with { Category = p.Category, Slice = p.Slice }).ToArray();

        var report = EvaluationReport.Of(Setting with { World = "bfcl" }, plan, played, new EvaluationCost(0, 0, 0, 0, null));

        Assert.Equal(expected, report.OfficialOverall);
    }

    [Fact]
    public void EpisodesThatFailedOutside_AreCountedWithTheirCause()
    {
        var played = Episode("a", true);
        EvaluatedEpisode Failed(string boundary, string message) => played with { Trajectory = played.Trajectory with { Failure = new(boundary, message), Score = null } };

        var metrics = EvaluationReport.Of(
            Setting, [new("a", "base", "held-out", 0)], [Failed("judge", "no verdict"), Failed("endpoint", "HTTP 500"), Failed("endpoint", "HTTP 400")], new EvaluationCost(0, 0, 0, 0, null)).Overall;

        Assert.Equal<OutsideFailure>([new("endpoint", 2, "HTTP 500"), new("judge", 1, "no verdict")], metrics.Outside);
        Assert.Null(metrics.Accuracy.Value);
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
