using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;
using FissionGrpo.Evaluation.Reports;

namespace FissionGrpo.Evaluation.Playing;

public sealed class EvaluationRunTests : IDisposable
{
    private static readonly EvaluationSetting Setting = new("ground-truth", "door", "native", "none", 0, 2, 1);
    private static readonly EvaluationPlan Plan = new([.. Enumerable.Range(0, 5).Select(i => new PlannedTask(new DoorTask($"door-{i}"), "door"))], 2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fission-run-");

    private string Results => Path.Combine(_folder.FullName, "deep", "episodes.jsonl");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task EveryTaskIsPlayedAsOftenAsPlanned()
    {
        var counts = new List<(int, int)>();

        var episodes = await new EvaluationRun(new ChatPlayer(new GroundTruthPolicy(), concurrency: 4), Plan).PlayAsync(null, (done, of) => counts.Add((done, of)), default);

        Assert.Equal(Plan.Episodes.Select(e => (e.TaskId, e.Sample)), episodes.Select(e => (e.TaskId, e.Sample)));
        Assert.All(episodes, e => Assert.True(e.IsCorrect));
        Assert.Equal((10, 10), counts[^1]);
    }

    [Fact]
    public async Task InterruptedRun_GoesOnWhereItWas()
    {
        var first = new Flaky { StopAfter = 4 };
        using (var store = EpisodeStore.Open(Results, Setting))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new EvaluationRun(first, Plan).PlayAsync(store, null, default));

        var second = new Flaky();
        ImmutableArray<EvaluatedEpisode> episodes;
        using (var store = EpisodeStore.Open(Results, Setting))
            episodes = await new EvaluationRun(second, Plan).PlayAsync(store, null, default);

        Assert.Equal(4, first.Played);
        Assert.Equal(6, second.Played);
        Assert.Equal(10, episodes.Length);
        Assert.Equal(episodes.Select(e => e.Trajectory.Id), EpisodeStore.Read(Results).Episodes.Select(e => e.Trajectory.Id));
    }

    [Fact]
    public async Task FailedRollout_IsPlayedAgain()
    {
        using (var store = EpisodeStore.Open(Results, Setting))
            await new EvaluationRun(new Flaky { FailsAt = 2 }, Plan).PlayAsync(store, null, default);

        var again = new Flaky();
        using (var store = EpisodeStore.Open(Results, Setting))
            await new EvaluationRun(again, Plan).PlayAsync(store, null, default);

        Assert.Equal(1, again.Played);
        Assert.All(EpisodeStore.Read(Results).Episodes, e => Assert.True(e.IsPlayed));
    }

    /// <summary>kill -9 while a line is written leaves half a line; nothing before it is lost.</summary>
    [Fact]
    public async Task HalfALastLine_IsDropped()
    {
        using (var store = EpisodeStore.Open(Results, Setting))
            await new EvaluationRun(new Flaky(), Plan).PlayAsync(store, null, default);
        var bytes = File.ReadAllBytes(Results);
        File.WriteAllBytes(Results, bytes[..^40]);

        var again = new Flaky();
        using (var store = EpisodeStore.Open(Results, Setting))
            await new EvaluationRun(again, Plan).PlayAsync(store, null, default);

        Assert.Equal(1, again.Played);
        Assert.Equal(10, EpisodeStore.Read(Results).Episodes.Count);
    }

    [Fact]
    public async Task OtherSetting_IsRefused()
    {
        using (var store = EpisodeStore.Open(Results, Setting))
            await new EvaluationRun(new Flaky(), Plan).PlayAsync(store, null, default);

        var error = Assert.Throws<UserErrorException>(() => EpisodeStore.Open(Results, Setting with { Temperature = 1 }));

        Assert.Contains("its temperature is 0, expected 1. Give another --output", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A model's name that the server does not know leaves a file without an episode.</summary>
    [Fact]
    public void FileWithoutEpisodes_IsTakenOver()
    {
        EpisodeStore.Open(Results, Setting with { Policy = "mistyped, and longer than the right one" }).Dispose();

        EpisodeStore.Open(Results, Setting).Dispose();

        Assert.Equal(Setting, EpisodeStore.Read(Results).Setting);
    }

    /// <summary>A member that is not compared would let an evaluation go on with the replies of another one.</summary>
    [Fact]
    public void EveryMemberOfTheSetting_IsCompared()
    {
        var constructor = typeof(EvaluationSetting).GetConstructors().Single(c => c.GetParameters().Length > 1);
        var same = constructor.GetParameters().Select(p => typeof(EvaluationSetting).GetProperty(p.Name!)!.GetValue(Setting)).ToArray();

        Assert.All(constructor.GetParameters(), parameter =>
        {
            object?[] other = [.. same];
            other[parameter.Position] = parameter.ParameterType == typeof(string) ? "another" : Convert.ChangeType(77, parameter.ParameterType, System.Globalization.CultureInfo.InvariantCulture);
            Assert.Contains("expected ", Setting.DifferenceFrom((EvaluationSetting)constructor.Invoke(other)), StringComparison.Ordinal);
        });
        Assert.Null(Setting.DifferenceFrom(Setting with { }));
    }

    [Fact]
    public void SomethingElse_IsNamedWithItsLine()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Results)!);
        File.WriteAllText(Results, "{\"a\": 1}\n");

        Assert.Contains("line 1", Assert.Throws<UserErrorException>(() => EpisodeStore.Open(Results, Setting)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Episode_SurvivesTheFile()
    {
        EvaluatedEpisode played;
        using (var store = EpisodeStore.Open(Results, Setting))
            played = (await new EvaluationRun(
                new ChatPlayer(new OpensFirst()), Plan with { Samples = 1, Tasks = Plan.Tasks[..1] }, (_, _) => FailureCategory.PrematureStop).PlayAsync(store, null, default))[0];

        var read = EpisodeStore.Read(Results).Episodes[0];

        Assert.Equal(played.FirstFailure, read.FirstFailure);
        Assert.Equal(FailureCategory.PrematureStop, read.FirstFailure);
        Assert.Equal(played.Trajectory.Steps[0].Calls[0], read.Trajectory.Steps[0].Calls[0]);
        Assert.Equal(played.Expected[0].AsEnumerable(), read.Expected[0]);
        Assert.Equal(played.Trajectory.Score, read.Trajectory.Score);
    }

    private sealed class OpensFirst : IChatPolicy
    {
        public Task<ChatReply> ReplyAsync(ChatRequest request, CancellationToken cancel) =>
            Task.FromResult(new ChatReply(new Message.Assistant("", request.StepInTurn == 0 ? [DoorTask.Open] : [])));
    }

    /// <summary>The ground truth, interrupted or failing on command.</summary>
    private sealed class Flaky : IEpisodePlayer
    {
        private readonly ChatPlayer _inner = new(new GroundTruthPolicy());

        public int StopAfter { get; init; } = int.MaxValue;

        public int FailsAt { get; init; } = -1;

        public int Played { get; private set; }

        public async Task PlayAsync(ImmutableArray<EpisodeToPlay> episodes, Action<EpisodeToPlay, PlayedEpisode> played, CancellationToken cancel)
        {
            foreach (var episode in episodes)
            {
                if (Played == StopAfter)
                    throw new OperationCanceledException();
                var result = await _inner.PlayAsync(episode.Task, episode.Sample, cancel);
                played(episode, Played++ == FailsAt ? result with { Trajectory = result.Trajectory with { Score = null, Failure = new RolloutFailure("endpoint", "time_out") } } : result);
            }
        }
    }
}
