using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>The functions of a task as they are offered (specification 1.3).</summary>
/// <param name="Offered">The documents offered from the start, each with the language hint.</param>
/// <param name="HeldOut">The documents that a turn reveals, without the hint.</param>
internal sealed record BfclTools(ImmutableArray<PyDict> Offered, ImmutableDictionary<int, ImmutableArray<PyDict>> HeldOut)
{
    public static BfclTools Prepare(BfclData data, BfclProblem problem)
    {
        var documents = problem.InvolvedClasses.SelectMany(c => data.Documents(c)).ToList();
        var held = ImmutableDictionary.CreateBuilder<int, ImmutableArray<PyDict>>();
        foreach (var (turn, names) in problem.MissedFunctions)
        {
            var taken = ImmutableArray.CreateBuilder<PyDict>();
            foreach (var name in names)
            {
                var at = documents.FindIndex(d => d["name"].TryGetString(out var given) && given == name);
                if (at < 0)
                    continue;
                taken.Add(documents[at]);
                documents.RemoveAt(at);
            }
            held[turn] = taken.ToImmutable();
        }
        return new BfclTools([.. documents.Select(d => WithHint(d, data.Prompts.LanguageHint))], held.ToImmutable());
    }

    public static ToolSpec Spec(PyDict document)
    {
        using var json = JsonDocument.Parse(PyText.JsonDumps(document));
        return new ToolSpec($"{document["name"]}", json.RootElement.Clone());
    }

    private static PyDict WithHint(PyDict document, string hint)
    {
        var hinted = document.ShallowCopy();
        hinted["description"] = $"{document["description"]}{hint}";
        return hinted;
    }
}
