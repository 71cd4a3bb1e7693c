using System.Globalization;
using System.Text;

namespace FissionGrpo.Environments.Python;

/// <summary>Strings by code point, as Python sees them, over .NET's UTF-16. A lone surrogate counts as one code point.</summary>
internal static class PyString
{
    /// <summary><c>len(text)</c>.</summary>
    public static int Length(string text)
    {
        var length = text.Length;
        for (var i = 0; i + 1 < text.Length; i++)
        {
            if (char.IsSurrogatePair(text[i], text[i + 1]))
            {
                length--;
                i++;
            }
        }
        return length;
    }

    /// <summary>Order by code point.</summary>
    public static int Compare(string a, string b)
    {
        var common = a.AsSpan().CommonPrefixLength(b);
        if (common == a.Length || common == b.Length)
            return a.Length.CompareTo(b.Length);
        char x = a[common], y = b[common];
        // Surrogates stand for code points above all others of the BMP.
        if (char.IsSurrogate(x) != char.IsSurrogate(y))
        {
            var left = common > 0 && char.IsLowSurrogate(x) ? common - 1 : common;
            var right = common > 0 && char.IsLowSurrogate(y) ? common - 1 : common;
            return CodePointAt(a, left).CompareTo(CodePointAt(b, right));
        }
        return x.CompareTo(y);
    }

    /// <summary>The text of one code point.</summary>
    public static string At(string text, int index)
    {
        var at = 0;
        for (; index > 0; index--)
            at += Width(text, at);
        return text.Substring(at, Width(text, at));
    }

    public static IEnumerable<PyValue> CodePoints(string text)
    {
        for (var at = 0; at < text.Length; at += Width(text, at))
            yield return text.Substring(at, Width(text, at));
    }

    public static int[] ToCodePoints(string text)
    {
        var points = new List<int>(text.Length);
        for (var at = 0; at < text.Length; at += Width(text, at))
            points.Add(CodePointAt(text, at));
        return [.. points];
    }

    public static string FromCodePoints(ReadOnlySpan<int> points)
    {
        var text = new StringBuilder(points.Length);
        foreach (var point in points)
            Append(text, point);
        return text.ToString();
    }

    /// <summary>Appends one code point; surrogates as they are.</summary>
    public static void Append(StringBuilder text, int codePoint)
    {
        if (codePoint < 0x10000)
            text.Append((char)codePoint);
        else
            text.Append(char.ConvertFromUtf32(codePoint));
    }

    /// <summary><c>str.splitlines()</c>.</summary>
    public static List<string> SplitLines(string text)
    {
        var lines = new List<string>();
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('\n' or '\r' or '\v' or '\f' or '\x1c' or '\x1d' or '\x1e' or '\x85' or '\u2028' or '\u2029'))
                continue;
            lines.Add(text[start..i]);
            if (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
                i++;
            start = i + 1;
        }
        if (start < text.Length)
            lines.Add(text[start..]);
        return lines;
    }

    /// <summary><c>str.split()</c>: at runs of white space, without empty parts.</summary>
    public static List<string> SplitWhitespace(string text)
    {
        var words = new List<string>();
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && !IsSpace(text[i]))
            {
                if (start < 0)
                    start = i;
            }
            else if (start >= 0)
            {
                words.Add(text[start..i]);
                start = -1;
            }
        }
        return words;
    }

    /// <summary><c>str.isspace()</c> of one character: also the four separators that Unicode's property leaves out.</summary>
    public static bool IsSpace(char c) => c is ' ' or (>= '\t' and <= '\r') or (>= '\x1c' and <= '\x1f') or '\x85' or '\xa0' || (c > 0xff && char.IsWhiteSpace(c));

    /// <summary>What <c>\w</c> matches: letters, numbers of every kind, and the underscore. Returns the width in UTF-16, 0 for no match.</summary>
    public static int WordWidth(string text, int at)
    {
        var c = text[at];
        if (c < 128)
            return char.IsAsciiLetterOrDigit(c) || c == '_' ? 1 : 0;
        var width = Width(text, at);
        return IsWordCategory(width == 2 ? CharUnicodeInfo.GetUnicodeCategory(CodePointAt(text, at)) : CharUnicodeInfo.GetUnicodeCategory(c)) ? width : 0;
    }

    /// <summary><c>str.lower()</c>: full mappings (U+0130 becomes two code points, a final sigma its own letter).</summary>
    public static string Lower(string text)
    {
        var lower = text.ToLowerInvariant();
        if (!text.Contains('\u0130') && !text.Contains('\u03a3'))
            return lower;
        var mapped = new StringBuilder(text.Length + 4);
        for (var i = 0; i < text.Length; i++)
        {
            mapped.Append(text[i] switch
            {
                '\u0130' => "i\u0307",
                '\u03a3' => IsFinalSigma(text, i) ? "\u03c2" : "\u03c3",
                _ => lower.AsSpan(i, 1),
            });
        }
        return mapped.ToString();
    }

    /// <summary><c>str.upper()</c>: full mappings.</summary>
    public static string Upper(string text)
    {
        var upper = text.ToUpperInvariant();
        StringBuilder? mapped = null;
        for (var i = 0; i < text.Length; i++)
        {
            var special = PyCaseTables.UpperSpecial(text[i]);
            if (special is not null)
                mapped ??= new StringBuilder(upper, 0, i, upper.Length + 4);
            mapped?.Append(special ?? upper.AsSpan(i, 1));
        }
        return mapped?.ToString() ?? upper;
    }

    /// <summary><c>str.rstrip(c)</c> and <c>str.strip(c)</c> for one character.</summary>
    public static string StripRight(string text, char c) => text.TrimEnd(c);

    /// <summary>The width in UTF-16 of the code point that starts here.</summary>
    public static int Width(string text, int at) => at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;

    public static int CodePointAt(string text, int at) => Width(text, at) == 2 ? char.ConvertToUtf32(text[at], text[at + 1]) : text[at];

    /// <summary>Bytes in UTF-8.</summary>
    /// <exception cref="PyException">UnicodeEncodeError for a lone surrogate.</exception>
    public static int Utf8Length(string text)
    {
        var bytes = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsSurrogate(c))
            {
                if (Width(text, i) == 1)
                {
                    var position = Length(text[..i]);
                    throw new PyException("UnicodeEncodeError", $"'utf-8' codec can't encode character '\\u{(int)c:x4}' in position {position}: surrogates not allowed");
                }
                bytes += 4;
                i++;
                continue;
            }
            bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
        }
        return bytes;
    }

    /// <summary>What repr escapes: everything not printable but the space.</summary>
    public static bool IsPrintable(int codePoint)
    {
        if (codePoint is >= 0x20 and < 0x7f)
            return true;
        return CharUnicodeInfo.GetUnicodeCategory(codePoint) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
    }

    private static bool IsWordCategory(UnicodeCategory category) => category is <= UnicodeCategory.OtherLetter
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    // A capital sigma is final when a cased letter precedes it and none follows, case-ignorable ones aside.
    private static bool IsFinalSigma(string text, int at)
    {
        var before = at - 1;
        while (before >= 0 && IsCaseIgnorable(text[before]))
            before--;
        if (before < 0 || !IsCased(text[before]))
            return false;
        var after = at + 1;
        while (after < text.Length && IsCaseIgnorable(text[after]))
            after++;
        return after >= text.Length || !IsCased(text[after]);
    }

    private static bool IsCased(char c) => CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.UppercaseLetter
        or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter;

    private static bool IsCaseIgnorable(char c) => c is '\'' or '.' or ':' or '^' or '`' or '\u00a8' or '\u00ad' or '\u00af' or '\u00b4' or '\u00b7' or '\u00b8' or '\u2018' or '\u2019'
        || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;
}
