using System.Text.Json.Nodes;
using FissionGrpo.Cli.Options;

namespace FissionGrpo.Cli.Runs;

public class RunSettingsFileTests
{
    /// <summary>Resuming with a later version must not write the file anew: kept evaluations know the run by it.</summary>
    [Fact]
    public void FileOfAnEarlierVersion_HoldsTheSameSettings()
    {
        using var shell = new TestShell();
        var layers = new OptionLayers();
        layers.Add("profile", Profiles.Of(Profiles.Fast));
        var settings = RunSettings.Read(layers);
        var earlier = (JsonObject)JsonNode.Parse(settings.ToJson())!;
        ((JsonObject)earlier["grpo"]!).Remove("kl_estimator");
        Directory.CreateDirectory(shell.PathOf("run"));
        File.WriteAllText(RunSettingsFile.PathIn(shell.PathOf("run")), earlier.ToJsonString());

        Assert.True(RunSettingsFile.Holds(shell.PathOf("run"), settings));
        Assert.False(RunSettingsFile.Holds(shell.PathOf("run"), settings with { Run = settings.Run with { Seed = 77 } }));
        Assert.False(RunSettingsFile.Holds(shell.PathOf("none"), settings));
    }
}
