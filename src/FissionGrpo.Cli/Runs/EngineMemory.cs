using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Views;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Adapters;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Policy;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Runs;

/// <summary>
/// <c>engine.json</c> of a run folder: how much memory a run's passes use. Chosen once from the memory at hand and kept, because the size of a pass decides the order
/// of sums: a run that is gone on with on a busier day ends with the same bits.
/// </summary>
/// <param name="ActivationBytes">For what a pass keeps for its way back.</param>
/// <param name="CacheBytes">For keys and values.</param>
internal sealed record EngineMemory(long ActivationBytes, long CacheBytes)
{
    /// <summary>What the run's folder says, or what fits now.</summary>
    /// <exception cref="UserErrorException">Even the least does not fit.</exception>
    public static EngineOptions Of(RunFolder folder, RunSettings settings, ModelConfiguration model, EngineOptions options, ITrainingObserver watcher)
    {
        var path = Path.Combine(folder.Root, "engine.json");
        if (Read(path) is { } kept)
            return options with { ActivationBytes = kept.ActivationBytes, CacheBytes = kept.CacheBytes };
        var adapters = settings.Run.Policy.LoraRank > 0 ? new LoraOptions(settings.Run.Policy.LoraRank) : null;
        var (needed, available) = (TrainingMemory.Needed(model, adapters), TrainingMemory.Available());
        if (settings.Run.Grpo.KlCoefficient > 0)
            available -= 2 * model.ParameterCount * sizeof(float); // the reference policy beside it
        if (TrainingMemory.Fit(options with { Lora = adapters }, model, available) is not { } fitted)
            throw new UserErrorException(string.Create(
                CultureInfo.InvariantCulture,
                $"policy.checkpoint {settings.Run.Policy.Checkpoint}: training {model.ParameterCount:N0} parameters needs {Figures.Memory(needed)} and some for activations, and {Figures.Memory(available)} are free. {(adapters is null ? $"Train adapters instead (--set policy.lora_rank=16 needs {Figures.Memory(TrainingMemory.Needed(model, new LoraOptions()))}), or take a smaller model." : "Take a smaller model.")}"));
        var chosen = new EngineMemory(fitted.ActivationBytes, fitted.CacheBytes);
        AtomicFile.Write(path, JsonSerializer.Serialize(chosen, EngineMemoryJson.Default.EngineMemory));
        watcher.OnNote($"memory: {Figures.Memory(available)} free, about {Figures.Memory(needed)} for the model in training, {Figures.Memory(chosen.ActivationBytes)} for activations (what is longer is computed twice), {Figures.Memory(chosen.CacheBytes)} for cached keys and values");
        return options with { ActivationBytes = chosen.ActivationBytes, CacheBytes = chosen.CacheBytes };
    }

    private static EngineMemory? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), EngineMemoryJson.Default.EngineMemory) is { ActivationBytes: > 0, CacheBytes: >= 0 } read ? read : null;
        }
        catch (JsonException cause)
        {
            throw new UserErrorException($"{path} cannot be read: {cause.Message} Remove it; the memory is then chosen anew.", cause);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(EngineMemory))]
internal sealed partial class EngineMemoryJson : JsonSerializerContext;
