using System.Collections.Immutable;
using System.Globalization;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>
/// The Workshop's full profile: an unlimited source of tasks over all eight classes and four categories, in BFCL's own shape and scored by its own check.
/// A task is a start state and a dialogue; what the user wishes is done in the live world while the task is made, and those calls are the ground truth.
/// What shares a user turn, a start state or the expected calls with an official task is drawn again. Everything is a function of options, material, seed, split and number. Safe for several threads.
/// </summary>
public sealed class FullWorkshop
{
    private const int MostAttempts = 400;

    // How often each set of classes, each number of turns and each number of wishes in a turn is drawn: near the official tasks' frequencies.
    private static readonly (double Weight, string[] Classes)[] ClassSets =
    [
        (20, ["TradingBot"]), (19, ["VehicleControlAPI"]), (15, ["TicketAPI", "TravelAPI"]), (14, ["TwitterAPI", "VehicleControlAPI"]), (13, ["GorillaFileSystem"]),
        (13, ["MessageAPI", "TradingBot"]), (13, ["TravelAPI"]), (12, ["TwitterAPI", "GorillaFileSystem"]), (12, ["GorillaFileSystem", "MathAPI"]), (10, ["TwitterAPI", "TravelAPI"]),
        (10, ["MessageAPI", "TravelAPI"]), (9, ["MessageAPI", "VehicleControlAPI"]), (9, ["TradingBot", "TicketAPI"]), (8, ["MessageAPI", "GorillaFileSystem"]), (6, ["VehicleControlAPI", "MathAPI"]),
        (5, ["TicketAPI", "GorillaFileSystem"]), (5, ["TradingBot", "MathAPI"]), (3, ["TwitterAPI", "TradingBot"]), (2, ["TicketAPI", "VehicleControlAPI"]), (2, ["MathAPI", "TravelAPI"]),
    ];

    private static readonly double[] TurnWeights = [1.5, 20, 25, 25, 21.5, 6, 1];
    private static readonly double[] WishWeights = [0.86, 0.13, 0.01];

    private readonly BfclCatalog _catalog;
    private readonly Seed _seed;
    private readonly StartStates _training;
    private readonly StartStates _heldOut;

    /// <summary>A source of tasks.</summary>
    /// <param name="options">What tasks look like.</param>
    /// <param name="seed">Where the draws come from.</param>
    /// <param name="official">
    /// The official data, whose documents, tables and long-context texts the tasks then use, as the official program does; null uses the
    /// Workshop's own. Its tasks are not looked at.
    /// </param>
    public FullWorkshop(FullOptions options, Seed seed, BfclData? official = null)
    {
        if (options.Problems().ToArray() is { Length: > 0 } problems)
            throw new UserErrorException(string.Join(Environment.NewLine, problems));
        (Options, _seed, _catalog) = (options, seed.Derive("workshop full"), official?.Catalog ?? OwnMaterial.Catalog);
        var tables = LookUp.Of(_catalog.Constants);
        _training = new StartStates(new Pools(heldOut: false), tables, options.Blocked);
        _heldOut = new StartStates(new Pools(heldOut: true), tables, options.Blocked);
    }

    /// <summary>What tasks look like.</summary>
    public FullOptions Options { get; }

    internal BfclCatalog Catalog => _catalog;

    /// <summary>The task with this number: categories take turns.</summary>
    public BfclTask Task(WorkshopSplit split, long index) => Make(split, Options.DrawnCategories[(int)(index % Options.DrawnCategories.Length)], index).Episode;

    /// <summary>The task with this id, as <see cref="Task"/> gave it once.</summary>
    /// <exception cref="UserErrorException">There is no such task.</exception>
    public BfclTask Find(string taskId)
    {
        foreach (var split in Splits)
            if (Prefix(split) is var prefix && taskId.StartsWith(prefix, StringComparison.Ordinal) && long.TryParse(taskId.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                return Task(split, index);
        throw new UserErrorException($"There is no task '{taskId}' in the Workshop's full profile. Ids look like {Prefix(WorkshopSplit.Train)}17.");
    }

    /// <summary>A training task played by someone who knows how; null when the task with this number has nothing of the kind.</summary>
    public Demonstration? Demonstrate(long index, DemonstrationKind kind) => kind is DemonstrationKind.DiagnosedRecovery
        ? null
        : Make(WorkshopSplit.Train, Options.DrawnCategories[(int)(index % Options.DrawnCategories.Length)], index).Demonstrate(kind is DemonstrationKind.Recovery);

    /// <summary>The splits of the full profile.</summary>
    public static ImmutableArray<WorkshopSplit> Splits { get; } = [WorkshopSplit.Train, WorkshopSplit.InDistribution, WorkshopSplit.HeldOut];

    internal FullTask Make(WorkshopSplit split, string category, long index)
    {
        if (!Splits.Contains(split))
            throw new ArgumentOutOfRangeException(nameof(split), split, "The full profile has the splits train, in-distribution and held-out.");
        var root = _seed.Derive(Prefix(split)).Derive(category).Derive(index);
        var id = string.Create(CultureInfo.InvariantCulture, $"{Prefix(split)}{index}");
        for (var attempt = 0; attempt < MostAttempts; attempt++)
            if (new FullAttempt(this, id, category, root.Derive(attempt), split is WorkshopSplit.HeldOut).Make() is { } task && KnownTasks.Official.Shared(task.Episode.Problem) is null)
                return task;
        throw new InvalidOperationException($"No task {id} ({category}) after {MostAttempts} attempts.");
    }

    internal static string[] DrawClasses(ref SampleRng rng) => ClassSets[Weighted([.. ClassSets.Select(c => c.Weight)], ref rng)].Classes;

    internal int DrawTurns(ref SampleRng rng)
    {
        var turns = 1 + Weighted(TurnWeights, ref rng);
        return Math.Clamp(turns, Options.MinTurns, Options.MaxTurns);
    }

    internal static int DrawWishes(ref SampleRng rng) => 1 + Weighted(WishWeights, ref rng);

    internal PyDict DrawStart(string[] classes, bool heldOut, ref SampleRng rng) => (heldOut ? _heldOut : _training).Draw(classes, ref rng);

    internal static int Weighted(ReadOnlySpan<double> weights, ref SampleRng rng)
    {
        var sum = 0.0;
        foreach (var weight in weights)
            sum += weight;
        var draw = rng.NextDouble() * sum;
        for (var i = 0; i < weights.Length - 1; i++)
            if ((draw -= weights[i]) < 0)
                return i;
        return weights.Length - 1;
    }

    private static string Prefix(WorkshopSplit split) => split switch
    {
        WorkshopSplit.Train => "workshop-full-train-",
        WorkshopSplit.InDistribution => "workshop-full-in-distribution-",
        _ => "workshop-full-held-out-",
    };
}
