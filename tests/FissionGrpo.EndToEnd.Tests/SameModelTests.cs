namespace FissionGrpo.EndToEnd;

/// <summary>What is gone on with is gone on with by the same model: known by what its files hold, not by how its path is written.</summary>
[Collection(nameof(FirstRun))]
public class SameModelTests(FirstRun first)
{
    [Fact]
    public async Task EvaluationAndCollection_GoOnWithTheSameModelAlone()
    {
        var model = Copy("policy", "changing");
        var (evaluate, collect) = (Evaluate("changing"), Collect("changing"));
        Assert.Equal(0, (await FissionProcess.RunAsync(first.Folder, evaluate)).Exit);
        Assert.Equal(0, (await FissionProcess.RunAsync(first.Folder, collect)).Exit);

        Directory.Move(model, model + "-moved");
        var respelled = await FissionProcess.RunAsync(first.Folder, Evaluate("./changing-moved/"));
        var recollected = await FissionProcess.RunAsync(first.Folder, Collect(model + "-moved"));
        Copy("warm-start", "changing");
        var otherWeights = await FissionProcess.RunAsync(first.Folder, evaluate);
        var otherFailures = await FissionProcess.RunAsync(first.Folder, collect);

        Assert.True(respelled.Exit == 0, respelled.Error);
        Assert.True(recollected.Exit == 0, recollected.Error);
        foreach (var refused in (FissionResult[])[otherWeights, otherFailures])
        {
            Assert.Equal(2, refused.Exit);
            Assert.Contains("its policy's fingerprint is ", refused.Error, StringComparison.Ordinal);
            Assert.Contains("another --output", refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task RunWhoseCheckpointsTemplateHasChanged_DoesNotGoOn()
    {
        var model = Copy("policy", "given");
        string[] line = ["train", "--profile", "fast", "--set", "policy.checkpoint=given", "--set", "warm_start.steps=0", "--set", "simulator.kind=diagnoser", "--set", "train.steps=1", "--set", "evaluation.tasks=2", "--output", "from-given"];
        var trained = await FissionProcess.RunAsync(first.Folder, line, new Dictionary<string, string> { ["FISSION_WARM_START__STEPS"] = "0" });
        Directory.Delete(Path.Combine(first.Folder, "from-given", "policy"), recursive: true);
        var config = Path.Combine(model, "tokenizer_config.json");
        var text = await File.ReadAllTextAsync(config);

        await File.WriteAllTextAsync(config, text + " ");
        var changed = await FissionProcess.RunAsync(first.Folder, ["train", "--resume", "from-given"]);
        await File.WriteAllTextAsync(config, text);
        var restored = await FissionProcess.RunAsync(first.Folder, ["train", "--resume", "from-given"]);

        Assert.True(trained.Exit == 0, trained.Error);
        Assert.Equal(2, changed.Exit);
        Assert.Contains("is no longer the model that this run began with (policy.checkpoint)", changed.Error, StringComparison.Ordinal);
        Assert.True(restored.Exit == 0, restored.Error);
    }

    private static string[] Evaluate(string model) => ["evaluate", "workshop", "--policy", model, "--limit", "1", "--output", "kept"];

    private static string[] Collect(string model) => ["simulator", "collect", "workshop", "--policy", model, "--items", "4", "--output", "kept-lessons.jsonl"];

    private string Copy(string part, string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(first.Folder, name)).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(first.Folder, "out", "first", part)))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return folder;
    }
}
