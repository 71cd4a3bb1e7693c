using System.Collections.Immutable;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>One task in the official layout. Immutable; its start state and tools are made once, when first needed, and forked or shared.</summary>
internal sealed class BfclProblem
{
    private readonly Lazy<BfclWorld> _start;
    private readonly Lazy<BfclTools> _tools;

    /// <param name="id"><c>multi_turn_base_0</c>, …</param>
    /// <param name="category"><c>base</c>, <c>miss_func</c>, <c>miss_param</c>, <c>long_context</c>.</param>
    /// <param name="userTurns">The user's messages; null stands for the turn that reveals held-out functions.</param>
    /// <param name="involvedClasses">The classes in the order that decides the tools' order.</param>
    /// <param name="missedFunctions">Names of the functions held out, by the turn that reveals them.</param>
    /// <param name="groundTruth">The texts of the expected calls, per turn.</param>
    /// <param name="initialConfig">Scenarios by class.</param>
    /// <param name="catalog">Documents, tables, prompt texts.</param>
    public BfclProblem(
        string id,
        string category,
        ImmutableArray<string?> userTurns,
        ImmutableArray<string> involvedClasses,
        ImmutableDictionary<int, ImmutableArray<string>> missedFunctions,
        ImmutableArray<ImmutableArray<string>> groundTruth,
        PyDict initialConfig,
        BfclCatalog catalog)
    {
        (Id, Category, UserTurns, InvolvedClasses, MissedFunctions, GroundTruth, InitialConfig, Catalog) =
            (id, category, userTurns, involvedClasses, missedFunctions, groundTruth, initialConfig, catalog);
        _start = new Lazy<BfclWorld>(() => BfclWorld.Create(catalog.Constants, involvedClasses, initialConfig, IsLongContext, "start").Fork());
        _tools = new Lazy<BfclTools>(() => BfclTools.Prepare(catalog, involvedClasses, missedFunctions));
    }

    public string Id { get; }

    public string Category { get; }

    public ImmutableArray<string?> UserTurns { get; }

    public ImmutableArray<string> InvolvedClasses { get; }

    public ImmutableDictionary<int, ImmutableArray<string>> MissedFunctions { get; }

    public ImmutableArray<ImmutableArray<string>> GroundTruth { get; }

    public PyDict InitialConfig { get; }

    public BfclCatalog Catalog { get; }

    public bool IsLongContext => Category == "long_context";

    /// <summary>The state in which every trajectory begins. Never change it: fork it.</summary>
    public BfclWorld Start => _start.Value;

    /// <summary>What is offered and held out.</summary>
    public BfclTools Tools => _tools.Value;

    /// <summary>The part of an id between <c>multi_turn_</c> and the number.</summary>
    public static string CategoryOf(string id)
    {
        const string Prefix = "multi_turn_";
        var end = id.LastIndexOf('_');
        return id.StartsWith(Prefix, StringComparison.Ordinal) && end > Prefix.Length ? id[Prefix.Length..end] : "";
    }
}
