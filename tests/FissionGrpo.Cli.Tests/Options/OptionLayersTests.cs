using FissionGrpo.Episodes;

namespace FissionGrpo.Cli.Options;

public class OptionLayersTests
{
    [Fact]
    public void LaterLayers_WinMemberByMember()
    {
        var layers = new OptionLayers();
        layers.Add("profile", new() { ["grpo"] = new System.Text.Json.Nodes.JsonObject { ["group_size"] = 4, ["tasks"] = 2 } });
        layers.AddVariables(new Dictionary<string, string> { ["FISSION_GRPO__TASKS"] = "3", ["FISSION_DATA"] = "/data", ["PATH"] = "/bin" });
        layers.AddSetting("grpo.group_size=16");

        Assert.Equal("""{"grpo":{"group_size":16,"tasks":3}}""", layers.Merged.ToJsonString());
        Assert.Equal("--set grpo.group_size=16", layers.PlaceOf("grpo.group_size"));
        Assert.Equal("FISSION_GRPO__TASKS", layers.PlaceOf("grpo.tasks"));
    }

    [Theory]
    [InlineData("simulator.kind=raw_error", """{"simulator":{"kind":"raw_error"}}""")]
    [InlineData("fission.enabled=false", """{"fission":{"enabled":false}}""")]
    [InlineData("policy.checkpoint=null", """{"policy":{"checkpoint":null}}""")]
    [InlineData("policy.checkpoint=a=b", """{"policy":{"checkpoint":"a=b"}}""")]
    [InlineData("seed=7", """{"seed":7}""")]
    public void Setting_IsJsonWhereItCanBe(string setting, string expected)
    {
        var layers = new OptionLayers();

        layers.AddSetting(setting);

        Assert.Equal(expected, layers.Merged.ToJsonString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("grpo.group_size")]
    [InlineData("=3")]
    public void SettingWithoutAName_IsRefused(string setting) =>
        Assert.Throws<UserErrorException>(() => new OptionLayers().AddSetting(setting));

    [Fact]
    public void RunFile_MayHaveComments()
    {
        using var shell = new TestShell();
        var path = shell.PathOf("run.json");
        File.WriteAllText(path, "{ // why\n \"seed\": 3, }");
        var layers = new OptionLayers();

        layers.AddFile(path);

        Assert.Equal("""{"seed":3}""", layers.Merged.ToJsonString());
    }

    [Theory]
    [InlineData("{ \"seed\": }", "line 1")]
    [InlineData("[1]", "expected an object")]
    [InlineData("{ \"seed\": 1, \"seed\": 2 }", "run.json: it has 'seed' twice. Leave one of them out.")]
    public void RunFileThatIsWrong_IsNamedWithItsPlace(string text, string expected)
    {
        using var shell = new TestShell();
        var path = shell.PathOf("run.json");
        File.WriteAllText(path, text);

        var error = Assert.Throws<UserErrorException>(() =>
        {
            var layers = new OptionLayers();
            layers.AddFile(path);
            _ = layers.Merged;
        });

        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
