using System.Collections.Immutable;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Bfcl.Api;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Environments.Workshop.Full;
using FissionGrpo.Episodes;
using FissionGrpo.Seeds;
using FissionGrpo.Testing;

namespace FissionGrpo.Environments.Tests.Workshop.Full;

public sealed class FullWorkshopTests
{
    private const int TasksPerCategory = 500;

    private static readonly FullWorkshop Workshop = new(new FullOptions(), new Seed(21));

    private static readonly Lazy<ImmutableArray<FullTask>> Tasks = new(() =>
    [
        .. BfclData.Categories.AsEnumerable().SelectMany(c => Enumerable.Range(0, TasksPerCategory).Select(i => (Category: c, Index: i))).AsParallel().AsOrdered()
            .Select(t => Workshop.Make(WorkshopSplit.Train, t.Category, t.Index)),
    ]);

    [Fact]
    public void EveryTask_RunsWithoutAnError_AndPassesItsOwnOfficialCheck() => Assert.All(Tasks.Value, task =>
    {
        var problem = task.Episode.Problem;
        var world = problem.Start.Fork();

        Assert.All(problem.GroundTruth.SelectMany(t => t), call => Assert.IsType<ToolResult.Ok>(world.Execute(call)));
        Assert.True(BfclChecker.Check(problem, Perfect(problem), "model").IsValid);
        Assert.False(BfclChecker.Check(problem, [.. problem.GroundTruth.Select(_ => (IReadOnlyList<IReadOnlyList<string>>)[])], "model").IsValid);
        Assert.Equal(problem.UserTurns.Length, problem.GroundTruth.Length);
        Assert.All(problem.UserTurns, text => Assert.DoesNotContain("{", text ?? "", StringComparison.Ordinal));
        Assert.Equal(problem.GroundTruth.Select(t => t.Length), task.Goals.Select(g => g.Sum()));
    });

    [Fact]
    public void TheTasksTogether_CallEveryFunctionThatCanSucceed()
    {
        var called = Tasks.Value.SelectMany(t => t.Path).Select(p => p.Split('.')[1]).ToHashSet(StringComparer.Ordinal);

        var never = ApiTypes.All.Values.SelectMany(t => t.Methods.Keys).Where(m => !called.Contains(m)).Order(StringComparer.Ordinal);

        Assert.Equal(["get_outside_temperature_from_weather_com"], never); // it always fails
        Assert.Equal(128, ApiTypes.All.Values.Sum(t => t.Methods.Count));
    }

    [Fact]
    public void MissFunc_HoldsOutWhatItsTurnNeeds_AndRevealsItInTheNext() => Assert.All(Of("miss_func"), task =>
    {
        var problem = task.Episode.Problem;
        var (turn, names) = Assert.Single(problem.MissedFunctions);

        Assert.Null(problem.UserTurns[turn]);
        Assert.Empty(problem.GroundTruth[turn - 1]);
        Assert.All(names, n => Assert.Contains(problem.GroundTruth[turn], c => c.StartsWith(n + "(", StringComparison.Ordinal)));
        Assert.DoesNotContain(problem.GroundTruth.Take(turn).SelectMany(t => t), c => names.Any(n => c.StartsWith(n + "(", StringComparison.Ordinal)));
        Assert.DoesNotContain(problem.Tools.OfferedSpecs, t => names.Contains(t.Name));
        Assert.Equal(names.Length, problem.Tools.HeldOut[turn].Length);
    });

    [Fact]
    public void MissParam_LeavesOneTurnWithoutAnswer_AndTheNextSuppliesWhatItsCallsNeed() => Assert.All(Of("miss_param"), task =>
    {
        var problem = task.Episode.Problem;
        var vague = Assert.Single(Enumerable.Range(0, problem.GroundTruth.Length), i => problem.GroundTruth[i].IsEmpty);

        Assert.True(vague + 1 < problem.GroundTruth.Length);
        Assert.NotEmpty(problem.GroundTruth[vague + 1]);
        Assert.NotNull(problem.UserTurns[vague + 1]);
        Assert.Empty(problem.MissedFunctions);
    });

    [Fact]
    public void LongContext_LoadsTheExtensions() => Assert.All(Of("long_context"), task => Assert.True(task.Episode.Problem.Start.Objects[0].LongContext));

    [Fact]
    public void IdsAreUnique_AndATaskIsFoundAgainByItsId()
    {
        var tasks = Enumerable.Range(0, 40).SelectMany(i => FullWorkshop.Splits.Select(s => Workshop.Task(s, i))).ToArray();

        Assert.Equal(tasks.Length, tasks.Select(t => t.Id).Distinct(StringComparer.Ordinal).Count());
        foreach (var task in tasks)
        {
            var again = new FullWorkshop(new FullOptions(), new Seed(21)).Find(task.Id);
            Assert.Equal(task.Problem.UserTurns.AsEnumerable(), again.Problem.UserTurns.AsEnumerable());
            Assert.Equal(task.Problem.GroundTruth.SelectMany(t => t), again.Problem.GroundTruth.SelectMany(t => t));
            Assert.Equal(task.Problem.Start.Digest(), again.Problem.Start.Digest());
        }
        Assert.NotEqual(tasks[0].Problem.UserTurns.AsEnumerable(), new FullWorkshop(new FullOptions(), new Seed(22)).Find(tasks[0].Id).Problem.UserTurns);
    }

    [Fact]
    public void HeldOutTasks_ShareNoUserTurnAndNoStartStateWithTraining()
    {
        var training = new KnownTasks(Tasks.Value.Select(t => t.Episode.Problem));
        var heldOut = Enumerable.Range(0, 200).Select(i => Workshop.Task(WorkshopSplit.HeldOut, i).Problem).ToArray();

        // Expected calls without any value (check the tires, start the engine) may be the same.
        Assert.All(heldOut, problem => Assert.DoesNotContain(training.Shared(problem), (string[])["user turn", "start state"]));
        Assert.InRange(heldOut.Count(p => training.Shared(p) is not null), 0, 8);
    }

    [Fact]
    public void ValuesOfAPool_BelongToOneSideOnly()
    {
        var (rng, other) = (new SampleRng(new Seed(3)), new SampleRng(new Seed(4)));
        var (mine, tests) = (new Pools(heldOut: false), new Pools(heldOut: true));
        var drawn = Enumerable.Range(0, 400).SelectMany(_ => Draws(mine, ref rng)).ToHashSet(StringComparer.Ordinal);

        Assert.DoesNotContain(Enumerable.Range(0, 400).SelectMany(_ => Draws(tests, ref other)), drawn.Contains);

        static string[] Draws(Pools pools, ref SampleRng rng) =>
        [
            "first name " + pools.FirstName(ref rng), "last name " + pools.LastName(ref rng), "Folder " + pools.Folder(ref rng), "Subject " + pools.Subject(ref rng), "Tag " + pools.Tag(ref rng), "Handle " + pools.Handle(ref rng), "UserName " + pools.UserName(ref rng), "Password " + pools.Password(ref rng),
            "TicketTitle " + pools.TicketTitle(ref rng), "Resolution " + pools.Resolution(ref rng), "Message " + pools.Message(ref rng), "Tweet " + pools.Tweet(ref rng), "Comment " + pools.Comment(ref rng), "Symbol " + pools.Symbol(ref rng), "Issue " + pools.Issue(ref rng), "Insurance " + pools.Insurance(ref rng),
        ];
    }

    [Fact]
    public void EveryWish_HasWordingsForBothSides_ThatUseSlotsOfTheirOwn() => Assert.All(AllWishes.List, wish =>
    {
        Assert.True(wish.Say.Length >= 4, wish.Kind);
        Assert.Equal(wish.Say.Length, wish.Say.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(wish.Vague.IsEmpty, wish.Supply.IsEmpty);
        Assert.True(wish.Vague.IsEmpty || (wish.Vague.Length >= 4 && wish.Supply.Length >= 4), wish.Kind);
    });

    [Fact]
    public async Task Demonstrations_PlayTheGroundTruth_AndRecoveriesFailFirst()
    {
        for (var i = 0; i < 60; i++)
        {
            var happy = Workshop.Demonstrate(i, DemonstrationKind.HappyPath)!;
            Assert.Equal(
                happy.Task.ExpectedCalls.SelectMany(t => t).Select(c => c.Canonical), happy.Turns.SelectMany(t => t).SelectMany(r => r.Calls).Select(c => c.Canonical));
            if (Workshop.Demonstrate(i, DemonstrationKind.Recovery) is not { } recovery)
                continue;
            var environment = recovery.Task.Start();
            var failures = 0;
            foreach (var turn in recovery.Turns)
            {
                _ = await environment.NextUserTurnAsync("", default);
                foreach (var reply in turn)
                    foreach (var call in reply.Calls)
                        failures += environment.Execute(call) is ToolResult.Failed == reply.Train ? throw new InvalidOperationException($"{call} of {recovery.Task.Id}") : reply.Train ? 0 : 1;
            }
            Assert.True(failures > 0);
            Assert.True(environment.Score().Correct);
        }
        Assert.Contains(Enumerable.Range(0, 60), i => Workshop.Demonstrate(i, DemonstrationKind.Recovery) is not null);
    }

    [Fact]
    public void WrittenFiles_AreReadByTheLoaderOfOfficialData_AndTheirGroundTruthPasses()
    {
        var folder = Directory.CreateTempSubdirectory("fission-full-").FullName;
        try
        {
            foreach (var (path, content) in FullFiles.Write(Workshop, WorkshopSplit.Train, 30))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
                File.WriteAllText(Path.Combine(folder, path), content);
            }

            var data = BfclData.Load(folder);

            Assert.Equal(120, data.Tasks.Length);
            Assert.All(data.Tasks, task => Assert.True(BfclScoring.Score(data, task.Id, BfclScoring.GroundTruth(data, task.Id)).IsValid, task.Id));
            Assert.All(Enumerable.Range(0, 30), i =>
            {
                var (written, made) = (data.Problem($"multi_turn_long_context_{FullFiles.FirstNumber + i}"), Tasks.Value[3 * TasksPerCategory + i].Episode.Problem);
                Assert.Equal(made.Start.Digest(), written.Start.Digest());
                Assert.Equal(made.UserTurns.AsEnumerable(), written.UserTurns);
                Assert.Equal(made.Tools.OfferedSpecs.Select(t => JsonText.Compact(t.Document)), written.Tools.OfferedSpecs.Select(t => JsonText.Compact(t.Document)));
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void OptionsThatContradict_AreRefusedAllAtOnce()
    {
        var message = Assert.Throws<UserErrorException>(() => new FullWorkshop(new FullOptions([WorkshopCategory.Base, WorkshopCategory.MissFunc, WorkshopCategory.Base], MinTurns: 4, MaxTurns: 2, Blocked: 3), new Seed(1))).Message;

        Assert.Contains("min_turns is 4", message, StringComparison.Ordinal);
        Assert.Contains("names one twice", message, StringComparison.Ordinal);
        Assert.Contains("Blocked", message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void BesideTheOfficialTasks_NothingIsShared_AndTheShapeIsNear()
    {
        var official = BfclData.Load(SharedMaterial.Path("bfcl/data"));
        var own = new KnownTasks(official.Problems);

        var report = ShapeReport.Of(official, new FullWorkshop(new FullOptions(OfficialTables: true), new Seed(5), official), WorkshopSplit.Train, 250);

        Assert.Equal(0, report.SharedTasks);
        Assert.Equal(0, report.SharedGrams.Single(g => g.Words == 13).Share);
        Assert.All(report.Rows, row => Assert.InRange(row.Distance, 0, 0.25));
        Assert.All(Tasks.Value, task => Assert.Null(own.Shared(task.Episode.Problem)));
    }

    [SkippableFact]
    public void TheHashesOfOfficialTasks_AreThoseOfTheData()
    {
        var bytes = new KnownTasks(BfclData.Load(SharedMaterial.Path("bfcl/data")).Problems).ToBytes();

        // UPDATE_GOLDEN=1 writes the file that the program embeds.
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllBytes(Path.Combine(Root(), "src/FissionGrpo.Environments/Workshop/Full/official-tasks.bin"), bytes);
        else
            Assert.Equal(bytes, KnownTasks.Official.ToBytes());

        static string Root()
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder!.FullName, "FissionGrpo.slnx")))
                folder = folder.Parent;
            return folder.FullName;
        }
    }

    private static IEnumerable<FullTask> Of(string category) => Tasks.Value.Where(t => t.Episode.Category == category);

    private static IReadOnlyList<IReadOnlyList<IReadOnlyList<string>>> Perfect(BfclProblem problem) =>
        [.. problem.GroundTruth.Select(t => (IReadOnlyList<IReadOnlyList<string>>)(t.IsEmpty ? [] : [t]))];
}
