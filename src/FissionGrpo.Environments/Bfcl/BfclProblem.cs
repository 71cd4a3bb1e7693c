using System.Collections.Immutable;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>One official task as its files tell it. Immutable; its start state is made once and forked for every use.</summary>
/// <param name="Id"><c>multi_turn_base_0</c>, …</param>
/// <param name="UserTurns">The user's messages; null stands for the turn that reveals held-out functions.</param>
/// <param name="InvolvedClasses">The classes in the order that decides the tools' order.</param>
/// <param name="MissedFunctions">Names of the functions held out, by the turn that reveals them.</param>
/// <param name="GroundTruth">The texts of the expected calls, per turn.</param>
internal sealed record BfclProblem(
    string Id,
    ImmutableArray<string?> UserTurns,
    ImmutableArray<string> InvolvedClasses,
    ImmutableDictionary<int, ImmutableArray<string>> MissedFunctions,
    ImmutableArray<ImmutableArray<string>> GroundTruth)
{
    private readonly Lazy<BfclWorld> _start = null!;

    public BfclProblem(
        string id,
        ImmutableArray<string?> userTurns,
        ImmutableArray<string> involvedClasses,
        ImmutableDictionary<int, ImmutableArray<string>> missedFunctions,
        ImmutableArray<ImmutableArray<string>> groundTruth,
        BfclConstants constants,
        PyDict initialConfig)
        : this(id, userTurns, involvedClasses, missedFunctions, groundTruth)
    {
        _start = new Lazy<BfclWorld>(() => BfclWorld.Create(constants, involvedClasses, initialConfig, IsLongContext, "start").Fork());
    }

    /// <summary><c>base</c>, <c>miss_func</c>, <c>miss_param</c>, <c>long_context</c>.</summary>
    public string Category => CategoryOf(Id);

    public bool IsLongContext => Category == "long_context";

    /// <summary>The state in which every trajectory begins. Never change it: fork it.</summary>
    public BfclWorld Start => _start.Value;

    /// <summary>The part of an id between <c>multi_turn_</c> and the number.</summary>
    public static string CategoryOf(string id)
    {
        const string Prefix = "multi_turn_";
        var end = id.LastIndexOf('_');
        return id.StartsWith(Prefix, StringComparison.Ordinal) && end > Prefix.Length ? id[Prefix.Length..end] : "";
    }
}
