using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Rollouts;

/// <summary>
/// Samples trajectories: the multi-turn loop of policy, environment and user, for many episodes at once. Siblings share one request for
/// their first reply, so that the common prefix is computed once; then each goes its own way, and the sampler batches whatever is in
/// flight. Results keep the order of their inputs and depend on the seed alone. Safe for several threads.
/// </summary>
/// <param name="format">How dialogues become tokens.</param>
/// <param name="options">Limits and the distribution to draw from.</param>
/// <param name="time">Measures time-outs.</param>
public sealed class RolloutEngine(DialogueFormat format, RolloutOptions options, TimeProvider time)
{
    private readonly EpisodeOpening _opening = new(format);

    /// <summary>The limits and the distribution in use.</summary>
    public RolloutOptions Options => options;

    /// <summary>How dialogues become tokens.</summary>
    public DialogueFormat Format => format;

    /// <summary>Stage 1: samples G trajectories from each start.</summary>
    /// <param name="starts">Tasks and turns.</param>
    /// <param name="groupSize">G; 1 for evaluation.</param>
    /// <param name="policy">What replies.</param>
    /// <param name="seed">Where the draws come from; each start derives its own child by its key.</param>
    /// <param name="idPrefix">The trajectories' ids begin with it: <c>step 12</c>.</param>
    /// <param name="cancel">Stops everything.</param>
    /// <exception cref="InvalidOperationException">Every rollout failed: that is no bad episode, but a broken sampler or world.</exception>
    public async Task<ImmutableArray<RolloutGroup>> SampleAsync(
        ImmutableArray<RolloutStart> starts, int groupSize, ISampler policy, Seed seed, string idPrefix, CancellationToken cancel)
    {
        var groups = await PlayGroupsAsync(
            [.. starts.Select(start => new GroupPlan(
                start.Key, start.Task, start.Turn, [], null, options.Unit,
                trajectorySeed => _opening.OpenAsync(start, options.Unit, trajectorySeed, cancel)))],
            groupSize, policy, seed, idPrefix, cancel);
        var failures = groups.SelectMany(g => g.Rollouts).Select(r => r.Trajectory.Failure).ToList();
        if (failures.Count > 0 && failures.TrueForAll(f => f is not null))
            throw new InvalidOperationException($"all {failures.Count} rollouts of {idPrefix} failed; the first at the {failures[0]!.Boundary}: {failures[0]!.Message}");
        return groups;
    }

    /// <summary>
    /// Stage 3: samples G' trajectories from each state, which is forked and stays as it is. A few contexts, perhaps all of one broken world: when
    /// every recovery fails, that is counted like any other failure, and the exploration of the next step shows whether anything works at all.
    /// </summary>
    /// <param name="states">Corrective contexts.</param>
    /// <param name="groupSize">G'.</param>
    /// <param name="policy">What replies.</param>
    /// <param name="seed">Where the draws come from; each state derives its own child by its key and number.</param>
    /// <param name="idPrefix">The trajectories' ids begin with it.</param>
    /// <param name="cancel">Stops everything.</param>
    public Task<ImmutableArray<RolloutGroup>> ContinueAsync(
        ImmutableArray<(string Key, EpisodeState State)> states, int groupSize, ISampler policy, Seed seed, string idPrefix, CancellationToken cancel) =>
        PlayGroupsAsync(
            [.. states.Select(s => new GroupPlan(
                s.Key, s.State.Task, s.State.FirstTurn, s.State.PriorSteps, s.State.Origin, s.State.Unit,
                _ => Task.FromResult(Boundary.Cross(Boundary.Environment, s.State.Fork))))],
            groupSize, policy, seed, idPrefix, cancel);

    /// <summary>How many tokens a task's episodes begin with, before the policy has said anything.</summary>
    public async Task<int> PromptTokensAsync(EpisodeTask task, CancellationToken cancel) =>
        (await _opening.OpenAsync(new RolloutStart(task), TrajectoryUnit.Episode, 0, cancel)).Tokens.Ids.Length;

    /// <summary>Plays a demonstration through the same code: its replies are what the policy would have had to sample.</summary>
    /// <returns>
    /// The trajectory; its learned replies have origin policy and log-probability 0. One longer than any rollout may be ends with
    /// <see cref="TrajectoryEnd.TokenLimit"/>: nobody can sample it, and nothing should learn it.
    /// </returns>
    public async Task<Trajectory> DemonstrateAsync(Demonstration demonstration, CancellationToken cancel)
    {
        var state = await _opening.OpenAsync(new RolloutStart(demonstration.Task), TrajectoryUnit.Episode, 0, cancel);
        var played = await new DemonstrationPlayer(format, state).PlayAsync(demonstration, cancel);
        return played.Tokens.Ids.Length <= options.MaxTokens ? played : played with { End = TrajectoryEnd.TokenLimit };
    }

    /// <summary>One group before it is played.</summary>
    private sealed record GroupPlan(
        string Key,
        EpisodeTask Task,
        int FirstTurn,
        ImmutableArray<Step> PriorSteps,
        FissionOrigin? Origin,
        TrajectoryUnit Unit,
        Func<ulong, Task<EpisodeState>> OpenAsync);

    private async Task<ImmutableArray<RolloutGroup>> PlayGroupsAsync(
        ImmutableArray<GroupPlan> plans, int groupSize, ISampler policy, Seed seed, string idPrefix, CancellationToken cancel)
    {
        // All groups are in flight together; the sampler sees every request that can be served at once.
        return
        [
            .. await Task.WhenAll(plans.Select((plan, i) => PlayGroupAsync(plan, groupSize, policy, seed.Derive(plan.Key).Derive(i), idPrefix, cancel))),
        ];
    }

    private async Task<RolloutGroup> PlayGroupAsync(
        GroupPlan plan, int groupSize, ISampler policy, Seed seed, string idPrefix, CancellationToken cancel)
    {
        var firstReplies = new SharedFirstReply(groupSize, policy, options.Sampling, format.StopTokens, seed.Derive("first reply"));
        var siblings = await Task.WhenAll(Enumerable.Range(0, groupSize).Select(sample =>
            PlayWithRetriesAsync(plan, sample, firstReplies, policy, seed.Derive("sample", sample), $"{idPrefix}/{plan.Key}/{sample}", cancel)));
        return new RolloutGroup(plan.Key, [.. siblings]);
    }

    /// <summary>One sibling. A failure outside the policy is tried again with a fresh environment, and is a value when that fails too.</summary>
    private async Task<Rollout> PlayWithRetriesAsync(
        GroupPlan plan, int sample, SharedFirstReply firstReplies, ISampler policy, Seed seed, string id, CancellationToken cancel)
    {
        RolloutFailure? failure = null;
        for (var attempt = 0; attempt < options.MaxAttempts; attempt++)
        {
            cancel.ThrowIfCancellationRequested();
            using var limit = options.TimeoutSeconds > 0 ? new CancellationTokenSource(TimeSpan.FromSeconds(options.TimeoutSeconds), time) : null;
            using var episode = limit is null ? null : CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
            var token = episode?.Token ?? cancel;
            var shared = attempt == 0;
            try
            {
                var attemptSeed = seed.Derive("attempt", attempt);
                var state = await plan.OpenAsync(attemptSeed.Derive("environment").Value);
                var player = new EpisodePlayer(format, options, state);
                var end = await player.PlayAsync(
                    (prefix, reply, maxTokens, stop) => reply == 0 && shared
                        ? firstReplies.TakeAsync(sample, prefix, maxTokens, stop)
                        : SampleOneAsync(policy, prefix, maxTokens, attemptSeed.Derive("reply", reply), stop),
                    token);
                return await player.ToRolloutAsync(id, end, token) with { Attempts = attempt + 1 };
            }
            catch (BoundaryException crossed)
            {
                failure = crossed.ToFailure();
            }
            catch (OperationCanceledException) when (limit is { IsCancellationRequested: true } && !cancel.IsCancellationRequested)
            {
                failure = new RolloutFailure("episode", $"not over after {options.TimeoutSeconds} seconds");
            }
            finally
            {
                if (shared)
                    firstReplies.GiveUp(sample);
            }
        }
        var empty = new Trajectory(
            id, plan.Task.Id, plan.Task.Category, plan.Unit, plan.FirstTurn, new TokenSequence([], [], []), [], TrajectoryEnd.Failed)
        {
            Failure = failure,
            PriorSteps = plan.PriorSteps,
            Origin = plan.Origin,
        };
        return new Rollout(plan.Task, 0, empty, []) { Attempts = options.MaxAttempts };
    }

    private async ValueTask<SampledTokens> SampleOneAsync(
        ISampler policy, ImmutableArray<int> prefix, int maxTokens, Seed seed, CancellationToken cancel)
    {
        var sampled = await policy.SampleAsync(
            new SampleRequest(prefix, 1, maxTokens, format.StopTokens, options.Sampling, seed), cancel);
        return sampled[0];
    }
}
