using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Model.Adapters;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rewards;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Training;

/// <summary>
/// A whole run in its folder: tokenizer and warm start (or a checkpoint), self-test, evaluation, error simulator, Fission-GRPO, evaluation. Started
/// again in the same folder it goes on where it was, and ends with the same bits as a run that was never interrupted.
/// </summary>
/// <param name="options">What decides the run.</param>
/// <param name="folder">Where it lives.</param>
/// <param name="tasks">What it trains on.</param>
/// <param name="policies">Where models come from.</param>
/// <param name="evaluator">Measures the policy; null for none.</param>
/// <param name="watcher">Watches.</param>
/// <param name="time">Measures stages.</param>
/// <param name="endpoint">The simulator of the kind <c>endpoint</c>, which whoever composes the run knows how to reach; null where there is none.</param>
public sealed class TrainingRun(
    RunOptions options, RunFolder folder, ITaskSource tasks, IPolicyFactory policies, IRunEvaluator? evaluator, ITrainingObserver watcher, TimeProvider time,
    Func<DialogueFormat, IErrorSimulator>? endpoint = null)
{
    /// <summary>Longer than any trajectory: the simulator reads one and then writes.</summary>
    private int MaxPositions => Math.Max(4096, 2 * options.Rollout.MaxTokens);

    private readonly Seed _seed = new(options.Seed);

    private LoraOptions? Adapters => options.Policy.LoraRank == 0 ? null
        : new LoraOptions(options.Policy.LoraRank, options.Policy.LoraAlpha, options.Policy.LoraTargets, Seed: new Seed(options.Seed).Derive("adapters").Value);

    private readonly CheckpointStore _checkpoints = new(folder, options.Train.KeepCheckpoints);

    /// <summary>Runs to the end, or until cancelled.</summary>
    /// <param name="cancel">Ends training after the step that is running; a checkpoint is written first, and starting again goes on from it.</param>
    /// <exception cref="OperationCanceledException">Cancelled; everything is saved.</exception>
    /// <exception cref="UserErrorException">The folder holds another run, or something the user gave cannot be used.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        RunFolderFiles.Claim(folder, options);
        var start = await StartingPointAsync(cancel);
        var tokenizer = Tokenizer.Load(start);
        RequireSimulatorReads(tokenizer);
        var policy = policies.Open(start, Adapters);
        try
        {
            await RunAsync(policy, tokenizer, start, cancel);
        }
        finally
        {
            (policy as IDisposable)?.Dispose();
        }
    }

    private async Task RunAsync(IPolicy policy, Tokenizer tokenizer, string start, CancellationToken cancel)
    {
        var format = DialogueFormats.Of(tokenizer);
        var rollouts = new RolloutEngine(format, options.Rollout, time);
        if (_checkpoints.Newest is null)
        {
            await PromptRoom.RequireAsync(rollouts, tasks, cancel);
            watcher.OnProgress(new RunProgress("self-test", 0, 0));
            watcher.OnSelfTest(await SelfTest.RunAsync(policy, rollouts, tasks, _seed.Derive("self-test"), cancel));
            await EvaluateAsync("before", policy, cancel);
        }

        var reward = new CompositeReward(options.Reward);
        var errors = new ErrorIdentification(options.Fission, r => reward.Correctness(r.Trajectory, r.Task.ExpectedCalls));
        var diagnoser = new DiagnoserSimulator(format);
        using var simulator = await ErrorSimulatorAsync(policy, rollouts, diagnoser, start, cancel);
        var contexts = new CorrectiveContexts(simulator.Simulator, options.Simulator, diagnoser.Leaks, format, time);
        var buffer = new FissionBuffer(options.Fission.Capacity, options.Fission.Trigger, options.Fission.Source is FissionSource.BasePolicy);
        var reference = options.Grpo.KlCoefficient > 0 ? policies.Open(start) : null;
        try
        {
            var refresh = simulator.Refresh;
            var isMeasured = options.Fission.Enabled && options.Simulator.Kind is SimulatorKind.Learned or SimulatorKind.Endpoint;
            var probe = !isMeasured || options.Simulator.ProbeTasks == 0 ? null : new SimulatorProbe(
                tasks, rollouts, policy, errors, simulator.Simulator, diagnoser, options.Simulator, _seed.Derive("simulator probe"), time);
            var upkeep = new SimulatorUpkeep(isMeasured ? diagnoser : null, refresh, probe);
            var (stored, dropped) = await ResumeAsync(policy, refresh, buffer, contexts, format, cancel);
            using var recorder = new RunRecorder(folder, watcher, stored?.MetricsBytes ?? 0, stored?.TrajectoriesBytes ?? 0);
            var anchor = options.Grpo.AnchorDemonstrations == 0 || options.Grpo.AnchorWeight == 0 ? null
                : new SftAnchor(tasks, rollouts, options.Grpo, (long)options.WarmStart.Steps * options.WarmStart.BatchSize);
            var grpo = new GrpoTrainer(
                policy, reference, anchor, options.Grpo, options.Optimizer, options.Rollout.Temperature,
                progress => reward.Largest(options.Reward.ScheduleAt(progress, options.Train.Steps)))
            {
                Replay = options.Grpo.ReplayGroups == 0 ? null
                    : new GroupReplay(options.Grpo.ReplayGroups, options.Grpo.ReplayCapacity, options.Grpo.ReplayMaxAge, _seed.Derive("replay")) { Groups = stored?.Replay ?? [] },
            };
            var explorable = options.Simulator.InExploration ? new DiagnosedTaskSource(tasks, options.Simulator.Placement) : tasks;
            var sampling = new Sampling(options, explorable, policy, rollouts, reward) { Memory = options.Grpo.NewPromptMemory() };
            if (sampling.Memory is { } memory && stored is not null)
                memory.Records = stored.Prompts;
            if (stored is null && options.Fission is { Enabled: true, Source: FissionSource.BasePolicy })
                await OfflineErrors.FillAsync(buffer, options.Fission.Capacity, sampling, errors, contexts, _seed.Derive("offline errors"), cancel);
            var live = options.Fission.Source is FissionSource.CurrentPolicy ? errors : new ErrorIdentification(options.Fission with { Enabled = false }, _ => 0);
            var loop = new TrainingLoop(options, sampling, grpo, live, contexts, buffer, upkeep, recorder, time)
            {
                State = stored?.Training ?? TrainingState.Beginning,
                DroppedContexts = dropped,
            };
            await TrainAsync(loop, policy, SaveAsync, cancel);
            if (loop.State is { Step: > 0, OptimizerSteps: 0 })
                watcher.OnNote("the policy is the one that the training began with: no group of trajectories had rewards that differ, so there was nothing to update from");

            // Not cancelled with the run: the last checkpoint is written because it is being cancelled.
            Task SaveAsync() => _checkpoints.SaveAsync(
                policy,
                refresh?.Model,
                tokenizer,
                new StoredState(
                    1, loop.State, contexts.Tally.Tokens.Sampled, recorder.MetricsBytes, recorder.TrajectoriesBytes,
                    [.. buffer.Contexts.Select(StoredContext.Of)], refresh?.Recent ?? [])
                {
                    SimulatorPromptTokens = contexts.Tally.Tokens.Prompt,
                    WrittenDiagnostics = contexts.Tally.Written,
                    CorruptedDiagnostics = contexts.Tally.Corrupted,
                    Replay = grpo.Replay?.Groups ?? [],
                    Prompts = sampling.Memory?.Records ?? ImmutableSortedDictionary<string, PromptRecord>.Empty,
                },
                CancellationToken.None);
        }
        finally
        {
            (reference as IDisposable)?.Dispose();
        }
        await RunFolderFiles.SaveModelAsync(policy, tokenizer, folder.Final, cancel);
        await EvaluateAsync("after", policy, cancel);
    }

    /// <summary>Steps until the end, with checkpoints and evaluations between them.</summary>
    private async Task TrainAsync(TrainingLoop loop, IPolicy policy, Func<Task> saveAsync, CancellationToken cancel)
    {
        Tell();
        while (!loop.IsFinished && !cancel.IsCancellationRequested)
        {
            // A step is whole or it is not there: cancelling waits for its end, so that nothing sampled is lost.
            await loop.StepAsync(CancellationToken.None);
            Tell();
            var steps = loop.State.Step;
            if (!loop.IsFinished && options.Train.EvaluateEvery > 0 && steps % options.Train.EvaluateEvery == 0)
            {
                await EvaluateAsync($"step-{steps:D6}", policy, cancel);
                Tell();
            }
            if (loop.IsFinished || cancel.IsCancellationRequested || steps % options.Train.CheckpointEvery == 0)
                await saveAsync();
        }
        cancel.ThrowIfCancellationRequested();

        void Tell() => watcher.OnProgress(options.Train.MaxSampledTokens > 0
            ? new RunProgress(RunProgress.Training, loop.State.SampledTokens, options.Train.MaxSampledTokens, "tokens")
            : new RunProgress(RunProgress.Training, loop.State.Step, options.Train.Steps));
    }

    /// <summary>The folder of the policy that RL starts from: the given checkpoint, a warm start made earlier, or one made now.</summary>
    private async Task<string> StartingPointAsync(CancellationToken cancel)
    {
        if (options.Policy.Checkpoint is not null || Directory.Exists(folder.WarmStart))
            return folder.StartingPoint(options);
        var cache = new WarmStartCache(options, tasks);
        using var turn = await cache.EnterAsync(cancel);
        if (cache.TryTake(folder.WarmStart))
        {
            watcher.OnNote("warm start taken from the cache");
            return folder.WarmStart;
        }
        await WarmStartAsync(folder.WarmStart, cancel);
        cache.Keep(folder.WarmStart);
        return folder.WarmStart;
    }

    private async Task WarmStartAsync(string target, CancellationToken cancel)
    {
        watcher.OnProgress(new RunProgress("tokenizer", 0, 0));
        var tokenizer = await EmbeddedTokenizer.LearnAsync(tasks, options.Policy.Vocabulary, cancel);
        RequireSimulatorReads(tokenizer);
        var format = DialogueFormats.Of(tokenizer);
        var policy = policies.Create(options.Policy, tokenizer.VocabularySize, format.StopTokens, MaxPositions, _seed.Derive("weights"));
        try
        {
            var rollouts = new RolloutEngine(format, options.Rollout, time);
            await PromptRoom.RequireAsync(rollouts, tasks, cancel);
            var unfinished = new UnfinishedWarmStart(target);
            var done = await unfinished.LoadAsync(policy, cancel);
            if (done > 0)
                watcher.OnNote($"going on with the warm start after {done} steps");
            var warmStart = new WarmStart(tasks, rollouts, options.WarmStart);
            await warmStart.RunAsync(policy, done, steps => unfinished.SaveAsync(policy, steps), watcher.OnProgress, cancel);
            if (warmStart.TooLong > 0)
                watcher.OnNote($"{warmStart.TooLong} demonstrations of the warm start were left out: longer than rollout.max_tokens ({options.Rollout.MaxTokens})");
            await RunFolderFiles.SaveModelAsync(policy, tokenizer, target, cancel);
            unfinished.Remove();
        }
        finally
        {
            (policy as IDisposable)?.Dispose();
        }
    }

    /// <summary>The error simulator that the options ask for; the learned one is trained once, and read when the run goes on.</summary>
    private async Task<OwnedSimulator> ErrorSimulatorAsync(
        IPolicy policy, RolloutEngine rollouts, DiagnoserSimulator diagnoser, string start, CancellationToken cancel)
    {
        var simulator = options.Simulator;
        if (!options.Fission.Enabled || simulator.Kind is SimulatorKind.RawError)
            return new OwnedSimulator(new RawErrorSimulator(), null, null);
        if (simulator.Kind is SimulatorKind.Diagnoser)
            return new OwnedSimulator(diagnoser, null, null);
        if (simulator.Kind is SimulatorKind.Endpoint)
            return new OwnedSimulator((endpoint ?? throw new InvalidOperationException("the run was composed without its simulator's endpoint"))(rollouts.Format), null, null);
        var trained = Directory.Exists(folder.Simulator) || simulator.Checkpoint is not null;
        var weights = Directory.Exists(folder.Simulator) ? folder.Simulator : simulator.Checkpoint ?? start;
        var model = policies.Open(weights);
        var items = new SimulatorItems(diagnoser, diagnoser.Leaks, simulator, rollouts.Format);
        if (!trained)
        {
            var everyError = new ErrorIdentification(
                options.Fission with { IncludeRecovered = true },
                r => new CompositeReward(options.Reward).Correctness(r.Trajectory, r.Task.ExpectedCalls));
            var (count, cutOff) = await new SimulatorTraining(tasks, rollouts, everyError, items, simulator, _seed.Derive("simulator"))
                .RunAsync(policy, model, watcher.OnProgress, cancel);
            watcher.OnNote($"error simulator trained on {count} of the policy's own failures");
            if (cutOff > 0)
                watcher.OnNote($"{cutOff} of their diagnostics have more than simulator.max_tokens ({simulator.MaxTokens}) tokens: the simulator's would be cut off there");
            await RunFolderFiles.SaveModelAsync(model, rollouts.Format.Tokenizer, folder.Simulator, cancel);
        }
        return new OwnedSimulator(
            new LearnedSimulator(model, rollouts.Format, simulator, DiagnosticWording.CategoryOf),
            model as IDisposable,
            simulator.RefreshEvery > 0 ? new SimulatorRefresh(model, items, simulator, _seed.Derive("simulator refresh")) : null);
    }

    /// <summary>Said before the time of a warm start is spent.</summary>
    private void RequireSimulatorReads(Tokenizer tokenizer)
    {
        if (options is { Fission.Enabled: true, Simulator: { Kind: SimulatorKind.Learned, Checkpoint: { } given } } && !SameTokenizer(Tokenizer.Load(given), tokenizer))
            throw new UserErrorException(
                $"simulator.checkpoint: {given} has another tokenizer than the policy, whose tokens it is to read. {(options.Policy.Checkpoint is { } policy
                    ? $"Train a simulator from that policy: fission simulator train LESSONS --model {policy}"
                    : "The embedded policy learns its tokenizer from the run's tasks: repeat the run whose model became the simulator (fission train RUN/settings.json).")}");
    }

    private static bool SameTokenizer(Tokenizer a, Tokenizer b) => a.VocabularySize == b.VocabularySize
        && Enumerable.Range(0, a.VocabularySize).All(id => a.TokenOf(id) == b.TokenOf(id));

    /// <summary>Reads the newest checkpoint. A context whose environment cannot be brought back is left out, and said so.</summary>
    private async Task<(StoredState? Stored, int Dropped)> ResumeAsync(
        IPolicy policy, SimulatorRefresh? refresh, FissionBuffer buffer, CorrectiveContexts contexts, DialogueFormat format, CancellationToken cancel)
    {
        if (await _checkpoints.LoadNewestAsync(policy, refresh?.Model, watcher.OnNote, cancel) is not { } stored)
            return (null, 0);
        var dropped = new List<string>();
        foreach (var waiting in stored.Buffer)
        {
            var (context, reason) = await waiting.RestoreAsync(tasks, format, cancel);
            if (context is not null)
                buffer.Add([context]);
            else
                dropped.Add($"{waiting.TaskId}: {reason}");
        }
        contexts.Tally = stored.Simulator;
        if (refresh is not null)
            refresh.Recent = stored.SimulatorItems;
        watcher.OnNote($"going on from the checkpoint after {stored.Training.Step} steps");
        if (dropped.Count > 0)
            watcher.OnNote($"{dropped.Count} of {stored.Buffer.Length} waiting corrective contexts could not be brought back and are left out; the first: {dropped[0]}");
        return (stored, dropped.Count);
    }

    private async Task EvaluateAsync(string moment, IPolicy policy, CancellationToken cancel)
    {
        if (evaluator is not null)
            await evaluator.EvaluateAsync(moment, policy, cancel);
    }

    private sealed record OwnedSimulator(IErrorSimulator Simulator, IDisposable? Model, SimulatorRefresh? Refresh) : IDisposable
    {
        public void Dispose() => Model?.Dispose();
    }
}
