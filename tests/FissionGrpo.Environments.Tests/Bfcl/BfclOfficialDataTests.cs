using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Episodes;
using FissionGrpo.Testing;

namespace FissionGrpo.Environments.Tests.Bfcl;

/// <summary>Against the official data, which lies beside a developer's checkout. The recordings themselves are the conformance program's matter.</summary>
public sealed class BfclOfficialDataTests
{
    private static readonly Lazy<BfclData> Loaded = new(() => BfclData.Load(SharedMaterial.Path("bfcl/data")));

    private static BfclData Data
    {
        get
        {
            _ = SharedMaterial.Path("bfcl/data");
            return Loaded.Value;
        }
    }

    [SkippableFact]
    public void OfficialData_IsRecognised()
    {
        Assert.Empty(Data.UnofficialFiles);
        Assert.Equal(800, Data.Tasks.Length);
    }

    [SkippableFact]
    public void GroundTruth_PassesEveryTask()
    {
        var verdicts = Data.Tasks.Select(t => (t.Id, BfclScoring.Score(Data, t.Id, BfclScoring.GroundTruth(Data, t.Id)))).ToList();

        var table = BfclScoring.Table(verdicts);

        Assert.All(table.Rows, row => Assert.Equal(200, row.Passed));
        Assert.Equal(1, table.Overall);
    }

    [SkippableFact]
    public async Task ExpectedCallsPlayedThroughTheEnvironment_SolveEveryTask()
    {
        foreach (var task in Data.Tasks)
        {
            var environment = task.Start();
            foreach (var calls in task.ExpectedCalls)
            {
                Assert.IsType<UserTurn.Says>(await environment.NextUserTurnAsync("", default));
                // One ground truth (in all four categories) logs in with a wrong password and goes on.
                Assert.All(calls, call => Assert.True(environment.Execute(call) is ToolResult.Ok || call.Name == "authenticate_twitter", $"{task.Id} {call}"));
            }

            Assert.IsType<UserTurn.Ends>(await environment.NextUserTurnAsync("", default));
            Assert.Equal(new EpisodeScore(true, 1, null), environment.Score());
        }
    }

    [SkippableFact]
    public async Task HeldOutFunctions_AppearInTheirTurn()
    {
        var task = Data.Task("multi_turn_miss_func_0");
        var (turn, names) = task.Problem.MissedFunctions.Single();
        var environment = task.Start();
        var told = (task with { Reveal = BfclReveal.TellInMessage }).Start();
        for (var i = 0; i < turn; i++)
        {
            await environment.NextUserTurnAsync("", default);
            await told.NextUserTurnAsync("", default);
        }
        Assert.DoesNotContain(environment.Tools, t => names.Contains(t.Name));

        var said = Assert.IsType<UserTurn.Says>(await environment.NextUserTurnAsync("", default));
        var message = Assert.IsType<UserTurn.Says>(await told.NextUserTurnAsync("", default));

        Assert.Equal(names, environment.Tools[^names.Length..].Select(t => t.Name));
        Assert.DoesNotContain(told.Tools, t => names.Contains(t.Name));
        Assert.EndsWith(said.Text, message.Text, StringComparison.Ordinal);
        Assert.Contains($"'name': '{names[0]}'", message.Text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task NothingPlayed_IsNotASolution()
    {
        var environment = Data.Task("multi_turn_base_0").Start();
        await environment.NextUserTurnAsync("", default);

        var score = environment.Score();

        Assert.Equal(new EpisodeScore(false, 0, "multi_turn:empty_turn_model_response"), score);
    }

    [SkippableFact]
    public void TurnOfEmptySteps_IsAnEmptyTurn()
    {
        IReadOnlyList<IReadOnlyList<IReadOnlyList<string>>> answered = BfclScoring.GroundTruth(Data, "multi_turn_base_0");

        var verdict = BfclScoring.Score(Data, "multi_turn_base_0", [[[], [""], []], .. answered.Skip(1)]);

        Assert.Equal("multi_turn:empty_turn_model_response", verdict.ErrorType);
    }

    [SkippableFact]
    public void TooFewTurns_AreAForcedQuit_AndNoListIsAnInferenceError()
    {
        Assert.Equal("multi_turn:force_terminated", BfclScoring.Score(Data, "multi_turn_base_0", []).ErrorType);
        Assert.Equal("multi_turn:inference_error", BfclScoring.Score(Data, "multi_turn_base_0", null, BfclHandler.QwenPrompting).ErrorType);
    }

    [SkippableFact]
    public async Task PromptingLoop_SolvesATaskWithTheGroundTruth()
    {
        var problem = Data.Problem("multi_turn_base_0");
        var answers = new Queue<string>(problem.GroundTruth.SelectMany(turn => new[] { $"[{string.Join(", ", turn)}]", "Done." }));
        string? first = null;

        var run = await BfclInference.RunAsync(
            Data, problem.Id, BfclHandler.QwenPrompting, "model", (prompt, _) =>
            {
                first ??= prompt;
                return new(answers.Dequeue().Replace("sort('", "sort(file_name='", StringComparison.Ordinal));
            }, default);

        Assert.StartsWith("<|im_start|>system\nYou are an expert in composing functions.", first, StringComparison.Ordinal);
        Assert.Contains("\n    {\n        \"name\": \"authenticate_twitter\",\n", first, StringComparison.Ordinal);
        Assert.True(BfclScoring.Score(Data, problem.Id, [.. run.Turns.Select(t => (IReadOnlyList<string>)t)], BfclHandler.QwenPrompting).IsValid);
    }

    [Fact]
    public void MissingFiles_AreAllNamed()
    {
        var folder = Directory.CreateTempSubdirectory("bfcl").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "env_constants.json"), "{}");

            var error = Assert.Throws<UserErrorException>(() => BfclData.Load(folder));

            Assert.Contains("prompt_strings.json", error.Message, StringComparison.Ordinal);
            Assert.Contains("possible_answer/BFCL_v4_multi_turn_long_context.json", error.Message, StringComparison.Ordinal);
            Assert.Contains("fission data add bfcl", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
