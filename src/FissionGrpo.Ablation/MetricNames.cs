using System.Collections.Immutable;

namespace FissionGrpo.Ablation;

/// <summary>
/// The names that metrics go by. A plain name (<c>accuracy</c>) means the held-out slice, a name with a slice (<c>unseen_errors.accuracy</c>)
/// that slice, and <c>before.</c> stands in front of what was measured before training.
/// </summary>
public static class MetricNames
{
    /// <summary>In front of what was measured before training.</summary>
    public const string Before = "before.";

    /// <summary>In front of the accuracy of a category of held-out tasks.</summary>
    public const string Category = "category.";

    /// <summary>The metrics that a plan is decided by, with a plain name; reports show them first.</summary>
    public static ImmutableArray<string> Primary { get; } =
        ["episode_recovery_rate", "step_recovery_rate", "injected_recovery_rate", "accuracy", "repetition_rate"];

    /// <summary>Names for a table: the primary ones first, then in ordinal order; what also has a plain name once.</summary>
    internal static IEnumerable<string> Shown(IEnumerable<string> names)
    {
        var all = names.ToHashSet(StringComparer.Ordinal);
        return all.Where(n => !(n.StartsWith("held_out.", StringComparison.Ordinal) && all.Contains(n["held_out.".Length..])) && !(n == "injected.recovery_rate" && all.Contains("injected_recovery_rate")))
            .OrderBy(n => Primary.IndexOf(n) is >= 0 and var at ? at : int.MaxValue).ThenBy(n => n, StringComparer.Ordinal);
    }

    internal static bool IsBefore(string name) => name.StartsWith(Before, StringComparison.Ordinal);

    internal static bool IsCategory(string name) => name.StartsWith(Category, StringComparison.Ordinal);
}
