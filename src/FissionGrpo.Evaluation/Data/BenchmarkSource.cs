using System.Formats.Tar;
using System.IO.Compression;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Data;

/// <summary>
/// A folder or an archive (.zip, .whl, .tar, .tar.gz, .tgz) in which the files of a benchmark are looked for by the end of their path. An
/// archive is never unpacked by the names it holds, so it cannot write outside the folder that we choose; what is read of it is bounded in
/// number and size.
/// </summary>
internal static class BenchmarkSource
{
    /// <summary>No benchmark file is near this; more is a damaged or hostile archive.</summary>
    private const long LargestFile = 256L << 20;

    /// <summary>Of all files that are taken together.</summary>
    private const long LargestTotal = 1L << 30;

    /// <summary>What a compressed archive may unpack to, wanted or not.</summary>
    private const long LargestArchive = 16L << 30;

    private const int MostFiles = 1_000_000;

    private const string Compressed = ".gz";

    private const string AnyPython = "*.py";

    /// <summary>More files than any folder of Python files that is wanted has.</summary>
    private const int MostOfFolder = 200;

    /// <summary>Links are followed, so a folder that links to one above it must not be walked for ever.</summary>
    private const int DeepestFolder = 12;

    /// <summary>Reads the wanted files. Of several matches the one with the shortest path wins, then ordinal order.</summary>
    /// <param name="path">The folder or archive.</param>
    /// <param name="wanted">Ends of paths, with forward slashes; <c>*.py</c> at the end stands for all Python files of a folder.</param>
    /// <returns>The content by the wanted end of its path.</returns>
    /// <exception cref="UserErrorException">There is nothing at the path, or it cannot be read.</exception>
    public static SortedDictionary<string, byte[]> Read(string path, IReadOnlyCollection<string> wanted)
    {
        try
        {
            if (Directory.Exists(path))
                return FromFolder(path, wanted);
            if (!File.Exists(path))
                throw new UserErrorException($"{path}: there is no such file or folder. Give the folder or archive with the official files.");
            return FromArchive(path, wanted);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new UserErrorException($"{path}: the archive is damaged or of an unknown kind ({exception.Message}). Expected a folder, .zip, .whl, .tar, .tar.gz or .tgz.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({exception.Message}).", exception);
        }
    }

    private static SortedDictionary<string, byte[]> FromFolder(string folder, IReadOnlyCollection<string> wanted)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = 0, MaxRecursionDepth = DeepestFolder };
        var best = new Selection(wanted);
        var count = 0;
        foreach (var file in Directory.EnumerateFiles(Path.GetFullPath(folder), "*", options))
        {
            if (++count > MostFiles)
                throw new UserErrorException($"{folder}: holds more than {MostFiles:N0} files. Give the folder of the official repository, not one that holds everything.");
            best.Offer(file.Replace('\\', '/'));
        }
        return best.Read(File.OpenRead);
    }

    private static SortedDictionary<string, byte[]> FromArchive(string path, IReadOnlyCollection<string> wanted)
    {
        using var file = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[2];
        var length = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
        file.Position = 0;
        if (length == 2 && magic is [(byte)'P', (byte)'K'])
            return FromZip(file, wanted);
        if (length != 2 || magic is not [0x1F, 0x8B])
            return FromTar(file, wanted);
        using var unzipped = new GZipStream(file, CompressionMode.Decompress);
        return FromTar(new BoundedStream(unzipped, LargestArchive), wanted);
    }

    private static SortedDictionary<string, byte[]> FromZip(Stream stream, IReadOnlyCollection<string> wanted)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
        var best = new Selection(wanted);
        foreach (var entry in zip.Entries)
            best.Offer(entry.FullName);
        return best.Read(name => zip.GetEntry(name)!.Open());
    }

    /// <summary>A tar is a stream: every candidate is read as it passes, and the best one kept.</summary>
    private static SortedDictionary<string, byte[]> FromTar(Stream stream, IReadOnlyCollection<string> wanted)
    {
        using var tar = new TarReader(stream);
        var best = new Selection(wanted);
        var found = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        while (tar.GetNextEntry() is { } entry)
            if (entry is { DataStream: { } content, EntryType: TarEntryType.RegularFile or TarEntryType.V7RegularFile } && best.Offer(entry.Name) is { } want)
                found[want] = best.Content(content, entry.Name);
        return found;
    }

    /// <summary>Which path is taken for which wanted file.</summary>
    private sealed class Selection(IReadOnlyCollection<string> wanted)
    {
        private readonly string[][] _wanted = [.. wanted.Select(w => w.Split('/'))];
        private readonly SortedDictionary<string, string> _paths = new(StringComparer.Ordinal);
        private long _total;

        /// <summary>Takes a path when it is the best so far for a wanted file; the wanted file, or null.</summary>
        public string? Offer(string path)
        {
            var parts = (path.EndsWith(Compressed, StringComparison.Ordinal) ? path[..^Compressed.Length] : path).Split('/', StringSplitOptions.RemoveEmptyEntries);
            foreach (var want in _wanted)
            {
                if (!Matches(parts, want))
                    continue;
                var key = string.Join('/', want[^1] == AnyPython ? [.. want[..^1], parts[^1]] : want);
                if (_paths.TryGetValue(key, out var other) && (other.Length < path.Length || (other.Length == path.Length && string.CompareOrdinal(other, path) <= 0)))
                    continue;
                if (want[^1] == AnyPython && _paths.Count > MostOfFolder + _wanted.Length)
                    throw new InvalidDataException($"{string.Join('/', want)} stands for more than {MostOfFolder} files");
                _paths[key] = path;
                return key;
            }
            return null;
        }

        public SortedDictionary<string, byte[]> Read(Func<string, Stream> open)
        {
            var found = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
            foreach (var (want, path) in _paths)
            {
                using var content = open(path);
                found[want] = Content(content, path);
            }
            return found;
        }

        /// <summary>The content, decompressed where the name says so: <c>db.json.gz</c> is as good as <c>db.json</c>.</summary>
        public byte[] Content(Stream stream, string name)
        {
            using var unzipped = name.EndsWith(Compressed, StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true) : null;
            var content = unzipped ?? stream;
            using var buffer = new MemoryStream();
            var chunk = new byte[1 << 16];
            for (int read; (read = content.Read(chunk)) > 0;)
            {
                if (buffer.Length + read > LargestFile)
                    throw new InvalidDataException($"{name} is larger than {LargestFile >> 20} MiB");
                if ((_total += read) > LargestTotal)
                    throw new InvalidDataException($"its files are larger than {LargestTotal >> 20} MiB together");
                buffer.Write(chunk, 0, read);
            }
            return buffer.ToArray();
        }

        /// <summary>
        /// A path matches when it ends with the wanted one; a folder between (<c>retail/data/orders.json</c> for <c>retail/orders.json</c>)
        /// is how one upstream repository ships it. A file at the top of our layout must not be taken from the folder of another file of that name.
        /// </summary>
        private static bool Matches(string[] parts, string[] want)
        {
            if (parts.Length < want.Length || (want[^1] == AnyPython ? !parts[^1].EndsWith(".py", StringComparison.Ordinal) : parts[^1] != want[^1]))
                return false;
            if (want.Length == 1)
                return parts.Length < 2 || parts[^2] != "possible_answer";
            return parts.AsSpan(parts.Length - want.Length, want.Length - 1).SequenceEqual(want.AsSpan(0, want.Length - 1))
                || (want.Length == 2 && parts.Length > 2 && parts[^2] == "data" && parts[^3] == want[0]);
        }
    }

    /// <summary>Ends a stream that unpacks to more than it may.</summary>
    private sealed class BoundedStream(Stream inner, long most) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => _read; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var read = inner.Read(buffer);
            return (_read += read) <= most ? read : throw new InvalidDataException($"it unpacks to more than {most >> 30} GiB");
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
