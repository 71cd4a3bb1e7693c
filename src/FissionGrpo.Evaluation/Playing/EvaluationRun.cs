using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Playing;

/// <summary>Plays a plan, keeping what is done in a store where there is one, and names each failure.</summary>
/// <param name="player">Who plays.</param>
/// <param name="plan">What to play.</param>
/// <param name="nameFailure">Names what went wrong first in an incorrect episode; null leaves it unnamed.</param>
public sealed class EvaluationRun(IEpisodePlayer player, EvaluationPlan plan, Func<EpisodeTask, PlayedEpisode, FailureCategory?>? nameFailure = null)
{
    /// <summary>Plays what the store does not hold yet. An episode that failed outside the policy is played again.</summary>
    /// <param name="store">Where results are kept, or null.</param>
    /// <param name="progress">Told the number of episodes done and the number of all.</param>
    /// <param name="cancel">Stops; what was played is kept.</param>
    /// <returns>Every episode, in the order of the plan.</returns>
    public async Task<ImmutableArray<EvaluatedEpisode>> PlayAsync(EpisodeStore? store, Action<int, int>? progress, CancellationToken cancel)
    {
        var byId = plan.Tasks.ToDictionary(t => t.Task.Id, StringComparer.Ordinal);
        var done = new Dictionary<(string, int), EvaluatedEpisode>();
        foreach (var episode in store?.Episodes ?? [])
            if (episode.IsPlayed && byId.TryGetValue(episode.TaskId, out var known) && episode.Sample < (known.Tries ?? plan.Samples))
                done[(episode.TaskId, episode.Sample)] = episode;
        var planned = plan.Episodes;
        var total = planned.Length;
        progress?.Invoke(done.Count, total);

        await player.PlayAsync(
            [.. planned.Where(p => !done.ContainsKey((p.TaskId, p.Sample))).Select(p => new EpisodeToPlay(byId[p.TaskId].Task, p.Sample))], Take, cancel);
        return [.. planned.Select(p => done[(p.TaskId, p.Sample)])];

        void Take(EpisodeToPlay episode, PlayedEpisode played)
        {
            var task = byId[episode.Task.Id];
            var evaluated = new EvaluatedEpisode(task.Task.Id, task.Task.Category, task.Slice, episode.Sample, task.Task.ExpectedCalls, played.Trajectory)
            {
                Fault = task.Fault,
            };
            if (evaluated is { IsPlayed: true, IsCorrect: false } && nameFailure is not null)
                evaluated = evaluated with { FirstFailure = nameFailure(task.Task, played) };
            store?.Add(evaluated);
            done[(task.Task.Id, episode.Sample)] = evaluated;
            progress?.Invoke(done.Count, total);
        }
    }
}
