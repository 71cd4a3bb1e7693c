using System.Text.Json;

namespace FissionGrpo.EndToEnd;

[Collection(nameof(FirstRun))]
public class TrainTests(FirstRun first)
{
    [Fact]
    public void FastRun_GoesThroughEveryStage()
    {
        Assert.Equal(0, first.Result.Exit);
        foreach (var stage in (string[])["tokenizer", "warm start", "self-test", "evaluation before", "simulator lessons", "simulator training", "step 1 of 6", "evaluation after"])
            Assert.Contains($"\n{stage}", "\n" + first.Result.Error, StringComparison.Ordinal);
        Assert.Contains("(passed)", first.Result.Error, StringComparison.Ordinal);
        Assert.Contains("change in points", first.Result.Out, StringComparison.Ordinal);
        Assert.Contains("does not show what fission added", first.Result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', first.Result.Out + first.Result.Error);
    }

    /// <summary>Fission happened, and the sampler agreed with the trainer before every update.</summary>
    [Fact]
    public void Metrics_ShowFissionAndNoGap()
    {
        var steps = File.ReadLines(Path.Combine(Run, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();

        Assert.Contains(steps, s => s.GetProperty("fission").TryGetProperty("recoveries", out _));
        Assert.Contains(steps, s => s.GetProperty("updates").GetArrayLength() == 2);
        Assert.All(steps, s => Assert.InRange(s.GetProperty("log_prob_gap").GetDouble(), 0, 1e-4));
    }

    [Fact]
    public void RunFolder_IsComplete()
    {
        foreach (var name in (string[])["settings.json", "options.json", "provenance.json", "metrics.jsonl", "trajectories.jsonl", "report.html",
            "policy/model.safetensors", "policy/config.json", "policy/tokenizer.json", "evaluations/after/workshop/evaluation.json"])
            Assert.True(File.Exists(Path.Combine(Run, name)), name);
        var report = File.ReadAllText(Path.Combine(Run, "report.html"));
        Assert.Contains("<svg", report, StringComparison.Ordinal);
        Assert.DoesNotContain("http", report.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("<script", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SameSeed_GivesTheSameBitsWithOneThread()
    {
        var again = await FissionProcess.RunAsync(first.Folder, [.. FirstRun.LineInto("again"), "--threads", "1"]);

        Assert.Equal(0, again.Exit);
        Assert.Equal(FirstRun.Hashes(Run), FirstRun.Hashes(Path.Combine(first.Folder, "again")));
    }

    [Fact]
    public async Task OtherSeed_GivesOtherWeights()
    {
        var other = await FissionProcess.RunAsync(first.Folder, ["train", "--profile", "fast", "--seed", "8", "--output", "other"]);

        Assert.Equal(0, other.Exit);
        Assert.NotEqual(FirstRun.Hashes(Run)["policy/model.safetensors"], FirstRun.Hashes(Path.Combine(first.Folder, "other"))["policy/model.safetensors"]);
    }

    /// <summary>kill -9 at several moments: in the warm start, while the simulator is trained, between checkpoints, during the last evaluation.</summary>
    [Theory]
    [InlineData("warm start  1 of")]
    [InlineData("simulator training  1 of")]
    [InlineData("step 1 of")]
    [InlineData("step 3 of")]
    [InlineData("evaluation after training  0 of")]
    public async Task KilledRun_GoesOnToTheSameBits(string moment)
    {
        var folder = "killed-" + string.Concat(moment.Where(char.IsLetterOrDigit));
        using (var process = FissionProcess.Start(first.Folder, FirstRun.LineInto(folder)))
        {
            await process.SeenAsync(moment);
            process.Kill();
            await process.EndAsync();
        }

        var resumed = await FissionProcess.RunAsync(first.Folder, ["train", "--resume", folder]);

        Assert.Equal(0, resumed.Exit);
        Assert.Equal(FirstRun.Hashes(Run), FirstRun.Hashes(Path.Combine(first.Folder, folder)));
    }

    /// <summary>A finished run is shown again, and nothing of it is played or written again.</summary>
    [Fact]
    public async Task FinishedRun_IsShownAtOnce()
    {
        var episodes = Path.Combine(Run, "evaluations", "after", "workshop", "episodes.jsonl");
        var before = File.GetLastWriteTimeUtc(episodes);

        var resumed = await FissionProcess.RunAsync(first.Folder, ["train", "--resume", "out/first"]);

        Assert.Equal(0, resumed.Exit);
        Assert.Contains("this run is finished", resumed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("evaluation", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(first.Result.Out, resumed.Out);
        Assert.Equal(before, File.GetLastWriteTimeUtc(episodes));
    }

    /// <summary>The last of six steps is step 6, wherever a person reads it.</summary>
    [Fact]
    public async Task Inspect_CountsFromOne()
    {
        var shown = await FissionProcess.RunAsync(first.Folder, ["inspect", "out/first", "--limit", "500"]);

        Assert.Equal(0, shown.Exit);
        Assert.Contains("step-6/explore/", shown.Out, StringComparison.Ordinal);
        Assert.Contains("(step 6 explore, ", shown.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("step-0/", shown.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("turn 0", shown.Out, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Interrupted_SavesAndSaysHowToGoOn()
    {
        Skip.If(OperatingSystem.IsWindows(), "signals");
        using var process = FissionProcess.Start(first.Folder, FirstRun.LineInto("interrupted"));
        await process.SeenAsync("step 1 of");
        // SIGTERM takes the way of Ctrl+C; SIGINT itself is ignored by whatever a shell without job control starts in the background, CI jobs included.
        using (var kill = System.Diagnostics.Process.Start("kill", $"-TERM {process.Id}"))
            await kill.WaitForExitAsync();

        var stopped = await process.EndAsync();
        var resumed = await FissionProcess.RunAsync(first.Folder, ["train", "--resume", "interrupted"]);

        Assert.Equal(130, stopped.Exit);
        Assert.Contains("fission train --resume interrupted", stopped.Error, StringComparison.Ordinal);
        Assert.Equal(0, resumed.Exit);
        Assert.Equal(
            FirstRun.Hashes(Run)["policy/model.safetensors"],
            FirstRun.Hashes(Path.Combine(first.Folder, "interrupted"))["policy/model.safetensors"]);
    }

    private string Run => Path.Combine(first.Folder, "out", "first");
}
