using System.Collections.Immutable;
using System.Xml.Linq;
using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Evaluation.Metrics;

namespace FissionGrpo.Cli.Reports;

public class RunReportTests
{
    private static readonly RunSummary Summary = new(
        [new PartChanges("workshop", "held-out", Changes)], [new PartChanges("workshop", "<script>alert(1)</script>", Changes)]);

    private static ImmutableArray<MetricChange> Changes =>
    [
        new("accuracy", new Rate(5, 10, 0.2, 0.8), new Rate(8, 10, 0.5, 0.9), new Difference(0.3, new Interval(0.1, 0.5), 10)),
        new("episode_recovery", new Rate(0, 0, 0, 1), new Rate(0, 0, 0, 1), null),
    ];

    [Fact]
    public void Page_HasCurvesTablesAndTheCaveat()
    {
        var page = RunReport.Render("first", Settings(), [Reported.Step(0), Reported.Step(1, 1.7), Reported.Step(2, 1.6, recovered: false)], Summary);

        Assert.Contains("50.0% [20.0, 80.0] 5/10", page, StringComparison.Ordinal);
        Assert.Contains("+30.0 [10.0, 50.0] *", page, StringComparison.Ordinal);
        Assert.Contains("does not show what fission added", page, StringComparison.Ordinal);
        Assert.True(page.Split("<svg").Length > 8);
    }

    /// <summary>A run from a given checkpoint had no warm start to be compared with, and one without fission nothing that fission did.</summary>
    [Fact]
    public void Caveat_SpeaksOfTheRunThatItWas()
    {
        var run = Settings().Run;

        Assert.Contains("over the warm start", RunSummary.CaveatOf(run), StringComparison.Ordinal);
        Assert.Contains("over the checkpoint that it began with", RunSummary.CaveatOf(run with { Policy = run.Policy with { Checkpoint = "models/one" } }), StringComparison.Ordinal);
        Assert.Contains("(without fission)", RunSummary.CaveatOf(run with { Fission = run.Fission with { Enabled = false } }), StringComparison.Ordinal);
    }

    /// <summary>Names may come from models and files: they stay text.</summary>
    [Fact]
    public void Names_NeverBecomeMarkup()
    {
        var page = RunReport.Render("<b>", Settings(), [], Summary);

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("run <b>", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Chart_IsWellFormedAndBreaksItsLineAtGaps()
    {
        var chart = Chart.Draw("a & b", false, new Series("x", [1, 2, null, 4, double.NaN, 3]))!;

        var path = XDocument.Parse(chart).Descendants("path").Single().Attribute("d")!.Value;
        Assert.Equal(3, path.Count(c => c == 'M'));
    }

    [Fact]
    public void NothingToDraw_IsNoChart() => Assert.Null(Chart.Draw("empty", true, new Series("x", [null, null])));

    private static RunSettings Settings()
    {
        var layers = new OptionLayers();
        layers.Add("profile", Profiles.Of(Profiles.Fast));
        return RunSettings.Read(layers);
    }
}
