using FissionGrpo.Cli.Options;
using FissionGrpo.Model.Configuration;

namespace FissionGrpo.Cli.Commands;

public class ModelVerbTests
{
    /// <summary>The line that is printed to go on with stands on one line, needs no file of the repository and fits the model's context.</summary>
    [Theory]
    [InlineData(4096)]
    [InlineData(40960)]
    public async Task MadeModel_IsTrainedByTheLineThatIsPrinted(int positions)
    {
        using var shell = new TestShell();
        var (config, model) = (shell.PathOf("config.json"), shell.PathOf($"made-{new string('x', 160)}"));
        await File.WriteAllBytesAsync(config, ConfigurationFile.Write(ModelConfiguration.Qwen3(2000, 32, 1, 2, 1, 16, 64, positions)));
        Assert.Equal(0, await shell.RunAsync("model", "create", "--config", config, "--output", model));

        var line = shell.Out.Split('\n').Single(l => l.Contains("fission train ", StringComparison.Ordinal)).Split("fission train ")[1].Trim().Split(' ');
        var layers = new OptionLayers();
        layers.Add("profile", Profiles.Of(line[1]));
        foreach (var setting in line.Where(part => part.Contains('=', StringComparison.Ordinal)))
            layers.AddSetting(setting);
        var run = RunSettings.Read(layers).Run;

        Assert.Equal("--profile", line[0]);
        Assert.Equal((model, Math.Min(positions, 8192)), (run.Policy.Checkpoint, run.Rollout.MaxTokens));
    }

    [Fact]
    public async Task VocabularyWithoutRoomForTheSmallTokenizer_IsRefused()
    {
        using var shell = new TestShell();
        await File.WriteAllBytesAsync(shell.PathOf("config.json"), ConfigurationFile.Write(ModelConfiguration.Qwen3(100, 32, 1, 2, 1, 16, 64, 512)));

        Assert.Equal(2, await shell.RunAsync("model", "create", "--config", shell.PathOf("config.json"), "--output", shell.PathOf("made")));

        Assert.Contains("has a vocabulary of 100 (vocab_size), and the small tokenizer needs 300 or more", shell.Error, StringComparison.Ordinal);
    }

    /// <summary>A command that a person is to copy is not broken at the width of a table.</summary>
    [Fact]
    public void LongLine_IsNotWrapped()
    {
        using var shell = new TestShell();
        var line = string.Join(' ', Enumerable.Repeat("word", 100));

        Shells.WholeLines.Line(shell.Shell.Screen, line);

        Assert.Equal(line, shell.Out.TrimEnd());
    }
}
