using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>
/// What every task is made of beside itself: the functions' documents, the values that the classes look up, and the prompt texts. Official
/// ones come from the user's data, the Workshop brings its own. Immutable; threads may share it.
/// </summary>
internal sealed class BfclCatalog(FrozenDictionary<string, ImmutableArray<PyDict>> documents, BfclConstants constants, BfclPromptStrings prompts)
{
    private readonly ConcurrentDictionary<string, ImmutableArray<BfclFunction>> _offered = new(StringComparer.Ordinal);

    /// <summary>Default states, tables and extensions.</summary>
    public BfclConstants Constants => constants;

    public BfclPromptStrings Prompts => prompts;

    /// <summary>The documents of a class's functions as they are written, in order.</summary>
    public ImmutableArray<PyDict> Documents(string className) => documents[className];

    /// <summary>A class's functions as they are offered from the start of a task: with the language hint. Made once, since most tasks offer most of them.</summary>
    public ImmutableArray<BfclFunction> Offered(string className) =>
        _offered.GetOrAdd(className, name => [.. Documents(name).Select(d => BfclFunction.Of(WithHint(d)))]);

    private PyDict WithHint(PyDict document)
    {
        var hinted = document.ShallowCopy();
        hinted["description"] = $"{document["description"]}{prompts.LanguageHint}";
        return hinted;
    }
}

/// <summary>A function on offer, as the official program holds it and as prompts show it.</summary>
internal sealed record BfclFunction(PyDict Document, ToolSpec Spec)
{
    public static BfclFunction Of(PyDict document)
    {
        using var json = JsonDocument.Parse(PyText.JsonDumps(document));
        return new BfclFunction(document, new ToolSpec($"{document["name"]}", json.RootElement.Clone()));
    }
}
