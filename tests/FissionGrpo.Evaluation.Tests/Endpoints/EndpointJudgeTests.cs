using System.Text.Json;
using FissionGrpo.Evaluation.Chat;
using FissionGrpo.Seeds;
using FissionGrpo.Testing;

namespace FissionGrpo.Evaluation.Endpoints;

public class EndpointJudgeTests
{
    [Theory]
    [InlineData("""{"results": [{"sentence": 1, "reasoning": "it is", "is_true": true}, {"sentence": 2, "reasoning": "it is not", "is_true": false}]}""")]
    [InlineData("""
        Sure:
        ```json
        {"results": [{"is_true": true}, {"is_true": false}]}
        ```
        """)]
    public async Task Verdicts_AreReadAlsoOutOfProse(string answer)
    {
        await using var server = await FakeEndpoint.StartAsync((context, _, _) => FakeEndpoint.AnswerAsync(context, answer));

        Assert.Equal([true, false], await JudgeAsync(server));
    }

    [Fact]
    public async Task Judge_ReadsTheConversationAndTheSentences_Greedily()
    {
        var asked = "";
        await using var server = await FakeEndpoint.StartAsync((context, body, _) =>
        {
            asked = body;
            return FakeEndpoint.AnswerAsync(context, """{"results": [{"is_true": true}, {"is_true": true}]}""");
        });

        await JudgeAsync(server);

        var root = JsonDocument.Parse(asked).RootElement;
        Assert.Equal(0, root.GetProperty("temperature").GetDouble());
        var question = root.GetProperty("messages")[1].GetProperty("content").GetString();
        Assert.Contains("agent: Hello.", question, StringComparison.Ordinal);
        Assert.Contains("2. The agent names the sum.", question, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nonsense_IsAskedAgain()
    {
        await using var server = await FakeEndpoint.StartAsync((context, _, number) =>
            FakeEndpoint.AnswerAsync(context, number == 0 ? "I would rather not say." : """{"results": [{"is_true": true}, {"is_true": true}]}"""));

        Assert.Equal([true, true], await JudgeAsync(server));
        Assert.Equal(2, server.Requests);
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("{")]
    [InlineData("""{"results": true}""")]
    [InlineData("""{"results": []}""")]
    [InlineData("""{"results": [{"is_true": true}]}""")]
    [InlineData("""{"results": [{"is_true": "yes"}, {"is_true": "no"}]}""")]
    [InlineData("""{"results": [{"sentence": 2, "is_true": true}, {"sentence": 1, "is_true": true}]}""")]
    [InlineData("""{"results": [1, 2]}""")]
    public async Task NonsenseForEver_IsNoVerdict(string answer)
    {
        await using var server = await FakeEndpoint.StartAsync((context, _, _) => FakeEndpoint.AnswerAsync(context, answer));

        var failure = await Assert.ThrowsAsync<ChatFailureException>(async () => await JudgeAsync(server));

        Assert.Equal("judge", failure.Boundary);
        Assert.Equal(3, server.Requests);
    }

    [Fact]
    public async Task JudgeWhoDoesNotAnswer_IsNoVerdict()
    {
        await using var server = await FakeEndpoint.StartAsync((context, _, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        });

        Assert.Equal("judge", (await Assert.ThrowsAsync<ChatFailureException>(async () => await JudgeAsync(server))).Boundary);
    }

    private static async Task<IEnumerable<bool>> JudgeAsync(FakeEndpoint server)
    {
        using var endpoint = new EndpointPolicy(
            EndpointOptions.For(server.Address, "judge") with { MaxAttempts = 2, FirstDelay = TimeSpan.FromMilliseconds(1) }, TimeProvider.System);
        return await new EndpointJudge(endpoint, new Seed(1)).JudgeAsync("task", "agent: Hello.\n", ["The agent is kind.", "The agent names the sum."], default);
    }
}
