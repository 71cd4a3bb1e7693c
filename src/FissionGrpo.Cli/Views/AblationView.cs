using System.Globalization;
using FissionGrpo.Ablation;
using FissionGrpo.Cli.Shells;
using Spectre.Console;

namespace FissionGrpo.Cli.Views;

/// <summary>The end of an ablation: the primary comparison in the metrics that decide, and the others in short.</summary>
internal static class AblationView
{
    private static readonly string[] InShort = ["episode_recovery_rate", "accuracy"];

    public static void Show(IAnsiConsole screen, AblationPlan plan, AblationResults results, string folder)
    {
        var setting = results.Settings[0];
        screen.Line($"{results.Name}: {results.Question}");
        if (!plan.Comparisons.IsEmpty)
            screen.Write(Primary(setting, plan.Comparisons[0].Key));
        if (plan.Comparisons.Length + results.Settings.Length > 2)
            screen.Write(Others(plan, results));
        screen.Line("Differences in points, paired by seed. Detectable: the true difference that this many seeds of this spread would find four times out of five;");
        screen.Line("a smaller one that is not clear of zero has not been shown to be absent.");
        if (results.Settings.Any(s => !s.SharedStart))
            screen.Line("The arms of a seed did not begin with the same weights: the plan varies the warm start.");
        screen.Line($"Every metric, curves and what remains wrong: {Path.Combine(folder, "results.html")}, results.md, results.json");
    }

    private static Table Primary(SettingResults setting, string key)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape($"{setting.Name}: {key}"))
            .AddColumns("", "difference", "95% interval", "clear of zero", "detectable", "seeds");
        foreach (var metric in MetricNames.Primary)
            if (setting.Comparisons[key].TryGetValue(metric, out var d))
                table.AddRow([metric, .. Cells(d)]);
        return table;
    }

    private static Table Others(AblationPlan plan, AblationResults results)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("setting", "comparison", "", "difference", "95% interval", "clear of zero", "detectable", "seeds");
        foreach (var (setting, at) in results.Settings.Select((s, i) => (s, i)))
            foreach (var key in plan.Comparisons.Skip(at == 0 ? 1 : 0).Select(c => c.Key))
                foreach (var metric in InShort)
                    if (setting.Comparisons[key].TryGetValue(metric, out var d))
                        table.AddRow([Markup.Escape(setting.Name), Markup.Escape(key), metric, .. Cells(d)]);
        return table;
    }

    private static string[] Cells(PairedDifference d) =>
    [
        Points(d.Mean),
        d.HasSpread ? $"{Points(d.Low)} to {Points(d.High)}" : "no spread",
        d.IsClear ? "yes" : "no",
        d.HasSpread ? (100 * d.Detectable).ToString("0.0", CultureInfo.InvariantCulture) : "-",
        d.Seeds.ToString(CultureInfo.InvariantCulture),
    ];

    private static string Points(double share) => (100 * share).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);
}
