using System.Globalization;
using System.Text;

namespace FissionGrpo.Text.Tokenization;

/// <summary>
/// A text with exactly one UTF-16 unit per code point, for matching patterns that are meant over code points. A code point beyond the basic
/// plane is replaced by a character of the basic plane with the same general category, which is all that split patterns ask about it.
/// </summary>
internal readonly struct CodePointShadow
{
    private readonly int[]? _original;

    private CodePointShadow(string text, int[]? original)
    {
        Text = text;
        _original = original;
    }

    /// <summary>The shadow; the text itself when it lies within the basic plane.</summary>
    public string Text { get; }

    /// <summary>Where a position of the shadow lies in the original text.</summary>
    public int Original(int position) => _original is null ? position : _original[position];

    /// <summary>Makes the shadow of a text without lone surrogates.</summary>
    /// <param name="text">The text.</param>
    /// <param name="deputies">From <see cref="DeputiesOutside"/>.</param>
    public static CodePointShadow Of(string text, char[] deputies)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return new CodePointShadow(text, null);
        var shadow = new StringBuilder(text.Length);
        var original = new List<int>(text.Length + 1);
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            shadow.Append(rune.IsBmp ? (char)rune.Value : deputies[(int)Rune.GetUnicodeCategory(rune)]);
            original.Add(at);
            at += rune.Utf16SequenceLength;
        }
        original.Add(at);
        return new CodePointShadow(shadow.ToString(), [.. original]);
    }

    /// <summary>
    /// For each general category a character of the basic plane that has it; categories without members beyond the plane have none of their own.
    /// </summary>
    /// <param name="characters">Characters and ranges that patterns name: no deputy is among them.</param>
    public static char[] DeputiesOutside(IReadOnlyList<(char First, char Last)> characters)
    {
        var deputies = new char[Enum.GetValues<UnicodeCategory>().Length];
        Array.Fill(deputies, '\uFFFD');
        // From U+1000 on: no letter there takes part in case folding with ASCII.
        for (var c = '\uFFFC'; c >= '\u1000'; c--)
            if (!char.IsSurrogate(c) && !IsNamed(c))
                deputies[(int)CharUnicodeInfo.GetUnicodeCategory(c)] = c;
        return deputies;

        bool IsNamed(char c)
        {
            foreach (var (first, last) in characters)
                if (c >= first && c <= last)
                    return true;
            return false;
        }
    }
}
