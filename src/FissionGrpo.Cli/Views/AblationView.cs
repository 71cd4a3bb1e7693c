using System.Globalization;
using FissionGrpo.Ablation;
using Spectre.Console;

namespace FissionGrpo.Cli.Views;

/// <summary>The end of an ablation: the primary setting's comparisons in the metrics that decide.</summary>
internal static class AblationView
{
    public static void Show(IAnsiConsole screen, AblationResults results, string folder)
    {
        var setting = results.Settings[0];
        screen.WriteLine($"{results.Name}: {results.Question}");
        foreach (var (key, differences) in setting.Comparisons)
        {
            var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape($"{setting.Name}: {key}"))
                .AddColumns("points, paired by seed", "difference", "95% interval", "clear of zero", "detectable", "seeds");
            foreach (var metric in MetricNames.Primary)
                if (differences.TryGetValue(metric, out var d))
                    table.AddRow(metric, Points(d.Mean), $"{Points(d.Low)} to {Points(d.High)}", d.IsClear ? "yes" : "no", Points(d.Detectable).TrimStart('+'), d.Seeds.ToString(CultureInfo.InvariantCulture));
            screen.Write(table);
        }
        screen.WriteLine("Detectable: the true difference that this many seeds of this spread would find four times out of five. A smaller one that is not clear of zero has not been shown to be absent.");
        if (results.Settings.Any(s => !s.SharedStart))
            screen.WriteLine("The arms of a seed did not begin with the same weights: the plan varies the warm start.");
        screen.WriteLine($"Every setting, curves and what remains wrong: {Path.Combine(folder, "results.html")}, results.md, results.json");
    }

    private static string Points(double share) => (100 * share).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);
}
