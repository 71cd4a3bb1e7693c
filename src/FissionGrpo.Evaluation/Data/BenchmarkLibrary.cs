using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Data;

/// <summary>What is known of one benchmark file in the user's data folder.</summary>
public enum BenchmarkFileState
{
    /// <summary>There, with the content that our results were checked against.</summary>
    Official,

    /// <summary>There, but not the content that our results were checked against: scores may differ from published ones.</summary>
    Different,

    /// <summary>Not there.</summary>
    Missing,
}

/// <summary>One file with its state.</summary>
public sealed record BenchmarkFileStatus(BenchmarkFile File, BenchmarkFileState State);

/// <summary>A benchmark in the user's data folder.</summary>
/// <param name="Manifest">What belongs to it.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="Files">Every file with its state, in the manifest's order.</param>
public sealed record BenchmarkStatus(BenchmarkManifest Manifest, string Folder, ImmutableArray<BenchmarkFileStatus> Files)
{
    /// <summary>What was noticed when files were added: what could not be read, what was kept.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>Nothing required is missing.</summary>
    public bool IsComplete => Files.All(f => f.State is not BenchmarkFileState.Missing || !f.File.Required);

    /// <summary>Not one file is there.</summary>
    public bool IsAbsent => Files.All(f => f.State is BenchmarkFileState.Missing);

    /// <summary>The files in a state, required ones first.</summary>
    public IEnumerable<BenchmarkFile> In(BenchmarkFileState state) => Files.Where(f => f.State == state).Select(f => f.File).OrderByDescending(f => f.Required);
}

/// <summary>The user's data folder: <c>FOLDER/bfcl</c>, <c>FOLDER/tau</c>, <c>FOLDER/tau2</c>.</summary>
/// <param name="root">The data folder; it need not exist.</param>
public sealed class BenchmarkLibrary(string root)
{
    /// <summary>The folder of a benchmark.</summary>
    public string FolderOf(string name) => Path.Combine(root, BenchmarkManifest.Of(name).Name);

    /// <summary>Looks at what is there, by content hash.</summary>
    public BenchmarkStatus Status(string name)
    {
        var manifest = BenchmarkManifest.Of(name);
        var folder = FolderOf(name);
        return new BenchmarkStatus(manifest, folder, [.. manifest.Files.Select(f => new BenchmarkFileStatus(f, StateOf(Path.Combine(folder, f.Path), f)))]);
    }

    /// <summary>The folder of a benchmark that can be played.</summary>
    /// <exception cref="UserErrorException">It has not been added, or not completely.</exception>
    public string RequireFolder(string name)
    {
        var status = Status(name);
        if (status.IsComplete)
            return status.Folder;
        var missing = string.Join(", ", status.In(BenchmarkFileState.Missing).Where(f => f.Required).Select(f => f.Path));
        throw new UserErrorException(
            status.IsAbsent
                ? $"{status.Folder}: {status.Manifest.Title} has not been added. It is not part of this program. {status.Manifest.Hint}"
                : $"{status.Folder}: {status.Manifest.Title} is incomplete: {missing}. Run `fission data add {name} PATH` with the whole official repository. {status.Manifest.Hint}");
    }

    /// <summary>
    /// Brings a benchmark's files from a folder or archive into the data folder: those that it ships, and those that are read from its source.
    /// What was there and is not in the source stays, and so does an official file when the source has another version of it. Each file is
    /// written under another name and then renamed, so an interruption leaves every file whole.
    /// </summary>
    /// <exception cref="UserErrorException">The source cannot be read or holds nothing of this benchmark.</exception>
    public BenchmarkStatus Add(string name, string source)
    {
        var manifest = BenchmarkManifest.Of(name);
        var reading = BenchmarkReading.Read(manifest, source);
        if (reading.Files.Count == 0)
            throw new UserErrorException($"{source}: nothing of {manifest.Title} is in there. {string.Join(" ", reading.Notes.Append(manifest.Hint))}");
        if (!reading.HoldsOfficial && BenchmarkManifest.All.FirstOrDefault(m => m != manifest && BenchmarkReading.Read(m, source).HoldsOfficial) is { } other)
            throw new UserErrorException($"{source}: is {other.Title}, not {manifest.Title}. Add it as that: fission data add {other.Name} {source}");
        var kept = new List<string>();
        foreach (var (file, content) in reading.Files)
        {
            var target = Path.Combine(FolderOf(name), file.Path);
            if (!file.IsOfficial(content) && StateOf(target, file) is BenchmarkFileState.Official)
            {
                kept.Add(file.Path);
                continue;
            }
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            var temporary = target + ".new";
            try
            {
                File.WriteAllBytes(temporary, content);
                File.Move(temporary, target, overwrite: true);
            }
            finally
            {
                File.Delete(temporary);
            }
        }
        return Status(name) with { Notes = [.. reading.Notes, .. kept.Count == 0 ? [] : new[] { $"The source has another version of {string.Join(", ", kept)}; what was there is the checked one and is kept." }] };
    }

    private static BenchmarkFileState StateOf(string path, BenchmarkFile file) =>
        !File.Exists(path) ? BenchmarkFileState.Missing : file.IsOfficial(File.ReadAllBytes(path)) ? BenchmarkFileState.Official : BenchmarkFileState.Different;
}
