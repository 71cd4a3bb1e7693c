namespace FissionGrpo.Cli.Shells;

public class CommandLineTests
{
    /// <summary>A printed command can be copied, whatever its folders are called.</summary>
    [SkippableTheory]
    [InlineData("out/default-seed1", "out/default-seed1")]
    [InlineData("my runs/first", "'my runs/first'")]
    [InlineData("Anna's/$HOME", "'Anna'\\''s/$HOME'")]
    [InlineData("", "''")]
    public void Path_IsOneWord(string path, string word)
    {
        Skip.If(OperatingSystem.IsWindows());

        Assert.Equal(word, CommandLine.Word(path));
    }
}
