using System.Text.Json.Nodes;
using FissionGrpo.Testing;

namespace FissionGrpo.Cli.Commands;

/// <summary><c>inspect --errors</c> on what other programs recorded.</summary>
public class InspectRecordingsTests
{
    [Theory]
    [InlineData("a.jsonl", """{"task_id": 1, "reward": 1, "traj": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": null, "tool_calls": [{"id": "x", "function": {"name": "find", "arguments": "{\"id\": \"u1\"}"}}]}, {"role": "tool", "tool_call_id": "x", "content": "Error: user not found"}, {"role": "assistant", "tool_calls": [{"id": "y", "function": {"name": "find", "arguments": "{\"id\": \"u2\"}"}}]}, {"role": "tool", "tool_call_id": "y", "content": "{}"}, {"role": "assistant", "content": "Done."}]}""")]
    [InlineData("b.json", """{"simulations": [{"task_id": "t", "reward_info": {"reward": 1.0}, "messages": [{"role": "user", "tool_calls": [{"id": "p", "name": "reboot", "arguments": {}}]}, {"role": "tool", "id": "p", "content": "Error: battery"}, {"role": "assistant", "tool_calls": [{"id": "q", "name": "find", "arguments": {"id": "u1"}}]}, {"role": "tool", "id": "q", "content": "not there", "error": true}, {"role": "assistant", "tool_calls": [{"id": "r", "name": "find", "arguments": {"id": "u2"}}]}, {"role": "tool", "id": "r", "content": "ok"}]}]}""")]
    [InlineData("c.jsonl", """{"task_id": 2, "recorded_reward": 1.0, "steps": [{"type": "tool", "name": "find", "arguments": "{\"id\": \"u1\"}", "recorded_result": "{\"error\": \"no\"}"}, {"type": "tool", "name": "find", "arguments": "{not json", "recorded_result": "ok"}, {"type": "respond", "content": "Done."}]}""")]
    public async Task Recording_IsCounted(string file, string content)
    {
        using var shell = new TestShell();
        File.WriteAllText(shell.PathOf(file), content);

        Assert.Equal(0, await shell.RunAsync("inspect", shell.PathOf(file), "--errors", "--json"));

        var report = JsonNode.Parse(shell.Out)!;
        Assert.Equal((1, 1, 1, 2), ((int)report["trajectories"]!, (int)report["with_errors"]!, (int)report["with_errors_correct"]!, (int)report["calls"]!));
        Assert.Equal((1, 1, 0), ((int)report["counts"]!["failed_calls"]!, (int)report["counts"]!["recovered_calls"]!, (int)report["counts"]!["repeated_calls"]!));
    }

    /// <summary>An evaluation reports injected faults apart; a count over all of its episodes says that they are in it.</summary>
    [Fact]
    public async Task InjectedFaults_AreSaidToBeCounted()
    {
        using var shell = new TestShell();
        Assert.Equal(0, await shell.RunAsync("evaluate", "workshop", "--policy", "ground-truth", "--limit", "3", "--output", shell.PathOf("played")));

        Assert.Equal(0, await shell.RunAsync("inspect", shell.PathOf("played"), "--errors"));

        Assert.Contains("\n3 of the trajectories have an injected fault and are counted above", shell.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CutOffLine_IsNotCalledNone()
    {
        using var shell = new TestShell();
        File.WriteAllText(shell.PathOf("trajectories.jsonl"), "{\"schema\": 1, \"st");

        Assert.Equal(0, await shell.RunAsync("inspect", shell.PathOf("trajectories.jsonl")));

        Assert.Contains("there is no whole trajectory in it yet.", shell.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DamagedSettingsOfARun_HaveARemedy()
    {
        using var shell = new TestShell();
        Directory.CreateDirectory(shell.PathOf("run"));
        File.WriteAllText(Path.Combine(shell.PathOf("run"), "settings.json"), "{\"grpo\": ");

        Assert.Equal(2, await shell.RunAsync("train", "--resume", shell.PathOf("run")));

        Assert.Contains("put a whole copy of it back", shell.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SomethingElse_IsAnErrorThatNamesThePlace()
    {
        using var shell = new TestShell();
        File.WriteAllText(shell.PathOf("x.jsonl"), """{"weather": "fine"}""");

        Assert.Equal(2, await shell.RunAsync("inspect", shell.PathOf("x.jsonl"), "--errors"));
        Assert.Contains("x.jsonl, episode 1: not a recorded dialogue", shell.Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("tau/real_sample/episodes.jsonl.gz", 210)]
    [InlineData("tau2/real_sample/episodes.jsonl.gz", 236)]
    public async Task RealRecordings_AreRead(string path, int episodes)
    {
        using var shell = new TestShell();

        Assert.Equal(0, await shell.RunAsync("inspect", SharedMaterial.Path(path), "--errors"));

        Assert.StartsWith($"{episodes} trajectories", shell.Out, StringComparison.Ordinal);
        Assert.Contains("not found", shell.Out, StringComparison.OrdinalIgnoreCase);
    }
}
