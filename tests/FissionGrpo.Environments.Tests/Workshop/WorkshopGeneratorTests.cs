using System.Collections.Immutable;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Episodes;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Tests.Workshop;

public sealed class WorkshopGeneratorTests
{
    private static readonly WorkshopOptions Wide =
        new(WorkshopOptions.AllApis, ApisPerTask: 2, MaxTurns: 3, MaxGoals: 2, BlockerRate: 0.5, Hardness: 0.5, MaxStack: 3);

    [Theory]
    [InlineData(WorkshopApi.Vehicle)]
    [InlineData(WorkshopApi.Ticket)]
    [InlineData(WorkshopApi.Message)]
    [InlineData(WorkshopApi.Files)]
    public void ExpectedCalls_OfTenThousandTasks_ReplayWithoutErrorAndPass(WorkshopApi api)
    {
        var generator = new WorkshopGenerator(new WorkshopOptions([api], MaxGoals: 2, Hardness: 0.5, MaxStack: 3), new Seed(7));

        for (var i = 0; i < 2500; i++)
            AssertPasses(generator.Task((WorkshopSplit)(i % 5), i), t => t.Expected);
    }

    [Fact]
    public void ExpectedCalls_OverSeveralClasses_ReplayWithoutErrorAndPass()
    {
        var generator = new WorkshopGenerator(Wide, new Seed(8));

        for (var i = 0; i < 1000; i++)
            AssertPasses(generator.Task(WorkshopSplit.Train, i), t => t.Expected);
    }

    [Fact]
    public void ObviousCallsAndTheirMending_PassToo()
    {
        var generator = new WorkshopGenerator(Wide, new Seed(9));

        for (var i = 0; i < 1000; i++)
        {
            var task = generator.Task(WorkshopSplit.Train, i);
            var failures = AssertPasses(task, t => [.. t.Played.Select(s => s.Call)], mayFail: true);
            Assert.Equal(task.Blockers.Length, failures);
            Assert.Equal(task.Category == "happy", failures == 0);
        }
    }

    [Fact]
    public void DoingNothing_NeverPasses()
    {
        var generator = new WorkshopGenerator(Wide, new Seed(10));

        for (var i = 0; i < 1000; i++)
        {
            var environment = (WorkshopEnvironment)generator.Task(WorkshopSplit.Train, i).Start();
            environment.NextUserTurn();
            Assert.False(environment.Score().Correct);
            environment.NextUserTurn();
            Assert.False(environment.Score().Correct);
        }
    }

    [Fact]
    public void EveryBlockerAndEveryGoal_OccursAndIsSometimesMissing()
    {
        var generator = new WorkshopGenerator(new WorkshopOptions(WorkshopOptions.AllApis, BlockerRate: 0.35, Hardness: 0.5, MaxStack: 3), new Seed(11));
        var tasks = Enumerable.Range(0, 3000).Select(i => generator.Task(WorkshopSplit.Train, i)).ToArray();

        var met = tasks.SelectMany(t => t.Blockers).GroupBy(b => b).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal(Blockers.All.Keys.Order(), met.Keys.Order());
        Assert.All(met, b => Assert.True(b.Value >= 5, $"{b.Key} occurs {b.Value} times"));
        Assert.InRange(tasks.Count(t => t.Category == "happy"), 1000, 2000);
    }

    [Fact]
    public void SameNumber_GivesTheSameTask_AndAnotherSeedAnother()
    {
        var first = new WorkshopGenerator(Wide, new Seed(1)).Task(WorkshopSplit.Train, 17);
        var second = new WorkshopGenerator(Wide, new Seed(1)).Find(first.Id);
        var other = new WorkshopGenerator(Wide, new Seed(2)).Task(WorkshopSplit.Train, 17);

        Assert.Equal("workshop-train-17", first.Id);
        Assert.Equal(Summary(first), Summary(second));
        Assert.NotEqual(Summary(first), Summary(other));
    }

    [Fact]
    public void UnknownId_IsTheUsersError()
    {
        var generator = new WorkshopGenerator(new WorkshopOptions(), new Seed(1));

        Assert.Contains("workshop-train-17", Assert.Throws<UserErrorException>(() => generator.Find("multi_turn_base_3")).Message);
    }

    [Fact]
    public void UnseenSplit_AlwaysMeetsAnErrorThatNoDemonstrationShows()
    {
        var generator = new WorkshopGenerator(new WorkshopOptions(WorkshopOptions.AllApis), new Seed(3));
        var demonstrations = Enumerable.Range(0, 1000).Select(i => generator.ToDemonstrate(i, recovery: true)).ToArray();

        for (var i = 0; i < 1000; i++)
            Assert.True(generator.Task(WorkshopSplit.UnseenErrors, i).UnseenErrors);
        Assert.All(demonstrations, d => Assert.False(d.UnseenErrors));
        Assert.All(demonstrations, d => Assert.NotEmpty(d.Blockers));
        Assert.All(Enumerable.Range(0, 300), i => Assert.Equal("happy", generator.ToDemonstrate(i, recovery: false).Category));
        Assert.Contains(Enumerable.Range(0, 300), i => generator.Task(WorkshopSplit.Train, i).UnseenErrors);
    }

    [Fact]
    public void DemonstratedKinds_TakeTurns()
    {
        var generator = new WorkshopGenerator(new WorkshopOptions(Hardness: 0.5), new Seed(6));
        var kinds = Blockers.All.Values.Where(b => b is { Api: WorkshopApi.Vehicle, Unseen: false }).Select(b => $"vehicle/{b.Id}").ToList();

        var shown = Enumerable.Range(0, 20 * kinds.Count).Select(i => generator.ToDemonstrate(i, recovery: true)).ToList();

        // Each round has one task in which the kind whose turn it is stands before a goal; others may stand behind it or before a later goal.
        Assert.All(shown.Chunk(kinds.Count), round => Assert.All(
            kinds.Order(StringComparer.Ordinal).Zip(round), turn => Assert.Contains(turn.First, turn.Second.Blockers.Select(b => $"vehicle/{b}"))));
    }

    [Fact]
    public void HardnessZero_MeetsAndShowsDifficultyOneOnly()
    {
        var generator = new WorkshopGenerator(new WorkshopOptions(Hardness: 0), new Seed(8));

        var met = Enumerable.Range(0, 500).SelectMany(i => generator.Task(WorkshopSplit.Train, i).Blockers.Concat(generator.ToDemonstrate(i, recovery: true).Blockers));

        Assert.All(met, b => Assert.Equal(1, Blockers.All[b].Difficulty));
    }

    [Fact]
    public void RefusedAmounts_LookLikeOthers()
    {
        var generator = new WorkshopGenerator(new WorkshopOptions(), new Seed(9));
        var fills = Enumerable.Range(0, 3000).SelectMany(i => generator.Task(WorkshopSplit.Train, i).Turns.SelectMany(t => t.Played))
            .Where(s => s.Call.Name == "fillFuelTank").ToLookup(s => s.Blocker is null, s => s.Call.Arguments[0].Value.GetInt32());

        Assert.NotEmpty(fills[false].Intersect(fills[true]));
        Assert.True(fills[false].Max() <= fills[true].Max());
    }

    [Fact]
    public void FullLateness_BlocksTheLastGoalOnly()
    {
        var generator = new WorkshopGenerator(
            new WorkshopOptions(WorkshopOptions.AllApis, MinTurns: 2, MaxTurns: 3, MinGoals: 2, MaxGoals: 2, BlockerRate: 1, Lateness: 1), new Seed(4));

        for (var i = 0; i < 500; i++)
        {
            var task = generator.Task(WorkshopSplit.Train, i);
            Assert.NotEqual("happy", task.Category);
            Assert.All(task.Turns.SkipLast(1).SelectMany(t => t.Played), s => Assert.Null(s.Blocker));
            Assert.All(task.Turns[^1].Played.Where(s => s.Goal == 0), s => Assert.Null(s.Blocker));
        }
    }

    [Fact]
    public void Hardness_ShiftsBlockersToHarderOnes()
    {
        double Difficulty(double hardness)
        {
            var generator = new WorkshopGenerator(new WorkshopOptions(WorkshopOptions.AllApis, BlockerRate: 1, Hardness: hardness, MaxStack: 1), new Seed(5));
            return Enumerable.Range(0, 500).Average(i => generator.Task(WorkshopSplit.Train, i).Blockers.Average(b => Blockers.All[b].Difficulty));
        }

        Assert.True(Difficulty(0) + 0.5 < Difficulty(1), $"{Difficulty(0)} {Difficulty(1)}");
    }

    [Fact]
    public void ToolsOnOffer_HoldWhatTheTaskNeeds()
    {
        var generator = new WorkshopGenerator(Wide with { DistractorTools = 0 }, new Seed(6));

        for (var i = 0; i < 500; i++)
        {
            var task = generator.Task(WorkshopSplit.Train, i);
            var offered = task.Tools.Select(t => t.Name).ToHashSet();
            Assert.Equal(offered.Count, task.Tools.Length);
            Assert.True(offered.SetEquals(task.Turns.SelectMany(t => t.Played).Select(s => s.Call.Name)));
        }
    }

    [Fact]
    public void BadOptions_AreAllNamed()
    {
        var options = new WorkshopOptions([WorkshopApi.Files], ApisPerTask: 2, MinTurns: 3, MaxTurns: 1, BlockerRate: 2);

        var message = Assert.Throws<UserErrorException>(() => new WorkshopGenerator(options, new Seed(1))).Message;

        Assert.Contains("apis_per_task is 2", message);
        Assert.Contains("min_turns is 3", message);
        Assert.Contains("BlockerRate", message);
    }

    private static int AssertPasses(WorkshopTask task, Func<WorkshopTurn, ImmutableArray<ToolCall>> calls, bool mayFail = false)
    {
        var environment = (WorkshopEnvironment)task.Start();
        var failures = 0;
        foreach (var turn in task.Turns)
        {
            Assert.Equal(turn.Text, Assert.IsType<UserTurn.Says>(environment.NextUserTurn()).Text);
            foreach (var call in calls(turn))
                if (environment.Execute(call) is ToolResult.Failed failed)
                {
                    Assert.True(mayFail, $"{task.Id}: {call} -> {failed.Message}");
                    failures++;
                }
            Assert.True(environment.Score().Correct, $"{task.Id}: {environment.Score().Reason}");
        }
        Assert.IsType<UserTurn.Ends>(environment.NextUserTurn());
        Assert.True(environment.Score().Correct);
        return failures;
    }

    private static string Summary(WorkshopTask task) =>
        $"{task.Category} {task.Scenario} {string.Join(' ', task.Tools.Select(t => t.Name))} {string.Join('|', task.Turns.Select(t => t.Text + string.Join(';', t.Expected)))}";
}
