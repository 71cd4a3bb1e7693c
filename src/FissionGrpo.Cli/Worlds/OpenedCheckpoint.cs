using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Adapters;
using FissionGrpo.Model.Policy;
using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Tokenization;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Worlds;

/// <summary>A checkpoint that can be played with: the policy, the dialogue format of its family, and the settings of its run where it has one.</summary>
internal sealed record OpenedCheckpoint(string Folder, TransformerPolicy Policy, DialogueFormat Format, RunSettings? Settings) : IDisposable
{
    /// <summary>Opens a run folder (its final policy, or else its newest checkpoint) or a checkpoint in Hugging Face layout.</summary>
    /// <exception cref="UserErrorException">There is nothing of the kind.</exception>
    public static OpenedCheckpoint Open(string path, int? threads, LoraOptions? adapters = null)
    {
        if (!Directory.Exists(path))
            throw new UserErrorException($"{path}: there is no such folder. Give a run folder (as `fission train --output` makes it) or a checkpoint with config.json, model.safetensors and tokenizer.json.");
        var folder = WeightsIn(path);
        var settings = RunSettingsFile.Find(folder);
        var format = DialogueFormats.Of(Tokenizer.Load(folder));
        return new OpenedCheckpoint(folder, TransformerPolicy.Load(folder, withOptimizer: false, new EngineOptions(threads ?? 0, Lora: adapters)), format, settings);
    }

    public void Dispose() => Policy.Dispose();

    private static string WeightsIn(string path)
    {
        if (File.Exists(Path.Combine(path, "config.json")))
            return path;
        var run = new RunFolder(path);
        if (Directory.Exists(run.Final))
            return run.Final;
        var checkpoint = Directory.Exists(run.Checkpoints)
            ? Directory.GetDirectories(run.Checkpoints, "step-*").Where(d => File.Exists(Path.Combine(d, "config.json"))).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        return checkpoint
            ?? (Directory.Exists(run.WarmStart) ? run.WarmStart : null)
            ?? throw new UserErrorException($"{path}: holds no checkpoint: no config.json, and neither policy/ nor checkpoints/ of a run.");
    }
}
