using System.Text.RegularExpressions;
using FissionGrpo.Episodes;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>
/// Whether a reply that ends a turn claims what no tool gave: a number, an id or a quoted value that was never read, or a deed that was never
/// done.
/// </summary>
internal static partial class InventedResults
{
    public static bool In(FailedStep step)
    {
        if (string.IsNullOrWhiteSpace(step.Reply))
            return false;
        var read = new AuditedText(string.Join('\n', [step.Context, .. step.Done.Select(d => $"{d.Call} {d.Result.Text}")]));
        foreach (Match match in Claims().Matches(step.Reply))
        {
            var value = match.Value.Trim('"', '\'', '`', '“', '”');
            var words = AuditedText.Split(AuditedText.Normalise(value));
            if (words.Length > 0 && !read.HasWords(words) && !(double.TryParse(value, out var number) && read.Numbers.Contains(number)))
                return true;
        }
        return !step.Done.Any(d => d.Result is ToolResult.Ok) && Deeds().IsMatch(step.Reply);
    }

    /// <summary>Quoted values, numbers (list numbering excepted), identifiers with digits.</summary>
    [GeneratedRegex("""
        "[^"\n]{1,80}"|“[^”\n]{1,80}”|`[^`\n]{1,80}`|(?<![\p{L}\d])'[^'\n]{1,80}'(?!\p{L})|(?<![\w.])[#$]?\d[\d,]*(?:\.\d+)?(?![\w)]|\.\s)|(?<!\w)(?=\w*\d)(?=\w*[A-Za-z])\w{3,}
        """)]
    private static partial Regex Claims();

    /// <summary>Something is said to have been done.</summary>
    [GeneratedRegex(@"\b(?:has|have) been (?!unable)\w+|\bi(?:'ve| have) (?!not|no|been unable|tried|attempted)\w+|\bsuccess(?:ful|fully)\b|\bis now \w+|\bare now \w+|\bhere (?:is|are) the\b", RegexOptions.IgnoreCase)]
    private static partial Regex Deeds();
}
