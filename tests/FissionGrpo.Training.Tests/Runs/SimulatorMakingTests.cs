using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rewards;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;
using FissionGrpo.Testing;

namespace FissionGrpo.Training.Tests.Runs;

/// <summary>A simulator from data to weights, on the toy world.</summary>
public sealed class SimulatorMakingTests : IDisposable
{
    private static readonly LessonSource Source = new(1, "toy 1", "clumsy", "diagnoser", 3, TrajectoryUnit.Turn);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("fission-simulator-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task Lesson_HoldsWhatAnyModelNeeds()
    {
        await CollectAsync("lessons", 12);

        var (source, lessons) = LessonFile.Read(PathOf("lessons"));

        Assert.Equal(Source, source);
        Assert.Equal(12, lessons.Length);
        Assert.Equal(12, lessons.Select(l => l.Key).Distinct().Count());
        var locked = lessons.First(l => l.Error is { } error && error.StartsWith("locked", StringComparison.Ordinal));
        Assert.Equal(["user", "assistant", "tool"], locked.Dialogue.Select(m => m.Role));
        Assert.Equal(locked.FailedCall, Assert.Single(locked.Dialogue[1].Calls));
        Assert.Equal("unlock", locked.CorrectCall!.Name);
        Assert.Equal(FailureCategory.UnmetPrecondition, locked.Category);
        Assert.Contains("precondition", locked.Diagnostic, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InterruptedCollection_EndsWithTheSameFile()
    {
        await CollectAsync("whole", 60);

        // Killed in the middle of a round: its lines are there, the last of them torn.
        await Assert.ThrowsAsync<InvalidOperationException>(() => CollectAsync("killed", 60, _ => throw new InvalidOperationException("killed")));
        File.WriteAllText(PathOf("killed"), File.ReadAllText(PathOf("killed"))[..^40]);
        await CollectAsync("killed", 60);

        Assert.Equal(File.ReadAllText(PathOf("whole")), File.ReadAllText(PathOf("killed")));
    }

    /// <summary>The tasks of a benchmark go round. The file does not know what was left out, so whether it is explained the next time may not depend on that.</summary>
    [Fact]
    public async Task InterruptedCollectionOfTasksThatComeBack_EndsWithTheSameFile()
    {
        await CollectAsync("whole", 200, teacher: new Teacher(), tasks: new TasksThatComeBack());

        await Assert.ThrowsAsync<Xunit.Sdk.TrueException>(
            () => CollectAsync("killed", 200, p => Assert.True(p.Done < 150), teacher: new Teacher(), tasks: new TasksThatComeBack()));
        await CollectAsync("killed", 200, teacher: new Teacher(), tasks: new TasksThatComeBack());

        Assert.Equal(File.ReadAllText(PathOf("whole")), File.ReadAllText(PathOf("killed")));
    }

    [Fact]
    public async Task FileOfAnotherPolicy_IsRefused()
    {
        await CollectAsync("lessons", 4);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => CollectAsync("lessons", 8, source: Source with { Policy = "another" }));

        Assert.Contains("collected from something else: its policy is ", error.Message, StringComparison.Ordinal);
        Assert.Contains(", expected another. Choose another --output.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TeacherThatLeaksOrFails_IsLeftOutAndCounted()
    {
        var report = await CollectAsync("lessons", 200, teacher: new Teacher());

        Assert.True(report.LeftOut[SimulatorFault.Nonsense] > 0);
        Assert.Equal("teacher is ill", report.Causes[SimulatorFault.Nonsense]);
        Assert.All(LessonFile.Read(PathOf("lessons")).Lessons, l => Assert.Equal("wrong value: look again", l.Diagnostic));
    }

    [Fact]
    public async Task FineTunedModel_AgreesWithTheTeacherMoreThanBefore()
    {
        await CollectAsync("lessons", 160);
        var policies = new EnginePolicyFactory(new EngineOptions(2));
        var shape = new PolicyOptions(Vocabulary: 400, Layers: 1, Channels: 32, FeedForward: 64, QueryHeads: 2, KeyValueHeads: 2, HeadSize: 16);
        var model = policies.Create(shape, ToyDialogue.Format.Tokenizer.VocabularySize, ToyDialogue.Format.StopTokens, 1024, new Seed(1));
        using var owned = (IDisposable)model;

        var report = await new SimulatorFineTuning(
            model, ToyDialogue.Format, new SimulatorOptions(Epochs: 30, BatchSize: 16, LearningRate: 5e-3f, MaxTokens: 96), 1024, new Seed(2))
            .RunAsync(LessonFile.Read(PathOf("lessons")).Lessons, 0.2, _ => { }, default);

        Assert.True(report.HeldOut > 5 && report.Lessons > 50, report.ToString());
        Assert.True(report.After.Usable > 0.8 * report.After.Asked, report.ToString());
        Assert.True(report.After.Alignment!.Agreement > report.Before.Alignment!.Agreement + 0.3, report.ToString());
    }

    [Fact]
    public async Task LessonsThatDoNotFit_AreAnErrorThatSaysSo()
    {
        await CollectAsync("lessons", 4);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => new SimulatorFineTuning(
            new ScriptedPolicy(ToyDialogue.Format, (_, _) => ""), ToyDialogue.Format, new SimulatorOptions(), 20, new Seed(2))
            .RunAsync(LessonFile.Read(PathOf("lessons")).Lessons, 0, _ => { }, default));

        Assert.Contains("4 are longer than the model's 20 tokens", error.Message, StringComparison.Ordinal);
    }

    private string PathOf(string name) => Path.Combine(_root.FullName, name + ".jsonl");

    private Task<CollectionReport> CollectAsync(string name, int count, Action<RunProgress>? progress = null, LessonSource? source = null, IErrorSimulator? teacher = null, ITaskSource? tasks = null) =>
        new SimulatorCollection(
            tasks ?? new ToyTaskSource(), new RolloutEngine(ToyDialogue.Format, new RolloutOptions(), TimeProvider.System),
            new ScriptedPolicy(ToyDialogue.Format, Clumsy), teacher, new RewardOptions(), source ?? Source)
            .RunAsync(PathOf(name), count, progress ?? (_ => { }), default);

    /// <summary>Opens other doors now and then, or kicks them, or stops.</summary>
    private static string Clumsy(string dialogue, ulong bits) => (bits % 7) switch
    {
        0 => "Done.",
        1 => ScriptedPolicy.Call(ToyTask.Open($"d{bits / 7 % 8}")),
        2 => ScriptedPolicy.Call(ToolCall.Of("kick", ("door", $"d{bits / 7 % 8}"))),
        _ => ScriptedPolicy.GoodReply(dialogue),
    };

    private sealed class TasksThatComeBack : ITaskSource
    {
        private readonly ToyTaskSource _tasks = new();

        public string Identity => _tasks.Identity;

        public EpisodeTask TrainingTask(long index) => _tasks.TrainingTask(index % 32);

        public EpisodeTask Find(string taskId) => _tasks.Find(taskId);

        public Demonstration? Demonstrate(long index, DemonstrationKind kind) => null;
    }

    private sealed class Teacher : IErrorSimulator
    {
        public Task<System.Collections.Immutable.ImmutableArray<Diagnostic?>> DiagnoseAsync(
            System.Collections.Immutable.ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel) =>
            Task.FromResult<System.Collections.Immutable.ImmutableArray<Diagnostic?>>(
                [.. failures.Select((_, i) => i % 2 == 0 ? Diagnostic.None("teacher is ill") : new Diagnostic("wrong value: look again", null))]);
    }
}
