using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Dialogues;
using Spectre.Console;

namespace FissionGrpo.Cli.Views;

/// <summary>Trajectories as people read them. What a model wrote is shown as it is, with control characters made visible.</summary>
internal static class TrajectoryView
{
    private const int VerdictWidth = 36;
    private const int PromptWidth = 400;

    private static readonly string[] Roles = ["system", "developer", "user", "assistant", "tool", "ipython"];

    public static void List(IAnsiConsole screen, IReadOnlyList<RecordedTrajectory> rows, IReadOnlyDictionary<string, int> children)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("trajectory", "task", "failed / calls", "reward", "verdict", "recoveries");
        foreach (var row in rows)
        {
            var trajectory = row.Trajectory;
            table.AddRow(
                Markup.Escape(Clean(trajectory.Id)),
                Markup.Escape(row.Place.StartsWith("step ", StringComparison.Ordinal) || row.Place == trajectory.Category ? trajectory.Category : $"{row.Place} {trajectory.Category}"), // a run's ids say step and stage
                Calls(trajectory),
                trajectory.Reward is { } reward ? reward.Total.ToString("0.00", CultureInfo.InvariantCulture) : "-",
                Markup.Escape(Short(Verdict(trajectory), VerdictWidth)),
                children.TryGetValue(trajectory.Id, out var count) ? Number(count) : "");
        }
        screen.Write(table);
    }

    /// <summary>One trajectory in full: prompt, replies, calls with their results, verdict, and each recovery that fission sampled from it.</summary>
    public static void Show(TextWriter output, RecordedTrajectory shown, IReadOnlyList<RecordedTrajectory> children, DialogueFormat? format)
    {
        var trajectory = shown.Trajectory;
        output.WriteLine();
        output.WriteLine($"── {Clean(trajectory.Id)}  ({shown.Place}, {trajectory.Category})");
        if (trajectory.Origin is { } origin)
            output.WriteLine($"   a recovery from {Clean(origin.ParentId)}, forked at its reply {origin.Step + 1}; diagnostic: {Clean(origin.Diagnostic)}");
        foreach (var message in Prompt(trajectory, format))
            output.WriteLine($"   │ {Short(Clean(message), PromptWidth)}");
        foreach (var step in trajectory.PriorSteps.IsDefault ? [] : trajectory.PriorSteps)
            Step(output, step, "   (before the fork) ");
        Steps(output, trajectory, "   ");
        output.WriteLine($"   {Verdict(trajectory)}{Terms(trajectory)}");
        foreach (var turn in Expected(shown))
            output.WriteLine($"   expected: {Clean(turn)}");
        if (children.Count == 0)
            return;
        output.WriteLine($"   fission: {children.Count} recoveries, {children.Count(c => c.Trajectory.Score is { Correct: true })} of them correct; diagnostic: {Clean(children[0].Trajectory.Origin!.Diagnostic)}");
        for (var i = 0; i < children.Count; i++)
        {
            var same = i > 0 && Played(children[i].Trajectory) == Played(children[i - 1].Trajectory);
            output.WriteLine($"   {(i + 1 == children.Count ? "└" : "├")}─ {Clean(children[i].Trajectory.Id)}  {(same ? "the same" : Verdict(children[i].Trajectory) + Terms(children[i].Trajectory))}");
            if (!same)
                Steps(output, children[i].Trajectory, i + 1 == children.Count ? "      " : "   │  ");
        }
    }

    /// <summary>One reply, as it comes.</summary>
    public static void Show(TextWriter output, Step step)
    {
        if (step.FormatError is { } error)
            output.WriteLine($"  ✗ malformed ({Clean(error)}): {Clean(step.Text)}");
        else if (step.Calls.IsEmpty)
            output.WriteLine($"policy> {Clean(step.Text)}");
        foreach (var call in step.Calls)
            output.WriteLine($"  {(call.Result is ToolResult.Failed ? "✗" : "✓")} {Clean(call.Call.ToString())} → {Clean(call.Result.Text)}");
    }

    private static string Calls(Trajectory trajectory)
    {
        var malformed = trajectory.Steps.Count(s => s.FormatError is not null);
        return $"{trajectory.Steps.Sum(s => s.Calls.Count(c => c.Result is ToolResult.Failed))} / {trajectory.Steps.Sum(s => s.Calls.Length)}{(malformed == 0 ? "" : $", {malformed} malformed")}";
    }

    private static IEnumerable<string> Expected(RecordedTrajectory shown) =>
        shown.Expected.IsDefaultOrEmpty || shown.Trajectory.Score is { Correct: true }
            ? []
            : shown.Expected.Select((calls, turn) => $"turn {turn + 1}: {string.Join("; ", calls)}");

    /// <summary>All that is shown of a trajectory below its id.</summary>
    private static string Played(Trajectory trajectory)
    {
        using var text = new StringWriter();
        text.WriteLine(Verdict(trajectory) + Terms(trajectory));
        Steps(text, trajectory, "");
        return text.ToString();
    }

    private static void Steps(TextWriter output, Trajectory trajectory, string indent)
    {
        foreach (var step in trajectory.Steps)
            Step(output, step, indent);
    }

    private static void Step(TextWriter output, Step step, string indent)
    {
        if (step.FormatError is { } error)
            output.WriteLine($"{indent}turn {step.Turn + 1}: ✗ malformed ({Clean(error)}): {Clean(step.Text)}");
        else if (step.Calls.IsEmpty)
            output.WriteLine($"{indent}turn {step.Turn + 1}: says: {Clean(step.Text)}");
        foreach (var call in step.Calls)
            output.WriteLine($"{indent}turn {step.Turn + 1}: {(call.Result is ToolResult.Failed ? "✗" : "✓")} {Clean(call.Call.ToString())} → {Clean(call.Result.Text)}{(call.RolledBack ? " (rolled back)" : "")}");
    }

    /// <summary>What stood before the first sampled token, a message a line: control tokens part it; they name who speaks, or the line behind them does (ChatML, Llama).</summary>
    private static IEnumerable<string> Prompt(Trajectory trajectory, DialogueFormat? format)
    {
        if (format is null || trajectory.Tokens.Ids.IsDefaultOrEmpty)
            yield break;
        var (tokenizer, ids) = (format.Tokenizer, trajectory.Tokens.Ids);
        var end = trajectory.Tokens.Origins.IndexOf(TokenOrigin.Policy);
        end = end < 0 ? ids.Length : end;
        var (start, speaker) = (0, "");
        for (var i = 0; i <= end; i++)
        {
            if (i < end && !tokenizer.IsSpecial(ids[i]))
                continue;
            var said = tokenizer.Decode(ids.AsSpan(start, i - start)).Trim();
            var announced = false;
            if (said.Split('\n', 2) is [var role, .. var rest] && !Roles.Contains(speaker) && Roles.Contains(role))
                (speaker, said, announced) = (role, rest is [var text] ? text.TrimStart() : "", rest.Length == 0);
            if (said.Length > 0)
                yield return speaker.Length == 0 ? said : $"{speaker}: {said}";
            if (i < end)
                (start, speaker) = (i + 1, announced ? speaker : tokenizer.TokenOf(ids[i])!.Trim('<', '|', '>', '[', ']'));
        }
    }

    /// <summary>The text, or its beginning and end where it is longer than a place has room for.</summary>
    private static string Short(string text, int width) => text.Length <= width ? text : $"{text[..(width * 2 / 3)]} … {text[^(width / 3 - 3)..]}";

    private static string Verdict(Trajectory trajectory) =>
        trajectory.Failure is { } failure ? $"rollout failed ({failure.Boundary}: {failure.Message})"
        : trajectory.Score is { Correct: true } ? "correct"
        : $"incorrect ({trajectory.Score?.Reason ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(trajectory.End.ToString()).Replace('_', ' ')})";

    private static string Terms(Trajectory trajectory) => trajectory.Reward is not { } reward ? "" : string.Create(
        CultureInfo.InvariantCulture, $", reward {reward.Total:0.000} = {string.Join(" + ", reward.Terms.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Weight:0.##}·{t.Value:0.##} {t.Name}")))}");

    /// <summary>Control characters could move the cursor or clear the screen.</summary>
    private static string Clean(string text) =>
        string.Concat(text.Select(c => c is '\n' ? "⏎" : char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()));

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
