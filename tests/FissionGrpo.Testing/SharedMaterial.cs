using Xunit;

namespace FissionGrpo.Testing;

/// <summary>
/// The reference material that lies beside a developer's checkout (<c>../shared</c>) and is never committed. A user does not have it:
/// tests that need it are skipped there with one clear line, but fail in CI, where its absence would hide what is broken.
/// </summary>
public static class SharedMaterial
{
    /// <summary>Shown once a test project, below its counts (Directory.Build.targets).</summary>
    private const string Why = "the skipped tests compare with recordings of the reference programs, which are not part of this repository. Nothing is wrong.";

    private static readonly string? Root = Find();

    /// <summary>The path of a file or folder of the material; skips the test (<c>[SkippableFact]</c>) when there is none.</summary>
    public static string Path(string relative)
    {
        if (Root is not null && System.IO.Path.Combine(Root, relative) is var path && (File.Exists(path) || Directory.Exists(path)))
            return path;
        if (Environment.GetEnvironmentVariable("CI") is "true" or "1")
            Assert.Fail($"CI needs shared/{relative} beside the checkout, and it is not there.");
        lock (Why)
            File.WriteAllText(System.IO.Path.Combine(AppContext.BaseDirectory, "skipped.txt"), Why);
        throw new SkipException($"needs the reference material shared/{relative} beside the checkout");
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("FISSION_SHARED") is { Length: > 0 } given)
            return given;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(System.IO.Path.Combine(folder.FullName, "FissionGrpo.slnx")))
                continue;
            var shared = System.IO.Path.Combine(folder.Parent?.FullName ?? "/", "shared");
            return Directory.Exists(shared) ? shared : null;
        }
        return null;
    }
}
