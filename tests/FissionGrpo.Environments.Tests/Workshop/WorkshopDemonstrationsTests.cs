using FissionGrpo.Environments.Workshop;
using FissionGrpo.Episodes;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Tests.Workshop;

public sealed class WorkshopDemonstrationsTests
{
    private static readonly WorkshopGenerator Generator = new(
        new WorkshopOptions(WorkshopOptions.AllApis, MaxTurns: 3, MaxGoals: 2, Hardness: 0.6, MaxStack: 3), new Seed(14));

    private static readonly WorkshopDemonstrations Demonstrations = new(Generator, failure => $"advice on {failure.Call.Name}: {failure.Result.Message}");

    [Theory]
    [InlineData(DemonstrationKind.HappyPath)]
    [InlineData(DemonstrationKind.Recovery)]
    [InlineData(DemonstrationKind.DiagnosedRecovery)]
    public void EveryDemonstration_EndsCorrect_AndFailsWhereItSays(DemonstrationKind kind)
    {
        for (var i = 0; i < 500; i++)
        {
            var demonstration = Demonstrations.Demonstrate(i, kind)!;
            var environment = (WorkshopEnvironment)demonstration.Task.Start();
            var failures = 0;
            foreach (var turn in demonstration.Turns)
            {
                environment.NextUserTurn();
                foreach (var reply in turn.SkipLast(1))
                {
                    var result = environment.Execute(Assert.Single(reply.Calls));
                    failures += result is ToolResult.Failed ? 1 : 0;
                    Assert.Equal(result is ToolResult.Failed && kind == DemonstrationKind.DiagnosedRecovery, reply.Diagnostic is not null);
                }
                Assert.Empty(turn[^1].Calls);
                Assert.Equal(WorkshopDemonstrations.Closing, turn[^1].Text);
            }
            Assert.True(environment.Score().Correct);
            Assert.Equal(kind == DemonstrationKind.HappyPath, failures == 0);
        }
    }

    [Fact]
    public void WithoutADiagnostician_ThereAreNoDiagnosedRecoveries()
    {
        Assert.Null(new WorkshopDemonstrations(Generator).Demonstrate(0, DemonstrationKind.DiagnosedRecovery));
        Assert.NotNull(new WorkshopDemonstrations(Generator).Demonstrate(0, DemonstrationKind.Recovery));
    }

    [Fact]
    public void AdvisedRecovery_RunsIntoOneFailureAGoal()
    {
        for (var i = 0; i < 200; i++)
            foreach (var turn in Demonstrations.Demonstrate(i, DemonstrationKind.DiagnosedRecovery)!.Turns)
                Assert.InRange(turn.Count(r => r.Diagnostic is not null), 0, 2);
    }

    [Fact]
    public void Mistakes_AreLearnedOnlyWhenAsked()
    {
        var shy = new WorkshopDemonstrations(Generator, trainMistakes: false);

        for (var i = 0; i < 50; i++)
        {
            Assert.Contains(shy.Demonstrate(i, DemonstrationKind.Recovery)!.Turns.SelectMany(t => t), r => !r.Train);
            Assert.All(Demonstrations.Demonstrate(i, DemonstrationKind.Recovery)!.Turns.SelectMany(t => t), r => Assert.True(r.Train));
        }
    }

    [Fact]
    public void Corpus_HoldsEveryWordOfThePool()
    {
        var text = string.Concat(Demonstrations.Corpus(300));

        Assert.All(Values.Words, word => Assert.Contains(word, text));
        Assert.Contains("<tool_call>\n{\"name\": \"", text);
        Assert.Contains("advice on", text);
    }
}
