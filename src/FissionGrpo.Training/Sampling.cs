using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rewards;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>Samples the groups of a step from the current policy, and scores them.</summary>
internal sealed class Sampling(RunOptions options, ITaskSource tasks, ISampler policy, RolloutEngine rollouts, CompositeReward reward)
{
    /// <summary>Tasks that training does not reach.</summary>
    private const long OfflineTasks = 1L << 41;

    /// <summary>Passes over prompts; null passes over none.</summary>
    public PromptMemory? Memory { get; init; }

    /// <summary>The number of the task that comes after those explored last.</summary>
    public long NextTask { get; private set; }

    /// <summary>Prompts passed over when exploring last.</summary>
    public int Skipped { get; private set; }

    /// <summary>G trajectories of each of the next P tasks; of further tasks too, where dynamic sampling asks for P groups with variance.</summary>
    public async Task<ImmutableArray<RolloutGroup>> ExploreAsync(TrainingState state, Seed seed, CancellationToken cancel)
    {
        (NextTask, Skipped) = (state.NextTask, 0);
        ImmutableArray<RolloutGroup> explored = [];
        var largest = reward.Largest(ScheduleAt(state));
        for (var round = 0; round < options.Grpo.SamplingRounds && explored.Count(g => GrpoBatch.TrainsOn(g.ToTrajectories().Trajectories, options.Grpo, largest)) < options.Grpo.Tasks; round++)
            explored = explored.AddRange(Score(
                await rollouts.SampleAsync(
                    NextStarts(seed.Derive("turns")), options.Grpo.GroupSize, policy, seed.Derive("explore", round),
                    $"step-{state.Step + 1}/explore", cancel),
                ScheduleAt(state)));
        Memory?.Learn(explored);
        return explored;
    }

    /// <summary>G' recoveries from each corrective context.</summary>
    public async Task<ImmutableArray<RolloutGroup>> RecoverAsync(
        ImmutableArray<CorrectiveContext> contexts, TrainingState state, Seed seed, CancellationToken cancel) => contexts.IsEmpty ? [] : Score(
            await rollouts.ContinueAsync(
                [.. contexts.Select(c => (c.Key, c.State))], options.Fission.GroupSize, policy, seed.Derive("fission"), $"step-{state.Step + 1}/fission", cancel),
            ScheduleAt(state));

    /// <summary>What the policy does on tasks of its own before RL: where offline errors come from.</summary>
    public async Task<ImmutableArray<RolloutGroup>> ExploreOfflineAsync(int round, Seed seed, CancellationToken cancel) => Score(
        await rollouts.SampleAsync(
            Starts(OfflineTasks + (long)round * options.Grpo.Tasks, seed.Derive("turns")), options.Grpo.GroupSize, policy, seed.Derive("explore"),
            $"offline {round}", cancel),
        ScheduleAt(TrainingState.Beginning));

    /// <summary>The next P tasks; in unit <c>turn</c> with one of their turns each, drawn evenly.</summary>
    private ImmutableArray<RolloutStart> Starts(long first, Seed seed) =>
        [.. Enumerable.Range(0, options.Grpo.Tasks).Select(i => StartOf(tasks.TrainingTask(first + i), options.Rollout, seed.Derive(first + i)))];

    /// <summary>The next P prompts that are not passed over. Where nearly all are, some of them are played all the same.</summary>
    private ImmutableArray<RolloutStart> NextStarts(Seed seed)
    {
        var starts = ImmutableArray.CreateBuilder<RolloutStart>(options.Grpo.Tasks);
        for (var most = Skipped + 16 * options.Grpo.Tasks; starts.Count < options.Grpo.Tasks; NextTask++)
        {
            var start = StartOf(tasks.TrainingTask(options.Train.TaskPool > 0 ? NextTask % options.Train.TaskPool : NextTask), options.Rollout, seed.Derive(NextTask));
            if (Skipped < most && Memory?.Skips(start.Key) == true)
                Skipped++;
            else
                starts.Add(start);
        }
        return starts.MoveToImmutable();
    }

    /// <summary>Where a task is played from: in unit <c>turn</c> from one of its turns, drawn evenly.</summary>
    public static RolloutStart StartOf(EpisodeTask task, RolloutOptions rollout, Seed seed)
    {
        var turns = rollout.Unit is TrajectoryUnit.Turn ? task.ExpectedCalls.Length : 1;
        return new RolloutStart(task, turns <= 1 ? 0 : new SampleRng(seed).Next(turns));
    }

    private double ScheduleAt(TrainingState state) => options.Reward.ScheduleAt(state.ProgressIn(options.Train), options.Train.Steps);

    private ImmutableArray<RolloutGroup> Score(ImmutableArray<RolloutGroup> groups, double schedule) => [.. groups.Select(g => g with
    {
        Rollouts = [.. g.Rollouts.Select(r => r with { Trajectory = r.Trajectory with { Reward = reward.Of(r.Trajectory, r.Task.ExpectedCalls, schedule) } })],
    })];

}
