using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Training;
using Spectre.Console;

namespace FissionGrpo.Cli.Views;

/// <summary>The end of a run: before and after, by slice and category.</summary>
internal static class RunSummaryView
{
    public static void Show(IAnsiConsole screen, RunFolder folder, RunSettings settings, RunSummary summary)
    {
        foreach (var part in summary.Slices)
            screen.Write(EvaluationView.Changes($"{part.World}, {part.Part}", part.Changes));
        screen.Write(ByCategory(summary));
        screen.Line("Share [95% interval] count/of; change: paired over tasks, * when its interval does not hold 0.");
        screen.Line(RunSummary.CaveatOf(settings.Run));
        var word = CommandLine.Word(folder.Root);
        screen.Line($"Run folder: {folder.Root} (report.html, metrics.jsonl, trajectories.jsonl, policy/)");
        screen.Line($"Look at it: fission inspect {word}    talk to it: fission chat {word}    measure it: fission evaluate {settings.World} --policy {word}");
    }

    private static Table ByCategory(RunSummary summary)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("by category").AddColumns("", "accuracy before", "after", "recovery (a) before", "after");
        foreach (var part in summary.Categories)
        {
            var accuracy = part.Changes.Single(c => c.Metric == "accuracy");
            var recovery = part.Changes.Single(c => c.Metric == "episode_recovery");
            table.AddRow(
                Markup.Escape(part.World == "workshop" ? part.Part : $"{part.World} {part.Part}"),
                Markup.Escape(Figures.Show(accuracy.Before)), Markup.Escape(Figures.Show(accuracy.After)),
                Markup.Escape(Figures.Show(recovery.Before)), Markup.Escape(Figures.Show(recovery.After)));
        }
        return table;
    }
}
