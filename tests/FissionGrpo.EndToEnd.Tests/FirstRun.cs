using System.Security.Cryptography;

namespace FissionGrpo.EndToEnd;

/// <summary>One fast run that many tests look at.</summary>
public sealed class FirstRun : IAsyncLifetime
{
    private static readonly string[] Line = ["train", "--profile", "fast", "--output", "out/first"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fission-e2e-");

    /// <summary>Where commands are started: <c>out/first</c> is below it.</summary>
    public string Folder => _folder.FullName;

    internal FissionResult Result { get; private set; } = new(-1, "", "");

    public async Task InitializeAsync() => Result = await FissionProcess.RunAsync(Folder, Line);

    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>The same run in another folder.</summary>
    internal static string[] LineInto(string output) => [.. Line[..^1], output];

    /// <summary>Content hashes of what a run must reproduce bit for bit: every weight, and what was sampled.</summary>
    internal static SortedDictionary<string, string> Hashes(string run)
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories))
            if (Path.GetFileName(file) is "model.safetensors" or "trajectories.jsonl" or "episodes.jsonl" or "optimizer.safetensors" or "state.json")
                hashes[Path.GetRelativePath(run, file)] = Convert.ToHexStringLower(SHA256.HashData(Normal(file)));
        return hashes;
    }

    /// <summary>The length of metrics.jsonl differs between equal runs, because it holds wall times.</summary>
    private static byte[] Normal(string file) => Path.GetFileName(file) is "state.json"
        ? System.Text.Encoding.UTF8.GetBytes(System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(file), "\"metrics_bytes\": ?[0-9]+", ""))
        : File.ReadAllBytes(file);
}

[CollectionDefinition(nameof(FirstRun))]
public sealed class FirstRunGroup : ICollectionFixture<FirstRun>;
