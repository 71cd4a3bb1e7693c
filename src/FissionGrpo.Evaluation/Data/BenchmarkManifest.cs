using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Data;

/// <summary>A file of a benchmark, as its authors ship it.</summary>
/// <param name="Path">Where it lies below the benchmark's folder, with forward slashes.</param>
/// <param name="Sha256">The content that our results were checked against, lower-case hexadecimal.</param>
/// <param name="Required">Whether nothing can be played without it.</param>
/// <param name="Use">What it holds.</param>
public sealed record BenchmarkFile(string Path, string Sha256, bool Required, string Use);

/// <summary>A benchmark that a user may add; the files themselves are never part of this repository.</summary>
/// <param name="Name"><c>bfcl</c>, <c>tau</c>, <c>tau2</c>.</param>
/// <param name="Title">Its full name.</param>
/// <param name="Files">What belongs to it.</param>
/// <param name="Hint">Where a user gets them.</param>
public sealed record BenchmarkManifest(string Name, string Title, ImmutableArray<BenchmarkFile> Files, string Hint)
{
    /// <summary>Every benchmark that we know, in the order of the documentation.</summary>
    public static ImmutableArray<BenchmarkManifest> All { get; } = Read();

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
