using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Training;

/// <summary>Boils scored groups down to a <see cref="BatchReport"/>.</summary>
internal static class BatchStatistics
{
    public static BatchReport Of(ImmutableArray<RolloutGroup> groups, Func<RolloutGroup, bool> trainsOn, double seconds)
    {
        var all = groups.SelectMany(g => g.Rollouts).ToArray();
        var played = all.Select(r => r.Trajectory).Where(t => t.Failure is null).ToArray();
        RolloutGroup[] judged = [.. groups.Where(g => Played(g).Any())]; // a group of which nothing could be played is neither right nor wrong
        var withErrors = played.Where(t => FailedCalls(t).Any()).ToArray();
        var sampled = played.Sum(t => t.Tokens.CountSampled());
        return new BatchReport(
            groups.Length,
            played.Length,
            Mean(played.Select(t => (double)(t.Reward?.Total ?? 0))) ?? 0,
            Terms(played),
            Share(played, IsCorrect) ?? 0,
            withErrors.Length,
            Share(withErrors, IsCorrect),
            Share([.. played.SelectMany(Repetitions)], repeated => repeated),
            Share(judged, g => GroupAdvantages.AllEqual(Rewards(g))) ?? 0,
            Share(judged, g => Played(g).All(IsCorrect)) ?? 0,
            Share(judged, g => !Played(g).Any(IsCorrect)) ?? 0,
            sampled,
            seconds > 0 ? sampled / seconds : 0,
            all.Where(r => r.Trajectory.Failure is not null).GroupBy(r => r.Trajectory.Failure!.Boundary, StringComparer.Ordinal)
                .ToImmutableSortedDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal),
            all.Sum(r => r.Attempts - 1))
        {
            TrainedGroups = Share(judged, trainsOn) ?? 0,
            ErrorTokens = withErrors.Sum(t => t.Tokens.CountSampled()),
        };
    }

    private static ImmutableSortedDictionary<string, double> Terms(Trajectory[] played) => played
        .Where(t => t.Reward is not null).SelectMany(t => t.Reward!.Terms).GroupBy(t => t.Name, StringComparer.Ordinal)
        .ToImmutableSortedDictionary(g => g.Key, g => g.Average(t => (double)t.Value), StringComparer.Ordinal);

    private static IEnumerable<Trajectory> Played(RolloutGroup group) => group.Rollouts.Select(r => r.Trajectory).Where(t => t.Failure is null);

    private static double[] Rewards(RolloutGroup group) => [.. Played(group).Select(t => (double)(t.Reward?.Total ?? 0))];

    private static bool IsCorrect(Trajectory trajectory) => trajectory.Score is { Correct: true };

    private static IEnumerable<ExecutedCall> FailedCalls(Trajectory trajectory) =>
        trajectory.Steps.SelectMany(s => s.Calls).Where(c => c.Result is ToolResult.Failed);

    /// <summary>Per failed call that another call follows: whether that one is the same call.</summary>
    private static IEnumerable<bool> Repetitions(Trajectory trajectory)
    {
        var calls = trajectory.AllSteps().SelectMany(s => s.Calls).ToArray();
        for (var i = 0; i + 1 < calls.Length; i++)
            if (calls[i].Result is ToolResult.Failed)
                yield return calls[i + 1].Call.Equals(calls[i].Call);
    }

    private static double? Mean(IEnumerable<double> values) => values.Any() ? values.Average() : null;

    private static double? Share<T>(T[] items, Func<T, bool> has) => items.Length == 0 ? null : items.Count(has) / (double)items.Length;
}
