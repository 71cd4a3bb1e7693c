using System.Text.Json.Serialization;

namespace FissionGrpo.Ablation;

/// <summary>The mean of the differences between two arms, seed by seed, with Student's 95% interval.</summary>
/// <param name="Mean">Mean difference.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="Deviation">Standard deviation of the differences (n − 1).</param>
/// <param name="Seeds">Pairs.</param>
/// <param name="Detectable">
/// The true difference that this many pairs of this spread would find (two-sided 5%) four times out of five. A smaller effect that is
/// "not significant" has not been shown to be absent.
/// </param>
public sealed record PairedDifference(double Mean, double Low, double High, double Deviation, int Seeds, double Detectable)
{
    /// <summary>The seeds differ. Where they do not (nothing happened, or a count is the same everywhere) an interval says nothing about other seeds.</summary>
    [JsonIgnore]
    public bool HasSpread => Deviation > 1e-12;

    /// <summary>The interval does not hold zero. Of differences without any spread no claim is made.</summary>
    [JsonIgnore]
    public bool IsClear => HasSpread && (Low > 0 || High < 0);

    /// <summary>Takes the differences; needs at least two pairs.</summary>
    /// <returns>Null with fewer than two pairs.</returns>
    public static PairedDifference? Of(IReadOnlyList<(double Arm, double Against)> pairs)
    {
        if (pairs.Count < 2)
            return null;
        var n = pairs.Count;
        var mean = pairs.Average(p => p.Arm - p.Against);
        var deviation = Math.Sqrt(pairs.Sum(p => Math.Pow(p.Arm - p.Against - mean, 2)) / (n - 1));
        var error = deviation / Math.Sqrt(n);
        var half = StudentT.Quantile(0.975, n - 1) * error;
        return new(mean, mean - half, mean + half, deviation, n, (StudentT.Quantile(0.975, n - 1) + StudentT.Quantile(0.8, n - 1)) * error);
    }
}

/// <summary>Student's t distribution.</summary>
internal static class StudentT
{
    /// <summary>The value below which a share <paramref name="p"/> of the distribution lies; p between 0 and 1, exclusive.</summary>
    public static double Quantile(double p, int degrees)
    {
        if (p < 0.5)
            return -Quantile(1 - p, degrees);
        var (low, high) = (0.0, 1.0);
        while (Cumulative(high, degrees) < p)
            high *= 2;
        for (var i = 0; i < 200 && high - low > 1e-13 * high; i++)
        {
            var middle = (low + high) / 2;
            if (Cumulative(middle, degrees) < p)
                low = middle;
            else
                high = middle;
        }
        return (low + high) / 2;
    }

    /// <summary>
    /// The cumulative distribution for t ≥ 0 and whole degrees of freedom, by the finite series of Abramowitz and Stegun (1964), 26.7.3 and 26.7.4.
    /// </summary>
    internal static double Cumulative(double t, int degrees)
    {
        var theta = Math.Atan(t / Math.Sqrt(degrees));
        var (sin, cos) = Math.SinCos(theta);
        double between; // P(|T| < t)
        if (degrees % 2 == 1)
        {
            var (sum, term) = (0.0, cos);
            for (var i = 1; i <= degrees - 2; i += 2)
            {
                sum += term;
                term *= cos * cos * (i + 1) / (i + 2);
            }
            between = 2 / Math.PI * (theta + (sin * sum));
        }
        else
        {
            var (sum, term) = (0.0, 1.0);
            for (var i = 0; i <= degrees - 2; i += 2)
            {
                sum += term;
                term *= cos * cos * (i + 1) / (i + 2);
            }
            between = sin * sum;
        }
        return (1 + between) / 2;
    }
}
