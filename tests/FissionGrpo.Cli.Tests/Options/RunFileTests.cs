using FissionGrpo.Episodes;
using FissionGrpo.Testing;

namespace FissionGrpo.Cli.Options;

/// <summary>The run files of the repository, and the layers that runs are made of.</summary>
public class RunFileTests
{
    public static TheoryData<string> Shipped => [.. Directory.GetFiles(Repository.Path("runs"), "*.json").Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void ShippedRunFile_IsUnderstoodAndSaysHowToStartIt(string path)
    {
        var layers = new OptionLayers();
        layers.AddFile(path);

        RunSettings.Read(layers);
        Assert.Contains($"fission train runs/{Path.GetFileName(path)}", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Profiles.Default)]
    [InlineData(Profiles.Fast)]
    [InlineData(Profiles.RealModel)]
    public void SettingsOfARun_RepeatIt(string profile)
    {
        var layers = new OptionLayers();
        layers.Add("profile", Profiles.Of(profile));
        layers.AddSetting("seed=18446744073709551615");
        var settings = RunSettings.Read(layers);

        var again = new OptionLayers();
        again.Add("settings.json", (System.Text.Json.Nodes.JsonObject)System.Text.Json.Nodes.JsonNode.Parse(settings.ToJson())!);

        Assert.Equal(settings.ToJson(), RunSettings.Read(again).ToJson());
        Assert.Equal(ulong.MaxValue, settings.Run.Seed);
    }

    [Fact]
    public void ShapeBesideACheckpoint_IsRefusedWhereItIsGivenByItself()
    {
        var layers = new OptionLayers();
        layers.Add("settings.json", (System.Text.Json.Nodes.JsonObject)System.Text.Json.Nodes.JsonNode.Parse("""{ "policy": { "layers": 3 }, "warm_start": { "steps": 0 } }""")!);
        layers.AddSetting("policy.checkpoint=models/mine");
        Assert.Equal("models/mine", RunSettings.Read(layers).Run.Policy.Checkpoint);

        layers.AddSetting("policy.layers=7");

        Assert.Contains("--set policy.layers=7: policy.layers would do nothing with policy.checkpoint", Assert.Throws<UserErrorException>(() => RunSettings.Read(layers)).Message, StringComparison.Ordinal);
    }

    /// <summary>Names of values are read in any case, and written in one.</summary>
    [Fact]
    public void Choices_AreReadInAnyCase()
    {
        var layers = new OptionLayers();
        foreach (var setting in (string[])["world=WORKSHOP", "simulator.kind=Raw_Error", "workshop.profile=Small", "workshop.apis=[\"VEHICLE\"]", "rollout.unit=EPISODE"])
            layers.AddSetting(setting);

        var text = RunSettings.Read(layers).ToJson();

        foreach (var written in (string[])["\"world\": \"workshop\"", "\"kind\": \"raw_error\"", "\"profile\": \"small\"", "\"vehicle\"", "\"unit\": \"episode\""])
            Assert.Contains(written, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("grpo.group_size=1", "--set grpo.group_size=1: grpo.group_size is 1, expected 2 to 256")]
    [InlineData("evaluation.tasks=0", "--set evaluation.tasks=0: evaluation")]
    [InlineData("workshop.min_turns=9", "--set workshop.min_turns=9: workshop")]
    [InlineData("workshop.apis=[\"boats\"]", "workshop.apis")]
    [InlineData("workshop=3", "workshop")]
    [InlineData("grpo.skip_all_wrong_after=2", "--set grpo.skip_all_wrong_after=2: grpo.skip_all_wrong_after is 2, expected 0 without train.task_pool")]
    [InlineData("nothing.here=1", "nothing is not an option")]
    [InlineData("wolrd=tau", "workshop, world. Did you mean world?")]
    [InlineData("world=mars", "--set world=mars: world is mars, expected one of: workshop, tau, tau2.")]
    [InlineData("simulator.kind=RawError", "simulator.kind is \"RawError\", expected one of: raw_error, ")]
    public void WrongValue_IsNamedWithItsLayer(string setting, string expected)
    {
        var layers = new OptionLayers();
        layers.Add("profile fast", Profiles.Of(Profiles.Fast));
        layers.AddSetting(setting);

        var error = Assert.Throws<UserErrorException>(() => RunSettings.Read(layers));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
