using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;

namespace FissionGrpo.Evaluation.Playing;

/// <summary>Plays on the in-process engine. All tries of a task share its prompt, so they are played together even when only some are asked for.</summary>
/// <param name="engine">The rollout engine, with unit <c>episode</c>, greedy or sampling.</param>
/// <param name="policy">The policy.</param>
/// <param name="seed">Where the draws come from.</param>
/// <param name="tasksAtATime">Tasks in flight together: more fill the batch, fewer report earlier.</param>
public sealed class EnginePlayer(RolloutEngine engine, ISampler policy, Seed seed, int tasksAtATime = 64) : IEpisodePlayer
{
    /// <inheritdoc/>
    public async Task PlayAsync(ImmutableArray<EpisodeToPlay> episodes, Action<EpisodeToPlay, PlayedEpisode> played, CancellationToken cancel)
    {
        var groupSize = episodes.IsEmpty ? 0 : episodes.Max(e => e.Sample) + 1;
        foreach (var chunk in episodes.GroupBy(e => e.Task.Id, StringComparer.Ordinal).Chunk(tasksAtATime))
            foreach (var (wanted, tries) in await PlayAsync([.. chunk.Select(g => g.ToImmutableArray())], groupSize, cancel))
                foreach (var episode in wanted)
                    played(episode, tries[episode.Sample]);
    }

    private async Task<IEnumerable<(ImmutableArray<EpisodeToPlay> Wanted, ImmutableArray<PlayedEpisode> Played)>> PlayAsync(
        ImmutableArray<ImmutableArray<EpisodeToPlay>> tasks, int groupSize, CancellationToken cancel)
    {
        // The seed of a task is its own, so that it does not matter in which chunk it is played: hence one call a task.
        var groups = await Task.WhenAll(tasks.Select(t => PlayAsync(t[0].Task, groupSize, cancel)));
        return tasks.Zip(groups);
    }

    private async Task<ImmutableArray<PlayedEpisode>> PlayAsync(EpisodeTask task, int groupSize, CancellationToken cancel)
    {
        try
        {
            var group = (await engine.SampleAsync([new RolloutStart(task)], groupSize, policy, seed.Derive("evaluation"), "evaluation", cancel))[0];
            return [.. group.Rollouts.Select(r => new PlayedEpisode(r.Trajectory, r.BeforeStep))];
        }
        catch (InvalidOperationException failure)
        {
            // Every try of this one task failed outside the policy (a prompt longer than the model's positions, say): that is counted, and the others go on.
            var lost = new PlayedEpisode(
                new Trajectory("", task.Id, task.Category, TrajectoryUnit.Episode, 0, new TokenSequence([], [], []), [], TrajectoryEnd.Failed)
                {
                    Failure = new RolloutFailure("engine", failure.Message),
                },
                []);
            return [.. Enumerable.Range(0, groupSize).Select(i => lost with { Trajectory = lost.Trajectory with { Id = $"evaluation/{task.Id}/{i}" } })];
        }
    }
}
