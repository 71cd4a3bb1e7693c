using System.Text.RegularExpressions;
using FissionGrpo.Episodes;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>
/// Reads a refusal where y* does not help: some worlds (TAU) list the calls that change something and leave looking things up to the agent. What the
/// environment says then tells a value that it does not know from a state that does not permit the call.
/// </summary>
internal static partial class RefusalReading
{
    /// <summary>Wrong value or unmet precondition; null when the message tells neither.</summary>
    public static FailureCategory? Of(string message) => State().IsMatch(message) ? FailureCategory.UnmetPrecondition
        : Value().IsMatch(message) ? FailureCategory.WrongValue : null;

    /// <summary>The call was lost or turned away for the moment: the same call again is the right thing to do.</summary>
    public static bool IsTransient(ToolResult.Failed? failure) => failure is not null
        && (failure.Kind is ToolErrorKind.Injected ? !failure.Message.Contains("ermission denied", StringComparison.Ordinal) : Transient().IsMatch(failure.Message));

    [GeneratedRegex(@"\b(?:service|temporarily) unavailable\b|\btimed? ?out\b|\btimeout\b|\brate limit\b|\btoo many requests\b|\btry (?:the same call )?again\b|\b(?:429|50[0-4])\b", RegexOptions.IgnoreCase)]
    private static partial Regex Transient();

    [GeneratedRegex(
        @"\bcannot be\b|\bnon-(?:pending|delivered)\b|\balready\b|\bnot (?:authenticated|logged in|authorized|permitted|allowed|enough|eligible|yet)\b|\bnot empty\b|\binsufficient\b|\bmust (?!match|be (?:between|one of|a |an ))|\bneeds to\b|\bplease log ?in\b|\bpermission\b|\bexpired\b|\bbefore\b|\bfirst\b|\bexceeds?\b|\blocked\b|\bin use\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex State();

    [GeneratedRegex(
        @"\bnot found\b|\bno such\b|\bdoes(?: not|n't) (?:exist|add up|match|belong)\b|\binvalid\b|\bunknown\b|\bnot (?:a )?(?:valid|available|supported|known)\b|\bshould (?:be|match)\b|\bmust (?:match|be (?:between|one of|a |an ))|\bout of range\b|\bdiffers?\b|\bnot in\b|\bunsupported\b|\bexpected\b|'.*'$",
        RegexOptions.IgnoreCase)]
    private static partial Regex Value();
}
