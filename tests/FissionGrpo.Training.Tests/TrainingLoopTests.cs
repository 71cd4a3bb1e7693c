using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rewards;
using FissionGrpo.Rollouts;
using FissionGrpo.Testing;

namespace FissionGrpo.Training.Tests;

public sealed class TrainingLoopTests
{
    private static readonly RunOptions Options = new(
        Grpo: new GrpoOptions(Tasks: 4, GroupSize: 4, AnchorDemonstrations: 2),
        Fission: new FissionOptions(GroupSize: 3, BatchSize: 2, Trigger: 2),
        Reward: new RewardOptions(LengthSoftTokens: 200, LengthHardTokens: 400),
        Train: new TrainOptions(Steps: 10, TrajectoriesEvery: 1));

    [Fact]
    public async Task OneStep_ExploresDiagnosesAndRecovers()
    {
        var (loop, policy, observer) = Loop(Options, Clumsy);

        var report = await loop.StepAsync(default);

        Assert.Equal((4, 16), (report.Explore.Groups, report.Explore.Trajectories));
        Assert.True(report.Fission.Failures > 0);
        Assert.Equal(2, report.Fission.Recoveries!.Groups);
        Assert.Equal(6, report.Fission.Recoveries.Trajectories);
        Assert.Equal(["explore", "fission"], report.Updates.Select(u => u.Stage));
        Assert.Equal(2, policy.Steps.Count);
        Assert.Equal(["explore", "fission"], observer.Trajectories.Select(t => t.Stage));
    }

    [Fact]
    public async Task TokensOfTheCorrectiveContext_AreNotInTheLoss()
    {
        var (loop, policy, observer) = Loop(Options, Clumsy);

        await loop.StepAsync(default);

        var recoveries = observer.Trajectories.Single(t => t.Stage == "fission").Groups.SelectMany(g => g.Trajectories).ToList();
        var trained = policy.Batches.Select(b => b.Batch).SelectMany(b => b.Sequences).ToList();
        Assert.Contains(recoveries, r => trained.Any(s => s.Tokens == r.Tokens.Ids));
        Assert.All(recoveries, r => Assert.All(
            trained.Where(s => s.Tokens == r.Tokens.Ids), s => Assert.All(s.Mask.Take(r.Origin!.PrefixTokens), m => Assert.Equal(0, m))));
    }

    [Fact]
    public async Task PlainGrpo_IsTheSameLoopWithoutFission()
    {
        var (loop, policy, _) = Loop(Options with { Fission = new FissionOptions(Enabled: false) }, Clumsy);

        var report = await loop.StepAsync(default);

        Assert.Null(report.Fission.Recoveries);
        Assert.Equal(0, report.Fission.Failures);
        Assert.Single(policy.Steps);
    }

    [Fact]
    public async Task MergedUpdate_IsOneOptimizerStep()
    {
        var (loop, policy, _) = Loop(Options with { Fission = Options.Fission with { Update = FissionUpdate.Merged } }, Clumsy);

        var report = await loop.StepAsync(default);

        Assert.Equal("merged", Assert.Single(report.Updates).Stage);
        Assert.Single(policy.Steps);
        Assert.NotNull(report.Fission.Recoveries);
    }

    [Fact]
    public async Task LearningRateScale_IsOfTheRecoveriesOwnUpdateOnly()
    {
        var (loop, policy, _) = Loop(Options with { Fission = Options.Fission with { LearningRateScale = 0.25f } }, Clumsy);

        var report = await loop.StepAsync(default);

        var rate = Options.Optimizer.LearningRate;
        Assert.Equal([rate, rate / 4], policy.Steps.Select(s => s.LearningRate));
        Assert.Equal([rate, rate / 4], report.Updates.Select(u => (float)u.LearningRate));
    }

    [Theory]
    [InlineData(FissionUpdate.Separate)]
    [InlineData(FissionUpdate.Merged)]
    public async Task GoodRecoveryGroups_ComeBackWhateverUpdateTheyHad(FissionUpdate update)
    {
        var replay = new GroupReplay(4, 100, 10, new Seeds.Seed(1));
        var (loop, _, _) = Loop(Options with { Fission = Options.Fission with { Update = update, GroupSize = 8 } }, Clumsy, replay: replay);

        for (var step = 0; step < 4; step++)
            await loop.StepAsync(default);

        var fromFission = replay.Groups.Where(g => g.Group.Trajectories.Any(t => t.Origin is not null)).ToList();
        Assert.NotEmpty(fromFission);
        Assert.True(fromFission.Count < replay.Groups.Length);
        Assert.Equal(replay.Groups.Length, replay.Groups.DistinctBy(g => g.Group.Trajectories[0].Id).Count());
    }

    [Fact]
    public async Task ErrorTokens_AreThoseOfTheTrajectoriesThatMeetAnError()
    {
        // Every door is locked, so every trajectory that calls meets an error.
        var (loop, _, observer) = Loop(Options, Clumsy, new ToyTaskSource(_ => true));

        var report = await loop.StepAsync(default);

        var met = observer.Trajectories[0].Groups.SelectMany(g => g.Trajectories).Where(t => t.Steps.Any(s => !s.Calls.IsEmpty)).ToList();
        Assert.InRange(met.Count, 1, 15);
        Assert.Equal((met.Count, (long)met.Sum(t => t.Tokens.CountSampled())), (report.Explore.WithErrors, report.Explore.ErrorTokens));
        Assert.True(report.Explore.ErrorTokens < report.Explore.SampledTokens);
    }

    [Fact]
    public async Task GroupsWithoutVariance_GiveNoUpdate()
    {
        var (loop, policy, _) = Loop(Options, (dialogue, _) => ScriptedPolicy.GoodReply(dialogue));

        var report = await loop.StepAsync(default);

        Assert.Equal((1.0, 1.0), (report.Explore.ZeroVariance, report.Explore.AllRight));
        Assert.Empty(policy.Batches);
        Assert.Empty(report.Updates);
    }

    [Fact]
    public async Task AllFailedGroup_BecomesAGroupWithVarianceThroughFission()
    {
        // Siblings always fail alike at the first call, and recover by chance behind the fork only.
        var (loop, _, _) = Loop(
            Options with { Fission = Options.Fission with { GroupSize = 16 } },
            (dialogue, bits) => !dialogue.Contains("<|tool|>locked", StringComparison.Ordinal) ? ScriptedPolicy.GoodReply(dialogue)
                : dialogue.Contains("/fission/", StringComparison.Ordinal) ? "" : bits % 2 == 0 ? ScriptedPolicy.GoodReply(dialogue) : "Done.",
            new ToyTaskSource(_ => true));

        var report = await loop.StepAsync(default);

        Assert.True(report.Fission.Recoveries!.ZeroVariance < 1);
        Assert.InRange(report.Fission.Recoveries.Accuracy, 0.05, 0.95);
    }

    [Fact]
    public async Task StepWhoseRecoveriesAllFail_IsCountedAndTrainingGoesOn()
    {
        var (loop, _, _) = Loop(
            Options,
            (dialogue, bits) => dialogue.Contains("say no more", StringComparison.Ordinal) ? throw new InvalidOperationException("lost") : Clumsy(dialogue, bits),
            simulator: new SayingSimulator("say no more"));

        var report = await loop.StepAsync(default);
        await loop.StepAsync(default);

        Assert.Equal((2, 0), (report.Fission.Recoveries!.Groups, report.Fission.Recoveries.Trajectories));
        Assert.Equal(6, report.Fission.Recoveries.RolloutFailures["sampler"]);
        Assert.Equal((0.0, 0.0), (report.Fission.Recoveries.AllRight, report.Fission.Recoveries.AllWrong));
        Assert.Equal(2, loop.State.Step);
    }

    private sealed class SayingSimulator(string text) : IErrorSimulator
    {
        public Task<System.Collections.Immutable.ImmutableArray<Diagnostic?>> DiagnoseAsync(
            System.Collections.Immutable.ImmutableArray<Failure> failures, Seeds.Seed seed, CancellationToken cancel) =>
            Task.FromResult<System.Collections.Immutable.ImmutableArray<Diagnostic?>>([.. failures.Select(_ => new Diagnostic(text, null))]);
    }

    [Fact]
    public async Task PoolOfTasks_GoesRoundAndWhatStaysRightIsPassedOver()
    {
        // Free doors are always opened; locked ones never.
        var options = Options with
        {
            Grpo = Options.Grpo with { SkipAllRightAfter = 1 }, Fission = new FissionOptions(Enabled: false), Train = Options.Train with { TaskPool = 8 },
        };
        var (loop, _, observer) = Loop(
            options, (dialogue, _) => dialogue.Contains("<|tool|>locked", StringComparison.Ordinal) ? "Done." : ScriptedPolicy.GoodReply(dialogue));

        var skipped = new List<int>();
        for (var step = 0; step < 4; step++)
            skipped.Add((await loop.StepAsync(default)).SkippedPrompts);

        // Two steps see all eight; from then on only the four locked ones are played.
        Assert.Equal([0, 0, 3, 4], skipped);
        Assert.All(observer.Trajectories.Where(t => t.Step >= 2).SelectMany(t => t.Groups), g => Assert.Equal("locked", g.Trajectories[0].Category));
        Assert.Equal(4, observer.Trajectories.Where(t => t.Step >= 2).SelectMany(t => t.Groups).Select(g => g.Key).Distinct().Count());
    }

    [Fact]
    public async Task GapBetweenSamplerAndTrainer_IsMeasured()
    {
        var (loop, policy, _) = Loop(Options, Clumsy, offset: 0.25f);

        var report = await loop.StepAsync(default);

        Assert.Equal(0.25, report.LogProbGap, 1e-6);
        Assert.Equal(0.25, report.MeanLogProbGap, 1e-6);
    }

    [Fact]
    public async Task BrokenRollout_IsMaskedWithoutAnyEffectOnItsSiblings()
    {
        var whole = GrpoBatch.Of(await GroupsAsync(null), Options.Grpo, 1);
        var withBroken = GrpoBatch.Of(await GroupsAsync(new RolloutFailure("environment", "x")), Options.Grpo, 1);

        Assert.Equal(whole.Batch.Sequences.Select(s => s.Advantages[^1]), withBroken.Batch.Sequences.Select(s => s.Advantages[^1]));
        Assert.Equal(whole.Tokens, withBroken.Tokens);

        static async Task<System.Collections.Immutable.ImmutableArray<RolloutGroup>> GroupsAsync(RolloutFailure? failure)
        {
            var task = ToyTask.One("t", "d1", locked: true);
            var groups = await Rollouts(Options).SampleAsync(
                [new RolloutStart(task)], 6, new ScriptedPolicy(ToyDialogue.Format, Clumsy), new Seeds.Seed(5), "s", default);
            var reward = new CompositeReward(Options.Reward);
            var scored = groups[0].Rollouts.Select(r => r with { Trajectory = r.Trajectory with { Reward = reward.Of(r.Trajectory, task.ExpectedCalls, 0) } }).ToList();
            if (failure is not null)
                scored.Add(scored[0] with { Trajectory = scored[0].Trajectory with { Failure = failure, Reward = null } });
            return [groups[0] with { Rollouts = [.. scored] }];
        }
    }

    [Fact]
    public async Task TokenBudget_EndsTheRunWhateverTheSteps()
    {
        var options = Options with { Train = Options.Train with { MaxSampledTokens = 1000, Steps = 1 } };
        var (loop, _, _) = Loop(options, Clumsy);

        while (!loop.IsFinished)
            await loop.StepAsync(default);

        Assert.True(loop.State.Step > 1);
        Assert.True(loop.State.SampledTokens >= 1000);
    }

    [Fact]
    public async Task DynamicSampling_GoesOnUntilEnoughGroupsHaveVariance()
    {
        var options = Options with { Grpo = Options.Grpo with { SamplingRounds = 5 }, Fission = new FissionOptions(Enabled: false) };

        // Only locked doors give variance.
        var (loop, _, _) = Loop(
            options,
            (dialogue, bits) => dialogue.Contains("<|tool|>locked", StringComparison.Ordinal) && bits % 2 == 0 ? "Done." : ScriptedPolicy.GoodReply(dialogue),
            new ToyTaskSource(index => index % 2 == 0));

        var report = await loop.StepAsync(default);

        Assert.InRange(report.Explore.Groups, 8, 20);
        Assert.Equal(report.Explore.Groups, loop.State.NextTask);
    }

    [Fact]
    public async Task OfflineErrors_GoRoundAndAreNeverAddedTo()
    {
        var (loop, _, observer) = Loop(
            Options with { Fission = Options.Fission with { Source = FissionSource.BasePolicy, Capacity = 4 } }, Clumsy);

        var reports = new[] { await loop.StepAsync(default), await loop.StepAsync(default), await loop.StepAsync(default) };

        Assert.All(reports, r => Assert.Equal(4, r.Fission.BufferDepth));
        Assert.All(reports, r => Assert.Equal(0, r.Fission.NewContexts));
        var keys = observer.Trajectories.Where(t => t.Stage == "fission").Select(t => string.Join(' ', t.Groups.Select(g => g.Key))).ToList();
        Assert.Equal(keys[0], keys[2]);
        Assert.NotEqual(keys[0], keys[1]);
    }

    [Fact]
    public void AllTrajectoriesNormalisation_IsTheMeanOverTheUntrainedOnesToo()
    {
        var kept = Group("a", 1, 0, 0, 1);
        var equal = Group("b", 1, 1, 1, 1);

        var all = GrpoBatch.Of([kept, equal], Options.Grpo with { NegativeWeight = 1 }, 1);
        var trained = GrpoBatch.Of([kept, equal], Options.Grpo with { NegativeWeight = 1, Normalisation = LossNormalisation.KeptTrajectories }, 1);

        Assert.Equal(4, all.Batch.Sequences.Length);
        Assert.Equal(trained.Batch.Sequences[0].Advantages[^1] * 0.5f, all.Batch.Sequences[0].Advantages[^1]);
    }

    [Fact]
    public void ConstantNormalisation_WeighsATokenTheSameWhateverElseHasVariance()
    {
        var options = Options.Grpo with { Normalisation = LossNormalisation.Constant };
        var (kept, equal, other) = (Group("a", 1, 0, 0, 1), Group("b", 1, 1, 1, 1), Group("c", 1, 0, 1, 0));

        var alone = GrpoBatch.Of([kept, equal], options, 1).Batch.Sequences;
        var both = GrpoBatch.Of([kept, other], options, 1).Batch.Sequences;

        // The engine divides by the constant times the sequences of its batch.
        Assert.Equal(alone[0].Advantages[^1] / alone.Length, both[0].Advantages[^1] / both.Length, 1e-6f);
    }

    [Fact]
    public void VirtualBest_PushesAnAllWrongGroupAwayFromWhatItDid()
    {
        var wrong = Group("a", 1, 1, 1, 1);

        Assert.Empty(GrpoBatch.Of([wrong], Options.Grpo, 1, 1.6).Batch.Sequences);
        var pushed = GrpoBatch.Of([wrong], Options.Grpo with { VirtualBest = true }, 1, 1.6).Batch.Sequences;

        Assert.Equal(4, pushed.Length);
        Assert.All(pushed, s => Assert.True(s.Advantages[^1] < 0));
    }

    [Fact]
    public async Task ImportanceCorrection_HasTheTrainersDenominatorAndKeepsTheSamplersBesideIt()
    {
        var (loop, policy, _) = Loop(Options with { Grpo = Options.Grpo with { ImportanceCap = 2 } }, Clumsy, offset: 0.25f);

        var report = await loop.StepAsync(default);

        var (batch, loss) = policy.Batches[0];
        Assert.Equal(2, loss.ImportanceCap);
        Assert.Equal(ScriptedPolicy.LogProb + 0.25f, batch.Sequences[0].OldLogProbs.Min(), 1e-6f);
        Assert.Equal(ScriptedPolicy.LogProb, batch.Sequences[0].SamplerLogProbs.Min(), 1e-6f);
        Assert.Equal(0.25, report.LogProbGap, 1e-6);
    }

    [Fact]
    public async Task AnchorRecoveries_AreTheShareAskedFor()
    {
        var (loop, policy, _) = Loop(Options with { Grpo = Options.Grpo with { AnchorDemonstrations = 8, AnchorRecoveryShare = 0.25f } }, Clumsy);

        await loop.StepAsync(default);

        var anchor = policy.Batches.First(b => b.Loss.Kind is LossKind.CrossEntropy).Batch.Sequences;
        Assert.Equal(2, anchor.Count(s => ToyDialogue.Format.Tokenizer.Decode(s.Tokens.AsSpan()).Contains("locked", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task StepOfTwoUpdates_IsAnchoredOnce()
    {
        var (loop, policy, _) = Loop(Options, Clumsy);

        var report = await loop.StepAsync(default);

        Assert.Equal([2, 0], report.Updates.Select(u => u.Demonstrations));
        Assert.Single(policy.Batches, b => b.Loss.Kind is LossKind.CrossEntropy);
        Assert.Null(report.Updates[1].AnchorLoss);
    }

    [Fact]
    public async Task StepWhoseExplorationTeachesNothing_IsAnchoredWithItsRecoveries()
    {
        // All 16 siblings give up at the locked door; recoveries behind the fork go on by chance.
        var given = 0;
        var (loop, _, _) = Loop(
            Options with { Fission = Options.Fission with { GroupSize = 16 } },
            (dialogue, bits) => !dialogue.Contains("<|tool|>locked", StringComparison.Ordinal) ? ScriptedPolicy.GoodReply(dialogue)
                : Interlocked.Increment(ref given) <= 16 || bits % 2 == 0 ? "Done." : ScriptedPolicy.GoodReply(dialogue),
            new ToyTaskSource(_ => true));

        var report = await loop.StepAsync(default);

        var update = Assert.Single(report.Updates);
        Assert.Equal(("fission", 2), (update.Stage, update.Demonstrations));
    }

    [Fact]
    public async Task ArmsWithUnequalSteps_StandAtEqualRewardWeightsAtEqualTokens()
    {
        var small = Options with { Train = new TrainOptions(Steps: 10, MaxSampledTokens: 2000), Fission = new FissionOptions(Enabled: false) };
        var (few, _, _) = Loop(small with { Grpo = small.Grpo with { Tasks = 8 } }, Clumsy);
        var (many, _, _) = Loop(small with { Grpo = small.Grpo with { Tasks = 2 } }, Clumsy);

        while (!few.IsFinished)
            await few.StepAsync(default);
        while (!many.IsFinished)
            await many.StepAsync(default);

        Assert.NotEqual(few.State.Step, many.State.Step);
        Assert.Equal(1, small.Reward.ScheduleAt(few.Progress, small.Train.Steps));
        Assert.Equal(1, small.Reward.ScheduleAt(many.Progress, small.Train.Steps));
    }

    [Theory]
    [InlineData(DiagnosticPlacement.Replace, "^locked: unlock d\\d [a-z]")]
    [InlineData(DiagnosticPlacement.Append, "^locked: unlock d\\d\n[a-z]")]
    public async Task DiagnosticsWithoutFission_StandWhereExplorationMeetsErrors(DiagnosticPlacement placement, string pattern)
    {
        var tasks = new DiagnosedTaskSource(new ToyTaskSource(_ => true), placement);
        var (loop, _, observer) = Loop(Options with { Fission = new FissionOptions(Enabled: false) }, (dialogue, _) => ScriptedPolicy.GoodReply(dialogue), tasks);

        await loop.StepAsync(default);

        var failed = observer.Trajectories[0].Groups.SelectMany(g => g.Trajectories).SelectMany(t => t.Steps).SelectMany(s => s.Calls)
            .Select(c => c.Result).OfType<ToolResult.Failed>().ToList();
        Assert.NotEmpty(failed);
        Assert.All(failed, f => Assert.Matches(pattern, f.Message));
    }

    [Fact]
    public void NegativeAdvantages_AreWeightedDown()
    {
        var batch = GrpoBatch.Of([Group("a", 1, 0, 0, 1)], Options.Grpo with { NegativeWeight = 0.1f }, 1).Batch;

        Assert.Equal(-0.1f * batch.Sequences[0].Advantages[^1], batch.Sequences[1].Advantages[^1], 1e-6f);
    }

    /// <summary>Gives up at a locked door half of the time.</summary>
    private static string Clumsy(string dialogue, ulong bits) => bits % 2 == 0 ? "Done." : ScriptedPolicy.GoodReply(dialogue);

    private static RolloutGroup Group(string key, params float[] rewards) => new(key,
    [
        .. rewards.Select((r, i) => new Rollout(
            ToyTask.One(key, "d1", false), 0,
            new Trajectory($"{key}/{i}", key, "toy", TrajectoryUnit.Turn, 0, new TokenSequence([1, 2], [TokenOrigin.Prompt, TokenOrigin.Policy], [0, -1]), [], TrajectoryEnd.Completed)
            {
                Reward = new RewardBreakdown(r, []),
            },
            [])),
    ]);

    private static RolloutEngine Rollouts(RunOptions options) => new(ToyDialogue.Format, options.Rollout, TimeProvider.System);

    private static (TrainingLoop Loop, ScriptedPolicy Policy, RecordingObserver Observer) Loop(
        RunOptions options, Func<string, ulong, string> script, ITaskSource? tasks = null, float offset = 0, IErrorSimulator? simulator = null,
        GroupReplay? replay = null)
    {
        var policy = new ScriptedPolicy(ToyDialogue.Format, script) { TrainerOffset = offset };
        var observer = new RecordingObserver();
        tasks ??= new ToyTaskSource();
        var rollouts = Rollouts(options);
        var reward = new CompositeReward(options.Reward);
        var errors = new ErrorIdentification(options.Fission, r => reward.Correctness(r.Trajectory, r.Task.ExpectedCalls));
        var contexts = new CorrectiveContexts(simulator ?? new RawErrorSimulator(), options.Simulator, (_, _) => false, ToyDialogue.Format, TimeProvider.System);
        var grpo = new GrpoTrainer(policy, null, new SftAnchor(tasks, rollouts, options.Grpo, 0), options.Grpo, options.Optimizer, options.Rollout.Temperature, reward.Largest) { Replay = replay };
        var sampling = new Sampling(options, tasks, policy, rollouts, reward)
        {
            Memory = options.Grpo.NewPromptMemory(),
        };
        var offline = options.Fission.Source is FissionSource.BasePolicy;
        var buffer = new FissionBuffer(options.Fission.Capacity, options.Fission.Trigger, offline);
        if (offline)
        {
            OfflineErrors.FillAsync(buffer, options.Fission.Capacity, sampling, errors, contexts, new Seeds.Seed(1), default).GetAwaiter().GetResult();
            errors = new ErrorIdentification(options.Fission with { Enabled = false }, _ => 0);
        }
        return (new TrainingLoop(
            options, sampling, grpo, errors, contexts, buffer, new SimulatorUpkeep(null, null), observer, TimeProvider.System), policy, observer);
    }
}
