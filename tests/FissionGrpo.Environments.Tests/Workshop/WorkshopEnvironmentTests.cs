using FissionGrpo.Environments.Workshop;
using FissionGrpo.Episodes;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Tests.Workshop;

public sealed class WorkshopEnvironmentTests
{
    private static readonly WorkshopGenerator Late = new(
        new WorkshopOptions(WorkshopOptions.AllApis, MinTurns: 2, MaxTurns: 2, MinGoals: 2, MaxGoals: 2, BlockerRate: 0, DriftRate: 1), new Seed(12));

    [Fact]
    public void Fork_IsIndependentOfItsOrigin()
    {
        var task = Late.Task(WorkshopSplit.Train, 3);
        var origin = (WorkshopEnvironment)task.Start();
        origin.NextUserTurn();
        var before = origin.Digest();
        var fork = (WorkshopEnvironment)origin.Fork();

        foreach (var call in task.Turns[0].Expected)
            fork.Execute(call);

        Assert.Equal(before, origin.Digest());
        Assert.True(fork.Score().Correct);
        Assert.False(origin.Score().Correct);
    }

    [Fact]
    public void AFailedTurn_IsNotMadeGoodByALaterOne()
    {
        var task = Late.Task(WorkshopSplit.Train, 4);
        var environment = (WorkshopEnvironment)task.Start();
        environment.NextUserTurn();
        environment.NextUserTurn();

        foreach (var call in task.Turns.SelectMany(t => t.Expected))
            environment.Execute(call);

        Assert.False(environment.Score().Correct);
        Assert.Contains("turn 1", environment.Score().Reason);
    }

    [Fact]
    public void ATask_ThatWasNotBegun_IsNotCorrect()
    {
        Assert.Equal("no turn was played", Late.Task(WorkshopSplit.Train, 0).Start().Score().Reason);
    }

    [Fact]
    public void AToolNotOnOffer_IsUnknown()
    {
        var result = Late.Task(WorkshopSplit.Train, 0).Start().Execute(ToolCall.Of("fly"));

        Assert.Equal(new ToolResult.Failed(ToolErrorKind.UnknownTool, "Error during execution: name 'fly' is not defined"), result);
    }

    [Fact]
    public void Drift_MeetsSomeTrajectoriesOfATask_TheSameForTheSameSeed()
    {
        var generator = new WorkshopGenerator(Late.Options with { DriftRate = 0.4 }, new Seed(13));
        var failed = 0;
        for (var i = 0; i < 100; i++)
            for (ulong trajectory = 0; trajectory < 8; trajectory++)
            {
                var task = generator.Task(WorkshopSplit.Train, i);
                var first = FirstFailure(task, trajectory);
                Assert.Equal(first, FirstFailure(task, trajectory));
                failed += first is null ? 0 : 1;
            }

        Assert.InRange(failed / 800.0, 0.33, 0.47);
    }

    [Fact]
    public void AfterADrift_TheGroundTruthCanBeReached()
    {
        var kinds = new HashSet<string>();
        for (var i = 0; i < 400; i++)
        {
            var task = Late.Task(WorkshopSplit.Train, i);
            foreach (var drift in task.Drifts)
            {
                kinds.Add(drift.Kind);
                var environment = new WorkshopEnvironment(task, drift);
                for (var turn = 0; turn <= drift.Turn; turn++)
                {
                    environment.NextUserTurn();
                    foreach (var call in task.Turns[turn].Expected)
                        Insist(environment, call, drift);
                }
                Assert.True(environment.Score().Correct, $"{task.Id} {drift.Kind}: {environment.Score().Reason}");
            }
        }

        Assert.Equal(["doors", "engine-off", "ticket-login", "timeout"], kinds.Order());
    }

    [Fact]
    public void StartWithoutSeed_NeverDrifts()
    {
        for (var i = 0; i < 50; i++)
        {
            var task = Late.Task(WorkshopSplit.Train, i);
            var environment = (WorkshopEnvironment)task.Start();
            foreach (var turn in task.Turns)
            {
                environment.NextUserTurn();
                Assert.All(turn.Expected, call => Assert.IsType<ToolResult.Ok>(environment.Execute(call)));
            }
        }
    }

    private static string? FirstFailure(WorkshopTask task, ulong trajectory)
    {
        var environment = (WorkshopEnvironment)task.Start(trajectory);
        foreach (var turn in task.Turns)
        {
            environment.NextUserTurn();
            foreach (var call in turn.Expected)
                if (environment.Execute(call) is ToolResult.Failed failed)
                    return $"{call} {failed.Message}";
        }
        return null;
    }

    /// <summary>Makes the call, undoes what the drift did when it fails, and makes it again.</summary>
    private static void Insist(WorkshopEnvironment environment, ToolCall call, Drift drift)
    {
        if (environment.Execute(call) is ToolResult.Ok)
            return;
        Assert.Equal(drift.Tool, call.Name);
        foreach (var fix in drift.Kind switch
        {
            "doors" => [ToolCall.Of("lockDoors", ("unlock", false), ("door", new[] { "passenger" }))],
            "engine-off" => [ToolCall.Of("startEngine", ("ignitionMode", "START"))],
            "ticket-login" => [Login(environment)],
            _ => Array.Empty<ToolCall>(),
        })
            if (environment.Execute(fix) is ToolResult.Failed)
            {
                // The pedal was pressed a little: only its private force changes.
                Assert.IsType<ToolResult.Ok>(environment.Execute(ToolCall.Of("pressBrakePedal", ("pedalPosition", 1))));
                Assert.IsType<ToolResult.Ok>(environment.Execute(fix));
            }
        Assert.IsType<ToolResult.Ok>(environment.Execute(call));
    }

    private static ToolCall Login(WorkshopEnvironment environment)
    {
        var said = environment.TurnsSoFar.Single(t => t.Contains("my ticket login is", StringComparison.Ordinal)).Split('"');
        return ToolCall.Of("ticket_login", ("username", said[^4]), ("password", said[^2]));
    }
}
