using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Metrics;

/// <summary>How many episodes there should be, and what became of them: the denominators of every rate.</summary>
/// <param name="Tasks">Tasks asked for.</param>
/// <param name="Planned">Episodes asked for (tasks times samples).</param>
/// <param name="Played">Episodes played to a verdict. The rates are over these.</param>
/// <param name="Failed">Episodes that something other than the policy ended (time-outs, unreachable servers). They are in no rate.</param>
/// <param name="Missing">Episodes not played yet.</param>
public sealed record Coverage(int Tasks, int Planned, int Played, int Failed, int Missing);

/// <summary>Something outside of the policy that ended episodes.</summary>
/// <param name="Boundary">What was being called: <c>endpoint</c>, <c>environment</c>, …</param>
/// <param name="Count">Episodes.</param>
/// <param name="Example">What happened in the first of them.</param>
public sealed record OutsideFailure(string Boundary, int Count, string Example)
{
    internal static IEnumerable<OutsideFailure> Of(IEnumerable<EvaluatedEpisode> failed) => failed
        .Select(e => e.Trajectory.Failure ?? new RolloutFailure("scoring", "there is no verdict"))
        .GroupBy(f => f.Boundary, StringComparer.Ordinal)
        .Select(g => new OutsideFailure(g.Key, g.Count(), g.First().Message))
        .OrderByDescending(f => f.Count)
        .ThenBy(f => f.Boundary, StringComparer.Ordinal);
}

/// <summary>pass@k and pass^k for one k, averaged over the tasks with at least k played episodes.</summary>
/// <param name="K">How many tries.</param>
/// <param name="Any">pass@k.</param>
/// <param name="All">pass^k.</param>
/// <param name="Tasks">Tasks averaged over.</param>
/// <param name="AnyInterval">95% interval of pass@k; the tasks are what is drawn again.</param>
/// <param name="AllInterval">95% interval of pass^k.</param>
public sealed record PassRates(int K, double Any, double All, int Tasks, Interval AnyInterval, Interval AllInterval);

/// <summary>Every metric over one set of episodes (a slice, a category, or all).</summary>
/// <param name="Coverage">The denominators.</param>
/// <param name="Accuracy">Episodes that end correct. Episodes with an injected fault are left out.</param>
/// <param name="EpisodeRecovery">(a) Of the episodes with at least one failed call, those that end correct.</param>
/// <param name="StepRecovery">(b) Of the failed calls, those followed within the turn by a successful call that serves the same goal.</param>
/// <param name="InjectedRecovery">(c) Of the episodes with an injected fault, those that end correct.</param>
/// <param name="Repetition">Of the failed calls after which the turn goes on, those that the next reply repeats verbatim.</param>
/// <param name="Faults">(c) by class of fault.</param>
/// <param name="Calls">Tool calls made.</param>
/// <param name="FailedCalls">Of these, the ones answered with an error.</param>
/// <param name="MalformedReplies">Replies that could not be parsed.</param>
/// <param name="Failures">Incorrect episodes by the category of their first failure, as the diagnoser names it.</param>
/// <param name="Reasons">Incorrect episodes by the benchmark's own reason.</param>
/// <param name="Ends">Played episodes by why they stopped.</param>
/// <param name="Outside">What ended episodes outside of the policy, the commonest first.</param>
/// <param name="Pass">pass@k and pass^k for k = 1 and, where there are more samples, every power of two up to their number, and that number.</param>
public sealed record MetricSet(
    Coverage Coverage,
    Rate Accuracy,
    Rate EpisodeRecovery,
    Rate StepRecovery,
    Rate InjectedRecovery,
    Rate Repetition,
    ImmutableSortedDictionary<string, Rate> Faults,
    long Calls,
    long FailedCalls,
    long MalformedReplies,
    ImmutableSortedDictionary<string, int> Failures,
    ImmutableSortedDictionary<string, int> Reasons,
    ImmutableSortedDictionary<string, int> Ends,
    ImmutableArray<OutsideFailure> Outside,
    ImmutableArray<PassRates> Pass)
{
    /// <summary>Measures a set of episodes.</summary>
    /// <param name="episodes">The episodes, in any order.</param>
    /// <param name="planned">Episodes that should have been played; at least as many as there are.</param>
    /// <param name="plannedTasks">Tasks that should have been played.</param>
    public static MetricSet Of(IReadOnlyCollection<EvaluatedEpisode> episodes, int planned, int plannedTasks)
    {
        var played = episodes.Where(e => e.IsPlayed).ToList();
        var plain = MetricTallies.ByTask(played.Where(e => e.Fault is null));
        var injected = MetricTallies.ByTask(played.Where(e => e.Fault is not null));
        var wrong = played.Where(e => !e.IsCorrect).ToList();
        return new MetricSet(
            new Coverage(plannedTasks, planned, played.Count, episodes.Count - played.Count, planned - episodes.Count),
            Rate.Over(plain.Tallies(MetricTallies.Accuracy)),
            Rate.Over(plain.Tallies(MetricTallies.EpisodeRecovery)),
            Rate.Over(plain.Tallies(MetricTallies.StepRecovery)),
            Rate.Over(injected.Tallies(MetricTallies.Accuracy)),
            Rate.Over(plain.Tallies(MetricTallies.Repetition)),
            played.Where(e => e.Fault is not null).GroupBy(e => e.Fault!, StringComparer.Ordinal)
                .ToImmutableSortedDictionary(g => g.Key, g => Rate.Over(MetricTallies.ByTask(g).Tallies(MetricTallies.Accuracy)), StringComparer.Ordinal),
            plain.Sum(r => r.Calls),
            plain.Sum(r => r.FailedCalls),
            plain.Sum(r => r.MalformedReplies),
            Counts(wrong.Where(e => e.FirstFailure is not null), e => FailureWords.Of(e.FirstFailure!.Value)),
            Counts(wrong, e => e.Trajectory.Score?.Reason ?? "not said"),
            Counts(played, e => FailureWords.Snake(e.Trajectory.End.ToString())),
            [.. OutsideFailure.Of(episodes.Where(e => !e.IsPlayed))],
            PassOver(plain));
    }

    private static ImmutableSortedDictionary<string, int> Counts(IEnumerable<EvaluatedEpisode> episodes, Func<EvaluatedEpisode, string> key) =>
        episodes.GroupBy(key, StringComparer.Ordinal).ToImmutableSortedDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);

    private static ImmutableArray<PassRates> PassOver(MetricTallies tallies)
    {
        var tasks = tallies.Tallies(MetricTallies.Accuracy);
        var most = tasks.Length == 0 ? 0 : (int)tasks.Max(t => t.Trials);
        var sizes = new SortedSet<int>();
        for (var k = 1; k <= most; k *= 2)
            sizes.Add(k);
        if (most > 0)
            sizes.Add(most);
        return [.. sizes.Select(k => Average(k, [.. tasks.Where(t => t.Trials >= k)]))];
    }

    private static PassRates Average(int k, ImmutableArray<Tally> tasks)
    {
        Tally[] any = [.. tasks.Select(t => new Tally(PassAtK.AnyOf((int)t.Trials, (int)t.Successes, k), 1))];
        Tally[] all = [.. tasks.Select(t => new Tally(PassAtK.AllOf((int)t.Trials, (int)t.Successes, k), 1))];
        return new PassRates(k, any.Average(t => t.Successes), all.Average(t => t.Successes), tasks.Length, Bootstrap.Ratio(any), Bootstrap.Ratio(all));
    }
}

/// <summary>The closed sets in the spelling of our files.</summary>
public static class FailureWords
{
    /// <summary><c>unmet_precondition</c>, as the files and reports spell it.</summary>
    public static string Of(FailureCategory category) => Snake(category.ToString());

    internal static string Snake(string name) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
