using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rewards;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>
/// Fission-GRPO (arXiv:2601.15625), one step: explore P tasks with G trajectories each and update; diagnose the failures into corrective contexts;
/// sample G' recoveries from the newest contexts and update again. Everything else in this solution serves these lines.
/// </summary>
internal sealed class TrainingLoop(
    RunOptions options,
    ITaskSource tasks,
    IPolicy policy,
    RolloutEngine rollouts,
    CompositeReward reward,
    GrpoTrainer grpo,
    ErrorIdentification errors,
    CorrectiveContexts errorSimulator,
    FissionBuffer buffer,
    SimulatorRefresh? refresh,
    IErrorSimulator? yardstick,
    ITrainingObserver observer,
    TimeProvider time)
{
    /// <summary>Tasks that training does not reach.</summary>
    private const long OfflineTasks = 1L << 41;

    /// <summary>What has been done; set it to go on from a checkpoint.</summary>
    public TrainingState State { get; set; } = TrainingState.Beginning;

    /// <summary>Share of the steps, or of the token budget, that is done.</summary>
    public double Progress => options.Train.MaxSampledTokens > 0
        ? State.SampledTokens / (double)options.Train.MaxSampledTokens
        : State.Step / (double)Math.Max(1, options.Train.Steps);

    /// <summary>The steps are done or the token budget is spent.</summary>
    public bool IsFinished => options.Train.MaxSampledTokens > 0 ? State.SampledTokens >= options.Train.MaxSampledTokens : State.Step >= options.Train.Steps;

    /// <summary>Offline error data: fills the buffer with failures of the policy as it is now, before the first step.</summary>
    public async Task FillBufferAsync(CancellationToken cancel)
    {
        const int MostRounds = 100;
        var seed = new Seed(options.Seed).Derive("offline errors");
        for (var round = 0; round < MostRounds && buffer.Count < options.Fission.Capacity; round++)
        {
            var explored = Score(await rollouts.SampleAsync(
                [.. Enumerable.Range(0, options.Grpo.Tasks).Select(i => new RolloutStart(tasks.TrainingTask(OfflineTasks + (long)round * options.Grpo.Tasks + i)))],
                options.Grpo.GroupSize, policy, seed.Derive("explore", round), $"offline {round}", cancel));
            buffer.Add((await errorSimulator.WriteAsync(errors.Identify(explored), seed.Derive("diagnose", round), cancel)).Contexts);
        }
    }

    /// <summary>One training step. Cancelled in the middle, it leaves <see cref="State"/> untouched, but the policy may have moved: load a checkpoint.</summary>
    public async Task<StepReport> StepAsync(CancellationToken cancel)
    {
        var seed = new Seed(options.Seed).Derive("training").Derive(State.Step);
        var clock = new StageClock(time);
        var fission = options.Fission;
        var merged = fission.Enabled && fission.Update is FissionUpdate.Merged;

        // Stage 1, explore: P tasks × G trajectories from the current policy.
        var explored = await clock.TimeAsync("explore", ExploreAsync(seed, cancel));
        var updates = merged ? [] : await UpdateAsync("explore", explored, 0);

        // Stage 2, identify: the first failed step of every failed trajectory, diagnosed, becomes a corrective context.
        var live = fission.Enabled && fission.Source is FissionSource.CurrentPolicy;
        var failures = live ? errors.Identify(explored) : [];
        var diagnosed = await clock.TimeAsync("diagnose", errorSimulator.WriteAsync(failures, seed.Derive("diagnose"), cancel));
        var added = buffer.Add(diagnosed.Contexts);

        // Stage 3, fission: one error becomes G' recoveries from the current policy.
        ImmutableArray<RolloutGroup> recovered = [];
        if (fission.Enabled && buffer.TryTake(fission.BatchSize, out var contexts))
            recovered = Score(await clock.TimeAsync("fission", rollouts.ContinueAsync(
                [.. contexts.Value.Select(c => (c.Key, c.State))], fission.GroupSize, policy, seed.Derive("fission"), Name("fission"), cancel)));
        else
            contexts = null;
        if (!live)
            buffer.PutBack(contexts ?? []);
        updates = merged
            ? await UpdateAsync("merged", [.. explored, .. recovered], 0)
            : updates.AddRange(await UpdateAsync("fission", recovered, updates.Length));

        var alignment = yardstick is null ? null : await clock.TimeAsync("diagnose", AlignAsync(yardstick, diagnosed, seed, cancel));
        if (refresh is not null)
            await clock.TimeAsync("refresh", refresh.AfterStepAsync(State.Step, failures, cancel));
        var report = Report();
        Observe();
        return report;

        async Task<ImmutableArray<UpdateReport>> UpdateAsync(string stage, ImmutableArray<RolloutGroup> groups, int before) =>
            await clock.TimeAsync("update", grpo.UpdateAsync(stage, groups, State.OptimizerSteps + before, Progress, cancel));

        StepReport Report()
        {
            var exploreReport = BatchStatistics.Of(explored, clock["explore"]);
            var recoveryReport = recovered.IsEmpty ? null : BatchStatistics.Of(recovered, clock["fission"]);
            var gap = updates.Select(u => u.Gap).OfType<LogProbGap>().Aggregate(default(LogProbGap), (a, b) => a.And(b));
            var step = State.Step;
            State = new TrainingState(
                step + 1,
                State.OptimizerSteps + updates.Length,
                State.NextTask + explored.Length,
                State.SampledTokens + exploreReport.SampledTokens + (recoveryReport?.SampledTokens ?? 0));
            return new StepReport(
                1,
                step,
                exploreReport,
                new FissionReport(
                    failures.Length,
                    added,
                    failures.Length - diagnosed.Undiagnosed - added,
                    buffer.Count,
                    recoveryReport,
                    contexts is { Length: > 0 } taken ? taken.Count(c => c.ZeroVarianceParent) / (double)taken.Length : null,
                    diagnosed.Leaks,
                    diagnosed.Fallbacks,
                    diagnosed.Undiagnosed,
                    diagnosed.Contexts.GroupBy(c => c.Category is { } category ? JsonNamingPolicy.SnakeCaseLower.ConvertName(category.ToString()) : "unnamed", StringComparer.Ordinal)
                        .ToImmutableSortedDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal))
                {
                    Alignment = alignment,
                },
                updates,
                State.SampledTokens,
                errorSimulator.SampledTokens,
                gap.Largest,
                gap.Mean,
                updates.IsEmpty ? null : updates[0].Metrics.TryGetValue("entropy", out var entropy) ? entropy : null,
                updates.IsEmpty ? 0 : updates[^1].LearningRate,
                clock.Seconds);
        }

        void Observe()
        {
            observer.OnStep(report);
            if (options.Train.TrajectoriesEvery <= 0 || report.Step % options.Train.TrajectoriesEvery != 0)
                return;
            observer.OnTrajectories(report.Step, "explore", [.. explored.Select(g => g.ToTrajectories())]);
            if (!recovered.IsEmpty)
                observer.OnTrajectories(report.Step, "fission", [.. recovered.Select(g => g.ToTrajectories())]);
        }
    }

    /// <summary>Holds what the simulator wrote against what the all-seeing diagnoser names.</summary>
    private static async Task<Alignment?> AlignAsync(IErrorSimulator yardstick, DiagnosedFailures diagnosed, Seed seed, CancellationToken cancel)
    {
        var truth = await yardstick.DiagnoseAsync([.. diagnosed.Written.Select(w => w.Failure)], seed, cancel);
        return Alignment.Of(
            [.. diagnosed.Written.Zip(truth).Where(p => p.Second?.Category is not null).Select(p => (p.Second!.Category!.Value, p.First.Diagnostic.Category))]);
    }

    private string Name(string stage) => $"step {State.Step}/{stage}";

    /// <summary>G trajectories of each of the next P tasks; of further tasks too, where dynamic sampling asks for P groups with variance.</summary>
    private async Task<ImmutableArray<RolloutGroup>> ExploreAsync(Seed seed, CancellationToken cancel)
    {
        ImmutableArray<RolloutGroup> explored = [];
        for (var round = 0; round < options.Grpo.SamplingRounds; round++)
        {
            var varied = explored.Count(g => GrpoBatch.HasVariance(
                [.. g.Rollouts.Select(r => r.Trajectory.Reward).OfType<RewardBreakdown>().Select(r => (double)r.Total)], options.Grpo));
            if (varied >= options.Grpo.Tasks)
                break;
            explored = explored.AddRange(Score(await rollouts.SampleAsync(
                Starts(explored.Length, seed.Derive("turns")), options.Grpo.GroupSize, policy, seed.Derive("explore", round), Name("explore"), cancel)));
        }
        return explored;
    }

    /// <summary>The next P tasks; in unit <c>turn</c> with one of their turns each, drawn evenly.</summary>
    private ImmutableArray<RolloutStart> Starts(int skip, Seed seed) => [.. Enumerable.Range(skip, options.Grpo.Tasks).Select(i =>
    {
        var task = tasks.TrainingTask(State.NextTask + i);
        var turns = options.Rollout.Unit is TrajectoryUnit.Turn ? task.ExpectedCalls.Length : 1;
        return new RolloutStart(task, turns <= 1 ? 0 : new SampleRng(seed.Derive(i)).Next(turns));
    })];

    private ImmutableArray<RolloutGroup> Score(ImmutableArray<RolloutGroup> groups) => [.. groups.Select(g => g with
    {
        Rollouts = [.. g.Rollouts.Select(r => r with
        {
            Trajectory = r.Trajectory with { Reward = reward.Of(r.Trajectory, r.Task.ExpectedCalls, State.Step) },
        })],
    })];
}
