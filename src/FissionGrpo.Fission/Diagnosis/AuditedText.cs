using System.Globalization;
using System.Text;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>A text in the forms in which the audit looks for values.</summary>
internal sealed class AuditedText
{
    /// <summary>Letters that look like Latin ones: Cyrillic and Greek.</summary>
    private const string LookAlikes = "аaеeоoрpсcхxуyіiјjѕsһhԁdοoαaεeιiκkνvρpτtυu";

    /// <summary>U+2160 and the eleven after it.</summary>
    private static readonly string[] RomanNumerals = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"];

    /// <summary>Letters with marks, each after the plain letter of its row.</summary>
    private static readonly string[] Accents =
        ["aàáâãäåāăą", "cçćĉċč", "dďđ", "eèéêëēĕėęě", "gĝğġģ", "hĥħ", "iìíîïĩīĭįı", "jĵ", "kķ", "lĺļľŀł", "nñńņň", "oòóôõöøōŏő", "rŕŗř", "sśŝşšß", "tţťŧ", "uùúûüũūŭůűų", "wŵ", "yýÿŷ", "zźżž"];

    private readonly HashSet<string> _words;
    private readonly string _spaced;
    private double[]? _numbers;
    private SaidDate[]? _dates;
    private double[]? _converted;
    private AuditedText[]? _decoded;

    public AuditedText(string text)
    {
        Raw = text;
        Clean = Normalise(text);
        Words = Split(Clean);
        _words = [.. Words];
        _spaced = $" {string.Join(' ', Words)} ";
        Squashed = Squash(Clean);
        Runs = Clean.Split([.. Clean.Where(c => !char.IsLetterOrDigit(c)).Distinct()], StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>As given.</summary>
    public string Raw { get; }

    /// <summary>Lower case, without invisible characters, full-width and look-alike letters made plain.</summary>
    public string Clean { get; }

    /// <summary>Runs of letters and runs of digits of <see cref="Clean"/>, in order.</summary>
    public string[] Words { get; }

    /// <summary>The single letters and digits that stand alone, in order: "first J, then A, then D".</summary>
    public string Initials => string.Concat(Words.Where(w => w.Length == 1));

    /// <summary>Runs of letters and digits together.</summary>
    public string[] Runs { get; }

    /// <summary>Letters and digits of <see cref="Clean"/> only.</summary>
    public string Squashed { get; }

    /// <summary>All numbers that the text may mean, however they are spelled.</summary>
    public double[] Numbers => _numbers ??= [.. NumberReading.In(Raw, Clean, Words)];

    /// <summary>All dates that the text may mean.</summary>
    public SaidDate[] Dates => _dates ??= [.. DateReading.In(Clean)];

    /// <summary>Its quantities in other units.</summary>
    public double[] Converted => _converted ??= [.. UnitConversion.In(Clean)];

    /// <summary>What it says once encodings are undone.</summary>
    public AuditedText[] Decoded => _decoded ??= [.. Decodings.Of(Raw).Distinct(StringComparer.Ordinal).Select(t => new AuditedText(t))];

    public bool HasWord(string word) => _words.Contains(word);

    /// <summary>Whether the word stands by itself, not as the letters of "base64".</summary>
    public bool HasWholeWord(string word) => Runs.Contains(word);

    /// <summary>Whether a phrase of another language stands there.</summary>
    public bool HasForeign(string phrase) => Split(Normalise(phrase)) is var words && words.Sum(w => w.Length) >= 5 && HasWords(words);

    /// <summary>Whether the words stand next to each other in this order.</summary>
    public bool HasWords(string[] words) => words.Length > 0 && _spaced.Contains($" {string.Join(' ', words)} ", StringComparison.Ordinal);

    /// <summary>Runs of letters and runs of digits.</summary>
    public static string[] Split(string clean)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var c in clean)
        {
            var same = word.Length > 0 && char.IsAsciiDigit(word[^1]) == char.IsAsciiDigit(c);
            if (word.Length > 0 && (!char.IsLetterOrDigit(c) || !same))
            {
                words.Add(word.ToString());
                word.Clear();
            }
            if (char.IsLetterOrDigit(c))
                word.Append(c);
        }
        if (word.Length > 0)
            words.Add(word.ToString());
        return [.. words];
    }

    public static string Squash(string clean) => string.Concat(clean.Where(char.IsLetterOrDigit));

    public static string Normalise(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark)
                continue;
            var value = rune.Value;
            if (value is >= 0xFF01 and <= 0xFF5E)
                value -= 0xFEE0; // full width
            else if (value is >= 0x1D400 and <= 0x1D6A3)
                value = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(value - 0x1D400) % 52]; // mathematical alphabets
            else if (value is >= 0x1D7CE and <= 0x1D7FF)
                value = '0' + ((value - 0x1D7CE) % 10); // mathematical digits
            else if (value is >= 0x24B6 and <= 0x24E9)
                value = 'a' + ((value - 0x24B6) % 26); // circled letters
            else if (value is >= 0x2460 and <= 0x2468)
                value = '1' + (value - 0x2460); // circled digits
            else if (value is >= 0x2080 and <= 0x2089)
                value = '0' + (value - 0x2080); // subscripts
            else if (value is >= 0x2074 and <= 0x2079)
                value = '4' + (value - 0x2074); // superscripts; 1 to 3 are elsewhere
            else if (value is >= 0x2160 and <= 0x216B)
            {
                clean.Append(RomanNumerals[value - 0x2160]);
                continue;
            }
            else if (value is >= 0x216C and <= 0x216F)
                value = "lcdm"[value - 0x216C];
            else if (value is 0xB2 or 0xB3)
                value = '2' + (value - 0xB2);
            else if (value is 0xB9)
                value = '1';
            var plain = new Rune(value);
            if (plain.IsAscii || !Rune.IsDigit(plain))
                plain = Rune.ToLowerInvariant(plain);
            else
                plain = new Rune('0' + (int)Rune.GetNumericValue(plain)); // digits of other scripts
            var at = plain.IsBmp ? LookAlikes.IndexOf((char)plain.Value, StringComparison.Ordinal) : -1;
            if (at >= 0 && at % 2 == 0 && !plain.IsAscii)
                clean.Append(LookAlikes[at + 1]);
            else if (plain.Value is >= 0xC0 and < 0x180 && Array.Find(Accents, row => row.Contains((char)plain.Value)) is { } row)
                clean.Append(row[0]);
            else
                clean.Append(plain.ToString());
        }
        return clean.ToString();
    }
}
