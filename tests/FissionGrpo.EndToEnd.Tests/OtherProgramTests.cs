namespace FissionGrpo.EndToEnd;

/// <summary>The sample that embeds a model, and the program that compares with recordings: what is wrong with their input is said in a line too.</summary>
[Collection(nameof(FirstRun))]
public class OtherProgramTests(FirstRun first)
{
    [Fact]
    public async Task EmbeddedModel_TakesARunAndExplainsADamagedCheckpoint()
    {
        var damaged = Directory.CreateDirectory(Path.Combine(first.Folder, "damaged-weights")).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(first.Folder, "out", "first", "policy")))
            File.Copy(file, Path.Combine(damaged, Path.GetFileName(file)));
        await File.WriteAllTextAsync(Path.Combine(damaged, "model.safetensors"), "version https://git-lfs.github.com/spec/v1\n");

        var answered = await FissionProcess.RunOtherAsync("EmbeddedModel", first.Folder, "out/first");
        var refused = await FissionProcess.RunOtherAsync("EmbeddedModel", first.Folder, damaged);

        Assert.True(answered.Exit == 0, answered.Error);
        AssertRefused(refused, 2, "git lfs pull");
    }

    [Fact]
    public async Task Conformance_SaysWhatItCannotRead()
    {
        var recordings = Directory.CreateDirectory(Path.Combine(first.Folder, "recordings")).FullName;
        var missing = await FissionProcess.RunOtherAsync("FissionGrpo.Conformance", first.Folder, "golden", "nowhere");
        var empty = await FissionProcess.RunOtherAsync("FissionGrpo.Conformance", first.Folder, "golden", recordings);
        await File.WriteAllTextAsync(Path.Combine(recordings, "advantages.json"), "{\"groups\": [");
        var cutOff = await FissionProcess.RunOtherAsync("FissionGrpo.Conformance", first.Folder, "golden", recordings);

        AssertRefused(missing, 2, "nowhere: there is no such folder.");
        AssertRefused(empty, 1, "holds no recordings that `golden` recognises.");
        AssertRefused(cutOff, 1, "It is cut off or not a recording of this kind");
    }

    private static void AssertRefused(FissionResult result, int exit, string finding)
    {
        Assert.Equal(exit, result.Exit);
        Assert.Contains(finding, result.Error + result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error + result.Out, StringComparison.Ordinal);
    }
}
