using System.Globalization;
using System.Text.RegularExpressions;

namespace FissionGrpo.Environments.Python;

/// <summary><c>datetime.strptime</c> for the two formats that the worlds use, with its error texts.</summary>
internal static partial class PyTime
{
    public static readonly Format Date = new("%Y-%m-%d", DatePattern());
    public static readonly Format DateAndTime = new("%Y-%m-%d %H:%M:%S", DateAndTimePattern());

    /// <summary>The time that the text says.</summary>
    /// <exception cref="PyException">TypeError when it is not a text, ValueError when it is not such a time.</exception>
    public static DateTime Parse(PyValue value, Format format)
    {
        if (!value.TryGetString(out var text))
            throw PyException.TypeError($"strptime() argument 1 must be str, not {(value.IsNone ? "None" : value.TypeName)}");
        // The usual form, without the pattern.
        if (ReferenceEquals(format, Date) && text.Length == 10 && text[4] == '-' && text[7] == '-'
            && int.TryParse(text.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out var y)
            && int.TryParse(text.AsSpan(5, 2), NumberStyles.None, CultureInfo.InvariantCulture, out var m)
            && int.TryParse(text.AsSpan(8, 2), NumberStyles.None, CultureInfo.InvariantCulture, out var d)
            && y > 0 && m is >= 1 and <= 12 && d >= 1 && d <= DateTime.DaysInMonth(y, m))
        {
            return new DateTime(y, m, d);
        }
        var match = format.Pattern.Match(text);
        if (!match.Success)
            throw PyException.ValueError($"time data {PyText.Repr(value)} does not match format '{format.Text}'");
        if (match.Length != text.Length)
            throw PyException.ValueError($"unconverted data remains: {text[match.Length..]}");
        int year = Number("Y"), month = Number("m"), day = Number("d");
        if (year == 0)
            throw PyException.ValueError("year 0 is out of range");
        if (day > DateTime.DaysInMonth(year, month))
            throw PyException.ValueError("day is out of range for month");
        if (!match.Groups["H"].Success)
            return new DateTime(year, month, day);
        var seconds = Number("S");
        return seconds > 59
            ? throw PyException.ValueError("second must be in 0..59")
            : new DateTime(year, month, day, Number("H"), Number("M"), seconds);

        int Number(string group)
        {
            var number = 0;
            foreach (var c in match.Groups[group].ValueSpan)
                if (c != ' ')
                    number = (number * 10) + (int)CharUnicodeInfo.GetNumericValue(c);
            return number;
        }
    }

    // CPython's own patterns for %Y, %m, %d, %H, %M, %S; a blank in the format is any white space.
    [GeneratedRegex(@"\G(?<Y>\d\d\d\d)-(?<m>1[0-2]|0[1-9]|[1-9])-(?<d>3[0-1]|[1-2]\d|0[1-9]|[1-9]| [1-9])")]
    private static partial Regex DatePattern();

    [GeneratedRegex(@"\G(?<Y>\d\d\d\d)-(?<m>1[0-2]|0[1-9]|[1-9])-(?<d>3[0-1]|[1-2]\d|0[1-9]|[1-9]| [1-9])\s+(?<H>2[0-3]|[0-1]\d|\d):(?<M>[0-5]\d|\d):(?<S>6[0-1]|[0-5]\d|\d)")]
    private static partial Regex DateAndTimePattern();

    /// <summary>A format and the pattern that CPython makes of it.</summary>
    internal sealed record Format(string Text, Regex Pattern);
}
