using System.Collections.Immutable;
using System.Globalization;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Evaluation.Metrics;
using Spectre.Console;

namespace FissionGrpo.Cli.Views;

/// <summary>What goes wrong, as tables.</summary>
internal static class ErrorReportView
{
    private const int Rows = 12;

    public static void Show(IAnsiConsole screen, ErrorReport report)
    {
        var (counts, without) = (report.Counts, report.Trajectories - report.WithErrors);
        screen.Line(string.Create(CultureInfo.InvariantCulture, $"{report.Trajectories} trajectories, {report.Calls} calls, {Share(counts.FailedCalls, report.Calls)} failed, {counts.MalformedReplies} malformed replies."));
        screen.Line(string.Create(CultureInfo.InvariantCulture, $"{Share(report.WithErrors, report.Trajectories)} of the trajectories have a failed call; {Share(report.WithErrorsCorrect, report.WithErrors)} of those end correct (recovery a), against {Share(report.WithoutErrorsCorrect, without)} of the others."));
        screen.Line(string.Create(CultureInfo.InvariantCulture, $"{Share(counts.RecoveredCalls, counts.FailedCalls)} of the failed calls are mended within the turn (recovery b); {Share(counts.RepeatedCalls, counts.FailedThenCalled)} of those after which the turn goes on are repeated verbatim."));
        if (report.Injected > 0)
            screen.Line($"{report.Injected} of the trajectories have an injected fault and are counted above; `fission evaluate` reports them apart (recovery c).");
        Table(screen, "kind of error", report.Kinds, counts.FailedCalls);
        Table(screen, "failed tool", report.Tools, counts.FailedCalls);
        Table(screen, "message", report.Messages, counts.FailedCalls);
        Table(screen, "first failure (diagnoser)", report.Failures, report.Failures.Sum(f => f.Count));
    }

    private static void Table(IAnsiConsole screen, string title, ImmutableArray<Tallied> counts, int of)
    {
        if (counts.IsEmpty)
            return;
        var table = new Table().Border(TableBorder.Rounded).AddColumns(title, "count", "share");
        foreach (var one in counts.Take(Rows))
            table.AddRow(Markup.Escape(one.Name), one.Count.ToString(CultureInfo.InvariantCulture), Share(one.Count, of));
        if (counts.Length > Rows)
            table.AddRow($"{counts.Length - Rows} more", counts.Skip(Rows).Sum(c => c.Count).ToString(CultureInfo.InvariantCulture), "");
        screen.Write(table);
    }

    private static string Share(int count, int of) => of == 0 ? "0" : ((double)count / of).ToString("0.0%", CultureInfo.InvariantCulture);
}
