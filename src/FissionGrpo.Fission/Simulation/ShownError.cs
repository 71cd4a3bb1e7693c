using System.Text.Json;

namespace FissionGrpo.Fission;

/// <summary>Tool errors as the policy reads them: plain text, or an object with the text under <c>error</c>.</summary>
public static class ShownError
{
    /// <summary>The tool message of a corrective context.</summary>
    /// <param name="placement">In place of the environment's message or behind it.</param>
    /// <param name="message">What the environment itself said; null when it said nothing.</param>
    /// <param name="diagnostic">The diagnostic. One that begins with the environment's message is appended without that, so that the message stands there once.</param>
    public static string Of(DiagnosticPlacement placement, string? message, string diagnostic)
    {
        if (placement is DiagnosticPlacement.Replace || message is null)
            return diagnostic;
        var (own, said) = ((TextOf(message) ?? message).TrimEnd(), TextOf(diagnostic) ?? diagnostic);
        var added = Begins(said, own) ? said[own.Length..].Trim() : diagnostic;
        return added.Length == 0 ? message : $"{message}\n{added}";
    }

    /// <summary>Whether a text begins with another, which must not end inside one of its words.</summary>
    private static bool Begins(string text, string beginning) =>
        text.StartsWith(beginning, StringComparison.Ordinal)
        && (beginning.Length == 0 || text.Length == beginning.Length || !char.IsLetterOrDigit(beginning[^1]) || !char.IsLetterOrDigit(text[beginning.Length]));

    /// <summary>The text of <c>{"error": "…"}</c>; null where a message has another form.</summary>
    internal static string? TextOf(string message)
    {
        if (!message.StartsWith('{'))
            return null;
        try
        {
            using var document = JsonDocument.Parse(message);
            return document.RootElement.ValueKind is JsonValueKind.Object && document.RootElement.EnumerateObject().Count() == 1
                && document.RootElement.TryGetProperty("error", out var error) && error.ValueKind is JsonValueKind.String ? error.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
