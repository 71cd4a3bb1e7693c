namespace FissionGrpo.EndToEnd;

/// <summary>Checkpoints as people have them.</summary>
[Collection(nameof(FirstRun))]
public class CheckpointTests(FirstRun first)
{
    /// <summary>The cache of the Hugging Face hub holds links to files that lie elsewhere.</summary>
    [SkippableFact]
    public async Task CheckpointOfLinks_IsEvaluated()
    {
        Skip.If(OperatingSystem.IsWindows(), "links need rights there");
        var links = Directory.CreateDirectory(Path.Combine(first.Folder, "snapshot"));
        foreach (var file in Directory.GetFiles(Path.Combine(first.Folder, "out", "first", "policy")))
            File.CreateSymbolicLink(Path.Combine(links.FullName, Path.GetFileName(file)), file);

        var result = await FissionProcess.RunAsync(first.Folder, ["evaluate", "workshop", "--policy", "snapshot", "--limit", "2"]);

        Assert.True(result.Exit == 0, result.Error);
        Assert.Contains("held-out", result.Out, StringComparison.Ordinal);
    }

    /// <summary>An evaluation of a checkpoint is the same whenever and with however many threads it is made.</summary>
    [Fact]
    public async Task SampledEvaluation_IsRepeatable()
    {
        string[] line = ["evaluate", "workshop", "--policy", "out/first", "--limit", "6", "--samples", "3", "--seed", "5", "--json"];

        var one = await FissionProcess.RunAsync(first.Folder, [.. line, "--threads", "1"]);
        var two = await FissionProcess.RunAsync(first.Folder, [.. line, "--threads", "3"]);

        Assert.Equal(0, one.Exit);
        Assert.Equal(one.Out, two.Out);
    }
}
