using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace FissionGrpo.Text.Templates;

/// <summary>
/// Upper and lower case as Python has them: by Unicode's full mappings, in which one letter may become several. .NET maps letter by letter.
/// Left out: the title case of Greek letters with an iota below.
/// </summary>
internal static class PythonCase
{
    /// <summary>Letters whose upper case is not one letter, or not what .NET says, and what it is.</summary>
    private const string Several =
        "ıI ſS ßSS ŉʼN ǰJ\u030C ΐΙ\u0308\u0301 ΰΥ\u0308\u0301 ևԵՒ ẖH\u0331 ẗT\u0308 ẘW\u030A ẙY\u030A ẚAʾ ὐΥ\u0313 ὒΥ\u0313\u0300 ὔΥ\u0313\u0301 "
        + "ὖΥ\u0313\u0342 ᾀἈΙ ᾁἉΙ ᾂἊΙ ᾃἋΙ ᾄἌΙ ᾅἍΙ ᾆἎΙ ᾇἏΙ ᾈἈΙ ᾉἉΙ ᾊἊΙ ᾋἋΙ ᾌἌΙ ᾍἍΙ ᾎἎΙ ᾏἏΙ ᾐἨΙ ᾑἩΙ ᾒἪΙ ᾓἫΙ ᾔἬΙ ᾕἭΙ ᾖἮΙ ᾗἯΙ ᾘἨΙ ᾙἩΙ ᾚἪΙ ᾛἫΙ ᾜἬΙ ᾝἭΙ ᾞἮΙ "
        + "ᾟἯΙ ᾠὨΙ ᾡὩΙ ᾢὪΙ ᾣὫΙ ᾤὬΙ ᾥὭΙ ᾦὮΙ ᾧὯΙ ᾨὨΙ ᾩὩΙ ᾪὪΙ ᾫὫΙ ᾬὬΙ ᾭὭΙ ᾮὮΙ ᾯὯΙ ᾲᾺΙ ᾳΑΙ ᾴΆΙ ᾶΑ\u0342 ᾷΑ\u0342Ι ᾼΑΙ ῂῊΙ ῃΗΙ ῄΉΙ ῆΗ\u0342 ῇΗ\u0342Ι ῌΗΙ "
        + "ῒΙ\u0308\u0300 ΐΙ\u0308\u0301 ῖΙ\u0342 ῗΙ\u0308\u0342 ῢΥ\u0308\u0300 ΰΥ\u0308\u0301 ῤΡ\u0313 ῦΥ\u0342 ῧΥ\u0308\u0342 ῲῺΙ ῳΩΙ ῴΏΙ ῶΩ\u0342 "
        + "ῷΩ\u0342Ι ῼΩΙ ﬀFF ﬁFI ﬂFL ﬃFFI ﬄFFL ﬅST ﬆST ﬓՄՆ ﬔՄԵ ﬕՄԻ ﬖՎՆ ﬗՄԽ";

    private const string Digraphs = "ǄǅǆǇǈǉǊǋǌǱǲǳ"; // upper, title and lower case of each

    private static readonly FrozenDictionary<Rune, string> Uppers =
        Several.Split(' ').ToFrozenDictionary(entry => new Rune(entry[0]), entry => entry[1..]);

    private static readonly SearchValues<char> Special = SearchValues.Create([.. Several.Split(' ').Select(entry => entry[0])]);

    /// <summary><c>str.upper()</c></summary>
    public static string Upper(string text) =>
        text.AsSpan().ContainsAny(Special) ? string.Concat(text.EnumerateRunes().Select(Upper)) : text.ToUpperInvariant();

    /// <summary><c>str.lower()</c></summary>
    public static string Lower(string text) => text.AsSpan().ContainsAny('İ', 'Σ') ? Lower(text, 0) : text.ToLowerInvariant();

    /// <summary><c>str.capitalize()</c></summary>
    public static string Capitalize(string text) =>
        text.Length == 0 ? text : Title(Rune.GetRuneAt(text, 0)) + Lower(text, Rune.GetRuneAt(text, 0).Utf16SequenceLength);

    /// <summary>The first letter in upper case, the others in lower case: a word of Jinja2's <c>title</c>.</summary>
    public static string UpperFirst(string text) =>
        text.Length == 0 ? text : Upper(Rune.GetRuneAt(text, 0)) + Lower(text[Rune.GetRuneAt(text, 0).Utf16SequenceLength..]);

    /// <summary><c>str.swapcase()</c></summary>
    public static string Swap(string text)
    {
        var result = new StringBuilder();
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(Rune.IsUpper(rune) ? Lower(text, at, rune) : Rune.IsLower(rune) ? Upper(rune) : rune.ToString());
            at += rune.Utf16SequenceLength;
        }
        return result.ToString();
    }

    /// <summary><c>str.title()</c>: a letter after a letter is lower-case, others are title-case.</summary>
    public static string Title(string text)
    {
        var result = new StringBuilder();
        var inWord = false;
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(inWord ? Lower(text, at, rune) : Title(rune));
            inWord = IsCased(rune);
            at += rune.Utf16SequenceLength;
        }
        return result.ToString();
    }

    private static bool IsCased(Rune rune) => Rune.IsUpper(rune) || Rune.IsLower(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter;

    private static string Upper(Rune rune) => Uppers.TryGetValue(rune, out var several) ? several : Rune.ToUpperInvariant(rune).ToString();

    private static string Title(Rune rune)
    {
        if (rune.IsBmp && Digraphs.IndexOf((char)rune.Value, StringComparison.Ordinal) is >= 0 and var digraph)
            return Digraphs[(digraph / 3 * 3) + 1].ToString();
        if (rune.Value is >= 0x10D0 and <= 0x10FF)
            return rune.ToString(); // Georgian has upper case, but no title case
        var upper = Upper(rune);
        return upper.Length > 1 && rune.IsBmp && rune.Value != 'ŉ' ? upper[0] + upper[1..].ToLowerInvariant() : upper;
    }

    private static string Lower(string text, int from)
    {
        var result = new StringBuilder();
        var at = from;
        foreach (var rune in text.AsSpan(from).EnumerateRunes())
        {
            result.Append(Lower(text, at, rune));
            at += rune.Utf16SequenceLength;
        }
        return result.ToString();
    }

    /// <summary>The sigma that ends a word has a letter of its own.</summary>
    private static string Lower(string text, int at, Rune rune) => rune.Value switch
    {
        'İ' => "i\u0307",
        'Σ' when Neighbour(text, at, -1) && !Neighbour(text, at, 1) => "ς",
        _ => Rune.ToLowerInvariant(rune).ToString(),
    };

    /// <summary>Whether the next letter on a side, marks and quotes left aside, touches this one.</summary>
    private static bool Neighbour(string text, int at, int step)
    {
        for (var i = at + step; i >= 0 && i < text.Length; i += step)
            if (char.GetUnicodeCategory(text, i) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
                or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol) && text[i] is not ('\'' or '.' or ':' or '·' or '’'))
                return IsCased(Rune.TryGetRuneAt(text, i, out var rune) ? rune : Rune.ReplacementChar);
        return false;
    }
}
