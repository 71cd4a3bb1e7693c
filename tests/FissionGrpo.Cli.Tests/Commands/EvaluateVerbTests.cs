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
        var before = Int(JsonDocument.Parse(shell.Out).RootElement, "requests", "cost");
        Assert.Equal((server.Requests, true), (Int(second, "requests", "cost"), before < server.Requests)); // what both sittings asked for
    }

    /// <summary>A table of zeros and an exit code of 0 would look like the policy's doing.</summary>
    [Fact]
    public async Task NothingPlayed_SaysWhyAndFails()
    {
        await using var server = await FakeEndpoint.StartAsync((context, _, _) =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        using var shell = new TestShell();

        Assert.Equal(1, await shell.RunAsync("evaluate", "workshop", "--endpoint", server.Address.ToString(), "--model", "small", "--limit", "1", "--attempts", "1"));

        Assert.Contains("4 tasks, 4 episodes planned: 0 played, 4 failed outside the policy", shell.Out, StringComparison.Ordinal);
        Assert.Contains("4 failed at the endpoint, the first: ", shell.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FolderOfATrainingRun_IsRefused()
    {
        using var shell = new TestShell();
        Directory.CreateDirectory(shell.PathOf("run"));
        File.WriteAllText(Path.Combine(shell.PathOf("run"), "settings.json"), "{}");

        Assert.Equal(2, await shell.RunAsync("evaluate", "workshop", "--policy", "ground-truth", "--limit", "1", "--output", shell.PathOf("run")));

        Assert.Contains("holds a training run. Give a folder of its own", shell.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FewerTasksThanBefore_SaysWhatIsLeftOut()
    {
        using var shell = new TestShell();
        Assert.Equal(0, await shell.RunAsync("evaluate", "workshop", "--policy", "ground-truth", "--limit", "3", "--output", shell.PathOf("kept")));

        Assert.Equal(0, await shell.RunAsync("evaluate", "workshop", "--policy", "ground-truth", "--limit", "1", "--output", shell.PathOf("kept")));

        Assert.Contains("episodes of tasks that were not asked for now stay in episodes.jsonl", shell.Error, StringComparison.Ordinal);
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

    /// <summary>Slices, categories, all of it and the faults stand apart.</summary>
    [Fact]
    public async Task Table_HasItsPartsApart()
    {
        using var shell = new TestShell();

        Assert.Equal(0, await shell.RunAsync("evaluate", "workshop", "--policy", "ground-truth", "--limit", "5"));

        var first = shell.Out.Split('\n').Where(line => line.StartsWith('│')).Select(line => line.Split('│')[1].Trim()).ToList();
        Assert.Equal("", first[first.IndexOf("unseen-errors") + 1]);
        Assert.Equal("", first[first.IndexOf("all") - 1]);
        Assert.Equal("", first[first.IndexOf("all") + 1]);
    }

    /// <summary>What is played is BFCL's form, not the benchmark: no official figure, no talk of another version of the data.</summary>
    [Fact]
    public async Task GeneratedTasks_AreNotCalledOfficial()
    {
        using var shell = new TestShell();
        var folder = shell.PathOf("tasks");
        Assert.Equal(0, await shell.RunAsync("workshop", "generate", "--tasks", "1", "--output", folder));

        Assert.Equal(0, await shell.RunAsync("evaluate", "bfcl", "--policy", "Ground-Truth", "--faults", "Rate_Limit", "--data", folder));

        Assert.Contains("tasks generated by the Workshop", shell.Out, StringComparison.Ordinal);
        Assert.Contains("injected", shell.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("official overall", shell.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("version of the data", shell.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evaluate workshop", "--policy")]
    [InlineData("evaluate workshop --policy ground-truth --replay x", "More than one")]
    [InlineData("evaluate workshop --endpoint http://localhost:1/v1", "--model")]
    [InlineData("evaluate workshop --endpoint localhost:1 --model m", "http://localhost:8000/v1")]
    [InlineData("evaluate workshop --policy ground-truth --category nothing", "held-out")]
    [InlineData("evaluate workshop --policy ground-truth --faults flood", "--faults is flood, expected all or some of: timeout, ")]
    [InlineData("evaluate workshop --replay missing.jsonl", "no such file")]
    [InlineData("evaluate workshop --policy ground-truth --data somewhere", "--data somewhere: the Workshop makes its own tasks")]
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
