using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>
/// What a text says once the encodings in it are undone: percent signs, HTML entities and escapes wherever they stand, base64 and base32 (also of
/// base64), Morse, spelling alphabets, letters by their place in the alphabet.
/// </summary>
internal static partial class Decodings
{
    private static readonly string[] SpellingAlphabet =
    [
        "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "kilo", "lima", "mike", "november", "oscar", "papa", "quebec",
        "romeo", "sierra", "tango", "uniform", "victor", "whiskey", "xray", "yankee", "zulu",
    ];

    private static readonly string[] Morse =
    [
        ".-", "-...", "-.-.", "-..", ".", "..-.", "--.", "....", "..", ".---", "-.-", ".-..", "--", "-.", "---", ".--.", "--.-", ".-.", "...", "-", "..-", "...-", ".--", "-..-",
        "-.--", "--..", "-----", ".----", "..---", "...--", "....-", ".....", "-....", "--...", "---..", "----.",
    ];

    /// <summary>Every decoding that differs from the text itself.</summary>
    public static IEnumerable<string> Of(string raw)
    {
        if (raw.Contains('%') && Uri.UnescapeDataString(raw) is var percent && percent != raw)
            yield return percent;
        if (raw.Contains('&') && WebUtility.HtmlDecode(raw) is var html && html != raw)
            yield return html;
        if (raw.Contains('\\') && Escape().Replace(raw, m => ((char)Convert.ToInt32(m.Groups[1].Value, 16)).ToString()) is var plain && plain != raw)
            yield return plain;
        foreach (Match token in Base64Token().Matches(raw))
            if (FromBase64(token.Value) is { } text)
            {
                yield return text;
                if (FromBase64(text) is { } inner)
                    yield return inner;
            }
        foreach (Match token in Base32Token().Matches(raw))
            if (FromBase32(token.Value.TrimEnd('=')) is { } text)
                yield return text;
        foreach (var run in Runs(raw.ToLowerInvariant().Split([' ', ',', '-', '.', ';', ':', '"', '(', ')'], StringSplitOptions.RemoveEmptyEntries), 3, Spelled))
            yield return run;
        foreach (var run in Runs(raw.Split([' ', '/', '|', '"', '\''], StringSplitOptions.RemoveEmptyEntries), 3, FromMorse))
            yield return run;
        foreach (Match places in Places().Matches(raw))
            if (places.Value.Split(['-', ',', ' '], StringSplitOptions.RemoveEmptyEntries) is var numbers && numbers.All(n => int.Parse(n, null) is >= 1 and <= 26))
                yield return string.Concat(numbers.Select(n => (char)('a' + int.Parse(n, null) - 1)));
    }

    private static char? Spelled(string word) => Array.IndexOf(SpellingAlphabet, word is "alfa" ? "alpha" : word is "juliett" ? "juliet" : word) is >= 0 and var at ? (char)('a' + at) : null;

    private static char? FromMorse(string code) => Array.IndexOf(Morse, code) is >= 0 and var at ? "abcdefghijklmnopqrstuvwxyz0123456789"[at] : null;

    /// <summary>Runs of tokens that each stand for a letter.</summary>
    private static IEnumerable<string> Runs(string[] tokens, int least, Func<string, char?> letter)
    {
        var run = new StringBuilder();
        foreach (var token in tokens)
        {
            if (letter(token) is { } c)
            {
                run.Append(c);
                continue;
            }
            if (run.Length >= least)
                yield return run.ToString();
            run.Clear();
        }
        if (run.Length >= least)
            yield return run.ToString();
    }

    private static string? FromBase64(string token)
    {
        var text = token.TrimEnd('=').Replace('-', '+').Replace('_', '/');
        if (text.Length < 4 || text.Length % 4 == 1)
            return null;
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), bytes, out var count) ? Printable(bytes.AsSpan(0, count)) : null;
    }

    private static string? FromBase32(string token)
    {
        var bytes = new List<byte>();
        var (bits, buffer) = (0, 0);
        foreach (var c in token)
        {
            buffer = (buffer << 5 | (c >= 'A' ? c - 'A' : c - '2' + 26)) & 0xFFFF;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                bytes.Add((byte)(buffer >> bits));
            }
        }
        return Printable([.. bytes]);
    }

    private static string? Printable(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2)
            return null;
        foreach (var b in bytes)
            if (b is < 0x20 or > 0x7E)
                return null;
        return Encoding.ASCII.GetString(bytes);
    }

    [GeneratedRegex(@"\\(?:u00|x)([0-9a-fA-F]{2})")]
    private static partial Regex Escape();

    [GeneratedRegex(@"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{4,}={0,2}(?![A-Za-z0-9+/_=-])")]
    private static partial Regex Base64Token();

    [GeneratedRegex(@"(?<![A-Za-z0-9])[A-Z2-7]{7,}={0,6}(?![A-Za-z0-9=])")]
    private static partial Regex Base32Token();

    [GeneratedRegex(@"(?<!\d)\d{1,2}(?:[-, ]+\d{1,2}){3,}(?!\d)")]
    private static partial Regex Places();
}
