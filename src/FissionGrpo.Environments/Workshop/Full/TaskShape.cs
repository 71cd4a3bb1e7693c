using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Python.Syntax;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>How often each value of a feature is seen in a set of tasks.</summary>
internal sealed class TaskShape
{
    /// <summary>The features, in the order of the report.</summary>
    public static readonly ImmutableArray<string> Features =
        ["sets of classes", "classes", "user turns", "calls per turn", "calls per task", "tools", "arguments per call", "argument types", "words per turn", "errors of calls made too early"];

    private readonly Dictionary<string, SortedDictionary<string, long>> _counts = Features.ToDictionary(f => f, _ => new SortedDictionary<string, long>(StringComparer.Ordinal));

    public TaskShape(IEnumerable<BfclProblem> problems)
    {
        foreach (var problem in problems)
            Add(problem);
    }

    public IReadOnlyDictionary<string, long> this[string feature] => _counts[feature];

    /// <summary>Total variation distance of two sets of tasks in a feature: 0 for equal shares, 1 for nothing in common.</summary>
    public double Distance(TaskShape other, string feature)
    {
        var (mine, theirs) = (_counts[feature], other._counts[feature]);
        var (all, allOther) = ((double)Math.Max(1, mine.Values.Sum()), (double)Math.Max(1, theirs.Values.Sum()));
        return mine.Keys.Union(theirs.Keys).Sum(k => Math.Abs(mine.GetValueOrDefault(k) / all - theirs.GetValueOrDefault(k) / allOther)) / 2;
    }

    private void Add(BfclProblem problem)
    {
        Count("sets of classes", string.Join('+', problem.InvolvedClasses.Order(StringComparer.Ordinal)));
        Count("user turns", problem.UserTurns.Length);
        Count("calls per task", problem.GroundTruth.Sum(t => t.Length));
        var world = problem.Start.Fork();
        for (var turn = 0; turn < problem.GroundTruth.Length; turn++)
        {
            if (problem.UserTurns[turn] is { } text)
                Count("words per turn", string.Create(CultureInfo.InvariantCulture, $"{text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length / 10 * 10:000}"));
            Count("calls per turn", problem.GroundTruth[turn].Length);
            var before = world.Fork();
            foreach (var call in problem.GroundTruth[turn])
            {
                AddCall(problem, call);
                Count("errors of calls made too early", before.Fork().Execute(call) is ToolResult.Failed early ? Kind(call, early.Message) : "none");
                world.Execute(call);
            }
        }
    }

    private void AddCall(BfclProblem problem, string call)
    {
        if (PyParser.Parse(call) is not PyNode.Call { Function: PyNode.Name name } parsed)
            return;
        Count("tools", name.Id);
        Count("classes", problem.InvolvedClasses.First(c => Bfcl.Api.ApiTypes.All[c].Methods.ContainsKey(name.Id)));
        Count("arguments per call", parsed.Positional.Length + parsed.Keywords.Length);
        PyBudget.Reset();
        var evaluator = new PyEvaluator(_ => null);
        foreach (var argument in parsed.Positional.Concat(parsed.Keywords.Select(k => k.Value)))
            Count("argument types", evaluator.Evaluate(argument).TypeName);
    }

    private void Count(string feature, int value) => Count(feature, value.ToString("00", CultureInfo.InvariantCulture));

    private void Count(string feature, string value) => _counts[feature][value] = _counts[feature].GetValueOrDefault(value) + 1;

    /// <summary>The tool and the message without its values.</summary>
    private static string Kind(string call, string message)
    {
        var text = new StringBuilder(call[..call.IndexOf('(', StringComparison.Ordinal)]).Append(": ");
        var quoted = false;
        foreach (var c in message)
        {
            if (c == '\'')
                quoted = !quoted;
            else if (!quoted && !char.IsAsciiDigit(c))
                text.Append(c);
        }
        return text.Length > 70 ? text.ToString(0, 70) : text.ToString();
    }
}

/// <summary>One line of the comparison with the official tasks.</summary>
/// <param name="Feature">What is compared.</param>
/// <param name="Distance">Total variation distance, from 0 (equal shares) to 1 (nothing in common).</param>
/// <param name="OfficialHalves">The same between two random halves of the official tasks: what chance alone makes of that many.</param>
/// <param name="Largest">The values that differ most: value, official share, the Workshop's share.</param>
public sealed record ShapeRow(string Feature, double Distance, double OfficialHalves, ImmutableArray<(string Value, double Official, double Workshop)> Largest);

/// <summary>How the full profile's tasks compare with the official ones, and that none is among them.</summary>
/// <param name="OfficialTasks">Official tasks compared.</param>
/// <param name="Tasks">Generated tasks compared.</param>
/// <param name="Rows">The distributions.</param>
/// <param name="SharedTasks">Generated tasks with a user turn, a class's start state or a list of expected calls that is also official.</param>
/// <param name="SharedTurnTruths">Share of turns that expect exactly the calls of some official turn, most of them without a value.</param>
/// <param name="SharedGrams">Share of the runs of 5, 8 and 13 words in user turns that also occur in official user turns.</param>
public sealed record ShapeReport(
    int OfficialTasks, int Tasks, ImmutableArray<ShapeRow> Rows, int SharedTasks, double SharedTurnTruths, ImmutableArray<(int Words, double Share)> SharedGrams)
{
    /// <summary>Compares.</summary>
    /// <param name="official">The official data.</param>
    /// <param name="workshop">Where tasks come from.</param>
    /// <param name="split">Which of them.</param>
    /// <param name="tasksPerCategory">How many of each category.</param>
    public static ShapeReport Of(BfclData official, FullWorkshop workshop, WorkshopSplit split, int tasksPerCategory)
    {
        var mine = workshop.Options.DrawnCategories.SelectMany(c => Enumerable.Range(0, tasksPerCategory).Select(i => workshop.Make(split, c, i).Episode.Problem)).ToArray();
        var theirs = official.Problems.Where(p => workshop.Options.DrawnCategories.Contains(p.Category)).ToArray();
        var (shape, officialShape) = (new TaskShape(mine), new TaskShape(theirs));
        // Tasks of one number are variants of each other in all four categories, so halves are made by number.
        var (half, otherHalf) = (new TaskShape(theirs.Where(IsInFirstHalf)), new TaskShape(theirs.Where(p => !IsInFirstHalf(p))));
        var (known, texts) = (new KnownTasks(theirs), new TaskTexts(theirs));
        return new ShapeReport(
            theirs.Length,
            mine.Length,
            [.. TaskShape.Features.Select(f => new ShapeRow(f, officialShape.Distance(shape, f), half.Distance(otherHalf, f), Largest(officialShape[f], shape[f])))],
            mine.Count(p => known.Shared(p) is not null),
            texts.SharedTurnTruths(mine),
            [.. KnownTasks.GramLengths.Select(n => (n, texts.SharedGrams(mine, n)))]);
    }

    private static bool IsInFirstHalf(BfclProblem problem) => new Seeds.Seed(1).Derive(problem.Id[(problem.Id.LastIndexOf('_') + 1)..]).Value % 2 == 0;

    private static ImmutableArray<(string, double, double)> Largest(IReadOnlyDictionary<string, long> official, IReadOnlyDictionary<string, long> mine)
    {
        var (all, allMine) = ((double)Math.Max(1, official.Values.Sum()), (double)Math.Max(1, mine.Values.Sum()));
        return
        [
            .. official.Keys.Union(mine.Keys).Select(k => (k, official.GetValueOrDefault(k) / all, mine.GetValueOrDefault(k) / allMine))
                .OrderByDescending(r => Math.Abs(r.Item2 - r.Item3)).ThenBy(r => r.k, StringComparer.Ordinal).Take(8),
        ];
    }
}
