using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>
/// Tells failed calls from others. The benchmark itself only has texts: exceptions begin with <c>Error during execution:</c>, and the classes
/// return dicts with <c>error</c>, a few with a status of false instead.
/// </summary>
internal static class CallOutcome
{
    public const string ErrorPrefix = "Error during execution: ";

    // These keys mean refusal when they are false. The *_get_login_status methods answer with "login_status" or "status" alone, and
    // verify_traveler_information with "verification_status": a no is an answer there (ground truths ask for it).
    private static readonly string[] FailureFlags = ["authentication_status", "success", "follow_status", "unfollow_status"];

    /// <summary>The result of a call that returned.</summary>
    public static ToolResult Of(PyValue result)
    {
        var text = PyText.ResultText(result);
        return IsError(result) ? new ToolResult.Failed(ToolErrorKind.Rejected, text) : new ToolResult.Ok(text);
    }

    /// <summary>The result of a call that raised.</summary>
    public static ToolResult.Failed Of(PyException exception)
    {
        var kind = exception.IsBinding || exception.Type is "SyntaxError" or "TypeError" or "AttributeError"
            ? ToolErrorKind.InvalidArguments
            : exception.Type is "NameError" or "NotAllowed" ? ToolErrorKind.UnknownTool : ToolErrorKind.Rejected;
        return new ToolResult.Failed(kind, ErrorPrefix + exception.Message);
    }

    private static bool IsError(PyValue result)
    {
        if (result.TryGet<PyList>(out var list))
        {
            return list.Count == 1 && (list[0].TryGet<PyDict>(out var only)
                ? only.ContainsKey("error")
                : list[0].TryGetString(out var text) && text.StartsWith("Error: ", StringComparison.Ordinal));
        }
        if (!result.TryGet<PyDict>(out var dict))
            return false;
        if (dict.ContainsKey("error"))
            return true;
        foreach (var flag in FailureFlags)
            if (dict.TryGetValue(flag, out var value) && value.IsBool && !value.Bool)
                return true;
        // message_login says login_status false and why; the getter says it alone.
        return dict.TryGetValue("login_status", out var login) && login.IsBool && !login.Bool && dict.ContainsKey("message");
    }
}
