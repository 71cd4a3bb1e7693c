using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Model.Checkpoints;

namespace FissionGrpo.Model.Adapters;

/// <summary>Adapters in the layout of PEFT: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
public static class AdapterFolder
{
    internal const string ConfigurationName = "adapter_config.json";
    internal const string WeightsName = "adapter_model.safetensors";
    private const long MostBytes = 16 << 20;

    /// <summary>Whether a folder holds adapters.</summary>
    public static bool IsOne(string folder) => File.Exists(Path.Combine(CheckpointFiles.Standing(folder), ConfigurationName));

    /// <summary>Reads what the adapters are.</summary>
    /// <exception cref="CheckpointException">The configuration is missing, malformed, or of a kind that the engine does not compute.</exception>
    public static LoraOptions ReadOptions(string folder)
    {
        var path = Path.Combine(CheckpointFiles.Standing(folder), ConfigurationName);
        try
        {
            using var document = JsonDocument.Parse(CheckpointFiles.ReadAll(path, MostBytes), new JsonDocumentOptions { MaxDepth = 32 });
            return ReadOptions(path, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: a text that is no Unicode
        {
            throw CheckpointException.NotJson(path, e);
        }
    }

    internal static void Write(string folder, LoraAdapters adapters)
    {
        using (var stream = File.Create(Path.Combine(folder, ConfigurationName)))
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("base_model_name_or_path", adapters.Options.BaseModel);
            json.WriteString("bias", "none");
            json.WriteBoolean("fan_in_fan_out", false);
            json.WriteBoolean("inference_mode", true);
            json.WriteNumber("lora_alpha", adapters.Options.Alpha);
            json.WriteNumber("lora_dropout", 0.0);
            json.WriteString("peft_type", "LORA");
            json.WriteNumber("r", adapters.Options.Rank);
            json.WriteStartArray("target_modules");
            foreach (var target in adapters.Options.TargetsOrAll)
                json.WriteStringValue(target);
            json.WriteEndArray();
            json.WriteString("task_type", "CAUSAL_LM");
            json.WriteBoolean("use_rslora", false);
            json.WriteEndObject();
        }
        SafetensorsWriter.Write(Path.Combine(folder, WeightsName), adapters.Parameters);
    }

    /// <summary>Reads A and B into adapters of the same rank and targets; the caller merges them.</summary>
    internal static unsafe void ReadInto(string folder, LoraAdapters adapters)
    {
        folder = CheckpointFiles.Standing(folder);
        var options = ReadOptions(folder);
        if (options.Rank != adapters.Options.Rank || options.Alpha != adapters.Options.Alpha)
            throw new CheckpointException(folder, null, $"holds adapters of rank {options.Rank} and alpha {options.Alpha}, expected {adapters.Options.Rank} and {adapters.Options.Alpha}");
        using var file = SafetensorsFile.Open(Path.Combine(folder, WeightsName));
        file.CheckHoldsExactly(adapters.Parameters.Parameters);
        foreach (var parameter in adapters.Parameters.Parameters)
            file.ReadParameter(parameter, adapters.Parameters.Values);
    }

    private static LoraOptions ReadOptions(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new CheckpointException(path, null, $"is a JSON {root.ValueKind}, expected an object");
        if (!root.TryGetProperty("peft_type", out var type) || type.ValueKind != JsonValueKind.String || !type.ValueEquals("LORA"))
            throw new CheckpointException(path, null, "peft_type is not LORA");
        foreach (var unsupported in new[] { "use_rslora", "use_dora", "fan_in_fan_out" })
        {
            if (root.TryGetProperty(unsupported, out var flag) && flag.ValueKind == JsonValueKind.True)
                throw new CheckpointException(path, null, $"{unsupported} is true, which the engine does not compute");
        }
        foreach (var unsupported in new[] { "rank_pattern", "alpha_pattern", "modules_to_save", "layers_to_transform" })
        {
            if (root.TryGetProperty(unsupported, out var value) && value.ValueKind != JsonValueKind.Null && value.GetRawText() is not ("{}" or "[]"))
                throw new CheckpointException(path, null, $"{unsupported} is set, which the engine does not compute");
        }
        if (root.TryGetProperty("bias", out var bias) && bias.ValueKind == JsonValueKind.String && !bias.ValueEquals("none"))
            throw new CheckpointException(path, null, "bias is not \"none\"");
        if (!root.TryGetProperty("r", out var rank) || rank.ValueKind != JsonValueKind.Number || !rank.TryGetInt32(out var r)
            || !root.TryGetProperty("lora_alpha", out var alpha) || alpha.ValueKind != JsonValueKind.Number
            || !root.TryGetProperty("target_modules", out var targets) || targets.ValueKind != JsonValueKind.Array)
            throw new CheckpointException(path, null, "needs the numbers r and lora_alpha and the list target_modules");
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var target in targets.EnumerateArray())
            names.Add(target.ValueKind == JsonValueKind.String ? target.GetString()! : throw new CheckpointException(path, null, "target_modules holds something that is no text"));
        var options = new LoraOptions(r, alpha.GetSingle(), [.. LoraOptions.AllTargets.Where(names.Contains), .. names.Where(n => !LoraOptions.AllTargets.Contains(n))]);
        return options.Problem() is { } problem ? throw new CheckpointException(path, null, problem) : options;
    }
}
