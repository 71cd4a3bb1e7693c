using System.Collections.Immutable;
using FissionGrpo.Fission;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>
/// Fission-GRPO (arXiv:2601.15625), one step: explore P tasks with G trajectories each and update; diagnose the failures into corrective contexts;
/// sample G' recoveries from the newest contexts and update again. Everything else in this solution serves these lines.
/// </summary>
internal sealed class TrainingLoop(
    RunOptions options,
    Sampling sampling,
    GrpoTrainer grpo,
    ErrorIdentification errors,
    CorrectiveContexts errorSimulator,
    FissionBuffer fissionBuffer,
    SimulatorUpkeep simulatorUpkeep,
    ITrainingObserver observer,
    TimeProvider time)
{
    /// <summary>What has been done; set it to go on from a checkpoint.</summary>
    public TrainingState State { get; set; } = TrainingState.Beginning;

    /// <summary>Contexts that going on could not bring back; told in the next step's report.</summary>
    public int DroppedContexts { get; set; }

    /// <summary>Share of the steps, or of the token budget, that is done.</summary>
    public double Progress => State.ProgressIn(options.Train);

    /// <summary>The steps are done or the token budget is spent; with no steps nothing is trained, whatever the budget.</summary>
    public bool IsFinished => options.Train.Steps == 0 || Progress >= 1;

    /// <summary>Whether the simulator is measured after the step just done: the first, those that are evaluated, the last.</summary>
    private bool IsMeasured => State.Step == 1 || IsFinished || (options.Train.EvaluateEvery > 0 && State.Step % options.Train.EvaluateEvery == 0);

    /// <summary>One training step. Cancelled in the middle, it leaves <see cref="State"/> untouched, but the policy may have moved: load a checkpoint.</summary>
    public async Task<StepReport> StepAsync(CancellationToken cancel)
    {
        var (step, seed, clock) = (State.Step, new Seed(options.Seed).Derive("training", State.Step), new StageClock(time));
        var (progress, merged) = (Progress, options.Fission is { Enabled: true, Update: FissionUpdate.Merged });
        var updates = ImmutableArray.CreateBuilder<UpdateReport>();

        // Stage 1, explore: P tasks × G trajectories from the current policy.
        var explored = await clock.TimeAsync("explore", sampling.ExploreAsync(State, seed, cancel));
        if (!merged)
            await UpdateAsync("explore", explored);

        // Stage 2, identify: the first failed step of every failed trajectory, diagnosed, becomes a corrective context.
        var failed = errors.Identify(explored);
        var diagnosed = await clock.TimeAsync("diagnose", errorSimulator.WriteAsync(failed.Failures, seed.Derive("diagnose"), cancel));
        var added = fissionBuffer.Add(diagnosed.Contexts);

        // Stage 3, fission: one error becomes G' recoveries from the current policy.
        var contexts = fissionBuffer.Take(options.Fission.BatchSize);
        var recovered = await clock.TimeAsync("fission", sampling.RecoverAsync(contexts, State, seed, cancel));
        await UpdateAsync(merged ? "merged" : "fission", merged ? [.. explored, .. recovered] : recovered, options.Fission.LearningRateScale);
        grpo.Remember(step, [.. explored, .. recovered]);

        State = State.After(explored, recovered, updates.Count, sampling.NextTask);
        var (alignment, probe) = await clock.TimeAsync("upkeep", simulatorUpkeep.AfterStepAsync(step, failed.Failures, diagnosed, IsMeasured, cancel));
        var report = new StepOutcome(step, explored, failed, diagnosed, added, contexts, recovered, updates.ToImmutable(), alignment, probe, DroppedContexts, sampling.Skipped)
            .ToReport(State, fissionBuffer.Count, errorSimulator.Tally.Tokens, group => grpo.TrainsOn(group, progress), clock);
        DroppedContexts = 0;
        Observe(report, explored, recovered);
        return report;

        // The anchor joins the step's first update only: a step of two updates is held no tighter than one of a single update.
        async Task UpdateAsync(string stage, ImmutableArray<RolloutGroup> groups, float rateScale = 1) => updates.AddRange(await clock.TimeAsync("update", grpo.UpdateAsync(
            stage, groups, State.OptimizerSteps + updates.Count, progress, updates.Count == 0 ? step : null, rateScale, cancel)));
    }

    private void Observe(StepReport report, ImmutableArray<RolloutGroup> explored, ImmutableArray<RolloutGroup> recovered)
    {
        observer.OnStep(report);
        if (options.Train.TrajectoriesEvery <= 0 || report.Step % options.Train.TrajectoriesEvery != 0)
            return;
        observer.OnTrajectories(report.Step, "explore", [.. explored.Select(g => g.ToTrajectories())]);
        if (!recovered.IsEmpty)
            observer.OnTrajectories(report.Step, "fission", [.. recovered.Select(g => g.ToTrajectories())]);
    }
}
