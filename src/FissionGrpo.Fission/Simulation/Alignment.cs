using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Fission;

/// <summary>A category as files write it.</summary>
public static class FailureWord
{
    /// <summary><c>unmet_precondition</c>.</summary>
    public static string Of(FailureCategory category) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(category.ToString());
}

/// <summary>
/// Whether the simulator's diagnostics mean what really went wrong: the category that each text conveys against the one that the diagnoser, who sees
/// the ground truth, names. The premise of the method, measured at every step.
/// </summary>
/// <param name="Compared">Diagnostics compared. Fixed messages and the environment's own are none of the simulator's.</param>
/// <param name="Agreement">Share that conveys the true category.</param>
/// <param name="Kappa">Cohen's kappa: agreement beyond what chance would give; null when chance alone explains everything.</param>
/// <param name="Recall">Per true category: the share of its failures that is named right.</param>
/// <param name="Occurrences">Per true category: how many failures.</param>
public sealed record Alignment(
    int Compared,
    double Agreement,
    double? Kappa,
    ImmutableSortedDictionary<string, double> Recall,
    ImmutableSortedDictionary<string, int> Occurrences)
{
    private const string Nothing = "nothing";

    /// <summary>Of the categories that occur, the share of which at least one failure is named right: failure modes that the simulator knows at all.</summary>
    public double Coverage => Recall.Count == 0 ? 0 : Recall.Values.Count(r => r > 0) / (double)Recall.Count;

    /// <summary>Compares pairs of true and conveyed categories; null when there are none.</summary>
    /// <param name="pairs">The true category, and what the text conveys (null: nothing).</param>
    public static Alignment? Of(ImmutableArray<(FailureCategory True, FailureCategory? Conveyed)> pairs)
    {
        if (pairs.IsEmpty)
            return null;
        var named = pairs.Select(p => (True: Name(p.True), Conveyed: p.Conveyed is { } c ? Name(c) : Nothing)).ToArray();
        var agreement = Share(named, p => p.True == p.Conveyed);
        var byChance = named.Select(p => p.True).Distinct()
            .Sum(category => Share(named, p => p.True == category) * Share(named, p => p.Conveyed == category));
        var byCategory = named.GroupBy(p => p.True, StringComparer.Ordinal).ToArray();
        return new Alignment(
            named.Length,
            agreement,
            byChance < 1 ? (agreement - byChance) / (1 - byChance) : null,
            byCategory.ToImmutableSortedDictionary(g => g.Key, g => Share([.. g], p => p.True == p.Conveyed), StringComparer.Ordinal),
            byCategory.ToImmutableSortedDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal));
    }

    private static string Name(FailureCategory category) => FailureWord.Of(category);

    private static double Share((string True, string Conveyed)[] pairs, Func<(string True, string Conveyed), bool> has) =>
        pairs.Count(has) / (double)pairs.Length;
}
