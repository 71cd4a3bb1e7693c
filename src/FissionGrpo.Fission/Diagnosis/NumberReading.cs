using System.Globalization;
using System.Text.RegularExpressions;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>Reads the numbers that a text may mean: digits in any notation, words, Roman numerals, digits one by one, small sums.</summary>
internal static partial class NumberReading
{
    private static readonly string[] Small =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
        "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ];

    private static readonly string[] Misspelled = ["twenty", "thirty", "fourty", "fivty", "sixty", "seventy", "eigthy", "ninty"];

    private static readonly string[] Tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

    private static readonly string[] Ordinals =
    [
        "zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth",
        "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    ];

    private static readonly string[] OrdinalTens =
        ["twentieth", "thirtieth", "fortieth", "fiftieth", "sixtieth", "seventieth", "eightieth", "ninetieth"];

    /// <summary>Every reading; one text may have several ("4 5" is 4, 5 and 45).</summary>
    public static IEnumerable<double> In(string raw, string clean, string[] words)
    {
        foreach (Match match in Decimal().Matches(clean))
            if (double.TryParse(match.Value.Replace(",", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                yield return number;
        foreach (Match match in Decimal().Matches(clean))
            if (match.Value.Contains(','))
                foreach (var part in match.Value.Split(','))
                    if (double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                        yield return number;
        foreach (Match match in Based().Matches(clean))
            if (FromBase(match) is { } number)
                yield return number;
        foreach (Match match in SpacedDigits().Matches(clean))
            if (double.TryParse(string.Concat(match.Value.Where(char.IsAsciiDigit)), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                yield return number;
        foreach (Match match in Grouped().Matches(clean))
            yield return double.Parse(string.Concat(match.Value.Where(char.IsAsciiDigit)), CultureInfo.InvariantCulture);
        foreach (Match match in Scaled().Matches(clean))
            yield return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * (match.Groups[2].Value is "k" or "thousand" ? 1000 : match.Groups[2].Value is "dozen" ? 12 : 1_000_000);
        foreach (Match match in HalfScaled().Matches(clean))
            if (Unit(match.Groups[1].Value) is { } whole)
                yield return (whole + 0.5) * (match.Groups[2].Value is "hundred" ? 100 : match.Groups[2].Value is "thousand" ? 1000 : 1_000_000);
        if (clean.Contains("baker's dozen", StringComparison.Ordinal) || clean.Contains("bakers dozen", StringComparison.Ordinal))
            yield return 13;
        foreach (Match match in RomanSigns().Matches(raw))
            if (FromRoman(AuditedText.Normalise(match.Value).ToUpperInvariant()) is { } sign)
                yield return sign;
        foreach (Match match in Told().Matches(clean))
        {
            var about = double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
            var how = match.Groups[1].Value;
            yield return how.StartsWith("half", StringComparison.Ordinal) ? about / 2
                : how is "twice" or "double" ? about * 2
                : how.EndsWith("after", StringComparison.Ordinal) || how.EndsWith("above", StringComparison.Ordinal) || how.EndsWith("more than", StringComparison.Ordinal) ? about + 1
                : about - 1;
        }
        foreach (Match match in Compared().Matches(clean))
        {
            var (by, from) = (double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture));
            yield return match.Groups[2].Value == "more" ? from + by : from - by;
        }
        foreach (Match match in Sum().Matches(clean))
        {
            var a = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
            var b = double.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture);
            yield return match.Groups[2].Value switch
            {
                "+" or "plus" => a + b,
                "-" or "minus" => a - b,
                "/" or "over" or "divided by" => b == 0 ? double.NaN : a / b,
                _ => a * b,
            };
        }
        foreach (Match match in Roman().Matches(raw))
            if (FromRoman(match.Value) is { } number)
                yield return number;
        foreach (Match match in RomanLetter().Matches(raw))
            if (FromRoman(match.Groups[1].Value) is { } letter)
                yield return letter;
        foreach (var number in FromWords([.. words.SelectMany(Parts)]))
            yield return number;
    }

    /// <summary>"fortyfive" in two.</summary>
    private static string[] Parts(string word)
    {
        foreach (var tens in Tens)
            if (word.Length > tens.Length && word.StartsWith(tens, StringComparison.Ordinal) && Unit(word[tens.Length..]) is > 0 and < 10)
                return [tens, word[tens.Length..]];
        return [word];
    }

    private static double? FromBase(Match match)
    {
        var digits = match.Groups[2].Value;
        var radix = match.Groups[1].Value switch { "0x" or "#" or "&#x" => 16, "0b" => 2, _ => 8 };
        var value = 0.0;
        foreach (var c in digits)
        {
            var digit = Convert.ToInt32(c.ToString(), 16);
            if (digit >= radix)
                return null;
            value = (value * radix) + digit;
        }
        return value;
    }

    private static double? FromRoman(string text)
    {
        var total = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var value = Digit(text[i]);
            total += i + 1 < text.Length && value < Digit(text[i + 1]) ? -value : value;
        }
        return total;

        static int Digit(char c) => c switch { 'I' => 1, 'V' => 5, 'X' => 10, 'L' => 50, 'C' => 100, 'D' => 500, _ => 1000 };
    }

    /// <summary>"forty-five", "one hundred and five", "two thousand"; and "four five", which is 45 as well.</summary>
    private static IEnumerable<double> FromWords(string[] words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (Unit(words[i]) is null && !IsScale(words[i]) && words[i] != "dozen")
                continue;
            var (total, current, end) = (0.0, 0.0, i);
            double? last = null;
            var digits = "";
            for (; end < words.Length; end++)
            {
                if (words[end] == "and" && end + 1 < words.Length && last >= 100 && Unit(words[end + 1]) is not null)
                    continue;
                if (words[end] == "dozen")
                {
                    current = Math.Max(current, 1) * 12;
                    last = 1000;
                }
                else if ((Unit(words[end]) ?? (last is >= 20 && words[end].Length == 1 && char.IsAsciiDigit(words[end][0]) ? words[end][0] - '0' : null)) is { } unit)
                {
                    // A second unit begins another number, unless it stands after twenty to ninety or after a hundred.
                    if (last is { } before && !(before >= 100 || (before is >= 20 and < 100 && unit < 10)))
                        break;
                    current += unit;
                    last = unit;
                }
                else if (words[end] == "hundred")
                {
                    current = Math.Max(current, 1) * 100;
                    last = 100;
                }
                else if (words[end] is "thousand" or "million")
                {
                    total += Math.Max(current, 1) * (words[end] == "thousand" ? 1000 : 1_000_000);
                    current = 0;
                    last = 1000;
                }
                else
                {
                    break;
                }
            }
            yield return total + current;
            if (i > 0 && words[i - 1] is "minus" or "negative")
                yield return -(total + current);

            var point = end;
            if (point + 1 < words.Length && words[point] is "point" or "dot")
            {
                var fraction = string.Concat(words.Skip(point + 1).Select(w => Array.IndexOf(Small, w)).TakeWhile(d => d is >= 0 and < 10));
                if (fraction.Length > 0 && double.TryParse($"{total + current}.{fraction}", NumberStyles.Float, CultureInfo.InvariantCulture, out var exact))
                    yield return exact;
            }

            for (var j = i; j < words.Length && Array.IndexOf(Small, words[j] is "oh" ? "zero" : words[j]) is >= 0 and < 10 and var digit; j++)
                if ((digits += digit).Length > 1)
                    yield return double.Parse(digits, CultureInfo.InvariantCulture);
        }
    }

    private static bool IsScale(string word) => word is "hundred" or "thousand" or "million";

    private static double? Unit(string word)
    {
        if (Array.IndexOf(Small, word) is >= 0 and var small)
            return small;
        if (Math.Max(Array.IndexOf(Tens, word), Array.IndexOf(Misspelled, word)) is >= 0 and var tens)
            return 10 * (tens + 2);
        if (Array.IndexOf(Ordinals, word) is >= 3 and var ordinal) // "first" and "second" are everyday words
            return ordinal;
        if (Array.IndexOf(OrdinalTens, word) is >= 0 and var ordinalTens)
            return 10 * (ordinalTens + 2);
        return word switch { "half" => 0.5, "quarter" => 0.25, _ => null };
    }

    [GeneratedRegex(@"(?<![\p{L}\d.])[-+]?(?:\d{1,3}(?:[,_]\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?|(?<=\p{L})\d+(?:\.\d+)?|\.\d+")]
    private static partial Regex Decimal();

    [GeneratedRegex(@"(0x|0b|0o|&#x|#)([0-9a-f]+)")]
    private static partial Regex Based();

    [GeneratedRegex(@"(?<!\d)\d(?:[\s,.\-_/|]+\d(?!\d))+")]
    private static partial Regex SpacedDigits();

    [GeneratedRegex(@"(?<!\d)\d{1,3}(?:[ '’]\d{3})+(?!\d)")]
    private static partial Regex Grouped();

    [GeneratedRegex(@"(?<![\w.])(\d+(?:\.\d+)?)\s*(k|thousand|million|dozen)\b")]
    private static partial Regex Scaled();

    [GeneratedRegex(@"\b(\w+) and a half (hundred|thousand|million)\b")]
    private static partial Regex HalfScaled();

    [GeneratedRegex(@"[\u2160-\u217F]+")]
    private static partial Regex RomanSigns();

    [GeneratedRegex(@"\b(half of|half|twice|double|(?:the )?(?:number|next|one|just|right) (?:after|before|above|below|more than|less than))\s+(\d+(?:\.\d+)?)")]
    private static partial Regex Told();

    [GeneratedRegex(@"(\d+(?:\.\d+)?) (more|less) than (\d+(?:\.\d+)?)")]
    private static partial Regex Compared();

    [GeneratedRegex(@"(?:\bis|\bbe|\bto|\buse|=|:)\s*([VXLCDM])\b")]
    private static partial Regex RomanLetter();

    [GeneratedRegex(@"(\d+(?:\.\d+)?)\s*(\+|-|\*|×|x|/|plus|minus|times|over|divided by)\s*(\d+(?:\.\d+)?)")]
    private static partial Regex Sum();

    [GeneratedRegex(@"\b(?=[MDCLXVI]{2,})M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})\b")]
    private static partial Regex Roman();
}
