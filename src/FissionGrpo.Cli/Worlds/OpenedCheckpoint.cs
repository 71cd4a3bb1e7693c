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
    /// <param name="path">That folder.</param>
    /// <param name="threads">Worker threads; null for all cores.</param>
    /// <param name="adapters">Fresh adapters to train on it.</param>
    /// <param name="toTrain">All its weights are to be trained, so they are widened.</param>
    /// <exception cref="UserErrorException">There is nothing of the kind.</exception>
    public static OpenedCheckpoint Open(string path, int? threads, LoraOptions? adapters = null, bool toTrain = false)
    {
        var folder = ModelFolder.Find(path);
        if (ModelFolder.IsAdaptersAlone(folder))
            throw new UserErrorException($"{folder}: holds adapters alone. Give the folder that holds them merged; in a run that is policy/, the one above its adapter/.");
        var settings = RunSettingsFile.Find(folder);
        var format = DialogueFormats.Of(Tokenizer.Load(folder));
        if (!AdapterFolder.IsOne(folder))
            return new OpenedCheckpoint(folder, Plain(folder, threads, adapters, toTrain), format, settings);
        var weights = BaseOf(folder, settings);
        return new OpenedCheckpoint(folder, WithAdapters(folder, weights, threads), format, settings) { Base = weights };
    }

    /// <summary>The folder of the weights that its adapters belong to; null for a checkpoint that is whole.</summary>
    private string? Base { get; init; }

    /// <summary>What its files hold, with the settings that it is played with.</summary>
    public string Fingerprint() => Worlds.Fingerprint.Of(Base is null ? [Folder] : [Folder, Base], RunSettingsFile.Enclosing(Folder));

    /// <summary>What is stored as bfloat16 and is not to be trained stays so: half the memory, and nothing is lost.</summary>
    private static TransformerPolicy Plain(string folder, int? threads, LoraOptions? adapters, bool toTrain) => TransformerPolicy.Load(
        folder, withOptimizer: false, new EngineOptions(threads ?? 0, KeepBFloat16: !toTrain && adapters is null && TransformerPolicy.IsBFloat16(folder), Lora: adapters));

    /// <summary>A checkpoint of a run that trains adapters: they belong to what the run started from.</summary>
    private static string BaseOf(string folder, RunSettings? settings)
    {
        var @base = settings is null ? null : RunSettingsFile.Enclosing(folder) is { } run ? new RunFolder(run).StartingPoint(settings.Run) : null;
        if (@base is null)
            throw new UserErrorException($"{folder}: holds adapters without the weights that they belong to. Give a checkpoint with the adapters merged, as a run's policy/ is.");
        return Directory.Exists(@base) ? @base : throw ModelFolder.Missing("policy.checkpoint", @base, run: RunSettingsFile.Enclosing(folder));
    }

    private static TransformerPolicy WithAdapters(string folder, string @base, int? threads)
    {
        var policy = TransformerPolicy.Load(@base, withOptimizer: false, new EngineOptions(threads ?? 0, Lora: AdapterFolder.ReadOptions(folder)));
        try
        {
            policy.LoadAsync(folder, withOptimizer: false, CancellationToken.None).GetAwaiter().GetResult();
            return policy;
        }
        catch
        {
            policy.Dispose();
            throw;
        }
    }

    public void Dispose() => Policy.Dispose();
}
