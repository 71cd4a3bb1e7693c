using System.Globalization;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>Values as people write them: dates, money, lists, in more than one format.</summary>
internal static class Phrases
{
    private static readonly string[] Months =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    public static string Date(DateOnly date, ref SampleRng rng)
    {
        var month = Months[date.Month - 1];
        return rng.Next(5) switch
        {
            0 => Iso(date),
            1 => Text($"{month} {date.Day}, {date.Year}"),
            2 => Text($"{date.Day} {month} {date.Year}"),
            3 => Text($"the {Ordinal(date.Day)} of {month} {date.Year}"),
            _ => Text($"{month[..3]} {Ordinal(date.Day)}, {date.Year}"),
        };
    }

    public static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string Money(double amount, ref SampleRng rng)
    {
        var plain = amount == Math.Floor(amount) ? Text($"{amount:0}") : Text($"{amount:0.00}");
        var grouped = amount == Math.Floor(amount) ? Text($"{amount:#,0}") : Text($"{amount:#,0.00}");
        return rng.Next(4) switch { 0 => $"${plain}", 1 => $"{plain} dollars", 2 => $"${grouped}", _ => $"{grouped} USD" };
    }

    /// <summary><c>a, b and c</c>.</summary>
    public static string List(IReadOnlyList<string> items) => items.Count switch
    {
        0 => "",
        1 => items[0],
        _ => $"{string.Join(", ", items.Take(items.Count - 1))} and {items[^1]}",
    };

    public static string Quoted(string text, ref SampleRng rng) => rng.Chance(0.8) && !text.Contains('\'') ? $"'{text}'" : $"\"{text}\"";

    public static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Small(int number) => number switch
    {
        1 => "one", 2 => "two", 3 => "three", 4 => "four", 5 => "five", 6 => "six", 7 => "seven", 8 => "eight", 9 => "nine", 10 => "ten",
        _ => Text($"{number}"),
    };

    public static string Ordinal(int number) => Text($"{number}") + (number % 100 is >= 11 and <= 13 ? "th" : (number % 10) switch { 1 => "st", 2 => "nd", 3 => "rd", _ => "th" });

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
