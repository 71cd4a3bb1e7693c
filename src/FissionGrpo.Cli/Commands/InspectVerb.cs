using System.CommandLine;
using System.Text.Json;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Views;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Metrics;
using Spectre.Console;

namespace FissionGrpo.Cli.Commands;

/// <summary><c>fission inspect</c>: trajectories that people can read.</summary>
internal static class InspectVerb
{
    public static Command Make(Shell shell)
    {
        var path = new Argument<string>("path") { Description = "A run folder, an evaluation's folder, a .jsonl file of either, or a recording of another program (TAU-bench, TAU2-bench, chat completions; .gz too)." };
        var id = new Option<string?>("--id") { Description = "Show this trajectory in full, with the recoveries that fission sampled from it.", HelpName = "TRAJECTORY" };
        var failed = new Option<bool>("--failed") { Description = "Only trajectories that end incorrect." };
        var recovered = new Option<bool>("--recovered") { Description = "Only trajectories with a failed call that end correct." };
        var errors = new Option<bool>("--errors") { Description = "Report what goes wrong over all trajectories." };
        var limit = new Option<int>("--limit") { Description = "At most this many rows.", DefaultValueFactory = _ => 20, HelpName = "N" }.AtLeast(1);
        var json = new Option<bool>("--json") { Description = "Write trajectories to standard output as JSON, one a line; step, turn and first_turn count from 0 there; the step in an id and whatever people read count from 1." };
        var verb = new Verb(
            "inspect",
            "Shows recorded trajectories: calls, errors, diagnostics and what fission made of them.",
            "inspect out/first",
            "inspect out/first --recovered --limit 5",
            "inspect out/first --errors")
        {
            path, id, failed, recovered, errors, limit, json,
        };
        verb.SetAction(parse =>
        {
            var recorded = RecordedTrajectories.Open(parse.GetValue(path)!, shell);
            var asJson = parse.GetValue(json);
            if (parse.GetValue(errors))
                ShowErrors(shell, recorded, asJson);
            else if (parse.GetValue(id) is { } wanted)
                ShowOne(shell, recorded, wanted, asJson);
            else
                ShowList(shell, recorded, parse.GetValue(failed), parse.GetValue(recovered), parse.GetValue(limit), asJson);
            return Failures.Done;
        });
        return verb;
    }

    private static void ShowErrors(Shell shell, RecordedTrajectories recorded, bool asJson)
    {
        var injected = 0;
        var report = ErrorReport.Of(recorded.Read().Select(r =>
        {
            injected += r is { IsInjected: true, Trajectory.Failure: null } ? 1 : 0;
            return (r.Trajectory, r.Expected, r.FirstFailure);
        })) with { Injected = injected };
        if (asJson)
            shell.Out.WriteLine(JsonSerializer.Serialize(report, InspectJson.Default.ErrorReport));
        else
            ErrorReportView.Show(shell.Screen, report);
    }

    private static void ShowOne(Shell shell, RecordedTrajectories recorded, string id, bool asJson)
    {
        RecordedTrajectory? found = null;
        var children = new List<RecordedTrajectory>();
        foreach (var one in recorded.Read())
            if (one.Trajectory.Id == id)
                found = one;
            else if (one.Trajectory.Origin?.ParentId == id)
                children.Add(one);
        if (found is null)
            throw new UserErrorException($"--id {id}: there is no such trajectory. `fission inspect` without --id lists them.");
        if (asJson)
            shell.Out.WriteLine(JsonSerializer.Serialize(found.Trajectory, EpisodesJson.Default.Trajectory));
        else
            TrajectoryView.Show(shell.Out, found, children, recorded.Format);
    }

    private static void ShowList(Shell shell, RecordedTrajectories recorded, bool failed, bool recovered, int limit, bool asJson)
    {
        var rows = new List<RecordedTrajectory>();
        var (matching, all, withChildren) = (0, 0, new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var one in recorded.Read())
        {
            all++;
            if (one.Trajectory.Origin is { } origin)
                withChildren[origin.ParentId] = withChildren.GetValueOrDefault(origin.ParentId) + 1;
            var correct = one.Trajectory.Score is { Correct: true };
            if ((failed && correct) || (recovered && !(correct && one.Trajectory.Steps.Any(s => s.Failed))))
                continue;
            matching++;
            rows.Add(one);
        }
        var shown = Interesting(rows, withChildren).Take(limit).ToList();
        if (asJson)
        {
            foreach (var one in shown)
                shell.Out.WriteLine(JsonSerializer.Serialize(one.Trajectory, EpisodesJson.Default.Trajectory));
            return;
        }
        if (shown.Count == 0)
        {
            shell.Screen.Line(all == 0 ? $"{recorded.Source}: there is no whole trajectory in it yet." : $"None of the {all} trajectories is like that.");
            return;
        }
        TrajectoryView.List(shell.Screen, shown, withChildren);
        shell.Screen.Line($"{shown.Count} of {matching} trajectories. Those that fission started from come first.");
        TrajectoryView.Show(shell.Out, shown[0], [.. recorded.Read().Where(r => r.Trajectory.Origin?.ParentId == shown[0].Trajectory.Id)], recorded.Format);
    }

    /// <summary>Newest parents of recoveries first, then whatever has a failed call, then the rest.</summary>
    private static IEnumerable<RecordedTrajectory> Interesting(List<RecordedTrajectory> rows, Dictionary<string, int> withChildren) =>
        rows.Select((row, i) => (row, i))
            .OrderByDescending(r => withChildren.ContainsKey(r.row.Trajectory.Id))
            .ThenByDescending(r => r.row.Trajectory.Steps.Any(s => s.Failed))
            .ThenByDescending(r => r.i)
            .Select(r => r.row);
}

[System.Text.Json.Serialization.JsonSourceGenerationOptions(PropertyNamingPolicy = System.Text.Json.Serialization.JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[System.Text.Json.Serialization.JsonSerializable(typeof(ErrorReport))]
internal sealed partial class InspectJson : System.Text.Json.Serialization.JsonSerializerContext;
