using System.Globalization;
using System.Text.RegularExpressions;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>The numbers that a text means in other units than it says: 2.5 hours are 150 minutes.</summary>
internal static partial class UnitConversion
{
    /// <summary>How far apart two converted numbers may be, relatively: people round.</summary>
    public const double Tolerance = 0.001;

    private static readonly (string Unit, double Size)[][] Families =
    [
        [("seconds?|secs?", 1), ("minutes?|mins?", 60), ("hours?|hrs?", 3600), ("days?", 86400), ("weeks?", 604800)],
        [("mm", 0.001), ("cm", 0.01), ("m|met(?:er|re)s?", 1), ("km|kilomet(?:er|re)s?", 1000), ("inch(?:es)?", 0.0254), ("feet|foot|ft", 0.3048), ("yards?", 0.9144), ("miles?", 1609.344)],
        [("km/h|kmh|kph", 1), ("mph", 1.609344), ("m/s", 3.6)],
        [("g|grams?", 1), ("kg|kilos?|kilograms?", 1000), ("lbs?|pounds?", 453.59237), ("oz|ounces?", 28.349523)],
        [("ml", 0.001), ("l|lit(?:er|re)s?", 1), ("gal|gallons?", 3.785412)],
        [("cents?", 1), ("dollars?|usd", 100)],
        [("%|percent", 0.01), ("one", 1)],
    ];

    private static readonly (Regex Pattern, double Size, double[] Others)[] Patterns =
    [
        .. Families.SelectMany(family => family.Select(u => (
            new Regex($@"(?<![\p{{L}}\d.,])(-?\d+(?:\.\d+)?)\s?(?:{u.Unit})(?![\p{{L}}\d/])", RegexOptions.CultureInvariant),
            u.Size,
            family.Where(o => o.Unit != u.Unit).Select(o => o.Size).ToArray()))),
    ];

    /// <summary>Every conversion of every quantity.</summary>
    /// <param name="clean">A normalised text.</param>
    public static IEnumerable<double> In(string clean)
    {
        foreach (var (pattern, size, others) in Patterns)
            foreach (Match match in pattern.Matches(clean))
                foreach (var other in others)
                    yield return double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * size / other;
        foreach (Match match in Degrees().Matches(clean))
        {
            var degrees = double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            yield return match.Groups[2].ValueSpan[0] == 'f' ? (degrees - 32) / 1.8 : degrees * 1.8 + 32;
        }
    }

    public static bool IsNear(double a, double b) => Math.Abs(a - b) <= Tolerance * Math.Abs(b);

    [GeneratedRegex(@"(-?\d+(?:\.\d+)?)\s*(?:°|degrees?)?\s*(fahrenheit|celsius|[fc])\b")]
    private static partial Regex Degrees();
}
