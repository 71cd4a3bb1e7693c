namespace FissionGrpo.Text.Dialogues;

/// <summary>Reasoning between <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c>, which stands before the answer.</summary>
internal static class ThinkTags
{
    public const string Start = "<think>";
    public const string End = "</think>";

    /// <summary>Takes the reasoning off a reply, as templates read history: the answer is what follows the last end, reasoning what precedes the first.</summary>
    /// <param name="reply">The reply; becomes the answer.</param>
    /// <param name="isOpen">The prompt has opened the reasoning already.</param>
    /// <param name="reasoning">Null where there is none.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    public static string? Split(ref string reply, bool isOpen, out string? reasoning)
    {
        reasoning = null;
        var end = reply.LastIndexOf(End, StringComparison.Ordinal);
        if (end < 0)
            return isOpen || reply.Contains(Start, StringComparison.Ordinal) ? $"{Start} is not closed." : null;
        var thought = reply[..reply.IndexOf(End, StringComparison.Ordinal)];
        var start = thought.LastIndexOf(Start, StringComparison.Ordinal);
        thought = (start < 0 ? thought : thought[(start + Start.Length)..]).Trim();
        reasoning = thought.Length == 0 ? null : thought;
        reply = reply[(end + End.Length)..];
        return null;
    }
}
