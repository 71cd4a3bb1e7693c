using FissionGrpo.Episodes;

namespace FissionGrpo.Cli.Shells;

public class WriterLockTests
{
    [Fact]
    public void SecondWriter_IsRefusedUntilTheFirstHasEnded()
    {
        using var shell = new TestShell();
        var folder = shell.PathOf("results");

        using (WriterLock.OfFolder(folder))
            Assert.Contains("another fission process", Assert.Throws<UserErrorException>(() => WriterLock.OfFolder(folder)).Message, StringComparison.Ordinal);
        WriterLock.OfFolder(folder).Dispose();

        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    /// <summary>A process that was killed leaves its file, and no lock.</summary>
    [Fact]
    public void FileThatWasLeft_LocksNobodyOut()
    {
        using var shell = new TestShell();
        Directory.CreateDirectory(shell.PathOf("results"));
        File.WriteAllText(Path.Combine(shell.PathOf("results"), ".lock"), "");

        WriterLock.OfFolder(shell.PathOf("results")).Dispose();
    }
}
