using System.Globalization;
using FissionGrpo.Evaluation.Metrics;

namespace FissionGrpo.Cli.Views;

/// <summary>Figures as people read them; what there was nothing to count of is a dash.</summary>
internal static class Figures
{
    /// <summary><c>41.7% [34.0, 49.8] 60/144</c>.</summary>
    public static string Show(Rate rate) => rate.Value is not { } value ? "-" : string.Create(
        CultureInfo.InvariantCulture, $"{100 * value:0.0}% [{100 * rate.Low:0.0}, {100 * rate.High:0.0}] {rate.Count}/{rate.Of}");

    /// <summary><c>+5.7 [1.2, 10.1]</c> in points, with a star when the interval does not hold zero.</summary>
    public static string Show(Difference? difference) => difference is null ? "-" : string.Create(
        CultureInfo.InvariantCulture,
        $"{100 * difference.Mean:+0.0;-0.0;0.0} [{100 * difference.Interval.Low:0.0}, {100 * difference.Interval.High:0.0}]{(difference.IsClear ? " *" : "")}");

    /// <summary><c>7.2 GiB</c>, below one <c>35 MiB</c>.</summary>
    public static string Memory(long bytes) => bytes >= 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / (double)(1L << 20)):0} MiB");

    /// <summary>The metric's name as a heading.</summary>
    public static string Title(string metric) => metric switch
    {
        "accuracy" => "accuracy",
        "episode_recovery" => "recovery (a) episode",
        "step_recovery" => "recovery (b) step",
        "injected_recovery" => "recovery (c) injected",
        "repetition" => "repetition",
        _ => metric,
    };
}
