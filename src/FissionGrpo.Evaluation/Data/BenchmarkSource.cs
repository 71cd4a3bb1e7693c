using System.Formats.Tar;
using System.IO.Compression;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Data;

/// <summary>
/// A folder or an archive (.zip, .whl, .tar, .tar.gz, .tgz) in which the files of a benchmark are looked for by the end of their path. An
/// archive is never unpacked by the names it holds, so it cannot write outside the folder that we choose.
/// </summary>
internal static class BenchmarkSource
{
    /// <summary>No benchmark file is near this; more is a damaged or hostile archive.</summary>
    private const long LargestFile = 256L << 20;

    private const string Compressed = ".gz";

    /// <summary>Links are followed, so a folder that links to one above it must not be walked for ever.</summary>
    private const int DeepestFolder = 12;

    /// <summary>Reads the wanted files. Of several matches the one with the shortest path wins, then ordinal order.</summary>
    /// <param name="path">The folder or archive.</param>
    /// <param name="wanted">Paths below the benchmark's folder, with forward slashes.</param>
    /// <exception cref="UserErrorException">There is nothing at the path, or it cannot be read.</exception>
    public static SortedDictionary<string, byte[]> Read(string path, IReadOnlyCollection<string> wanted)
    {
        if (Directory.Exists(path))
            return FromFolder(path, wanted);
        if (!File.Exists(path))
            throw new UserErrorException($"{path}: there is no such file or folder. Give the folder or archive with the official files.");
        try
        {
            return FromArchive(path, wanted);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new UserErrorException($"{path}: the archive is damaged or of an unknown kind ({exception.Message}). Expected .zip, .whl, .tar, .tar.gz or .tgz.", exception);
        }
    }

    private static SortedDictionary<string, byte[]> FromFolder(string folder, IReadOnlyCollection<string> wanted)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = 0, MaxRecursionDepth = DeepestFolder };
        var files = Directory.EnumerateFiles(folder, "*", options)
            .Select(file => (Full: file, Relative: Path.GetRelativePath(folder, file).Replace('\\', '/')))
            .ToList();
        var found = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var want in wanted)
            if (Best(files.Select(f => f.Relative), want) is { } best)
            {
                using var content = File.OpenRead(files.First(f => f.Relative == best).Full);
                found[want] = ReadBounded(content, best);
            }
        return found;
    }

    private static SortedDictionary<string, byte[]> FromArchive(string path, IReadOnlyCollection<string> wanted)
    {
        using var file = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[2];
        var length = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
        file.Position = 0;
        return length == 2 && magic is [(byte)'P', (byte)'K'] ? FromZip(file, wanted)
            : length == 2 && magic is [0x1F, 0x8B] ? FromTar(new GZipStream(file, CompressionMode.Decompress), wanted)
            : FromTar(file, wanted);
    }

    private static SortedDictionary<string, byte[]> FromZip(Stream stream, IReadOnlyCollection<string> wanted)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
        var found = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var want in wanted)
        {
            if (Best(zip.Entries.Select(e => e.FullName), want) is not { } best)
                continue;
            using var content = zip.Entries.First(e => e.FullName == best).Open();
            found[want] = ReadBounded(content, best);
        }
        return found;
    }

    /// <summary>A tar is a stream: every candidate is read as it passes, and the best one kept.</summary>
    private static SortedDictionary<string, byte[]> FromTar(Stream stream, IReadOnlyCollection<string> wanted)
    {
        using var tar = new TarReader(stream);
        var found = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        var from = new Dictionary<string, string>(StringComparer.Ordinal);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is null || entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                continue;
            foreach (var want in wanted.Where(w => Matches(entry.Name, w)))
            {
                if (from.TryGetValue(want, out var other) && Best([other, entry.Name], want) == other)
                    continue;
                found[want] = ReadBounded(entry.DataStream, entry.Name);
                from[want] = entry.Name;
                break;
            }
        }
        return found;
    }

    private static string? Best(IEnumerable<string> paths, string wanted) =>
        paths.Where(p => Matches(p, wanted)).OrderBy(p => p.Length).ThenBy(p => p, StringComparer.Ordinal).FirstOrDefault();

    /// <summary>
    /// A path matches when it ends with the wanted one; a folder between (<c>retail/data/orders.json</c> for <c>retail/orders.json</c>)
    /// is how one upstream repository ships it. A file at the top of our layout must not be taken from the folder of another file of that name.
    /// </summary>
    private static bool Matches(string path, string wanted)
    {
        var parts = (path.EndsWith(Compressed, StringComparison.Ordinal) ? path[..^Compressed.Length] : path).Split('/', StringSplitOptions.RemoveEmptyEntries);
        var want = wanted.Split('/');
        if (parts.Length < want.Length || parts[^1] != want[^1])
            return false;
        if (want.Length == 1)
            return parts.Length < 2 || parts[^2] != "possible_answer";
        return parts[^2] == want[^2] || (parts.Length > want.Length && parts[^2] == "data" && parts[^3] == want[^2]);
    }

    /// <summary>The content, decompressed where the name says so: <c>db.json.gz</c> is as good as <c>db.json</c>.</summary>
    private static byte[] ReadBounded(Stream stream, string name)
    {
        using var unzipped = name.EndsWith(Compressed, StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true) : null;
        var content = unzipped ?? stream;
        using var buffer = new MemoryStream();
        var chunk = new byte[1 << 16];
        for (int read; (read = content.Read(chunk)) > 0;)
        {
            if (buffer.Length + read > LargestFile)
                throw new InvalidDataException($"{name} is larger than {LargestFile >> 20} MiB");
            buffer.Write(chunk, 0, read);
        }
        return buffer.ToArray();
    }
}
