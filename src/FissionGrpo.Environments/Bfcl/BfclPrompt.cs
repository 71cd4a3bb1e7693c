using System.Collections.Immutable;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>The texts that the official program puts before the model.</summary>
internal static class BfclPrompt
{
    /// <summary>The prompting mode's system prompt with the functions in it.</summary>
    public static string System(BfclPromptStrings prompts, ImmutableArray<PyDict> functions)
    {
        var list = new PyList(functions.Length);
        foreach (var function in functions)
            list.Add(function);
        return prompts.SystemPrompt.Replace("{functions}", PyText.JsonDumpsIndented(list), StringComparison.Ordinal);
    }

    /// <summary>The user's message of the reveal turn for prompting mode and local models: the documents as Python writes them, then the sentence.</summary>
    public static string RevealMessage(BfclPromptStrings prompts, ImmutableArray<PyDict> documents)
    {
        var list = new PyList(documents.Length);
        foreach (var document in documents)
            list.Add(document);
        return prompts.AddedFunctionsPrompting.Replace("{functions}", PyText.Repr(list), StringComparison.Ordinal);
    }
}
