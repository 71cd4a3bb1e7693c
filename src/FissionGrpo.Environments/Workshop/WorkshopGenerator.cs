using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Episodes;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Workshop;

/// <summary>
/// An unlimited source of tasks over BFCL's tools. A task is drawn, played by the oracle in the real world, and kept only when it went as
/// drawn: the blockers drawn were met where they were drawn, nothing else failed, and every wish had an effect. Everything is a function of
/// options, seed, split and number, so any task can be made again. Safe for several threads.
/// </summary>
/// <param name="options">What tasks look like.</param>
/// <param name="seed">Where the draws come from. The split of values does not depend on it.</param>
public sealed class WorkshopGenerator(WorkshopOptions options, Seed seed)
{
    private const int MostAttempts = 2000;

    /// <summary>The kinds that demonstrations show, in the order in which they take turns: seen ones that tasks can meet first.</summary>
    private readonly ImmutableArray<string> _demonstrated =
    [
        .. options.DrawnApis.SelectMany(api => GoalTemplates.Of(api)).SelectMany(t => t.Blockers).Distinct()
            .Where(b => !Workshop.Blockers.All[b].Unseen && Weight(b, options.Hardness) > 0).Order(StringComparer.Ordinal),
    ];

    /// <summary>What tasks look like.</summary>
    public WorkshopOptions Options { get; } = Checked(options);

    /// <summary>The task with this number.</summary>
    public WorkshopTask Task(WorkshopSplit split, long index) => Draw(
        split, Name(split), index, split == WorkshopSplit.UnseenErrors ? BlockerWish.Unseen : BlockerWish.Drawn);

    /// <summary>The task with this id, as <see cref="Task"/> gave it once.</summary>
    /// <exception cref="UserErrorException">There is no such task.</exception>
    public WorkshopTask Find(string taskId)
    {
        foreach (var split in Enum.GetValues<WorkshopSplit>())
        {
            var prefix = $"workshop-{Name(split)}-";
            if (taskId.StartsWith(prefix, StringComparison.Ordinal)
                && long.TryParse(taskId.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                return Task(split, index);
        }
        throw new UserErrorException($"There is no Workshop task '{taskId}'. Ids look like workshop-train-17.");
    }

    /// <summary>A task to demonstrate: of the training split, without a failure or with failures of seen kinds only.</summary>
    /// <remarks>The kinds take turns as the first failure of a task, so that any number of demonstrations shows each equally often, with any seed.</remarks>
    internal WorkshopTask ToDemonstrate(long index, bool recovery) => recovery
        ? Draw(WorkshopSplit.Train, "recovery", index, BlockerWish.Seen, _demonstrated[(int)(index % _demonstrated.Length)])
        : Draw(WorkshopSplit.Train, "happy", index, BlockerWish.None);

    private enum BlockerWish
    {
        /// <summary>As the options' rate has it.</summary>
        Drawn,

        /// <summary>Nothing fails.</summary>
        None,

        /// <summary>At least one blocker, of kinds that demonstrations may show.</summary>
        Seen,

        /// <summary>At least one blocker of a kind that no demonstration shows.</summary>
        Unseen,
    }

    private static WorkshopOptions Checked(WorkshopOptions options) => options.Problems().ToArray() is { Length: > 0 } problems
        ? throw new UserErrorException(string.Join(Environment.NewLine, problems))
        : options;

    private static string Name(WorkshopSplit split) => split switch
    {
        WorkshopSplit.Train => "train",
        WorkshopSplit.InDistribution => "in-distribution",
        WorkshopSplit.HeldOut => "held-out",
        WorkshopSplit.Reworded => "reworded",
        WorkshopSplit.UnseenErrors => "unseen-errors",
        _ => throw new ArgumentOutOfRangeException(nameof(split), split, "not a split of the Workshop"),
    };

    private WorkshopTask Draw(WorkshopSplit split, string name, long index, BlockerWish wish, string? first = null)
    {
        var root = seed.Derive("workshop").Derive(name, index);
        var id = string.Create(CultureInfo.InvariantCulture, $"workshop-{name}-{index}");
        for (var attempt = 0; attempt < MostAttempts; attempt++)
            if (TryDraw(split, root.Derive(attempt), id, wish, first) is { } task)
                return task;
        throw new InvalidOperationException($"No task {id} after {MostAttempts} attempts with {Options}.");
    }

    private WorkshopTask? TryDraw(WorkshopSplit split, Seed attempt, string id, BlockerWish wish, string? first)
    {
        var draft = new Draft(attempt, split);
        var apis = Options.DrawnApis.ToArray();
        draft.Rng.Shuffle<WorkshopApi>(apis);
        apis = apis[..Options.ApisPerTask];

        var goalsPerTurn = new int[draft.Rng.Next(Options.MinTurns, Options.MaxTurns + 1)];
        for (var i = 0; i < goalsPerTurn.Length; i++)
            goalsPerTurn[i] = draft.Rng.Next(Options.MinGoals, Options.MaxGoals + 1);
        var blocked = Blocked(draft, goalsPerTurn.Sum(), wish);

        var turns = new List<DraftTurn>();
        var kinds = new HashSet<string>(StringComparer.Ordinal);
        var asides = new HashSet<string>(StringComparer.Ordinal);
        var position = 0;
        foreach (var goals in goalsPerTurn)
        {
            var turn = new DraftTurn([], []);
            for (var i = 0; i < goals; i++, position++)
            {
                if (Choose(draft, apis[position % apis.Length], kinds, blocked[position], wish, position == Array.IndexOf(blocked, true) ? first : null) is not var (template, blockers)
                    || template.Build(draft, blockers) is not { } goal || draft.Impossible)
                    return null;
                turn.Goals.Add((goal, blockers));
            }
            foreach (var (goal, _) in turn.Goals)
                if (goal.Aside is { } aside && asides.Add(aside))
                    turn.Asides.Add(aside);
            turns.Add(turn);
        }
        return Play(draft, apis, turns, id);
    }

    /// <summary>A turn while it is being drawn.</summary>
    private sealed record DraftTurn(List<(Goal Goal, BlockerSet Blockers)> Goals, List<string> Asides)
    {
        public string Text => string.Join(", then ", Goals.Select(g => g.Goal.Text)) + string.Concat(Asides.Select(a => $", {a}"));
    }

    /// <summary>Which goals start behind a blocker.</summary>
    private bool[] Blocked(Draft draft, int goals, BlockerWish wish)
    {
        var blocked = new bool[goals];
        if (wish == BlockerWish.None)
            return blocked;
        var first = (int)Math.Round(Options.Lateness * (goals - 1));
        for (var i = first; i < goals; i++)
            blocked[i] = draft.Rng.Chance(Options.BlockerRate);
        if (wish != BlockerWish.Drawn && !blocked.Contains(true))
            blocked[draft.Rng.Next(first, goals)] = true;
        return blocked;
    }

    /// <summary>A kind of goal that the task does not have yet, and its blockers: the blocker is drawn first, so that rare kinds of goals do not make rare errors.</summary>
    private (GoalTemplate Template, BlockerSet Blockers)? Choose(Draft draft, WorkshopApi api, HashSet<string> kinds, bool blocked, BlockerWish wish, string? required)
    {
        var templates = GoalTemplates.Of(api).Where(t => !kinds.Contains(t.Kind)).ToArray();
        var blockers = BlockerSet.None;
        if (blocked)
        {
            var possible = templates.SelectMany(t => t.Blockers).Distinct().Where(b => required is null ? Wanted(b, first: true) : b == required).ToArray();
            if (possible.Length == 0)
                return null;
            var id = possible[Weighted(draft, Array.ConvertAll(possible, b => Weight(b, Options.Hardness)))];
            templates = [.. templates.Where(t => t.Blockers.Contains(id))];
            blockers = new([id]);
        }
        if (templates.Length == 0)
            return null;
        var template = templates[Weighted(draft, Array.ConvertAll(templates, t => 1.0 + t.Copies))];
        for (var depth = 1; blocked && depth < Options.MaxStack && draft.Rng.Chance(0.2 + 0.6 * Options.Hardness); depth++)
        {
            var behind = template.Behind.Where(b => !blockers.Has(b) && Wanted(b, first: false)).ToArray();
            if (behind.Length > 0)
                blockers = new(blockers.Ids.Add(draft.Rng.Pick<string>(behind)));
        }
        kinds.Add(template.Kind);
        return (template, blockers);

        bool Wanted(string blocker, bool first) => wish switch
        {
            BlockerWish.Seen => !Workshop.Blockers.All[blocker].Unseen,
            BlockerWish.Unseen => !first || Workshop.Blockers.All[blocker].Unseen,
            _ => true,
        };
    }

    /// <summary>The easy blockers at hardness 0 and no others, the hard ones at hardness 1.</summary>
    private static double Weight(string blocker, double hardness) => Workshop.Blockers.All[blocker].Difficulty switch
    {
        1 => 1 - hardness + 0.01,
        2 => Math.Min(0.5, 2 * hardness),
        _ => hardness,
    };

    private static int Weighted(Draft draft, double[] weights)
    {
        var draw = draft.Rng.NextDouble() * weights.Sum();
        for (var i = 0; i < weights.Length - 1; i++)
            if ((draw -= weights[i]) < 0)
                return i;
        return weights.Length - 1;
    }

    /// <summary>Lets the oracle play what was drawn; null when it did not go as drawn.</summary>
    private WorkshopTask? Play(Draft draft, WorkshopApi[] apis, List<DraftTurn> drafted, string id)
    {
        var scenario = Scenario(draft, apis);
        using var parsed = JsonDocument.Parse(scenario);
        var origin = BfclWorld.Create(draft.Constants(), parsed.RootElement.EnumerateObject().Select(m => m.Name), parsed.RootElement);
        var world = origin.Fork();
        var turns = ImmutableArray.CreateBuilder<WorkshopTurn>();
        foreach (var drafts in drafted)
        {
            var oracle = new Oracle(world.Execute);
            var reads = ImmutableArray.CreateBuilder<string>();
            for (var i = 0; i < drafts.Goals.Count; i++)
            {
                var (goal, blockers) = drafts.Goals[i];
                var before = world.Fork();
                if (oracle.Pursue(goal, i) is not { } answer || !AsDrawn(oracle.Steps, i, blockers))
                    return null;
                if (goal.Reads)
                    reads.Add(answer);
                else if (world.StateEquals(before))
                    return null;
            }
            turns.Add(new WorkshopTurn(
                drafts.Text,
                drafts.Goals.Count,
                [.. oracle.Steps.Where(s => s.Blocker is null).Select(s => s.Call)],
                reads.ToImmutable())
            {
                Truth = world.Fork(),
                Played = [.. oracle.Steps],
            });
        }

        var played = turns.SelectMany(t => t.Played).ToArray();
        var drifts = Options.DriftRate > 0 ? Drifts(origin, turns, drafted) : [];
        var tools = Offer(draft, apis, played.Select(s => s.Call.Name).Concat(drifts.SelectMany(d => d.Tools)));
        var met = played.Where(s => s.Blocker is not null).Select(s => s.Blocker!).ToImmutableArray();
        return new WorkshopTask(
            id,
            met.IsEmpty ? "happy" : $"{Workshop.Blockers.All[met[0]].Api.ToString().ToLowerInvariant()}/{met[0]}",
            turns.ToImmutable(),
            met,
            met.Any(b => Workshop.Blockers.All[b].Unseen),
            scenario)
        {
            Tools = tools,
            Origin = origin,
            DriftRate = Options.DriftRate,
            Drifts = [.. drifts.Select(d => d.Drift)],
        };
    }

    /// <summary>Whether the goal met the blockers drawn for it, and no other.</summary>
    private static bool AsDrawn(IReadOnlyList<OracleStep> steps, int goal, BlockerSet blockers)
    {
        var met = steps.Where(s => s.Goal == goal && s.Blocker is not null).Select(s => s.Blocker!).ToHashSet(StringComparer.Ordinal);
        return met.SetEquals(blockers.Ids);
    }

    private static string Scenario(Draft draft, WorkshopApi[] apis) => "{" + string.Join(',', apis.Order().Select(api => api switch
    {
        WorkshopApi.Vehicle => $"\"VehicleControlAPI\":{draft.Vehicle.ToConfig(draft)}",
        WorkshopApi.Ticket => $"\"TicketAPI\":{draft.Ticket.ToConfig(draft)}",
        WorkshopApi.Message => $"\"MessageAPI\":{draft.Message.ToConfig(draft)}",
        _ => $"\"GorillaFileSystem\":{draft.Files.ToConfig(draft)}",
    })) + "}";

    /// <summary>What the task needs and some of what it does not, shuffled.</summary>
    private ImmutableArray<ToolSpec> Offer(Draft draft, WorkshopApi[] apis, IEnumerable<string> needed)
    {
        var names = needed.Distinct().ToList();
        var others = apis.Order().SelectMany(a => WorkshopTools.Of(a)).Select(t => t.Name).Where(n => !names.Contains(n)).ToArray();
        draft.Rng.Shuffle<string>(others);
        var offered = names.Concat(others.Take(Options.DistractorTools)).ToArray();
        draft.Rng.Shuffle<string>(offered);
        return [.. offered.Select(WorkshopTools.Named)];
    }

    /// <summary>
    /// The failures of its own that a trajectory of this task may meet, each with the tools that it takes to mend it: those after which the
    /// oracle still reaches the ground truth.
    /// </summary>
    private ImmutableArray<(Drift Drift, string[] Tools)> Drifts(
        BfclWorld origin, ImmutableArray<WorkshopTurn>.Builder turns, List<DraftTurn> drafted)
    {
        // Only in the last turn: earlier ones may be history that is replayed by the ground truth, where nobody would mend anything.
        var last = turns.Count - 1;
        var calls = turns[last].Expected;
        var first = (int)Math.Round(Options.Lateness * (calls.Length - 1));
        var found = ImmutableArray.CreateBuilder<(Drift, string[])>();
        foreach (var drift in calls.Skip(first).SelectMany(c => Drift.Before(last, c)).DistinctBy(d => (d.Kind, d.Tool)))
            if ((drift.Hidden.IsEmpty ? [] : ToolsToMend(drift)) is { } tools)
                found.Add((drift, tools));
        return found.ToImmutable();

        string[]? ToolsToMend(Drift drift)
        {
            var world = origin.Fork();
            var tools = new List<string>();
            var struck = false;
            for (var i = 0; i <= drift.Turn; i++)
            {
                var turn = i;
                var oracle = new Oracle(call => Execute(world, turn, call));
                for (var g = 0; g < drafted[i].Goals.Count; g++)
                    if (oracle.Pursue(drafted[i].Goals[g].Goal, g) is null)
                        return null;
                tools.AddRange(oracle.Steps.Select(s => s.Call.Name));
            }
            return world.StateEquals(turns[drift.Turn].Truth) ? [.. tools] : null;

            ToolResult Execute(BfclWorld world, int turn, ToolCall call)
            {
                if (struck || !drift.Strikes(world, turn, call))
                    return world.Execute(call);
                struck = true;
                return drift.Strike(world) ?? world.Execute(call);
            }
        }
    }
}
