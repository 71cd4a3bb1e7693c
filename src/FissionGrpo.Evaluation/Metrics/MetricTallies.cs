using System.Collections.Immutable;

namespace FissionGrpo.Evaluation.Metrics;

/// <summary>Episodes grouped by task in ordinal order, so that each metric can be summed per task: what intervals and paired differences need.</summary>
internal sealed class MetricTallies
{
    private readonly ImmutableArray<ImmutableArray<(EvaluatedEpisode Episode, ErrorRecovery Recovery)>> _tasks;

    private MetricTallies(ImmutableArray<string> taskIds, ImmutableArray<ImmutableArray<(EvaluatedEpisode Episode, ErrorRecovery Recovery)>> tasks)
    {
        TaskIds = taskIds;
        _tasks = tasks;
    }

    /// <summary>One metric's tally of one episode.</summary>
    public delegate Tally Measure(EvaluatedEpisode episode, ErrorRecovery recovery);

    /// <summary>The tasks, in the order of the tallies.</summary>
    public ImmutableArray<string> TaskIds { get; }

    /// <summary>Accuracy: every episode is a trial.</summary>
    public static Tally Accuracy(EvaluatedEpisode episode, ErrorRecovery recovery) => new(episode.IsCorrect ? 1 : 0, 1);

    /// <summary>(a): every episode with a failed call is a trial.</summary>
    public static Tally EpisodeRecovery(EvaluatedEpisode episode, ErrorRecovery recovery) =>
        recovery.FailedCalls == 0 ? default : new(episode.IsCorrect ? 1 : 0, 1);

    /// <summary>(b): every failed call is a trial.</summary>
    public static Tally StepRecovery(EvaluatedEpisode episode, ErrorRecovery recovery) => new(recovery.RecoveredCalls, recovery.FailedCalls);

    /// <summary>Every failed call after which the turn goes on is a trial.</summary>
    public static Tally Repetition(EvaluatedEpisode episode, ErrorRecovery recovery) => new(recovery.RepeatedCalls, recovery.FailedThenCalled);

    public static MetricTallies ByTask(IEnumerable<EvaluatedEpisode> played)
    {
        var groups = played.GroupBy(e => e.TaskId, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        return new MetricTallies(
            [.. groups.Select(g => g.Key)],
            [.. groups.Select(g => g.OrderBy(e => e.Sample).Select(e => (e, ErrorRecovery.Of(e.Trajectory.Steps, e.Expected))).ToImmutableArray())]);
    }

    public Tally[] Tallies(Measure measure) => [.. _tasks.Select(task => SumOf(task, measure))];

    public long Sum(Func<ErrorRecovery, int> count) => _tasks.Sum(task => task.Sum(e => (long)count(e.Recovery)));

    private static Tally SumOf(ImmutableArray<(EvaluatedEpisode Episode, ErrorRecovery Recovery)> task, Measure measure)
    {
        var (successes, trials) = (0.0, 0.0);
        foreach (var (episode, recovery) in task)
        {
            var tally = measure(episode, recovery);
            successes += tally.Successes;
            trials += tally.Trials;
        }
        return new Tally(successes, trials);
    }
}
