using System.Text.Json;
using FissionGrpo.Testing;

namespace FissionGrpo.Cli.Commands;

public class EvaluateVerbTests
{
    [Fact]
    public async Task GroundTruth_IsAllCorrectOnTheWorkshop()
    {
        using var shell = new TestShell();

        Assert.Equal(0, await shell.RunAsync("evaluate", "workshop", "--policy", "ground-truth", "--limit", "10", "--json"));

        var accuracy = JsonDocument.Parse(shell.Out).RootElement.GetProperty("overall").GetProperty("accuracy");
        Assert.Equal((30, 30), (accuracy.GetProperty("count").GetInt32(), accuracy.GetProperty("of").GetInt32()));
    }

    [Fact]
    public async Task Endpoint_IsEvaluatedKeptAndGoneOnWith()
    {
        await using var server = await FakeEndpoint.StartAsync((context, _, number) =>
        {
            if (number is 3 or 4)
                context.Abort();
            return number is 3 or 4 ? Task.CompletedTask : FakeEndpoint.AnswerAsync(context, "I do not know.");
        });
        using var shell = new TestShell();
        string[] line =
        [
            "evaluate", "workshop", "--endpoint", server.Address.ToString(), "--model", "small", "--limit", "4", "--concurrency", "2",
            "--attempts", "1", "--output", shell.PathOf("run"), "--price-reply", "2", "--json",
        ];

        Assert.Equal(0, await shell.RunAsync(line));
        using var again = new TestShell();
        Assert.Equal(0, await again.RunAsync(line));

        var first = JsonDocument.Parse(shell.Out).RootElement.GetProperty("overall").GetProperty("coverage");
        Assert.Equal((16, 14, 2), (Int(first, "planned"), Int(first, "played"), Int(first, "failed")));
        var second = JsonDocument.Parse(again.Out).RootElement;
        Assert.Equal((16, 16, 0), (Int(second, "played", "overall", "coverage"), Int(second, "planned", "overall", "coverage"), Int(second, "failed", "overall", "coverage")));
        Assert.True(File.Exists(Path.Combine(shell.PathOf("run"), "evaluation.json")));
        Assert.Equal(Int(second, "reply_tokens", "cost") * 2 / 1e6, second.GetProperty("cost").GetProperty("price").GetDouble(), 12);
    }

    [Fact]
    public async Task Recording_IsScoredAgain()
    {
        using var shell = new TestShell();
        Assert.Equal(0, await shell.RunAsync("evaluate", "workshop", "--policy", "ground-truth", "--limit", "5", "--output", shell.PathOf("run")));
        using var replay = new TestShell();

        Assert.Equal(0, await replay.RunAsync("evaluate", "workshop", "--replay", Path.Combine(shell.PathOf("run"), "episodes.jsonl"), "--limit", "5", "--json"));

        Assert.Equal(15, Int(JsonDocument.Parse(replay.Out).RootElement, "count", "overall", "accuracy"));
    }

    [Theory]
    [InlineData("evaluate workshop", "--policy")]
    [InlineData("evaluate workshop --policy ground-truth --replay x", "More than one")]
    [InlineData("evaluate workshop --endpoint http://localhost:1/v1", "--model")]
    [InlineData("evaluate workshop --endpoint localhost:1 --model m", "http://localhost:8000/v1")]
    [InlineData("evaluate workshop --policy ground-truth --category nothing", "held-out")]
    [InlineData("evaluate workshop --replay missing.jsonl", "no such file")]
    [InlineData("evaluate bfcl --policy ground-truth", "fission data add bfcl")]
    public async Task WhatCannotBe_IsExplainedInOneLine(string line, string expected)
    {
        using var shell = new TestShell();

        Assert.Equal(2, await shell.RunAsync(line.Split(' ')));
        Assert.Contains(expected, shell.Error, StringComparison.Ordinal);
        Assert.Single(shell.Error.TrimEnd().Split('\n'));
    }

    private static int Int(JsonElement element, string name, params string[] path) =>
        path.Aggregate(element, (at, part) => at.GetProperty(part)).GetProperty(name).GetInt32();
}
