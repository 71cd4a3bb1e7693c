namespace FissionGrpo.Conformance.Golden;

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

    public static double MaxAbs(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        if (expected.Length != actual.Length)
            return double.PositiveInfinity;
        var worst = 0.0;
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = Math.Abs((double)expected[i] - actual[i]);
            worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
        }
        return worst;
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
    public static void Within(this Verdicts verdicts, string kind, string place, double found, double accepted)
    {
        if (!Worst.TryGetValue(kind, out var worst) || found > worst.Found)
            Worst[kind] = (found, accepted, place);
        verdicts.Check(kind, place, found <= accepted, () => $"differs by {found:g3}, accepted {accepted:g3}");
    }

    /// <summary>Prints the largest distance of each kind.</summary>
    public static void PrintWorst()
    {
        foreach (var (kind, (found, accepted, place)) in Worst)
            Console.WriteLine($"  worst {kind}: {found:g3} of {accepted:g3} ({place})");
    }
}
