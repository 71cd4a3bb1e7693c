using System.Globalization;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Training;

/// <summary>A warm start that was stopped before its end: weights and optimizer after some steps, in a folder beside the one that it will be. The newest only.</summary>
/// <param name="target">The folder of the finished warm start.</param>
internal sealed class UnfinishedWarmStart(string target)
{
    private readonly string _folder = target + ".unfinished";

    /// <summary>Reads it into a policy that has just been made; returns the steps that it has behind it. What cannot be read is begun again.</summary>
    public async Task<int> LoadAsync(IPolicy policy, CancellationToken cancel)
    {
        var newest = Directory.Exists(_folder) ? Directory.EnumerateDirectories(_folder).Where(d => Steps(d) > 0).OrderByDescending(Steps).FirstOrDefault() : null;
        if (newest is null)
            return 0;
        try
        {
            await policy.LoadAsync(newest, withOptimizer: true, cancel);
            return Steps(newest);
        }
        catch (CheckpointException)
        {
            return 0; // a policy stays as it was when nothing could be read
        }
    }

    /// <summary>Writes it, and then removes the one before.</summary>
    public async Task SaveAsync(IPolicy policy, int steps)
    {
        if (steps == 0)
            return;
        Directory.CreateDirectory(_folder);
        await policy.SaveAsync(Path.Combine(_folder, steps.ToString(CultureInfo.InvariantCulture)), withOptimizer: true, CancellationToken.None);
        foreach (var old in Directory.GetDirectories(_folder))
            if (Steps(old) != steps)
                Directory.Delete(old, recursive: true);
    }

    /// <summary>Removes it: the warm start is finished.</summary>
    public void Remove() => RunFolderFiles.Remove(_folder);

    private static int Steps(string folder) => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var steps) ? steps : 0;
}
