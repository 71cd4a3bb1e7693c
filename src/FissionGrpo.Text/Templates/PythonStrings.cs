using System.Globalization;
using System.Text;

namespace FissionGrpo.Text.Templates;

/// <summary>Python's string methods, where .NET's mean something else.</summary>
internal static class PythonStrings
{
    /// <summary><c>str.split()</c> and <c>str.rsplit()</c> at runs of white space.</summary>
    public static List<string> SplitAtSpace(string text, int most, bool fromRight)
    {
        var parts = new List<string>();
        if (fromRight)
        {
            var end = TrimEnd(text, null).Length;
            while (end > 0)
            {
                if (parts.Count == most)
                {
                    parts.Add(text[..end]);
                    break;
                }
                var start = end;
                while (start > 0 && !PythonText.IsSpace(text[start - 1]))
                    start--;
                parts.Add(text[start..end]);
                end = start;
                while (end > 0 && PythonText.IsSpace(text[end - 1]))
                    end--;
            }
            parts.Reverse();
            return parts;
        }
        var at = 0;
        while (true)
        {
            while (at < text.Length && PythonText.IsSpace(text[at]))
                at++;
            if (at == text.Length)
                return parts;
            if (parts.Count == most)
            {
                parts.Add(text[at..]);
                return parts;
            }
            var start = at;
            while (at < text.Length && !PythonText.IsSpace(text[at]))
                at++;
            parts.Add(text[start..at]);
        }
    }

    /// <summary><c>str.split(separator)</c> and <c>str.rsplit(separator)</c>; at most <paramref name="most"/> cuts.</summary>
    public static List<string> Split(string text, string separator, int most, bool fromRight)
    {
        var parts = new List<string>();
        if (fromRight)
        {
            var end = text.Length;
            for (int at; parts.Count < most && (at = text.AsSpan(0, end).LastIndexOf(separator)) >= 0; end = at)
                parts.Add(text[(at + separator.Length)..end]);
            parts.Add(text[..end]);
            parts.Reverse();
            return parts;
        }
        var start = 0;
        for (int at; parts.Count < most && (at = text.IndexOf(separator, start, StringComparison.Ordinal)) >= 0; start = at + separator.Length)
            parts.Add(text[start..at]);
        parts.Add(text[start..]);
        return parts;
    }

    /// <summary><c>str.splitlines()</c></summary>
    public static List<string> SplitLines(string text, bool keepEnds)
    {
        var lines = new List<string>();
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('\n' or '\r' or '\v' or '\f' or '\u001C' or '\u001D' or '\u001E' or '\u0085' or '\u2028' or '\u2029'))
                continue;
            var end = i;
            if (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
                i++;
            lines.Add(text[start..(keepEnds ? i + 1 : end)]);
            start = i + 1;
        }
        if (start < text.Length)
            lines.Add(text[start..]);
        return lines;
    }

    /// <summary><c>str.strip(characters)</c>; null strips white space.</summary>
    public static string Trim(string text, string? characters) => TrimStart(TrimEnd(text, characters), characters);

    /// <summary><c>str.lstrip(characters)</c></summary>
    public static string TrimStart(string text, string? characters)
    {
        var (start, stripped) = (0, SetOf(characters));
        while (start < text.Length && Strips(Rune.GetRuneAt(text, start), stripped))
            start += Rune.GetRuneAt(text, start).Utf16SequenceLength;
        return text[start..];
    }

    /// <summary><c>str.rstrip(characters)</c></summary>
    public static string TrimEnd(string text, string? characters)
    {
        var (end, stripped) = (text.Length, SetOf(characters));
        while (end > 0 && Rune.DecodeLastFromUtf16(text.AsSpan(0, end), out var rune, out var length) == System.Buffers.OperationStatus.Done && Strips(rune, stripped))
            end -= length;
        return text[..end];
    }

    /// <summary><c>str.replace(old, new, count)</c></summary>
    public static string Replace(string text, string old, string replacement, int most)
    {
        if (most == int.MaxValue && old.Length > 0)
            return text.Replace(old, replacement, StringComparison.Ordinal);
        if (old.Length > 0)
            return string.Join(replacement, Split(text, old, most, fromRight: false));
        // An empty string stands before every character and at the end.
        var result = new StringBuilder();
        var done = 0;
        foreach (var rune in text.EnumerateRunes())
            result.Append(done++ < most ? replacement : "").Append(rune.ToString());
        return result.Append(done < most ? replacement : "").ToString();
    }

    /// <summary><c>str.islower()</c></summary>
    public static bool IsLower(string text) =>
        text.EnumerateRunes().Any(Rune.IsLower) && !text.EnumerateRunes().Any(r => Rune.IsUpper(r) || Rune.GetUnicodeCategory(r) == UnicodeCategory.TitlecaseLetter);

    /// <summary><c>str.isupper()</c></summary>
    public static bool IsUpper(string text) =>
        text.EnumerateRunes().Any(Rune.IsUpper) && !text.EnumerateRunes().Any(r => Rune.IsLower(r) || Rune.GetUnicodeCategory(r) == UnicodeCategory.TitlecaseLetter);

    private static HashSet<Rune>? SetOf(string? characters) => characters is null ? null : [.. characters.EnumerateRunes()];

    private static bool Strips(Rune rune, HashSet<Rune>? characters) =>
        characters is null ? rune.IsBmp && PythonText.IsSpace((char)rune.Value) : characters.Contains(rune);
}
