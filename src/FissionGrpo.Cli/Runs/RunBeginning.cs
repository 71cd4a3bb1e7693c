using FissionGrpo.Episodes;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Runs;

/// <summary>
/// What a run finds where its folder is to be. A run that is refused before it trains (a checkpoint or benchmark data that are not there, options that do not fit what they
/// are used on) leaves nothing behind, so that the same command can be given again with what was wrong mended. What was there before is never touched.
/// </summary>
internal sealed class RunBeginning
{
    private readonly RunFolder _folder;
    private readonly bool _wasEmpty;
    private readonly List<string> _missing = [];

    /// <summary>Looks; makes nothing.</summary>
    public RunBeginning(RunFolder folder)
    {
        _folder = folder;
        _wasEmpty = !File.Exists(folder.Root) && (!Directory.Exists(folder.Root) || !Directory.EnumerateFileSystemEntries(folder.Root).Any());
        for (var at = Path.GetFullPath(folder.Root); at is not null && !Path.Exists(at); at = Path.GetDirectoryName(at))
            _missing.Add(at);
    }

    /// <summary>Takes back what a failed start has written; nothing where there was something, or where there is work worth going on with.</summary>
    /// <param name="options">The options that were to be run with: a folder that a run with others has claimed meanwhile is not ours.</param>
    /// <param name="cause">Why it failed.</param>
    public void Undo(RunOptions options, Exception cause)
    {
        if (!_wasEmpty || !Directory.Exists(_folder.Root) || (File.Exists(_folder.Options) && !_folder.IsOf(options)) || HasBegun(cause))
            return;
        try
        {
            Remove();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The cause is what the user must hear of; what could not be removed is in the way next time and is then said.
        }
    }

    private void Remove()
    {
        foreach (var entry in new DirectoryInfo(_folder.Root).EnumerateFileSystemInfos())
            if (entry is DirectoryInfo { LinkTarget: null } made)
                made.Delete(recursive: true);
            else
                entry.Delete();
        foreach (var made in _missing.Where(m => Directory.Exists(m) && !Directory.EnumerateFileSystemEntries(m).Any()))
            Directory.Delete(made);
    }

    /// <summary>Training has begun; or what failed was not the input, and the warm start or an evaluation would be made again.</summary>
    private bool HasBegun(Exception cause) =>
        File.Exists(_folder.Metrics) || (cause is not (UserErrorException or CheckpointException) && Directory.EnumerateDirectories(_folder.Root).Any());
}
