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

    /// <summary>What the sampled tokens of a run bought, with titles; reports show them as a table of their own.</summary>
    internal static ImmutableArray<(string Title, string Name)> Bought { get; } =
    [
        ("explored trajectories that meet a failed call", "attempts.explored"),
        ("of these, end correct", "attempts.explored_correct"),
        ("tokens of one of them", "attempts.explored_tokens"),
        ("recoveries", "attempts.recoveries"),
        ("of these, end correct", "attempts.recoveries_correct"),
        ("tokens of one of them", "attempts.recovery_tokens"),
        ("share of the tokens spent on recoveries", "attempts.recovery_token_share"),
        ("attempts in 1,000 tokens, explored and recoveries", "attempts.per_1000_tokens"),
        ("of these, end correct", "attempts.correct_per_1000_tokens"),
        ("explored groups without variance", "zero_variance.explored"),
        ("explored groups trained on", "trained_groups.explored"),
        ("recovery groups without variance", "zero_variance.after_fission"),
        ("recovery groups trained on", "trained_groups.recovered"),
        ("optimizer steps", "training.optimizer_steps"),
        ("of these, with recoveries", "training.recovery_updates"),
    ];

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
