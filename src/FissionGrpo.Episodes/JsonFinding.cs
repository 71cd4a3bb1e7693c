using System.Text.Json;
using System.Text.RegularExpressions;

namespace FissionGrpo.Episodes;

/// <summary>What a JSON error says to a person: in words about the file, without our types and without places counted from 0.</summary>
public static partial class JsonFinding
{
    private const int LongestWords = 160;

    /// <summary>A few words that fit behind a file's name, without a full stop.</summary>
    public static string Of(JsonException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        if (Unknown().Match(exception.Message) is { Success: true } unknown)
            return $"it has a member '{unknown.Groups[1].Value}', which does not belong there";
        if (Missing().Match(exception.Message) is { Success: true } missing)
            return $"it lacks {missing.Groups[1].Value}";
        if (Twice().Match(exception.Message) is { Success: true } twice)
            return $"it has '{twice.Groups[1].Value}' twice";
        if (Kind().IsMatch(exception.Message))
            return $"the value of {(exception.Path is { Length: > 2 } path ? path[2..] : "the whole")} is of another kind";
        if (Empty().IsMatch(exception.Message))
            return "it is empty";
        if (CutOff().IsMatch(exception.Message))
            return "it ends in the middle of an object, a list or a text";
        // Of a literal that is none the message holds the whole rest of the file.
        var words = Place().Replace(exception.Message, "").TrimEnd('.');
        var end = Math.Min(words.AsSpan().IndexOfAny('\r', '\n') is var line and >= 0 ? line : words.Length, LongestWords);
        return end == words.Length ? words : $"{words.AsSpan(0, char.IsHighSurrogate(words[end - 1]) ? end - 1 : end)}…";
    }

    [GeneratedRegex("^The JSON property '(.+?)' could not be mapped")]
    private static partial Regex Unknown();

    [GeneratedRegex("missing required properties(?: including)?: (.+?)\\.")]
    private static partial Regex Missing();

    [GeneratedRegex("^Duplicate property '(.+?)'")]
    private static partial Regex Twice();

    [GeneratedRegex("^The JSON value could not be converted")]
    private static partial Regex Kind();

    [GeneratedRegex("does not contain any JSON tokens")]
    private static partial Regex Empty();

    [GeneratedRegex("^Expected depth to be zero at the end|^Expected end of string, but instead reached end of data|when the end of data was reached|but instead reached end of data")]
    private static partial Regex CutOff();

    [GeneratedRegex(" (Path:|LineNumber:).*$", RegexOptions.Singleline)]
    private static partial Regex Place();
}
