using System.Text.Json;
using FissionGrpo.Testing;

namespace FissionGrpo.Cli.Commands;

public class DataVerbTests
{
    [SkippableFact]
    public async Task OfficialFiles_AreAddedAndReady()
    {
        using var shell = new TestShell();

        Assert.Equal(0, await shell.RunAsync("data", "add", "bfcl", SharedMaterial.Path("bfcl/data")));
        Assert.Contains("is ready", shell.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EmptyFolder_IsExplained()
    {
        using var shell = new TestShell();
        Directory.CreateDirectory(shell.PathOf("empty"));

        Assert.Equal(2, await shell.RunAsync("data", "add", "bfcl", shell.PathOf("empty")));
        Assert.Contains("nothing of BFCL", shell.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_IsJsonForMachines()
    {
        using var shell = new TestShell();

        Assert.Equal(0, await shell.RunAsync("data", "list", "--json"));

        var list = JsonDocument.Parse(shell.Out).RootElement;
        Assert.Equal(["bfcl", "tau", "tau2"], list.EnumerateArray().Select(e => e.GetProperty("benchmark").GetString()));
        Assert.All(list.EnumerateArray(), e => Assert.False(e.GetProperty("complete").GetBoolean()));
    }
}
