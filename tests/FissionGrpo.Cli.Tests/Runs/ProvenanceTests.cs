using FissionGrpo.Cli.Options;
using FissionGrpo.Episodes;

namespace FissionGrpo.Cli.Runs;

public class ProvenanceTests
{
    /// <summary>Who plays the user decides what is learned as the policy's own start does: another model under the same path is refused.</summary>
    [Theory]
    [InlineData("policy.checkpoint")]
    [InlineData("simulator.checkpoint")]
    [InlineData("tau.user_checkpoint")]
    public void RunWhoseModelHasChanged_DoesNotGoOn(string option)
    {
        using var shell = new TestShell();
        var (model, file) = (Directory.CreateDirectory(shell.PathOf("model")).FullName, shell.PathOf("provenance.json"));
        File.WriteAllText(Path.Combine(model, "config.json"), "{}");
        var layers = new OptionLayers();
        foreach (var setting in (string[])["world=tau", "rollout.unit=episode", "warm_start.steps=0", $"{option}={model}"])
            layers.AddSetting(setting);
        var settings = RunSettings.Read(layers);

        Begin();
        Begin();
        File.WriteAllText(Path.Combine(model, "config.json"), "{ }");
        var changed = Assert.Throws<UserErrorException>(Begin);
        Directory.Delete(model, recursive: true);
        var gone = Assert.Throws<UserErrorException>(Begin);

        Assert.Contains($"is no longer the model that this run began with ({option})", changed.Message, StringComparison.Ordinal);
        Assert.Contains($"{option}: {model} is not there", gone.Message, StringComparison.Ordinal);

        void Begin() => Provenance.Write(file, 1, [.. RunComposition.ModelsOf(settings, null)], shell.Shell.Clock);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{"models": 3}""")]
    [InlineData("""{"models": {}, "models": {}}""")]
    public void DamagedRecord_KeepsNoRunFromGoingOn(string record)
    {
        using var shell = new TestShell();
        var (model, file) = (Directory.CreateDirectory(shell.PathOf("model")).FullName, shell.PathOf("provenance.json"));
        File.WriteAllText(file, record);

        Provenance.Write(file, 1, [("policy.checkpoint", model)], shell.Shell.Clock);

        Assert.Equal(record, File.ReadAllText(file));
    }
}
