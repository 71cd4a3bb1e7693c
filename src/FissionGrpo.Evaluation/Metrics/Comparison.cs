using System.Collections.Immutable;

namespace FissionGrpo.Evaluation.Metrics;

/// <summary>One metric before and after, on the same tasks.</summary>
/// <param name="Metric"><c>accuracy</c>, <c>episode_recovery</c>, <c>step_recovery</c>, <c>injected_recovery</c>, <c>repetition</c>.</param>
/// <param name="Before">The first measurement.</param>
/// <param name="After">The second.</param>
/// <param name="Change">The paired difference; null when one side has nothing to count.</param>
public sealed record MetricChange(string Metric, Rate Before, Rate After, Difference? Change);

/// <summary>Two evaluations of the same tasks side by side.</summary>
public static class Comparison
{
    private static readonly (string Name, MetricTallies.Measure Measure, bool Injected)[] Metrics =
    [
        ("accuracy", MetricTallies.Accuracy, false),
        ("episode_recovery", MetricTallies.EpisodeRecovery, false),
        ("step_recovery", MetricTallies.StepRecovery, false),
        ("injected_recovery", MetricTallies.Accuracy, true),
        ("repetition", MetricTallies.Repetition, false),
    ];

    /// <summary>Compares every metric over the tasks that both sides played. Tasks that only one side played are in neither column.</summary>
    public static ImmutableArray<MetricChange> Of(IReadOnlyCollection<EvaluatedEpisode> before, IReadOnlyCollection<EvaluatedEpisode> after)
    {
        var changes = ImmutableArray.CreateBuilder<MetricChange>();
        foreach (var (name, measure, injected) in Metrics)
        {
            var shared = TasksOf(before, injected);
            shared.IntersectWith(TasksOf(after, injected));
            var first = Restricted(before, injected, shared).Tallies(measure);
            var second = Restricted(after, injected, shared).Tallies(measure);
            changes.Add(new MetricChange(name, Rate.Over(first), Rate.Over(second), Bootstrap.Paired(first, second)));
        }
        return changes.DrainToImmutable();
    }

    private static HashSet<string> TasksOf(IEnumerable<EvaluatedEpisode> episodes, bool injected) =>
        [.. episodes.Where(e => e.IsPlayed && e.Fault is not null == injected).Select(e => e.TaskId)];

    private static MetricTallies Restricted(IEnumerable<EvaluatedEpisode> episodes, bool injected, HashSet<string> tasks) =>
        MetricTallies.ByTask(episodes.Where(e => e.IsPlayed && e.Fault is not null == injected && tasks.Contains(e.TaskId)));
}
