using System.Text;
using FissionGrpo.Environments.Official;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Data;

/// <summary>What a source gives of a benchmark: its files as they are to be kept, and what should be said about the others.</summary>
/// <param name="Files">Content by file.</param>
/// <param name="Notes">Sentences for the user.</param>
internal sealed record BenchmarkReading(IReadOnlyDictionary<BenchmarkFile, byte[]> Files, IReadOnlyList<string> Notes)
{
    /// <summary>Some file of it is that of the version that our results were checked against.</summary>
    public bool HoldsOfficial => Files.Any(f => f.Key.IsOfficial(f.Value));

    private static ReadOnlySpan<byte> LargeFilePointer => "version https://git-lfs"u8;

    /// <summary>Reads a folder or archive: files as they are shipped, and those that the authors keep as source.</summary>
    /// <exception cref="UserErrorException">There is nothing at the path, or it cannot be read.</exception>
    public static BenchmarkReading Read(BenchmarkManifest manifest, string source)
    {
        var derived = manifest.Derived.ToDictionary(d => d.Path);
        var found = BenchmarkSource.Read(source, [.. manifest.Files.Select(f => f.Path).Union(derived.Values.SelectMany(d => d.Sources).Select(s => s.TrimEnd('?')))]);
        var (files, notes) = (new Dictionary<BenchmarkFile, byte[]>(), new List<string>());
        foreach (var pointer in found.Where(f => f.Value.AsSpan().StartsWith(LargeFilePointer)).Select(f => f.Key).ToList())
        {
            notes.Add($"{pointer} is a pointer of git-lfs, not the file. Run `git lfs pull` in the repository and add it again.");
            found.Remove(pointer);
        }
        foreach (var file in manifest.Files)
            if (Content(file) is { } content)
                files[file] = content;
        return new BenchmarkReading(files, notes);

        byte[]? Content(BenchmarkFile file)
        {
            if (file.ShippedAs is { } shipped && found.TryGetValue(shipped, out var other) && file.IsOfficial(file.Canonical(other)))
                return file.Canonical(other);
            var isOlder = manifest.Files.Any(f => f.ShippedAs == file.Path && f.IsOfficial(f.Canonical(found.GetValueOrDefault(file.Path, []))));
            var direct = !isOlder && found.TryGetValue(file.Path, out var there) ? file.Canonical(there) : null;
            return direct is not null && file.IsOfficial(direct) ? direct : Made(file) ?? direct;
        }

        byte[]? Made(BenchmarkFile file)
        {
            if (!derived.TryGetValue(file.Path, out var recipe) || !recipe.Sources.Where(s => !s.EndsWith('?')).All(IsThere))
                return null;
            try
            {
                return Encoding.UTF8.GetBytes(recipe.Write(found));
            }
            catch (UserErrorException error)
            {
                notes.Add($"{file.Path} could not be read from the official source: {error.Message}");
                return null;
            }
        }

        bool IsThere(string path) => path.EndsWith("*.py", StringComparison.Ordinal)
            ? found.Keys.Any(k => k.StartsWith(path[..^4], StringComparison.Ordinal))
            : found.ContainsKey(path);
    }
}
