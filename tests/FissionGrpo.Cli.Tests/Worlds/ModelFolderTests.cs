using FissionGrpo.Training;

namespace FissionGrpo.Cli.Worlds;

public class ModelFolderTests
{
    /// <summary>Whoever names a run means its trained policy; where there is none yet, what stands for it is no secret.</summary>
    [Fact]
    public void RunWithoutAPolicy_IsItsWarmStart_AndThatIsSaid()
    {
        using var shell = new TestShell();
        var run = new RunFolder(shell.PathOf("run"));
        Directory.CreateDirectory(run.WarmStart);
        File.WriteAllText(Path.Combine(run.WarmStart, "config.json"), "{}");

        var early = ModelFolder.Find(run.Root);
        Directory.CreateDirectory(run.Final);
        var final = ModelFolder.Find(run.Root);

        Assert.Equal((run.WarmStart, run.Final), (early, final));
        Assert.Contains("has no final policy; warm-start stands for it.", ModelFolder.StandIn(run.Root, early), StringComparison.Ordinal);
        Assert.Null(ModelFolder.StandIn(run.Root + "/", final));
        Assert.Null(ModelFolder.StandIn(run.WarmStart, ModelFolder.Find(run.WarmStart)));
    }
}
