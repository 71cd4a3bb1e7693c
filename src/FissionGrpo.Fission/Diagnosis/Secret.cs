using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>One value of y* that a diagnostic must not give away: a leaf of an argument's JSON.</summary>
internal sealed class Secret
{
    /// <summary>Words of every error text: none of them tells a value by being part of it.</summary>
    private static readonly FrozenSet<string> Everyday = new[]
    {
        "the", "and", "for", "not", "but", "with", "from", "this", "that", "call", "calls", "tool", "tools", "name", "names", "value", "values", "type", "user",
        "has", "have", "was", "were", "are", "its", "you", "your", "can", "must", "should", "need", "needs", "needed", "first", "then", "before", "after", "again",
        "error", "errors", "failed", "fail", "fails", "invalid", "missing", "unknown", "wrong", "right", "result", "results", "state", "argument", "arguments", "parameter",
        "parameters", "request", "requested", "requires", "required", "expected", "unexpected", "one", "other", "another", "such", "same", "any", "all", "none", "out", "yet",
        "file", "files", "folder", "list", "order", "step", "steps", "turn", "read", "given", "match", "matches", "found", "find", "use", "used", "check", "still", "does", "did",
        "data", "text", "code", "number", "string", "integer", "object", "array", "true", "false", "null", "end", "new", "set", "get", "ask", "asked", "task", "message",
        "card", "gift", "credit", "order", "reservation", "flight", "certificate", "payment", "ticket", "item", "product", "city", "date", "address", "email", "mail", "phone", "zip",
        "com", "org", "net", "www", "http", "https", "example", "txt", "pdf", "csv", "json", "status", "open", "there", "hello", "see", "please", "done", "made", "make", "part", "pass", "passed", "look", "looks", "into", "instead", "only", "more", "less", "than", "different", "cannot", "could", "would", "which",
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly string[] _words;
    private readonly string _squashed;
    private readonly double? _number;
    private readonly bool? _truth;
    private readonly DateOnly? _date;
    private readonly string[][] _spoken;

    private Secret(string text, double? number, bool? truth)
    {
        Text = text;
        var clean = AuditedText.Normalise(text);
        _words = AuditedText.Split(clean);
        _squashed = AuditedText.Squash(clean);
        _truth = truth;
        _date = DateOnly.TryParseExact(text, "yyyy-M-d", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;
        _spoken = [.. DateReading.Spoken(text).Select(AuditedText.Split)];
        _number = number ?? (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) && double.IsFinite(parsed) ? parsed : null);
    }

    /// <summary>The value as it stands in the call.</summary>
    public string Text { get; }

    /// <summary>The leaves of an argument.</summary>
    public static IEnumerable<Secret> In(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                return value.EnumerateArray().SelectMany(In);
            case JsonValueKind.Object:
                return value.EnumerateObject().SelectMany(m => In(m.Value));
            case JsonValueKind.String when value.GetString() is { Length: > 0 } text && AuditedText.Squash(AuditedText.Normalise(text)).Length > 0:
                return [new Secret(text, null, null)];
            case JsonValueKind.Number:
                return [new Secret(value.GetRawText(), value.GetDouble(), null)];
            case JsonValueKind.True or JsonValueKind.False:
                return [new Secret(value.GetRawText(), null, value.GetBoolean())];
            default:
                return [];
        }
    }

    /// <summary>Whether the policy has read the value already, so that it is no secret.</summary>
    public bool OccursPlainlyIn(AuditedText known)
    {
        if (_truth is not null)
            return known.HasWord(Text);
        if (_number is { } number && known.Numbers.Contains(number))
            return true;
        if (_date is { } date && known.Dates.Any(d => d.Means(date)))
            return true;
        return known.HasWords(_words) || _spoken.Any(known.HasWords);
    }

    /// <summary>How the diagnostic gives the value away, or null when it does not.</summary>
    public string? FindIn(AuditedText said, AuditedText known)
    {
        if (_truth is { } truth)
            return said.HasWord(truth ? "true" : "false") ? "plain" : null;
        if (_number is { } number && FindNumber(number, said, known) is { } how)
            return how;
        if (_number is null && FindText(said, known) is { } found)
            return found;
        return FindSaidOtherwise(said, known) ?? FindEncoded(said, known);
    }

    /// <summary>As a date, a time, a quantity in another unit, a number in another language.</summary>
    private string? FindSaidOtherwise(AuditedText said, AuditedText known)
    {
        if (_date is { } date && said.Dates.Any(d => d.Means(date)))
            return "date";
        if (_spoken.Any(said.HasWords))
            return "time";
        if (_number is not { } number)
            return null;
        if (ForeignNumbers.Spell(number).Any(said.HasForeign) || (ForeignNumbers.InCharacters(number) is { } characters && HasCharacters(said.Clean, characters)))
            return "number";
        return (Math.Abs(number) >= 10 || number != Math.Floor(number))
            && said.Converted.Any(c => UnitConversion.IsNear(c, number) && !known.Numbers.Contains(c) && !known.Converted.Any(k => UnitConversion.IsNear(k, number)))
            ? "converted" : null;
    }

    /// <summary>The characters as a whole number, not as part of a longer one.</summary>
    private static bool HasCharacters(string clean, string characters)
    {
        const string Numerals = "零〇一二三四五六七八九十百千万";
        for (var at = clean.IndexOf(characters, StringComparison.Ordinal); at >= 0; at = clean.IndexOf(characters, at + 1, StringComparison.Ordinal))
            if ((at == 0 || !Numerals.Contains(clean[at - 1])) && (at + characters.Length == clean.Length || !Numerals.Contains(clean[at + characters.Length])))
                return true;
        return false;
    }

    private string? FindNumber(double number, AuditedText said, AuditedText known)
    {
        foreach (var other in said.Numbers)
        {
            if (known.Numbers.Contains(other) && other != number)
                continue;
            if (other == number && !IsTooCommon(number, said))
                return "number";
            if (IsRounded(number, other))
                return "part";
        }

        // Long numbers (codes, postcodes, ids) are told by half of their digits.
        if (_squashed.Length < 5 || !_squashed.All(char.IsAsciiDigit))
            return null;
        return said.Words.Any(w => w.Length >= 3 && 2 * w.Length >= _squashed.Length && w.All(char.IsAsciiDigit) && _squashed.Contains(w, StringComparison.Ordinal) && !known.HasWord(w))
            ? "part" : null;
    }

    /// <summary>"one" and "zero" in words are everyday words unless something is said to be one.</summary>
    private static bool IsTooCommon(double number, AuditedText said)
    {
        if (number is not (0 or 1 or 0.5 or 0.25))
            return false;
        var digits = number.ToString(CultureInfo.InvariantCulture);
        if (NumberReading.In("", said.Clean, []).Contains(number) || said.Words.Contains(digits))
            return false;
        var word = number switch { 0 => "zero", 1 => "one", 0.5 => "half", _ => "quarter" };
        if (!said.HasWord(word) || (number == 0.5 && said.HasWord("point")))
            return false;
        for (var i = 1; i < said.Words.Length; i++)
            if (said.Words[i] == word && said.Words[i - 1] is "to" or "is" or "be" or "value" or "equal" or "equals" or "use" or "as" or "with"
                && (i + 1 == said.Words.Length || said.Words[i + 1] is not ("of" or "more" or "or" or "that" or "which" or "argument" or "step" or "call")))
                return false;
        return true;
    }

    /// <summary>A rounding that keeps at least two digits of a longer number.</summary>
    private static bool IsRounded(double number, double other)
    {
        if (number == other || Math.Abs(other) < 1)
            return false;
        for (var digits = 0; digits < 6; digits++)
            if (other == Math.Round(number, digits) || other == Math.Truncate(number * Math.Pow(10, digits)) / Math.Pow(10, digits))
                return Math.Abs(other) >= 10 || digits > 0;
        return false;
    }

    private string? FindText(AuditedText said, AuditedText known)
    {
        if (said.HasWords(_words))
            return "plain";
        if (_squashed.Length >= 4 && said.Squashed.Contains(_squashed, StringComparison.Ordinal) && !known.Squashed.Contains(_squashed, StringComparison.Ordinal))
            return "spaced";
        if (_squashed.Length is 2 or 3 && Letters(said.Clean).Contains(_squashed))
            return "spaced";
        foreach (var word in _words)
            if (IsTelling(word) && !known.HasWord(word) && (word.All(char.IsAsciiDigit) ? said.HasWord(word) : said.HasWholeWord(word) || Inflections(word).Any(i => said.HasWord(i) && !known.HasWord(i))))
                return "part";
        foreach (var word in said.Words)
            if (!Everyday.Contains(word) && !known.HasWord(word) && (IsPieceOf(word) || IsNear(word)))
                return "part";
        foreach (var word in _words)
            if (word.All(char.IsAsciiDigit) && TellsDigits(word, said, known))
                return "part";
        if (_squashed.Length >= 4 && said.Initials.Contains(_squashed, StringComparison.Ordinal))
            return "spelled";
        if (TellsMonth(said, known) || TellsPhrase(said, known))
            return "part";
        foreach (var run in said.Runs)
            if (run.Length >= 6 && !Everyday.Contains(run) && 5 * run.Length >= 3 * _squashed.Length && run.Length < _squashed.Length && !known.Squashed.Contains(run, StringComparison.Ordinal)
                && (_squashed.StartsWith(run, StringComparison.Ordinal) || _squashed.EndsWith(run, StringComparison.Ordinal)))
                return "part";
        foreach (var run in said.Runs)
            if (run.Length >= 4 && 2 * run.Length >= _squashed.Length && run.Length < _squashed.Length && run.Any(char.IsAsciiDigit)
                && (_squashed.StartsWith(run, StringComparison.Ordinal) || _squashed.EndsWith(run, StringComparison.Ordinal)) && !known.Runs.Contains(run))
                return "part";
        return null;
    }

    /// <summary>USR417: the letters of such an id are its kind.</summary>
    private bool IsKindAndNumber => _words.Length == 2 && _squashed.Length == Text.Length && char.IsAsciiLetter(_words[0][0]) && char.IsAsciiDigit(_words[1][0]);

    private bool IsTelling(string word) => word.All(char.IsAsciiDigit)
        ? word.Length >= 2 || _words.Length > 1
        : word.Length >= (IsKindAndNumber ? 4 : 3) && !Everyday.Contains(word);

    /// <summary>The plural of a noun, or its singular: knife, knives.</summary>
    private static IEnumerable<string> Inflections(string word)
    {
        yield return word + "s";
        yield return word + "es";
        if (word.EndsWith('y'))
            yield return word[..^1] + "ies";
        if (word.EndsWith('f'))
            yield return word[..^1] + "ves";
        if (word.EndsWith("fe", StringComparison.Ordinal))
            yield return word[..^2] + "ves";
        if (word.Length >= 4 && word.EndsWith('s'))
            yield return word[..^1];
        if (word.Length >= 6 && word.EndsWith("ies", StringComparison.Ordinal))
            yield return word[..^3] + "y";
        if (word.Length >= 6 && word.EndsWith("ves", StringComparison.Ordinal))
        {
            yield return word[..^3] + "f";
            yield return word[..^3] + "fe";
        }
    }

    /// <summary>One letter more, less or other than a word of the value: harbour, harbours.</summary>
    private bool IsNear(string word) => word.Length >= 6 && _words.Any(whole => whole.Length >= 6 && Math.Abs(whole.Length - word.Length) <= 1 && OneEdit(whole, word));

    private static bool OneEdit(string a, string b)
    {
        var start = 0;
        while (start < a.Length && start < b.Length && a[start] == b[start])
            start++;
        var end = 0;
        while (end < a.Length - start && end < b.Length - start && a[^(end + 1)] == b[^(end + 1)])
            end++;
        return Math.Max(a.Length, b.Length) - start - end <= 1;
    }

    /// <summary>The digits of an id: spelled out, or the half of them at either end.</summary>
    private static bool TellsDigits(string digits, AuditedText said, AuditedText known)
    {
        if (digits.Length is >= 2 and <= 15 && double.Parse(digits, CultureInfo.InvariantCulture) is >= 10 and var number && said.Numbers.Contains(number) && !known.Numbers.Contains(number))
            return true;
        return digits.Length >= 3 && said.Words.Any(w => w.Length >= 2 && w.Length < digits.Length && 2 * w.Length >= digits.Length && w.All(char.IsAsciiDigit) && !known.HasWord(w)
            && (digits.StartsWith(w, StringComparison.Ordinal) || digits.EndsWith(w, StringComparison.Ordinal)));
    }

    /// <summary>The month of a date, by name.</summary>
    private bool TellsMonth(AuditedText said, AuditedText known)
    {
        if (!DateOnly.TryParseExact(Text, "yyyy-M-d", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            return false;
        var month = CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(date.Month).ToLowerInvariant();
        return month != "may" && new[] { month, month[..3] }.Any(m => said.HasWord(m) && !known.HasWord(m));
    }

    /// <summary>Three words of a longer text in a row, two of them not everyday ones.</summary>
    private bool TellsPhrase(AuditedText said, AuditedText known)
    {
        for (var i = 0; _words.Length >= 5 && i + 3 <= _words.Length; i++)
        {
            var three = _words[i..(i + 3)];
            if (three.Count(w => !Everyday.Contains(w) || w is "see" or "hello" or "there") >= 2 && said.HasWords(three) && !known.HasWords(three))
                return true;
        }
        return false;
    }

    /// <summary>A word that begins or ends the value, long enough to tell it.</summary>
    private bool IsPieceOf(string word)
    {
        foreach (var whole in _words)
            if (word.Length >= 3 && word.Length < whole.Length && 5 * word.Length >= 2 * whole.Length
                && (whole.StartsWith(word, StringComparison.Ordinal) || whole.EndsWith(word, StringComparison.Ordinal)))
                return true;
        return false;
    }

    /// <summary>Runs of single characters, joined: "a b c" and "a-b-c" are abc.</summary>
    private static IEnumerable<string> Letters(string clean)
    {
        var run = new StringBuilder();
        var words = clean.Split([' ', '-', '.', ',', '_', '/', '\'', '"', '|', '(', ')'], StringSplitOptions.RemoveEmptyEntries);
        foreach (var word in words)
        {
            if (word.Length == 1)
            {
                run.Append(word);
                continue;
            }
            if (run.Length > 1)
                yield return run.ToString();
            run.Clear();
        }
        if (run.Length > 1)
            yield return run.ToString();
    }

    private string? FindEncoded(AuditedText said, AuditedText known)
    {
        foreach (var spelling in new[] { Text, Text.ToLowerInvariant(), Text.ToUpperInvariant() }.Distinct())
        {
            var bytes = Encoding.UTF8.GetBytes(spelling);
            if (Base64(bytes).Any(b => b.Length >= 3 && said.Raw.Contains(b, StringComparison.Ordinal)))
                return "base64";
            if (bytes.Length >= 2 && HexRuns(said.Clean).Any(r => r.Contains(Convert.ToHexStringLower(bytes), StringComparison.Ordinal)))
                return "hexadecimal";
            if (bytes.Length >= 2 && Codes(said.Clean, bytes))
                return "codes";
        }
        if (said.Decoded.Any(d => d.HasWords(_words) || (_squashed.Length >= 4 && d.Squashed.Contains(_squashed, StringComparison.Ordinal) && !said.Squashed.Contains(_squashed, StringComparison.Ordinal) && !known.Squashed.Contains(_squashed, StringComparison.Ordinal))))
            return "decoded";
        var reversed = new string([.. _squashed.Reverse()]);
        if (reversed != _squashed && (_squashed.Length >= 4 ? said.Squashed.Contains(reversed, StringComparison.Ordinal)
            : _squashed.Length >= 2 && said.HasWord(reversed) && said.Clean.Contains("revers", StringComparison.Ordinal) | said.Clean.Contains("backward", StringComparison.Ordinal)))
            return "reversed";
        if (!_squashed.Any(char.IsAsciiLetterLower))
            return null;
        for (var shift = 1; shift < 26; shift++)
            if (_squashed.Length >= (shift == 13 ? 3 : 5) && (said.HasWords([.. _words.Select(w => Shift(w, shift))])
                || (_squashed.Length >= 5 && said.Squashed.Contains(Shift(_squashed, shift), StringComparison.Ordinal))))
                return "shifted";
        var unleet = Unleet(_squashed);
        return _squashed.Length >= 4 && Unleet(said.Squashed).Contains(unleet, StringComparison.Ordinal) && !Unleet(known.Squashed).Contains(unleet, StringComparison.Ordinal) ? "leet" : null;

        static string Shift(string word, int by) => string.Concat(word.Select(c => char.IsAsciiLetterLower(c) ? (char)('a' + ((c - 'a' + by) % 26)) : c));

        static string Unleet(string text) => string.Concat(text.Select(c => c switch { '0' => 'o', '1' => 'i', 'l' => 'i', '3' => 'e', '4' => 'a', '5' => 's', '7' => 't', _ => c }));
    }

    private static IEnumerable<string> Base64(byte[] bytes)
    {
        var text = Convert.ToBase64String(bytes).TrimEnd('=');
        yield return text;
        yield return text.Replace('+', '-').Replace('/', '_');
    }

    /// <summary>Runs of hexadecimal pairs, whatever stands between them: 6a616465, 6a 61 64 65, \x6a\x61, %6a%61, 0x6a.</summary>
    private static IEnumerable<string> HexRuns(string clean)
    {
        var plain = clean.Replace("\\x", " ", StringComparison.Ordinal).Replace("\\u00", " ", StringComparison.Ordinal).Replace("&#x", " ", StringComparison.Ordinal)
            .Replace("0x", " ", StringComparison.Ordinal).Replace("u+00", " ", StringComparison.Ordinal);
        var run = new StringBuilder();
        foreach (var piece in plain.Split([' ', '%', ':', '-', ',', ';', '"', '\'', '(', ')', '[', ']', '.'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (piece.Length % 2 == 0 && piece.All(char.IsAsciiHexDigit))
            {
                run.Append(piece);
                continue;
            }
            yield return run.ToString();
            run.Clear();
        }
        yield return run.ToString();
    }

    /// <summary>Character codes in decimal or in binary digits, in a row.</summary>
    private static bool Codes(string clean, byte[] bytes)
    {
        var numbers = clean.Split([' ', ',', ';', '&', '#', '[', ']', '(', ')', '.', '-', '\\', ':'], StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i + bytes.Length <= numbers.Length; i++)
        {
            var at = 0;
            while (at < bytes.Length && (numbers[i + at] == bytes[at].ToString(CultureInfo.InvariantCulture)
                || numbers[i + at].TrimStart('0') == Convert.ToString(bytes[at], 2) || numbers[i + at].TrimStart('0') == Convert.ToString(bytes[at], 8)))
                at++;
            if (at == bytes.Length)
                return true;
        }
        return false;
    }
}
