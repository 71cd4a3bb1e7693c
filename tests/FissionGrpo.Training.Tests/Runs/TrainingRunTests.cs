using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;
using FissionGrpo.Testing;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Training.Tests.Runs;

/// <summary>Whole runs on the toy world with the real engine, a model of a few thousand weights.</summary>
public sealed class TrainingRunTests : IDisposable
{
    private static readonly RunOptions Options = new(
        Policy: new PolicyOptions(Vocabulary: 400, Layers: 1, Channels: 32, FeedForward: 64, QueryHeads: 2, KeyValueHeads: 2, HeadSize: 16),
        WarmStart: new WarmStartOptions(Steps: 60, BatchSize: 8, LearningRate: 5e-3f, RecoveryShare: 0.2f, DiagnosedShare: 0.1f, CacheFolder: ""),
        Grpo: new GrpoOptions(Tasks: 4, GroupSize: 4, AnchorDemonstrations: 2),
        Fission: new FissionOptions(GroupSize: 4, BatchSize: 2, Trigger: 2),
        Simulator: new SimulatorOptions(Kind: SimulatorKind.Diagnoser),
        Rollout: new FissionGrpo.Rollouts.RolloutOptions(MaxTokens: 256, MaxStepsPerTurn: 4),
        Train: new TrainOptions(Steps: 6, CheckpointEvery: 2, TrajectoriesEvery: 1));

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("fission-run-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task InterruptedRun_EndsWithTheSameBitsAsOneThatWasNot()
    {
        var whole = Folder("whole");
        var observer = new RecordingObserver();
        await RunAsync(whole, Options, observer);

        // Killed after step 3: the checkpoint after step 2 is the newest, and what came later is written again.
        var killed = Folder("killed");
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(killed, Options, new RecordingObserver
        {
            WhenStepped = report => { if (report.Step == 3) throw new InvalidOperationException("killed"); },
        }));
        await RunAsync(killed, Options, new RecordingObserver());

        Assert.True(observer.SelfTest!.Passed, observer.SelfTest.ToString());
        Assert.Equal(Hash(whole.Final), Hash(killed.Final));
        Assert.Equal(File.ReadAllText(whole.Trajectories), File.ReadAllText(killed.Trajectories));
        Assert.Equal(WithoutTimes(whole.Metrics), WithoutTimes(killed.Metrics));
    }

    [Fact]
    public async Task CancelledRun_SavesAndGoesOnToTheSameBits()
    {
        var options = Options with
        {
            Simulator = new SimulatorOptions(Kind: SimulatorKind.Learned, Items: 8, Epochs: 1, RefreshEvery: 2, CorruptShare: 0.3f),
            Grpo = Options.Grpo with { ReplayGroups = 2, SkipAllRightAfter = 1 },
        };
        var whole = Folder("whole");
        await RunAsync(whole, options, new RecordingObserver());

        var cancelled = Folder("cancelled");
        using var source = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(
            cancelled, options, new RecordingObserver { WhenStepped = report => { if (report.Step == 2) source.Cancel(); } }, cancel: source.Token));
        Assert.True(Directory.Exists(cancelled.Checkpoint(3)));
        await RunAsync(cancelled, options, new RecordingObserver());

        Assert.Equal(WithoutTimes(whole.Metrics), WithoutTimes(cancelled.Metrics));
        Assert.Equal(Hash(whole.Final), Hash(cancelled.Final));
    }

    [Fact]
    public async Task LearnedSimulator_IsMeasuredAtEveryEvaluation()
    {
        var observer = new RecordingObserver();
        await RunAsync(
            Folder("run"),
            Options with { Simulator = new SimulatorOptions(Kind: SimulatorKind.Learned, Items: 8, Epochs: 1), Train = new TrainOptions(Steps: 5, EvaluateEvery: 2) },
            observer);

        Assert.Equal([0, 1, 3, 4], observer.Steps.Where(s => s.Fission.Probe is not null).Select(s => s.Step));
        Assert.All(observer.Steps.Select(s => s.Fission.Probe).OfType<SimulatorQuality>(), p =>
        {
            Assert.True(p.Asked > 0);
            Assert.Equal(p.Asked, p.Alignment!.Compared);
            Assert.InRange(p.Alignment.Coverage, 0, 1);
            Assert.True(p.Tokens is { Prompt: > 0, Sampled: > 0 });
        });
        Assert.Equal(
            (observer.Steps.Sum(s => s.Fission.SimulatorPromptTokens), observer.Steps.Sum(s => s.Fission.SimulatorTokens)),
            (observer.Steps[^1].SimulatorPromptTokens, observer.Steps[^1].SimulatorTokens)); // those of the probe are counted apart
    }

    [Fact]
    public async Task SimulatorOfAnotherTokenizer_IsRefused_AndOneOfTheSameIsUsed()
    {
        var first = Folder("first");
        var learned = Options with { Simulator = new SimulatorOptions(Kind: SimulatorKind.Learned, Items: 8, Epochs: 1), Train = Options.Train with { Steps = 1 } };
        await RunAsync(first, learned, new RecordingObserver());
        var observer = new RecordingObserver();

        await RunAsync(Folder("same"), learned with { Simulator = learned.Simulator with { Checkpoint = first.Simulator } }, observer);
        var error = await Assert.ThrowsAsync<UserErrorException>(() => RunAsync(
            Folder("other"), learned with { Policy = learned.Policy with { Vocabulary = 300 }, Simulator = learned.Simulator with { Checkpoint = first.Simulator } }, new RecordingObserver()));

        Assert.DoesNotContain(observer.Notes, n => n.Contains("simulator trained", StringComparison.Ordinal));
        Assert.Contains("another tokenizer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunWithoutAnUpdate_SaysThatThePolicyIsUnchanged()
    {
        var (unchanged, changed) = (new RecordingObserver(), new RecordingObserver());

        await RunAsync(Folder("unchanged"), Options with { Grpo = Options.Grpo with { MinStd = 100 }, Train = Options.Train with { Steps = 2 } }, unchanged);
        await RunAsync(Folder("changed"), Options with { Train = Options.Train with { Steps = 2 } }, changed);

        Assert.Contains(unchanged.Notes, n => n.Contains("nothing to update from", StringComparison.Ordinal));
        Assert.DoesNotContain(changed.Notes, n => n.Contains("nothing to update from", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NumberOfThreads_ChangesNoBit()
    {
        var (one, three) = (Folder("one"), Folder("three"));

        await RunAsync(one, Options, new RecordingObserver(), threads: 1);
        await RunAsync(three, Options, new RecordingObserver(), threads: 3);

        Assert.Equal(Hash(one.Final), Hash(three.Final));
        Assert.Equal(File.ReadAllText(one.Trajectories), File.ReadAllText(three.Trajectories));
    }

    [Fact]
    public async Task OtherSeed_GivesOtherBits()
    {
        var (a, b) = (Folder("a"), Folder("b"));

        await RunAsync(a, Options with { Train = Options.Train with { Steps = 1 } }, new RecordingObserver());
        await RunAsync(b, Options with { Seed = 2, Train = Options.Train with { Steps = 1 } }, new RecordingObserver());

        Assert.NotEqual(Hash(a.Final), Hash(b.Final));
    }

    [Fact]
    public async Task WarmStart_IsTakenFromTheCacheWithTheSameBits()
    {
        var options = Options with
        {
            WarmStart = Options.WarmStart with { CacheFolder = Path.Combine(_root.FullName, "cache") },
            Train = Options.Train with { Steps = 1 },
        };
        var observer = new RecordingObserver();

        await RunAsync(Folder("first"), options, new RecordingObserver());
        await RunAsync(Folder("second"), options, observer);

        Assert.Contains("warm start taken from the cache", observer.Notes);
        Assert.Equal(Hash(Folder("first").Final), Hash(Folder("second").Final));
    }

    /// <summary>An option that has come since was not there to be written, and stood at its default.</summary>
    [Fact]
    public void FolderOfAnEarlierVersion_IsOfTheSameOptions()
    {
        var folder = Folder("earlier");
        Directory.CreateDirectory(folder.Root);
        var written = (JsonObject)JsonNode.Parse(RunOptionsJson.Write(Options))!;
        ((JsonObject)written["grpo"]!).Remove("kl_estimator");
        File.WriteAllText(folder.Options, written.ToJsonString());

        Assert.True(folder.IsOf(Options));
        Assert.False(folder.IsOf(Options with { Grpo = Options.Grpo with { KlEstimator = KlEstimator.K1 } }));
        written["unheard_of"] = 1;
        File.WriteAllText(folder.Options, written.ToJsonString());
        Assert.False(folder.IsOf(Options));
    }

    [Fact]
    public async Task FolderOfAnotherRun_IsRefused()
    {
        var folder = Folder("taken");
        await RunAsync(folder, Options with { Train = Options.Train with { Steps = 0 } }, new RecordingObserver());

        var error = await Assert.ThrowsAsync<UserErrorException>(() => RunAsync(folder, Options, new RecordingObserver()));

        Assert.Contains("other options", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OldCheckpoints_AreRemoved()
    {
        var folder = Folder("run");

        await RunAsync(folder, Options, new RecordingObserver());

        Assert.Equal(["step-000004", "step-000006"], Directory.EnumerateDirectories(folder.Checkpoints).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task UnreadableState_IsAnErrorThatNamesFileAndRemedy()
    {
        var folder = Folder("run");
        await RunAsync(folder, Options with { Train = Options.Train with { Steps = 2 } }, new RecordingObserver());
        File.WriteAllText(Path.Combine(folder.Checkpoint(2), "state.json"), "{ \"schema\": 1");

        var error = await Assert.ThrowsAsync<UserErrorException>(() =>
            RunAsync(folder, Options with { Train = Options.Train with { Steps = 2 } }, new RecordingObserver()));

        Assert.Contains("state.json", error.Message, StringComparison.Ordinal);
        Assert.Contains("Remove that folder to train again from the first step", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Weights cut off, an optimizer of nothing, no state: whatever is wrong with the newest checkpoint, the one before takes over.</summary>
    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("state.json")]
    public async Task DamagedNewestCheckpoint_GivesWayToTheOneBefore(string damaged)
    {
        var (whole, folder) = (Folder("whole"), Folder("run"));
        await RunAsync(whole, Options, new RecordingObserver());
        await RunAsync(folder, Options, new RecordingObserver());
        Directory.Delete(folder.Final, recursive: true);
        var file = Path.Combine(folder.Checkpoint(6), damaged);
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..100]);
        var observer = new RecordingObserver();

        await RunAsync(folder, Options, observer);

        Assert.Contains(observer.Notes, n => n.Contains("after 6 steps is damaged and was set aside", StringComparison.Ordinal));
        Assert.Equal([4, 5], observer.Steps.Select(s => s.Step));
        Assert.Equal(Hash(whole.Final), Hash(folder.Final));
        Assert.Equal(File.ReadAllText(whole.Trajectories), File.ReadAllText(folder.Trajectories));
    }

    [Fact]
    public async Task CancelledWarmStart_GoesOnWhereItWas()
    {
        var (whole, folder) = (Folder("whole"), Folder("run"));
        await RunAsync(whole, Options, new RecordingObserver());
        using var source = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(
            folder, Options, new RecordingObserver { WhenProgressed = p => { if (p is { Stage: "warm start", Done: 40 }) source.Cancel(); } }, cancel: source.Token));
        var observer = new RecordingObserver();

        await RunAsync(folder, Options, observer);

        Assert.Equal(41, observer.Progress.First(p => p.Stage == "warm start").Done);
        Assert.Equal(Hash(whole.WarmStart), Hash(folder.WarmStart));
        Assert.Equal(Hash(whole.Final), Hash(folder.Final));
        Assert.Equal(["checkpoints", "policy", "warm-start"], Directory.GetDirectories(folder.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    /// <summary>A disk that is full in the middle of a checkpoint: the error comes through, nothing half is left, the one before stands.</summary>
    [Fact]
    public async Task FullDiskInACheckpoint_LeavesTheOneBefore()
    {
        var folder = Folder("run");
        await RunAsync(folder, Options with { Train = Options.Train with { Steps = 2 } }, new RecordingObserver());
        var state = Path.Combine(folder.Checkpoint(2), "state.json");
        var before = File.ReadAllText(state);

        var error = await Assert.ThrowsAsync<IOException>(() => RunFolderFiles.MakeFolderAsync(folder.Checkpoint(4), fresh =>
        {
            Directory.CreateDirectory(fresh);
            File.WriteAllText(Path.Combine(fresh, "model.safetensors"), "half");
            throw new IOException("No space left on device", 28);
        }));

        Assert.Equal(28, error.HResult);
        Assert.Equal(["step-000002"], Directory.EnumerateDirectories(folder.Checkpoints).Select(Path.GetFileName));
        Assert.Equal(before, File.ReadAllText(state));
    }

    [Fact]
    public async Task ContextWhoseReplayEndsElsewhere_IsLeftOutAndSaidSo()
    {
        var folder = Folder("run");
        var waiting = await InterruptAsync(folder);
        var state = Path.Combine(folder.Checkpoint(2), "state.json");
        var stored = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(state))!;
        stored["buffer"]![0]!["digest"] = new string('0', 32);
        File.WriteAllText(state, stored.ToJsonString());
        var observer = new RecordingObserver();

        await RunAsync(folder, Hoarding, observer);

        Assert.Contains(observer.Notes, n => n.Contains($"1 of {waiting} waiting corrective contexts could not be brought back", StringComparison.Ordinal)
            && n.EndsWith("the replay ended in another state", StringComparison.Ordinal));
        Assert.Equal([1, 0], observer.Steps.Select(s => s.Fission.Dropped));
    }

    [Fact]
    public async Task ContextsWithALiveUser_AreLeftOutAndSaidSo()
    {
        var folder = Folder("run");
        var waiting = await InterruptAsync(folder, live: true);
        var observer = new RecordingObserver();

        await RunAsync(folder, Hoarding, observer, live: true);

        Assert.Contains(observer.Notes, n => n.Contains($"{waiting} of {waiting} waiting", StringComparison.Ordinal) && n.EndsWith("a live user cannot be replayed", StringComparison.Ordinal));
        Assert.Equal(waiting, observer.Steps[0].Fission.Dropped);
    }

    /// <summary>Nothing leaves the buffer, so that there is something to bring back.</summary>
    private static RunOptions Hoarding => Options with { Fission = Options.Fission with { Trigger = 100 }, Train = new TrainOptions(Steps: 4, CheckpointEvery: 2) };

    /// <summary>Interrupts a run after its checkpoint at step 2; returns how many contexts were waiting.</summary>
    private static async Task<int> InterruptAsync(RunFolder folder, bool live = false)
    {
        var waiting = 0;
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(folder, Hoarding, new RecordingObserver
        {
            WhenStepped = report =>
            {
                waiting = report.Step == 1 ? report.Fission.BufferDepth : waiting;
                if (report.Step == 2)
                    throw new InvalidOperationException("killed");
            },
        }, live: live));
        Assert.True(waiting > 1);
        return waiting;
    }

    private RunFolder Folder(string name) => new(Path.Combine(_root.FullName, name));

    private static async Task RunAsync(RunFolder folder, RunOptions options, ITrainingObserver observer, int threads = 2, bool live = false, CancellationToken cancel = default) =>
        await new TrainingRun(
            options, folder, new ToyTaskSource(live: live), new EnginePolicyFactory(new EngineOptions(threads)), null, observer, TimeProvider.System).RunAsync(cancel);

    private static string Hash(string folder) => string.Join('\n', Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)
        .Select(f => $"{Path.GetFileName(f)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(f)))}"));

    /// <summary>Wall times, and the rates made of them, are all that may differ.</summary>
    private static IEnumerable<string> WithoutTimes(string metrics) => File.ReadLines(metrics).Select(line =>
    {
        var node = System.Text.Json.Nodes.JsonNode.Parse(line)!.AsObject();
        node.Remove("stage_seconds");
        node.Remove("seconds");
        node["explore"]!.AsObject().Remove("tokens_per_second");
        (node["fission"]!["recoveries"] as System.Text.Json.Nodes.JsonObject)?.Remove("tokens_per_second");
        return node.ToJsonString();
    });
}
