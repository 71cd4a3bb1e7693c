using System.Globalization;
using System.Text.RegularExpressions;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>A date as a text may say it; the year may be missing.</summary>
internal readonly record struct SaidDate(int? Year, int Month, int Day)
{
    public bool Means(DateOnly date) => Month == date.Month && Day == date.Day && (Year is null || Year == date.Year);
}

/// <summary>Reads the dates and times of day of a text, in the spellings that people and programs use.</summary>
internal static partial class DateReading
{
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    private static readonly string[] Hours = ["twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"];

    /// <summary>Every reading; 03/04/2024 has two.</summary>
    /// <param name="clean">A normalised text.</param>
    public static IEnumerable<SaidDate> In(string clean)
    {
        foreach (Match m in YearFirst().Matches(clean))
            foreach (var date in Shifted(clean, m, Number(m, 1), Number(m, 2), Number(m, 3)))
                yield return date;
        foreach (Match m in YearLast().Matches(clean))
            foreach (var (month, day) in new[] { (Number(m, 1), Number(m, 2)), (Number(m, 2), Number(m, 1)) }.Distinct())
                foreach (var date in Shifted(clean, m, Year(m, 3), month, day))
                    yield return date;
        foreach (Match m in MonthFirst().Matches(clean))
            foreach (var date in Shifted(clean, m, Year(m, 3), Month(m, 1), Number(m, 2)))
                yield return date;
        foreach (Match m in DayFirst().Matches(clean))
            foreach (var date in Shifted(clean, m, Year(m, 3), Month(m, 2), Number(m, 1)))
                yield return date;
        foreach (Match m in Epoch().Matches(clean))
        {
            var at = DateTimeOffset.FromUnixTimeSeconds(long.Parse(m.Value.AsSpan(0, 10), CultureInfo.InvariantCulture));
            yield return new SaidDate(at.Year, at.Month, at.Day);
        }
    }

    /// <summary>How a time of day may be said beside HH:MM; empty when the text is none.</summary>
    public static IEnumerable<string> Spoken(string text)
    {
        if (!TimeOnly.TryParseExact(text, ["H:mm", "HH:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            yield break;
        var (hour, next) = (Hours[time.Hour % 12], Hours[(time.Hour + 1) % 12]);
        var twelve = time.Hour % 12 == 0 ? 12 : time.Hour % 12;
        yield return string.Create(CultureInfo.InvariantCulture, $"{twelve}:{time.Minute:D2} {(time.Hour < 12 ? "am" : "pm")}");
        if (time.Minute == 0)
            yield return string.Create(CultureInfo.InvariantCulture, $"{twelve} {(time.Hour < 12 ? "am" : "pm")}");
        foreach (var said in time.Minute switch
        {
            0 => new[] { $"{hour} o clock", $"{twelve} o clock" },
            15 => [$"quarter past {hour}", $"quarter past {twelve}", $"{hour} fifteen"],
            30 => [$"half past {hour}", $"half past {twelve}", $"{hour} thirty"],
            45 => [$"quarter to {next}", $"{hour} forty five"],
            _ => [],
        })
            yield return said;
    }

    /// <summary>The date, or the one beside it where the text says "the day after".</summary>
    private static IEnumerable<SaidDate> Shifted(string clean, Match match, int? year, int month, int day)
    {
        if (month is < 1 or > 12 || day is < 1 or > 31)
            yield break;
        yield return new SaidDate(year, month, day);
        var before = clean[..match.Index].TrimEnd();
        var by = before.EndsWith("day after", StringComparison.Ordinal) ? 1 : before.EndsWith("day before", StringComparison.Ordinal) ? -1 : 0;
        if (by != 0 && day <= DateTime.DaysInMonth(year ?? 2024, month))
        {
            var other = new DateOnly(year ?? 2024, month, day).AddDays(by);
            yield return new SaidDate(year is null ? null : other.Year, other.Month, other.Day);
        }
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    private static int Month(Match match, int group) => Array.IndexOf(Months, match.Groups[group].Value[..3]) + 1;

    private static int? Year(Match match, int group) => !match.Groups[group].Success ? null : Number(match, group) is < 100 and var two ? 2000 + two : Number(match, group);

    [GeneratedRegex(@"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")]
    private static partial Regex YearFirst();

    [GeneratedRegex(@"(?<![\d.])(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})?(?![\d])")]
    private static partial Regex YearLast();

    [GeneratedRegex(@"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ .-]+(\d{1,2})(?:st|nd|rd|th)?(?![\d])(?:[ ,-]+(\d{4}|\d{2})(?!\d))?")]
    private static partial Regex MonthFirst();

    [GeneratedRegex(@"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?[ .-]*(?:of )?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?:[ ,.'-]+(\d{4}|\d{2})(?!\d))?")]
    private static partial Regex DayFirst();

    [GeneratedRegex(@"(?<!\d)1\d{9}(?:\d{3})?(?!\d)")]
    private static partial Regex Epoch();
}
