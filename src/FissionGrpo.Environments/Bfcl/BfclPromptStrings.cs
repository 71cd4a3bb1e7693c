using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>The official prompt texts, from the user's data.</summary>
/// <param name="SystemPrompt">Of the prompting mode, with <c>{functions}</c> in it.</param>
/// <param name="AddedFunctionsFc">What the user says when functions were added to the tools.</param>
/// <param name="AddedFunctionsPrompting">The same with the functions' documents, <c>{functions}</c>, before it.</param>
/// <param name="LanguageHint">Added to the description of every function offered from the start.</param>
internal sealed record BfclPromptStrings(string SystemPrompt, string AddedFunctionsFc, string AddedFunctionsPrompting, string LanguageHint)
{
    /// <summary>The layout that <see cref="Read"/> reads.</summary>
    public string ToJson() => PyText.JsonDumps(new PyDict(
        ("prompting_system_prompt", SystemPrompt),
        ("additional_function_user_message_fc", AddedFunctionsFc),
        ("additional_function_user_message_prompting", AddedFunctionsPrompting),
        ("language_hint_suffix", LanguageHint)));

    public static BfclPromptStrings Read(PyDict file) => new(
        $"{file["prompting_system_prompt"]}",
        $"{file["additional_function_user_message_fc"]}",
        $"{file["additional_function_user_message_prompting"]}",
        $"{file["language_hint_suffix"]}");
}
