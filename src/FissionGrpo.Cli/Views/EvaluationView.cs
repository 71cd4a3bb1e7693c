using System.Collections.Immutable;
using System.Globalization;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Evaluation.Metrics;
using FissionGrpo.Evaluation.Reports;
using Spectre.Console;

namespace FissionGrpo.Cli.Views;

/// <summary>An evaluation as tables.</summary>
internal static class EvaluationView
{
    /// <summary>BFCL's multi-turn tasks: its overall figure is that of all of them.</summary>
    private const int OfficialTasks = 800;

    public static void Show(IAnsiConsole screen, EvaluationReport report)
    {
        var setting = report.Setting;
        screen.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{setting.World}, {setting.Policy}: {(setting.Temperature == 0 ? "greedy" : $"temperature {setting.Temperature}")}, {setting.Samples} sample{(setting.Samples == 1 ? "" : "s")} a task, prompting {setting.Prompting}, think history {setting.ThinkHistory}, seed {setting.Seed}"));
        if (setting.TaskSet is not null)
            screen.Line($"{setting.TaskSet}{(setting.World is "bfcl" ? "" : $"; user: {setting.User ?? "none"}")}{(setting.Judge is null ? "" : $"; judge: {setting.Judge}")}");
        screen.Write(Rates(report));
        if (report.Overall.Pass.Length > 1)
            screen.Write(Pass(report.Overall.Pass));
        if (report.Overall.Reasons.Count + report.Overall.Failures.Count > 0)
            screen.Write(Causes(report.Overall));
        screen.Line(Coverage(report.Overall.Coverage));
        foreach (var outside in report.Overall.Outside)
            screen.Line($"  {outside.Count} failed at the {outside.Boundary}, the first: {outside.Example}");
        screen.Line("Rates are shown as share [95% interval] count/of. (a) episodes with a failed call that end correct; (b) failed calls mended within the turn;");
        screen.Line("(c) episodes with an injected fault that end correct; repetition: failed calls that the next reply repeats verbatim.");
        if (report.Cost.Requests > 0)
            screen.Line(Cost(report.Cost));
        if (report.Cost.User is { } user)
            screen.Line($"The user's server: {Cost(user)}");
        if (report.Cost.Judge is { } judge)
            screen.Line($"The judge's server: {Cost(judge)}");
    }

    /// <summary>Before and after, with the paired difference; shown by <c>train</c>.</summary>
    public static Table Changes(string title, ImmutableArray<MetricChange> changes)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(title)).AddColumns("", "before", "after", "change in points");
        foreach (var change in changes)
            if (change.Before.Of > 0 || change.After.Of > 0)
                table.AddRow(Markup.Escape(Figures.Title(change.Metric)), Cell(change.Before), Cell(change.After), Markup.Escape(Figures.Show(change.Change)));
        return table;
    }

    private static Table Rates(EvaluationReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("", "accuracy", "recovery (a) episode", "recovery (b) step", "repetition", "calls", "failed", "malformed");
        NamedMetrics[] slices = [.. report.Slices.Where(s => s.Metrics.Accuracy.Of > 0)];
        if (!slices.Select(s => s.Name).SequenceEqual(report.Categories.Select(c => c.Name)))
        {
            foreach (var slice in slices)
                Row(slice.Name, slice.Metrics);
            table.AddEmptyRow();
        }
        foreach (var category in report.Categories)
            Row(category.Name, category.Metrics);
        table.AddEmptyRow();
        Row("all", report.Overall);
        if (report.OfficialOverall is { } official)
            table.AddRow(report.Overall.Coverage.Tasks < OfficialTasks ? "official overall, of these tasks" : "official overall", official.ToString("0.00%", CultureInfo.InvariantCulture), "", "", "", "", "", "");
        if (report.Overall.InjectedRecovery.Of > 0)
        {
            table.AddEmptyRow();
            foreach (var (name, rate) in report.Overall.Faults)
                table.AddRow(Markup.Escape($"fault: {name}"), Cell(rate), "", "", "", "", "", "");
            table.AddRow("recovery (c) injected", Cell(report.Overall.InjectedRecovery), "", "", "", "", "", "");
        }
        return table;

        void Row(string name, MetricSet metrics) => table.AddRow(
            Markup.Escape(name), Cell(metrics.Accuracy), Cell(metrics.EpisodeRecovery), Cell(metrics.StepRecovery), Cell(metrics.Repetition),
            Number(metrics.Calls), Number(metrics.FailedCalls), Number(metrics.MalformedReplies));
    }

    private static Table Pass(ImmutableArray<PassRates> rates)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("k", "pass@k", "pass^k", "tasks");
        foreach (var rate in rates)
            table.AddRow(Number(rate.K), Percent(rate.Any, rate.AnyInterval), Percent(rate.All, rate.AllInterval), Number(rate.Tasks));
        return table;
    }

    private static Table Causes(MetricSet metrics)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("incorrect episodes by", "", "count");
        Rows("first failure", metrics.Failures);
        Rows("benchmark's reason", metrics.Reasons);
        return table;

        void Rows(string kind, ImmutableSortedDictionary<string, int> counts)
        {
            foreach (var (name, count) in counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal))
                table.AddRow(kind, Markup.Escape(name), Number(count));
        }
    }

    private static string Coverage(Coverage coverage) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Count(coverage.Tasks, "task")}, {Count(coverage.Planned, "episode")} planned: {coverage.Played} played, {coverage.Failed} failed outside the policy (in no rate), {coverage.Missing} missing.");

    private static string Cost(EvaluationCost cost)
    {
        var price = cost.Price is { } p ? string.Create(CultureInfo.InvariantCulture, $", price {p:0.0000}") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{cost.Requests} requests ({cost.Retries} repeated), {cost.PromptTokens} prompt tokens, {cost.ReplyTokens} reply tokens{price}.");
    }

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private static string Cell(Rate rate) => Markup.Escape(Figures.Show(rate));

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Percent(double value, Interval interval) =>
        Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"{value:0.0%} [{interval.Low:0.0%}, {interval.High:0.0%}]"));
}
