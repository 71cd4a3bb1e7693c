using System.Collections.Concurrent;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace FissionGrpo.Training;

/// <summary>
/// Warm starts by the hash of what made them: the world, the shape, the recipe, the longest trajectory, the seed, and the kind of machine (its instruction set decides
/// the last bits). Runs that differ only in what comes later share one.
/// </summary>
internal sealed class WarmStartCache
{
    /// <summary>Raised when the code changes what a warm start is.</summary>
    private const int Version = 2;

    /// <summary>One gate a warm start: runs of this process that need the same one at the same time make it once.</summary>
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> Gates = new(StringComparer.Ordinal);

    private readonly string? _folder;

    public WarmStartCache(RunOptions options, ITaskSource tasks)
    {
        var root = options.WarmStart.CacheFolder
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "fission", "warm-starts");
        if (root.Length > 0)
            _folder = Path.Combine(root, Key(options, tasks));
    }

    /// <summary>Waits for another run of this process that is making the same warm start. Nobody waits where nothing is kept.</summary>
    /// <returns>Lets the next one in when disposed.</returns>
    public async Task<IDisposable?> EnterAsync(CancellationToken cancel)
    {
        if (_folder is null)
            return null;
        var gate = Gates.GetOrAdd(Path.GetFullPath(_folder), _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancel);
        return new Entered(gate);
    }

    /// <summary>Copies the warm start into a run's folder, if there is one.</summary>
    public bool TryTake(string target)
    {
        if (_folder is null || !Directory.Exists(_folder))
            return false;
        CopyFolder(_folder, target);
        return true;
    }

    /// <summary>Keeps a warm start for later runs. A cache that cannot be written is no reason to stop.</summary>
    public void Keep(string source)
    {
        if (_folder is null || Directory.Exists(_folder))
            return;
        var fresh = $"{_folder}.{Environment.ProcessId}.new";
        try
        {
            CopyFolder(source, fresh);
            Directory.Move(fresh, _folder);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            if (Directory.Exists(fresh))
                Directory.Delete(fresh, recursive: true);
        }
    }

    private static string Key(RunOptions options, ITaskSource tasks)
    {
        var made = RunOptionsJson.ToNode(options);
        ((JsonObject)made["warm_start"]!).Remove("cache_folder");
        var text = string.Join('\n', Version, tasks.Identity, options.Seed, made["policy"]!.ToJsonString(), made["warm_start"]!.ToJsonString(), options.Rollout.MaxTokens,
            Avx512F.IsSupported, Avx2.IsSupported);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 12));
    }

    /// <summary>Copies a folder of files (a checkpoint has no folders in it) so that the target is there whole or not at all.</summary>
    private static void CopyFolder(string source, string target)
    {
        var fresh = target + ".new";
        if (Directory.Exists(fresh))
            Directory.Delete(fresh, recursive: true);
        Directory.CreateDirectory(fresh);
        foreach (var file in Directory.EnumerateFiles(source))
            File.Copy(file, Path.Combine(fresh, Path.GetFileName(file)));
        if (Directory.Exists(target))
            Directory.Delete(target, recursive: true);
        Directory.Move(fresh, target);
    }

    private sealed class Entered(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
