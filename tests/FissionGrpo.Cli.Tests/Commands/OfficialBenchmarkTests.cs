using System.Text.Json;
using FissionGrpo.Testing;

namespace FissionGrpo.Cli.Commands;

/// <summary>The official tasks through the command that people use.</summary>
public class OfficialBenchmarkTests
{
    [SkippableTheory]
    [InlineData("bfcl", "bfcl/data", 800)]
    [InlineData("tau", "tau/data", 165)]
    [InlineData("tau2", "tau2/data", 278)]
    public async Task GroundTruth_EarnsFullMarks(string world, string data, int tasks)
    {
        using var shell = new TestShell();

        Assert.Equal(0, await shell.RunAsync("evaluate", world, "--data", SharedMaterial.Path(data), "--policy", "ground-truth", "--json"));

        var accuracy = JsonDocument.Parse(shell.Out).RootElement.GetProperty("overall").GetProperty("accuracy");
        Assert.Equal((tasks, tasks), (accuracy.GetProperty("count").GetInt32(), accuracy.GetProperty("of").GetInt32()));
    }

    /// <summary>Every recorded verdict of the official program, counted.</summary>
    [SkippableFact]
    public async Task RecordedTrajectories_HaveTheOfficialVerdicts()
    {
        using var shell = new TestShell();
        var recording = SharedMaterial.Path("bfcl/golden/scoring_dev.jsonl.gz");

        Assert.Equal(0, await shell.RunAsync("evaluate", "bfcl", "--data", SharedMaterial.Path("bfcl/data"), "--replay", recording, "--category", "base", "--json"));

        var accuracy = JsonDocument.Parse(shell.Out).RootElement.GetProperty("overall").GetProperty("accuracy");
        Assert.Equal(Verdicts(recording, "multi_turn_base_"), (accuracy.GetProperty("count").GetInt32(), accuracy.GetProperty("of").GetInt32()));
    }

    [SkippableFact]
    public async Task ResultFileOfAHostedModel_IsScored()
    {
        using var shell = new TestShell();
        var result = shell.PathOf("BFCL_v4_multi_turn_base_result.json");
        File.WriteAllText(
            result,
            """
            {"id": "multi_turn_base_0", "result": [[[{"cd": "{\"folder\": \"document\"}"}, {"mkdir": "{\"dir_name\": \"temp\"}"}]], [], [], []]}
            {"id": "multi_turn_base_1", "result": "Error during inference: out of memory"}

            """);

        Assert.Equal(0, await shell.RunAsync("evaluate", "bfcl", "--data", SharedMaterial.Path("bfcl/data"), "--replay", result, "--json"));

        var reasons = JsonDocument.Parse(shell.Out).RootElement.GetProperty("overall").GetProperty("reasons");
        Assert.Equal(1, reasons.GetProperty("multi_turn:inference_error").GetInt32());
        Assert.Equal(2, reasons.EnumerateObject().Sum(r => r.Value.GetInt32()));
    }

    [SkippableFact]
    public async Task FileThatIsNoRecording_IsNamedWithItsLine()
    {
        using var shell = new TestShell();
        File.WriteAllText(shell.PathOf("x.jsonl"), "{\"id\": \"multi_turn_base_0\"}\n");

        Assert.Equal(2, await shell.RunAsync("evaluate", "bfcl", "--data", SharedMaterial.Path("bfcl/data"), "--replay", shell.PathOf("x.jsonl")));
        Assert.Contains("line 1", shell.Error, StringComparison.Ordinal);
    }

    private static (int Valid, int All) Verdicts(string path, string prefix)
    {
        using var reader = new StreamReader(new System.IO.Compression.GZipStream(File.OpenRead(path), System.IO.Compression.CompressionMode.Decompress));
        var (valid, all) = (0, 0);
        while (reader.ReadLine() is { } line)
        {
            using var record = JsonDocument.Parse(line);
            if (!record.RootElement.GetProperty("id").GetString()!.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            all++;
            valid += record.RootElement.GetProperty("verdict").GetProperty("valid").GetBoolean() ? 1 : 0;
        }
        return (valid, all);
    }
}
