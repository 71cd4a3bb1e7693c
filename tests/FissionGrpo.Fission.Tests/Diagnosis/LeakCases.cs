using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FissionGrpo.Episodes;

namespace FissionGrpo.Fission.Tests.Diagnosis;

/// <summary>The labelled set on which the audit is measured: leaking diagnostics in every spelling that we could think of, and clean ones.</summary>
internal static class LeakCases
{
    public sealed record Case(string Kind, string Diagnostic, ImmutableArray<ToolCall> Expected, string Context, bool Leaks);

    private static readonly string[] Texts =
        ["jade", "umbra", "velvet", "USR417", "final_report.pdf", "2024-11-03", "Crescent Hollow", "alice@example.org", "zephyr quartz", "B7KX93", "#W2378156", "paris_trip"];

    private static readonly double[] Numbers = [45, 83214, 17, 10.038536, 7, 120, 356, 2, 1500, 64.5];

    private static readonly string[] Frames =
        ["Error: the value should be {0}.", "{0} is what the tool wants here.", "Wrong value for the argument; use {0} instead", "precondition not met; first call it with {0}, then try again", "hint ({0})"];

    private const string Context = "user: please send \"birch\" and set the speed to 30, then close ticket 12\n{\"error\": \"not allowed\"}";

    public static IEnumerable<Case> All => TextLeaks().Concat(NumberLeaks()).Concat(TruthLeaks()).Concat(Clean()).Concat(HandWrittenLeaks.All).Concat(FreshDiagnostics.All);

    private static IEnumerable<Case> TextLeaks()
    {
        for (var i = 0; i < Texts.Length; i++)
        {
            var value = Texts[i];
            ImmutableArray<ToolCall> expected = [ToolCall.Of("set_thing", ("target", value), ("speed", 30))];
            var spellings = new List<(string, string)>
            {
                ("plain", value), ("quoted", $"\"{value}\""), ("upper", value.ToUpperInvariant()), ("spaced", string.Join(' ', value.ToCharArray())),
                ("hyphens", string.Join('-', value.ToCharArray())), ("dots", string.Join('.', value.ToCharArray())), ("zero width", string.Join('\u200b', value.ToCharArray())),
                ("full width", string.Concat(value.Select(c => c is > ' ' and < '\u007f' ? (char)(c + 0xFEE0) : c))),
                ("look alike", value.Replace('a', 'а').Replace('e', 'е').Replace('o', 'о')),
                ("base64", Convert.ToBase64String(Encoding.UTF8.GetBytes(value))), ("base64 bare", Convert.ToBase64String(Encoding.UTF8.GetBytes(value)).TrimEnd('=')),
                ("hex", Convert.ToHexString(Encoding.UTF8.GetBytes(value))), ("hex lower", Convert.ToHexStringLower(Encoding.UTF8.GetBytes(value))),
                ("hex spaced", string.Join(' ', Encoding.UTF8.GetBytes(value).Select(b => b.ToString("x2")))),
                ("hex escaped", string.Concat(Encoding.UTF8.GetBytes(value).Select(b => $"\\x{b:x2}"))), ("percent", string.Concat(Encoding.UTF8.GetBytes(value).Select(b => $"%{b:X2}"))),
                ("codes", string.Join(", ", Encoding.UTF8.GetBytes(value))), ("binary", string.Join(' ', Encoding.UTF8.GetBytes(value).Select(b => Convert.ToString(b, 2).PadLeft(8, '0')))),
                ("reversed", new string([.. value.Reverse()])), ("rot13", string.Concat(value.Select(Rot13))),
                ("shifted by 3", string.Concat(value.ToLowerInvariant().Select(c => char.IsAsciiLetterLower(c) && value.Length > 5 ? (char)('a' + (c - 'a' + 3) % 26) : c))),
                ("leet", value.Replace('a', '4').Replace('e', '3').Replace('o', '0').Replace('t', '7')), ("half", value.Length >= 6 ? value[..(value.Length / 2 + 1)] : value[..3]), ("underscores", string.Join('_', value.ToCharArray())),
            };
            foreach (var (kind, spelling) in spellings)
                yield return new Case(kind, Frame(i + kind.Length, spelling), expected, Context, true);
        }
        yield return Leak("part", "the id ends in 417", "USR417");
        yield return Leak("part", "look at the file that begins with final", "final_report.pdf");
        yield return Leak("part", "the second word is hollow", "Crescent Hollow");
        yield return Leak("part", "a day in 2024", "2024-11-03");
        yield return Leak("part", "the address is at example.org", "alice@example.org");
        yield return Leak("case", "use usr 417", "USR417");
        yield return Leak("nested", "the status must be Reopened", new Dictionary<string, string> { ["status"] = "Reopened" });
        yield return Leak("list", "rear_left is still unlocked", new[] { "driver", "rear_left" });
    }

    private static IEnumerable<Case> NumberLeaks()
    {
        for (var i = 0; i < Numbers.Length; i++)
        {
            var value = Numbers[i];
            var digits = value.ToString(CultureInfo.InvariantCulture);
            ImmutableArray<ToolCall> expected = [ToolCall.Of("set_number", ("amount", value), ("title", "birch"))];
            var spellings = new List<(string, string)>
            {
                ("digits", digits), ("quoted", $"'{digits}'"), ("scientific", value.ToString("0.0#######e+0", CultureInfo.InvariantCulture)), ("glued", $"amount={digits}"),
                ("full width", string.Concat(digits.Select(c => c is >= '0' and <= '9' ? (char)(c + 0xFEE0) : c))),
            };
            if (value == Math.Floor(value))
            {
                var whole = (long)value;
                spellings.Add(("decimals", $"{digits}.0"));
                spellings.Add(("thousands", whole.ToString("N0", CultureInfo.InvariantCulture)));
                spellings.Add(("hex", $"0x{whole:x}"));
                spellings.Add(("binary", $"0b{Convert.ToString(whole, 2)}"));
                spellings.Add(("octal", $"0o{Convert.ToString(whole, 8)}"));
                spellings.Add(("sum", $"{whole - 1} + 1"));
                spellings.Add(("words", Words(whole)));
                spellings.Add(("words joined", Words(whole).Replace(' ', '-')));
                if (whole > 9)
                {
                    spellings.Add(("spelled digits", string.Join(' ', digits.Select(c => Small[c - '0']))));
                    spellings.Add(("digits apart", string.Join(' ', digits.ToCharArray())));
                    spellings.Add(("base64", Convert.ToBase64String(Encoding.UTF8.GetBytes(digits))));
                }
                if (whole is > 1 and < 4000)
                    spellings.Add(("roman", Roman(whole)));
            }
            else
            {
                spellings.Add(("rounded", value.ToString("0.#", CultureInfo.InvariantCulture)));
                spellings.Add(("rounded", Math.Round(value).ToString(CultureInfo.InvariantCulture)));
            }
            foreach (var (kind, spelling) in spellings)
                if (kind != "roman" || spelling.Length > 1)
                    yield return new Case("number " + kind, Frame(i + kind.Length, spelling), expected, Context, true);
        }
        yield return Leak("part of a code", "a code that begins with 832", "83214");
        yield return Leak("ordinal", "take the seventeenth of the list", 17);
        yield return Leak("one in words", "the amount should be one", 1);
        yield return Leak("number in text", "use the value fortyfive", 45);
        yield return Leak("half in words", "set it to zero point five", 0.5);
    }

    private static IEnumerable<Case> TruthLeaks()
    {
        yield return Leak("truth", "unlock should be false", false);
        yield return Leak("truth", "set activate=True and call again", true);
    }

    private static IEnumerable<Case> Clean()
    {
        // What anybody may say without giving a value away, for every value.
        string[] harmless =
        [
            "Error: wrong value for the argument; check it against the request.", "precondition not met: another call must come first", "unknown tool; use one of the tools on offer",
            "missing parameter; give it and call again", "The first argument is not right, the second one is.", "wrong type, a number is expected instead of a string",
            "repeated call: it failed before in the same way", "the turn ended too early and the goal is not reached", "no tool gave this answer", "the request has another value for it",
            "send_message got an unexpected keyword argument 'color'", "permission denied: log in before this call", "the destination does not exist in the current folder",
            "The value is out of range; read the limits in the error.", "Please use \"birch\" and 30 as the user said", "ticket 12 is the one that the user named", "Error 404: resource missing", "only 1 of the arguments is wrong",
            "one step is still open", "invalid date format", "the file cannot be found here, look in another place", "speed 30 is fine, the other argument is not",
        ];
        foreach (var text in harmless)
            foreach (var value in Texts.Cast<object>().Concat(Numbers.Cast<object>()))
                yield return new Case("harmless", text, [ToolCall.Of("set_thing", ("target", value), ("speed", 30))], Context, false);

        // A value that the policy has read is no secret, in whatever spelling.
        foreach (var value in Texts)
            foreach (var frame in Frames)
                yield return new Case("known", string.Format(CultureInfo.InvariantCulture, frame, value), [ToolCall.Of("f", ("a", value))], $"user: take {value} please", false);
        foreach (var value in Numbers)
            foreach (var frame in Frames)
                yield return new Case("known", string.Format(CultureInfo.InvariantCulture, frame, value), [ToolCall.Of("f", ("a", value))],
                    string.Create(CultureInfo.InvariantCulture, $"{{\"error\": \"at least {value}\"}}"), false);

        // Near misses: other values of the same look.
        yield return Fine("use 46 and not more", 45);
        yield return Fine("the limit is 50 gallons", 45);
        yield return Fine("forty-six is too much", 45);
        yield return Fine("no such receiver: USR418", "USR421");
        yield return Fine("the folder amber is empty", "jade");
        yield return Fine("date 2023-01-01 is in the past", "2024-11-03");
        yield return Fine("code 12345 is not known", "83214");
        yield return Fine("unlock the door first", false);
        yield return Fine("wait 5 seconds", 7);
        yield return Fine("retry in 1 minute", 10.038536);
        yield return Fine("speed must be a multiple of 5", 30.5);
    }

    private static string Frame(int at, string spelling) => string.Format(CultureInfo.InvariantCulture, Frames[at % Frames.Length], spelling);

    private static Case Leak(string kind, string text, object value) => new(kind, text, [ToolCall.Of("set_thing", ("target", value))], Context, true);

    private static Case Fine(string text, object value) => new("near", text, [ToolCall.Of("set_thing", ("target", value))], Context, false);

    private static char Rot13(char c) => char.IsAsciiLetterLower(c) ? (char)('a' + (c - 'a' + 13) % 26) : char.IsAsciiLetterUpper(c) ? (char)('A' + (c - 'A' + 13) % 26) : c;

    private static readonly string[] Small = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

    private static string Words(long n)
    {
        string[] teens = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];
        string[] tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
        return n switch
        {
            < 10 => Small[n],
            < 20 => teens[n - 10],
            < 100 => tens[n / 10] + (n % 10 == 0 ? "" : " " + Small[n % 10]),
            < 1000 => Small[n / 100] + " hundred" + (n % 100 == 0 ? "" : " and " + Words(n % 100)),
            _ => Words(n / 1000) + " thousand" + (n % 1000 == 0 ? "" : " " + Words(n % 1000)),
        };
    }

    private static string Roman(long n)
    {
        (long, string)[] marks = [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")];
        var text = new StringBuilder();
        foreach (var (value, mark) in marks)
            for (; n >= value; n -= value)
                text.Append(mark);
        return text.ToString();
    }
}
