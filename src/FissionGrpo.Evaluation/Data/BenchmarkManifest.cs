using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FissionGrpo.Environments.Official;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Data;

/// <summary>A file of a benchmark.</summary>
/// <param name="Path">Where it lies below the benchmark's folder, with forward slashes.</param>
/// <param name="Sha256">The content that our results were checked against, lower-case hexadecimal.</param>
/// <param name="Required">Whether nothing can be played without it.</param>
/// <param name="Use">What it holds.</param>
/// <param name="Indent">
/// Set for JSON that the authors do not ship but that stands for constants of their program: it is kept in one layout, with this many blanks
/// per level, so that whoever wrote it down, the same values have the same hash.
/// </param>
/// <param name="ShippedAs">The path under which another release has it; then its content alone tells it from the newer file of that path.</param>
public sealed record BenchmarkFile(string Path, string Sha256, bool Required, string Use, int? Indent = null, string? ShippedAs = null)
{
    /// <summary>Whether this is the content that our results were checked against.</summary>
    public bool IsOfficial(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content)) == Sha256;

    /// <summary>The content in the file's one layout; as it is when it has none, or is not JSON.</summary>
    public byte[] Canonical(byte[] content) =>
        Indent is { } indent && OfficialJson.Canonical(Encoding.UTF8.GetString(content), indent) is { } json ? Encoding.UTF8.GetBytes(json) : content;
}

/// <summary>A benchmark that a user may add; the files themselves are never part of this repository.</summary>
/// <param name="Name"><c>bfcl</c>, <c>tau</c>, <c>tau2</c>.</param>
/// <param name="Title">Its full name.</param>
/// <param name="Version">The version that our results were checked against.</param>
/// <param name="Steps">The commands that bring it.</param>
/// <param name="Files">What belongs to it.</param>
public sealed record BenchmarkManifest(string Name, string Title, string Version, ImmutableArray<string> Steps, ImmutableArray<BenchmarkFile> Files)
{
    /// <summary>Every benchmark that we know, in the order of the documentation.</summary>
    public static ImmutableArray<BenchmarkManifest> All { get; } = Read();

    /// <summary>Where a user gets the files, in one sentence.</summary>
    public string Hint => $"The files are {Version}: {string.Join(" && ", Steps)}";

    /// <summary>The files that are read from the authors' source.</summary>
    public ImmutableArray<DerivedFile> Derived => OfficialSources.Of(Name);

    /// <summary>Finds a benchmark by name.</summary>
    /// <exception cref="UserErrorException">There is none of this name.</exception>
    public static BenchmarkManifest Of(string name) =>
        All.FirstOrDefault(m => m.Name == name)
        ?? throw new UserErrorException($"There is no benchmark called '{name}'. Known are {string.Join(", ", All.Select(m => m.Name))}.");

    private static ImmutableArray<BenchmarkManifest> Read()
    {
        using var stream = typeof(BenchmarkManifest).Assembly.GetManifestResourceStream("benchmarks.json")
            ?? throw new InvalidOperationException("The list of benchmarks is missing from the assembly.");
        return JsonSerializer.Deserialize(stream, BenchmarkManifestJson.Default.BenchmarkList)!.Benchmarks;
    }
}

internal sealed record BenchmarkList(int Schema, ImmutableArray<BenchmarkManifest> Benchmarks);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(BenchmarkList))]
internal sealed partial class BenchmarkManifestJson : JsonSerializerContext;
