using System.Text;
using System.Text.Json;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Policy;
using FissionGrpo.Model.Weights;

namespace FissionGrpo.Conformance.Golden;

/// <summary>A tiny model with recorded forward cases, losses with gradients, and optimizer runs.</summary>
internal sealed class GoldenModel : IGoldenPart
{
    public bool Recognises(string folder) =>
        File.Exists(Path.Combine(folder, "golden.json")) && File.Exists(Path.Combine(folder, "batch.safetensors")) && File.Exists(Path.Combine(folder, "config.json"));

    public void Check(string folder, Verdicts verdicts)
    {
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden.json")));
        CheckConfiguration(folder, manifest.RootElement, verdicts);
        using (var engine = Open(folder))
        {
            GoldenForward.Check(folder, engine, verdicts);
            GoldenLosses.Check(folder, manifest.RootElement, engine, verdicts);
        }
        GoldenTraining.Check(folder, manifest.RootElement, verdicts);
    }

    /// <summary>An engine on two threads with the folder's weights.</summary>
    public static TransformerEngine Open(string folder)
    {
        using var checkpoint = CheckpointFolder.Open(folder);
        var weights = new ModelWeights(checkpoint.Configuration);
        checkpoint.ReadInto(weights);
        return new TransformerEngine(weights, new EngineOptions(Threads: 2));
    }

    private static void CheckConfiguration(string folder, JsonElement manifest, Verdicts verdicts)
    {
        var configuration = ConfigurationFile.Read(folder);
        if (manifest.TryGetProperty("parameter_count", out var count))
            verdicts.Equal("configuration", $"{folder} parameter count", count.GetRawText(), $"{configuration.ParameterCount}");
        var generation = Path.Combine(folder, "generation_config.json");
        if (File.Exists(generation))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(generation));
            var ends = document.RootElement.GetProperty("eos_token_id");
            int[] generating = ends.ValueKind is JsonValueKind.Array ? [.. ends.EnumerateArray().Select(e => e.GetInt32())] : [ends.GetInt32()];
            verdicts.Check(
                "configuration", $"{generation} end tokens", configuration.EndTokens.All(generating.Contains),
                () => $"generation ends at {string.Join(' ', generating)}, the model at {string.Join(' ', configuration.EndTokens)}");
        }
        var other = Path.Combine(folder, "config.v5-style.json");
        if (File.Exists(other))
        {
            verdicts.Equal(
                "configuration", other, Encoding.UTF8.GetString(ConfigurationFile.Write(configuration)),
                Encoding.UTF8.GetString(ConfigurationFile.Write(ConfigurationFile.Read(other))));
        }
    }
}
