using System.Text.Json.Nodes;
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
        JsonNode? there;
        try
        {
            there = JsonNode.Parse(File.ReadAllText(folder.Options));
        }
        catch (System.Text.Json.JsonException cause)
        {
            throw new UserErrorException($"{folder.Options} cannot be read: {cause.Message} Choose another folder.", cause);
        }
        if (!JsonNode.DeepEquals(there, JsonNode.Parse(text)))
            throw new UserErrorException($"{folder.Root} holds a run with other options. Resume it with its own ({folder.Options}), or choose another folder.");
    }

    /// <summary>Saves weights and tokenizer together.</summary>
    public static async Task SaveModelAsync(IPolicy policy, Tokenizer tokenizer, string target, CancellationToken cancel)
    {
        var fresh = target + ".new";
        if (Directory.Exists(fresh))
            Directory.Delete(fresh, recursive: true);
        await policy.SaveAsync(fresh, withOptimizer: false, cancel);
        tokenizer.Save(fresh);
        if (Directory.Exists(target))
            Directory.Delete(target, recursive: true);
        Directory.Move(fresh, target);
    }

    /// <summary>Writes a text file under another name and renames it.</summary>
    public static void WriteText(string path, string text)
    {
        var fresh = path + ".new";
        File.WriteAllText(fresh, text);
        File.Move(fresh, path, overwrite: true);
    }
}
