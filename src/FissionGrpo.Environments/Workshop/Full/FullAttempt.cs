using System.Collections.Immutable;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Python;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>One attempt at a task: draws a start state, lets wishes act in the live world turn by turn, and keeps the task when its own official check accepts the ground truth.</summary>
/// <param name="workshop">What is drawn from.</param>
/// <param name="id">The task's id.</param>
/// <param name="category">BFCL's category.</param>
/// <param name="seed">Where the draws come from.</param>
/// <param name="heldOut">Use the tests' values and wordings.</param>
internal sealed class FullAttempt(FullWorkshop workshop, string id, string category, Seed seed, bool heldOut)
{
    private const int MostTriesPerWish = 12;

    private readonly List<Turn> _turns = [];
    private readonly HashSet<string> _kinds = new(StringComparer.Ordinal);
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);
    private Stage _stage = null!;

    /// <summary>A wish that was acted out: its calls stand in its turn.</summary>
    private sealed record Acted(Wish Wish, (string Slot, string Text)[] Slots, int Calls);

    private sealed record Turn(ImmutableArray<Acted> Wishes, ImmutableArray<string> Calls, ImmutableArray<string> Asides);

    public FullTask? Make()
    {
        var rng = new SampleRng(seed);
        var classes = FullWorkshop.DrawClasses(ref rng);
        var start = workshop.DrawStart(classes, heldOut, ref rng);
        var world = BfclWorld.Create(workshop.Catalog.Constants, classes, start, category == "long_context", "policy_task");
        _stage = new Stage(workshop.Catalog, world, seed.Derive("stage"), heldOut);
        var wishes = AllWishes.List.Where(w => w.Classes.All(c => classes.Contains(c))).ToArray();
        for (var turns = workshop.DrawTurns(ref _stage.Rng); turns > 0; turns--)
            if (!ActTurn(wishes))
                return null;
        var used = _turns.SelectMany(t => t.Wishes).SelectMany(w => w.Wish.Classes).ToHashSet(StringComparer.Ordinal);
        return classes.All(used.Contains) ? Write(classes, start) : null;
    }

    private bool ActTurn(Wish[] wishes)
    {
        var acted = ImmutableArray.CreateBuilder<Acted>();
        _stage.Calls.Clear();
        _stage.Asides.Clear();
        for (var count = FullWorkshop.DrawWishes(ref _stage.Rng); count > 0; count--)
        {
            if (ActWish(wishes) is not { } one)
                return false;
            acted.Add(one);
        }
        _turns.Add(new Turn(acted.ToImmutable(), [.. _stage.Calls], [.. _stage.Asides]));
        return true;
    }

    private Acted? ActWish(Wish[] wishes)
    {
        // What was wished before is wished again less often.
        var weights = Array.ConvertAll(wishes, w => w.Weight * (_kinds.Contains(w.Kind) ? 0.12 : 1));
        for (var tries = 0; tries < MostTriesPerWish; tries++)
        {
            var wish = wishes[FullWorkshop.Weighted(weights, ref _stage.Rng)];
            var before = _stage.Calls.Count;
            var slots = wish.Do(_stage);
            if (_stage.Broken || (slots is null && _stage.Calls.Count > before))
                return null;
            if (slots is null)
                continue;
            _kinds.Add(wish.Kind);
            return new Acted(wish, slots, _stage.Calls.Count - before);
        }
        return null;
    }

    private FullTask? Write(string[] classes, PyDict start)
    {
        var (texts, truth, goals) = (new List<string?>(), new List<ImmutableArray<string>>(), new List<ImmutableArray<int>>());
        var missed = ImmutableDictionary<int, ImmutableArray<string>>.Empty;
        var special = category switch { "miss_func" => FunctionToMiss(), "miss_param" => WishToLeaveVague(), _ => (-1, -1, null) };
        if (category.StartsWith("miss", StringComparison.Ordinal) && special.Turn < 0)
            return null;
        for (var i = 0; i < _turns.Count; i++)
        {
            var turn = _turns[i];
            var isSpecial = i == special.Turn;
            texts.Add(Text(turn, i == 0, isSpecial && category == "miss_param" ? special.Wish : -1));
            if (isSpecial)
            {
                truth.Add([]);
                goals.Add([]);
                if (special.Functions is { } functions)
                {
                    missed = missed.Add(i + 1, functions);
                    texts.Add(null);
                }
                else
                {
                    var vague = turn.Wishes[special.Wish];
                    texts.Add(TurnText.Supply(Wish.Fill(Wish.Choose(vague.Wish.Supply, heldOut, ref _stage.Rng), vague.Slots), heldOut, ref _stage.Rng));
                }
            }
            truth.Add(turn.Calls);
            goals.Add([.. turn.Wishes.Select(w => w.Calls)]);
        }
        var problem = new BfclProblem(id, category, [.. texts], [.. classes], missed, [.. truth], start, workshop.Catalog);
        return IsSound(problem) ? new FullTask(new BfclTask(problem, "workshop"), [.. truth.SelectMany(t => t).Select(c => PathOf(classes, c)).Distinct()], [.. goals]) : null;
    }

    /// <summary>A turn and the functions to hold out until it: used there and never before. Mostly what the turn is about, its last call.</summary>
    private (int Turn, int Wish, ImmutableArray<string>? Functions) FunctionToMiss()
    {
        var order = Enumerable.Range(0, _turns.Count).ToArray();
        _stage.Rng.Shuffle<int>(order);
        foreach (var turn in order)
        {
            var before = _turns.Take(turn).SelectMany(t => t.Calls).Select(NameOf).ToHashSet(StringComparer.Ordinal);
            var names = _turns[turn].Calls.Select(NameOf).Reverse().Distinct().Where(n => !before.Contains(n)).ToArray();
            if (names.Length == 0)
                continue;
            var main = _stage.Rng.Chance(0.7) ? names[0] : _stage.Rng.Pick<string>(names);
            var others = names.Where(n => n != main).Take(_stage.Rng.Chance(0.09) ? _stage.Rng.Next(1, 3) : 0);
            return (turn, -1, [main, .. others]);
        }
        return (-1, -1, null);
    }

    /// <summary>A wish that can be said without a value that it needs. A value that leans on what was said before could be guessed, so it does not do.</summary>
    private (int Turn, int Wish, ImmutableArray<string>? Functions) WishToLeaveVague()
    {
        var found = new List<(int, int)>();
        for (var t = 0; t < _turns.Count; t++)
            for (var w = 0; w < _turns[t].Wishes.Length; w++)
                if (CanBeVague(_turns[t].Wishes[w]))
                    found.Add((t, w));
        if (found.Count == 0)
            return (-1, -1, null);
        var (turn, wish) = _stage.Rng.Pick<(int, int)>([.. found]);
        return (turn, wish, null);

        static bool CanBeVague(Acted acted) => !acted.Wish.Vague.IsEmpty && acted.Slots.All(s =>
            acted.Wish.Vague[0].Contains($"{{{s.Slot}}}", StringComparison.Ordinal) || !acted.Wish.Supply[0].Contains($"{{{s.Slot}}}", StringComparison.Ordinal)
            || !(s.Text.StartsWith("the same", StringComparison.Ordinal) || s.Text.StartsWith("that ", StringComparison.Ordinal) || s.Text == "it"));
    }

    private string Text(Turn turn, bool isFirst, int vague)
    {
        var said = turn.Wishes.Select((w, i) => Wish.Fill(Wish.Choose(i == vague ? w.Wish.Vague : w.Wish.Say, heldOut, ref _stage.Rng), w.Slots)).ToArray();
        return TurnText.Compose(said, turn.Asides, turn.Wishes[0].Wish.Classes[0], _said, isFirst, heldOut, ref _stage.Rng);
    }

    /// <summary>The ground truth runs without an error from the start and passes the official check.</summary>
    private static bool IsSound(BfclProblem problem)
    {
        var world = problem.Start.Fork();
        foreach (var call in problem.GroundTruth.SelectMany(t => t))
            if (world.Execute(call) is not Episodes.ToolResult.Ok)
                return false;
        return BfclChecker.Check(problem, [.. problem.GroundTruth.Select(t => (IReadOnlyList<IReadOnlyList<string>>)(t.IsEmpty ? [] : [t]))], "model").IsValid;
    }

    private static string NameOf(string call) => call[..call.IndexOf('(', StringComparison.Ordinal)];

    private static string PathOf(string[] classes, string call)
    {
        var name = NameOf(call);
        return $"{classes.First(c => Api(c).ContainsKey(name))}.{name}";

        static System.Collections.Frozen.FrozenDictionary<string, Bfcl.Api.ApiMethod> Api(string c) => Bfcl.Api.ApiTypes.All[c].Methods;
    }
}
