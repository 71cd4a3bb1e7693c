using System.Text.Json;
using FissionGrpo.Environments.Tests.Tau;
using FissionGrpo.Environments.Tests.Tau2;
using FissionGrpo.Testing;
using Microsoft.AspNetCore.Http;

namespace FissionGrpo.Cli.Commands;

/// <summary><c>evaluate tau|tau2</c> as people use it: an agent behind a server, users and judges of every kind, good and bad.</summary>
public sealed class TauEvaluationTests : IDisposable
{
    private const string Cancel = """{"order_id": "#W1", "reason": "no longer needed"}""";
    private const string BothTrue = """{"results": [{"is_true": true}, {"is_true": true}]}""";

    private readonly SmallTau _tau = new();
    private readonly SmallTau2 _tau2 = new();

    public void Dispose()
    {
        _tau.Dispose();
        _tau2.Dispose();
    }

    [Fact]
    public async Task SeveralTries_GivePassHatKWithIntervals_AndTheReportNamesTasksAndUser()
    {
        await using var agent = await AgentAsync();

        var report = await EvaluateAsync(agent, "tau", _tau.Folder, "--domain", "retail", "--samples", "4", "--concurrency", "3");

        Assert.Equal("TAU-bench, split test", report.GetProperty("setting").GetProperty("task_set").GetString());
        Assert.Equal("scripted", report.GetProperty("setting").GetProperty("user").GetString());
        var pass = report.GetProperty("overall").GetProperty("pass").EnumerateArray().Last();
        Assert.Equal((4, 1.0), (pass.GetProperty("k").GetInt32(), pass.GetProperty("all").GetDouble()));
        Assert.InRange(pass.GetProperty("all_interval").GetProperty("low").GetDouble(), 0.1, 0.9);
    }

    [Theory]
    [InlineData("tau")]
    [InlineData("tau2")]
    public async Task Recording_IsPlayedAgainWithWhatWasSaid(string world)
    {
        await using var agent = await AgentAsync();
        using var shell = new TestShell();
        var data = world == "tau" ? _tau.Folder : _tau2.Folder;
        await EvaluateAsync(agent, world, data, "--domain", "retail", "--output", shell.PathOf("run"));

        Assert.Equal(0, await shell.RunAsync("evaluate", world, "--data", data, "--domain", "retail", "--replay", Path.Combine(shell.PathOf("run"), "episodes.jsonl"), "--json"));

        Assert.Equal(1, Int(JsonDocument.Parse(shell.Out).RootElement, "accuracy", "count"));
    }

    [Fact]
    public async Task OfSeveralCalls_TauMakesTheFirst_AndTau2AllInOrder()
    {
        await using var agent = await FakeEndpoint.StartAsync((context, body, _) => LastRole(body) == "tool"
            ? FakeEndpoint.AnswerAsync(context, "You get 10.0 back.")
            : FakeEndpoint.AnswerAsync(context, "", ("cancel_pending_order", Cancel), ("get_order_details", """{"order_id": "#W1"}""")));

        var tau = await EvaluateAsync(agent, "tau", _tau.Folder, "--domain", "retail", "--limit", "1");
        var tau2 = await EvaluateAsync(agent, "tau2", _tau2.Folder, "--domain", "retail");

        Assert.Equal(Int(tau, "calls"), Int(tau2, "calls") / 2);
    }

    [Fact]
    public async Task AgentWhoCallsForEver_IsStoppedByTheBenchmarksLimit()
    {
        await using var agent = await FakeEndpoint.StartAsync((context, _, _) => FakeEndpoint.AnswerAsync(context, "", ("get_order_details", """{"order_id": "#W1"}""")));

        var tau = await EvaluateAsync(agent, "tau", _tau.Folder, "--domain", "retail");
        var tau2 = await EvaluateAsync(agent, "tau2", _tau2.Folder, "--domain", "retail");

        Assert.Equal((30, 1), (Int(tau, "calls"), Int(tau, "reasons", "step limit")));
        Assert.Equal((100, 1), (Int(tau2, "calls"), Int(tau2, "reasons", "step limit")));
    }

    [Fact]
    public async Task UserBehindAServer_IsNamed_AndOneWhoNeverStopsIsBounded()
    {
        await using var agent = await FakeEndpoint.StartAsync((context, _, _) => FakeEndpoint.AnswerAsync(context, "Go on."));
        await using var user = await FakeEndpoint.StartAsync((context, _, _) => FakeEndpoint.AnswerAsync(context, "And then?"));

        var report = await EvaluateAsync(agent, "tau2", _tau2.Folder, "--domain", "retail", "--user-endpoint", user.Address.ToString(), "--user-model", "chatty");

        Assert.Equal($"chatty at {user.Address}", report.GetProperty("setting").GetProperty("user").GetString());
        Assert.Equal(1, Int(report, "reasons", "step limit"));
        Assert.InRange(user.Requests, 90, 110);
        AssertCost(user, report.GetProperty("cost").GetProperty("user"));
        AssertCost(agent, report.GetProperty("cost"));
        Assert.False(report.GetProperty("cost").TryGetProperty("judge", out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task UserWhoFails_IsCountedAndInNoRate(bool saysNothing)
    {
        await using var agent = await AgentAsync();
        await using var user = await FakeEndpoint.StartAsync((context, _, _) =>
        {
            if (!saysNothing)
                context.Abort();
            return saysNothing ? FakeEndpoint.AnswerAsync(context, "") : Task.CompletedTask;
        });

        var report = await EvaluateAsync(agent, "tau2", _tau2.Folder, "--domain", "retail", "--attempts", "1", "--user-endpoint", user.Address.ToString(), "--user-model", "silent");

        Assert.Equal((0, 1), (Int(report, "coverage", "played"), Int(report, "coverage", "failed")));
    }

    [Fact]
    public async Task Judge_DecidesAndIsNamed()
    {
        await using var agent = await AgentAsync();
        await using var judge = await FakeEndpoint.StartAsync((context, _, _) => FakeEndpoint.AnswerAsync(context, BothTrue));
        await using var strict = await FakeEndpoint.StartAsync((context, _, _) => FakeEndpoint.AnswerAsync(context, BothTrue.Replace("true}]", "false}]", StringComparison.Ordinal)));

        var report = await JudgedAsync(agent, judge);
        var refused = await JudgedAsync(agent, strict);

        Assert.Equal($"wise at {judge.Address}", report.GetProperty("setting").GetProperty("judge").GetString());
        Assert.Equal("TAU2-bench, pinned newer tasks (sentences judged), split base", report.GetProperty("setting").GetProperty("task_set").GetString());
        Assert.Equal(1, Int(report, "accuracy", "count"));
        Assert.Equal(1, Int(refused, "reasons", "NL_ASSERTION"));
        AssertCost(judge, report.GetProperty("cost").GetProperty("judge"));
        Assert.False(report.GetProperty("cost").TryGetProperty("user", out _));
    }

    [Fact]
    public async Task JudgeWhoAnswersNonsense_LeavesTheEpisodeWithoutVerdict_AndItIsJudgedWhenTheCommandIsRunAgain()
    {
        await using var agent = await AgentAsync();
        await using var judge = await FakeEndpoint.StartAsync((context, _, number) => FakeEndpoint.AnswerAsync(context, number < 3 ? "Who knows?" : BothTrue));
        using var folder = new TestShell();

        var first = await JudgedAsync(agent, judge, "--output", folder.PathOf("run"));
        var second = await JudgedAsync(agent, judge, "--output", folder.PathOf("run"));

        Assert.Equal((0, 1), (Int(first, "coverage", "played"), Int(first, "coverage", "failed")));
        Assert.Equal((1, 1), (Int(second, "coverage", "played"), Int(second, "accuracy", "count")));
        Assert.Contains("judge", File.ReadAllText(Path.Combine(folder.PathOf("run"), "episodes.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PinnedTasksWithoutAJudge_AreCalledAnUpperBound()
    {
        await using var agent = await AgentAsync();

        var report = await EvaluateAsync(agent, "tau2", _tau2.Folder, "--domain", "retail", "--task-set", "pinned");

        Assert.Contains("upper bounds", report.GetProperty("setting").GetProperty("task_set").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evaluate tau2 --policy ground-truth --domain bank", "retail, airline, telecom")]
    [InlineData("evaluate tau2 --policy ground-truth --domain retail --split dev", "base, train, test")]
    [InlineData("evaluate tau2 --policy ground-truth --domain retail --solo", "telecom")]
    [InlineData("evaluate tau --policy ground-truth --domain retail --solo", "tau2")]
    [InlineData("evaluate tau2 --policy ground-truth --domain retail --judge-endpoint http://localhost:1/v1 --judge-model m", "--task-set pinned")]
    [InlineData("evaluate tau2 --policy ground-truth --domain retail --judge-endpoint http://localhost:1/v1", "--judge-model")]
    [InlineData("evaluate tau2 --policy ground-truth --domain retail --solo --user-policy x", "has no user")]
    [InlineData("evaluate tau2 --policy ground-truth --domain retail --user-policy x --user-endpoint http://localhost:1/v1 --user-model m", "One user plays")]
    [InlineData("evaluate workshop --policy ground-truth --domain retail", "is for tau and tau2")]
    [InlineData("train --set world=moon", "workshop, tau, tau2")]
    [InlineData("train --set world=tau", "rollout.unit is turn")]
    [InlineData("train --set world=tau --set rollout.unit=episode --set tau.user_endpoint=http://localhost:1/v1", "tau.user_model")]
    [InlineData("train --set world=tau --set rollout.unit=episode --set tau.tools=[\"fly\"] --set tau.split=test --output OUT", "get_order_details")]
    [InlineData("train --set world=tau --set rollout.unit=episode --output OUT", "has no split 'train'")]
    [InlineData("train --set world=tau --set rollout.unit=episode --set tau.split=test --set rollout.max_tokens=80 --set warm_start.cache_folder= --output OUT", "rollout.max_tokens is 80, but the prompt")]
    public async Task WhatCannotBe_IsExplained(string line, string expected)
    {
        using var shell = new TestShell();
        var data = line.StartsWith("train", StringComparison.Ordinal) ? ["--set", $"tau.data={_tau.Folder}"]
            : line.Contains("workshop", StringComparison.Ordinal) ? Array.Empty<string>()
            : ["--data", line.Contains("tau2", StringComparison.Ordinal) ? _tau2.Folder : _tau.Folder];

        Assert.Equal(2, await shell.RunAsync([.. line.Replace("OUT", shell.PathOf("run"), StringComparison.Ordinal).Split(' '), .. data]));
        Assert.Contains(expected, shell.Error, StringComparison.Ordinal);
    }

    /// <summary>An agent who cancels the order and says what there is to say.</summary>
    private static Task<FakeEndpoint> AgentAsync() => FakeEndpoint.StartAsync((HttpContext context, string body, int _) => body.Contains("\\u0022cancel_reason", StringComparison.Ordinal) || body.Contains("cancel_reason", StringComparison.Ordinal)
        ? FakeEndpoint.AnswerAsync(context, "You get 10.0 back.")
        : FakeEndpoint.AnswerAsync(context, "", ("cancel_pending_order", Cancel)));

    private Task<JsonElement> JudgedAsync(FakeEndpoint agent, FakeEndpoint judge, params string[] more) => EvaluateAsync(
        agent, "tau2", _tau2.Folder, ["--domain", "retail", "--task-set", "pinned", "--judge-endpoint", judge.Address.ToString(), "--judge-model", "wise", .. more]);

    private static async Task<JsonElement> EvaluateAsync(FakeEndpoint agent, string world, string data, params string[] more)
    {
        using var shell = new TestShell();
        var exit = await shell.RunAsync(["evaluate", world, "--data", data, "--endpoint", agent.Address.ToString(), "--model", "small", "--json", .. more]);
        Assert.True(shell.Out.Length > 0, shell.Error);
        var report = JsonDocument.Parse(shell.Out).RootElement;
        Assert.Equal(Int(report, "coverage", "played") > 0 ? 0 : 1, exit);
        return report;
    }

    private static void AssertCost(FakeEndpoint server, JsonElement cost)
    {
        Assert.True(server.Requests > 0);
        Assert.Equal((server.Requests, 10 * server.Requests, 3 * server.Requests), (cost.GetProperty("requests").GetInt32(), cost.GetProperty("prompt_tokens").GetInt32(), cost.GetProperty("reply_tokens").GetInt32()));
    }

    private static string LastRole(string body) =>
        JsonDocument.Parse(body).RootElement.GetProperty("messages").EnumerateArray().Last().GetProperty("role").GetString()!;

    private static int Int(JsonElement report, params string[] path) => path.Aggregate(report.GetProperty("overall"), (at, part) => at.GetProperty(part)).GetInt32();
}
