using System.Text.Json;
using FissionGrpo.Testing;

namespace FissionGrpo.Cli.Commands;

/// <summary>Fission-GRPO on the official TAU tasks with the small model and the scripted user, and then its policy as agent and as user.</summary>
public class TauTrainingTests
{
    /// <summary>As small as can be: a model that has learned to call, and not much of what to call with.</summary>
    private const string Options = """
        {
          "world": "tau",
          "tau": { "show_policy": false, "tools": ["get_user_details", "get_order_details", "cancel_pending_order", "return_delivered_order_items"] },
          "policy": { "vocabulary": 512, "layers": 2, "channels": 64, "feed_forward": 128, "query_heads": 2, "key_value_heads": 2, "head_size": 32 },
          "warm_start": { "steps": 150, "batch_size": 4, "learning_rate": 0.01, "recovery_share": 0.1, "diagnosed_share": 0.1, "cache_folder": "" },
          "rollout": { "unit": "episode", "max_steps_per_turn": 6, "max_reply_tokens": 96, "max_tokens": 4096, "temperature": 0.3 },
          "grpo": { "tasks": 2, "group_size": 3, "anchor_demonstrations": 1 },
          "fission": { "group_size": 2, "batch_size": 1, "trigger": 1, "capacity": 8 },
          "simulator": { "kind": "raw_error" },
          "train": { "steps": 2, "checkpoint_every": 2 },
          "evaluation": { "tasks": 2 }
        }
        """;

    [SkippableFact]
    public async Task RealToolErrors_BecomeFissionGroups_AndThePolicyPlaysBothSides()
    {
        var data = SharedMaterial.Path("tau/data");
        using var shell = new TestShell();
        File.WriteAllText(shell.PathOf("tau.json"), Options);
        var run = shell.PathOf("run");

        Assert.True(await shell.RunAsync("train", shell.PathOf("tau.json"), "--set", $"tau.data={data}", "--threads", "2", "--output", run) == 0, shell.Error);

        var recoveries = Trajectories(run).Where(t => t.Stage == "fission").Select(t => t.Trajectory).ToList();
        Assert.Contains(recoveries, t => t.GetProperty("origin").GetProperty("diagnostic").GetString()!.Contains("not found", StringComparison.Ordinal));
        Assert.All(Trajectories(run), t => Assert.False(t.Trajectory.TryGetProperty("failure", out _)));
        Assert.Contains("tau, retail", shell.Out, StringComparison.Ordinal);

        await CollectAsync(shell, run);

        using var both = new TestShell();
        Assert.True(await both.RunAsync("evaluate", "tau", "--data", data, "--policy", run, "--user-policy", run, "--limit", "1", "--threads", "2", "--json") == 0, both.Error);
        var report = JsonDocument.Parse(both.Out).RootElement;
        Assert.Equal(Path.Combine(run, "policy"), report.GetProperty("setting").GetProperty("user").GetString());
        Assert.Contains("without the policy, with 4 of the tools", report.GetProperty("setting").GetProperty("task_set").GetString(), StringComparison.Ordinal);
        var coverage = report.GetProperty("overall").GetProperty("coverage");
        Assert.Equal(1, coverage.GetProperty("played").GetInt32() + coverage.GetProperty("failed").GetInt32());
    }

    /// <summary>What the policy does wrong in whole conversations becomes lessons of a simulator.</summary>
    private static async Task CollectAsync(TestShell shell, string run)
    {
        var lessons = shell.PathOf("lessons.jsonl");

        Assert.True(await shell.RunAsync("simulator", "collect", "tau", "--policy", run, "--items", "12", "--output", lessons, "--threads", "2") == 0, shell.Error);

        var lines = File.ReadLines(lessons).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.StartsWith("tau 1", lines[0].GetProperty("world").GetString(), StringComparison.Ordinal);
        Assert.Equal("episode", lines[0].GetProperty("unit").GetString());
        Assert.Equal(12, lines.Count - 1);
        Assert.Contains(lines.Skip(1), l => l.TryGetProperty("error", out var error) && error.GetString()!.Contains("not found", StringComparison.Ordinal));
        Assert.Equal(2, await shell.RunAsync("simulator", "collect", "tau", "--unit", "Turn", "--policy", run, "--output", lessons));
        Assert.Contains("whole episodes", shell.Error, StringComparison.Ordinal);
    }

    private static IEnumerable<(string Stage, JsonElement Trajectory)> Trajectories(string run) => File.ReadLines(Path.Combine(run, "trajectories.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Select(line => (line.GetProperty("stage").GetString()!, line.GetProperty("trajectory")));
}
