using System.Globalization;

namespace FissionGrpo.Conformance.Golden;

/// <summary>A distance, and where the values are that are so far apart.</summary>
/// <param name="Value">The distance.</param>
/// <param name="Where">The element with both values, or null.</param>
internal readonly record struct Distance(double Value, string? Where = null)
{
    public static implicit operator Distance(double value) => new(value);

    /// <summary>The larger one; NaN is larger than any.</summary>
    public Distance Or(Distance other) => other.Value <= Value || double.IsNaN(Value) ? this : other;
}

/// <summary>Distances between numbers, with the tolerances of the golden notes.</summary>
internal static class Compare
{
    public const double Logits = 1e-4;
    public const double LogProbs = 5e-5;
    public const double Loss = 1e-5;
    public const double GradientRelative = 1e-4;
    public const double GradientAbsolute = 1e-5;
    public const double GradientNormRelative = 1e-5;
    public const double IsolatedAdamW = 5e-6;
    public const double Probabilities = 1e-5;

    private static readonly SortedDictionary<string, (double Found, double Accepted, string Place)> Worst = new(StringComparer.Ordinal);

    /// <summary>The largest difference; one with NaN is infinite.</summary>
    /// <param name="expected">What was recorded.</param>
    /// <param name="actual">What was found.</param>
    /// <param name="offset">Where the recorded values begin in their tensor.</param>
    public static Distance MaxAbs(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, long offset = 0)
    {
        if (expected.Length != actual.Length)
            return new Distance(double.PositiveInfinity, $"{expected.Length} values expected, {actual.Length} found");
        var (worst, at) = (0.0, -1);
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = Math.Abs((double)expected[i] - actual[i]);
            difference = double.IsNaN(difference) ? double.PositiveInfinity : difference;
            if (difference > worst)
                (worst, at) = (difference, i);
        }
        return at < 0 ? new Distance(0) : new Distance(worst, string.Create(CultureInfo.InvariantCulture, $"element {offset + at}: expected {expected[at]:g6}, found {actual[at]:g6}"));
    }

    public static double RelativeL2(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        if (expected.Length != actual.Length)
            return double.PositiveInfinity;
        var (difference, norm) = (0.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            difference += Math.Pow((double)expected[i] - actual[i], 2);
            norm += Math.Pow(expected[i], 2);
        }
        if (double.IsNaN(difference))
            return double.PositiveInfinity;
        return norm == 0 ? Math.Sqrt(difference) : Math.Sqrt(difference / norm);
    }

    /// <summary>Counts a case whose distance must not exceed what is accepted, and remembers the worst of its kind.</summary>
    public static void Within(this Verdicts verdicts, string kind, string place, Distance found, double accepted)
    {
        if (!Worst.TryGetValue(kind, out var worst) || !(found.Value <= worst.Found))
            Worst[kind] = (found.Value, accepted, place);
        verdicts.Check(kind, place, found.Value <= accepted, () => $"differs by {found.Value:g3}, accepted {accepted:g3}{(found.Where is null ? "" : $" ({found.Where})")}");
    }

    /// <summary>Prints the largest distance of each kind.</summary>
    public static void PrintWorst()
    {
        foreach (var (kind, (found, accepted, place)) in Worst)
            Console.WriteLine($"  worst {kind}: {found:g3} of {accepted:g3} ({place})");
    }
}
