using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Training;

/// <summary>Writes what a run folder holds beside streams and checkpoints. Every file and folder is there whole or not at all.</summary>
internal static class RunFolderFiles
{
    /// <summary>Creates the folder and writes the resolved options first; in a folder that has options already, they must be the same.</summary>
    public static void Claim(RunFolder folder, RunOptions options)
    {
        Directory.CreateDirectory(folder.Root);
        var text = RunOptionsJson.Write(options);
        if (!File.Exists(folder.Options))
        {
            WriteText(folder.Options, text + "\n");
            return;
        }
        try
        {
            if (RunFolder.Holds(File.ReadAllText(folder.Options), options))
                return;
        }
        catch (JsonException cause)
        {
            throw new UserErrorException($"{folder.Options} cannot be read: {JsonFinding.Of(cause)}. Choose another folder.", cause);
        }
        throw new UserErrorException($"{folder.Root} holds a run with other options. Resume it with its own ({folder.Options}), or choose another folder.");
    }

    /// <summary>
    /// Saves weights and tokenizer together, as a checkpoint that stands alone. Adapters are merged into the weights, and lie in <c>adapter/</c> besides.
    /// </summary>
    public static async Task SaveModelAsync(IPolicy policy, Tokenizer tokenizer, string target, CancellationToken cancel)
    {
        await MakeFolderAsync(target, async fresh =>
        {
            if (policy is TransformerPolicy { Adapters: not null } adapted)
            {
                await adapted.SaveMergedAsync(fresh, cancel);
                await adapted.SaveAsync(Path.Combine(fresh, "adapter"), withOptimizer: false, cancel);
            }
            else
            {
                await policy.SaveAsync(fresh, withOptimizer: false, cancel);
            }
            tokenizer.Save(fresh);
        });
    }

    /// <summary>Fills a folder under another name and renames it. What could not be finished (a full disk) is removed at once: it takes the room that is wanting.</summary>
    public static async Task MakeFolderAsync(string target, Func<string, Task> fillAsync)
    {
        var fresh = target + ".new";
        Remove(fresh);
        try
        {
            await fillAsync(fresh);
        }
        catch
        {
            Remove(fresh);
            throw;
        }
        Remove(target);
        Directory.Move(fresh, target);
    }

    /// <summary>Removes a folder if it is there.</summary>
    public static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>Writes a text file under another name and renames it.</summary>
    public static void WriteText(string path, string text)
    {
        var fresh = path + ".new";
        File.WriteAllText(fresh, text);
        File.Move(fresh, path, overwrite: true);
    }
}
