using System.Collections.Immutable;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>The functions of a task (specification 1.3).</summary>
/// <param name="Offered">Those offered from the start, each with the language hint.</param>
/// <param name="HeldOut">The documents that a turn reveals, without the hint.</param>
internal sealed record BfclTools(ImmutableArray<BfclFunction> Offered, ImmutableDictionary<int, ImmutableArray<PyDict>> HeldOut)
{
    /// <summary>What <see cref="Offered"/> looks like in prompts.</summary>
    public ImmutableArray<ToolSpec> OfferedSpecs { get; } = [.. Offered.Select(f => f.Spec)];

    public static BfclTools Prepare(BfclCatalog catalog, ImmutableArray<string> involvedClasses, ImmutableDictionary<int, ImmutableArray<string>> missedFunctions)
    {
        var offered = involvedClasses.SelectMany(c => catalog.Offered(c)).ToList();
        if (missedFunctions.IsEmpty)
            return new BfclTools([.. offered], ImmutableDictionary<int, ImmutableArray<PyDict>>.Empty);
        var documents = involvedClasses.SelectMany(c => catalog.Documents(c)).ToList();
        var held = ImmutableDictionary.CreateBuilder<int, ImmutableArray<PyDict>>();
        foreach (var (turn, names) in missedFunctions)
        {
            var taken = ImmutableArray.CreateBuilder<PyDict>();
            foreach (var name in names)
            {
                var at = offered.FindIndex(f => f.Spec.Name == name);
                if (at < 0)
                    continue;
                taken.Add(documents[at]);
                documents.RemoveAt(at);
                offered.RemoveAt(at);
            }
            held[turn] = taken.ToImmutable();
        }
        return new BfclTools([.. offered], held.ToImmutable());
    }
}
