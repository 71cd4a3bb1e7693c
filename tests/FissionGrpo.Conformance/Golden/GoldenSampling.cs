using System.Text.Json;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Decoding;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Conformance.Golden;

/// <summary>Probabilities after temperature, top-k, top-p and min-p; the greedy token; and the log-probability that a draw reports.</summary>
internal sealed class GoldenSampling : IGoldenPart
{
    public bool Recognises(string folder) => File.Exists(Path.Combine(folder, "sampling.safetensors")) && File.Exists(Path.Combine(folder, "golden.json"));

    public void Check(string folder, Verdicts verdicts)
    {
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden.json")));
        using var file = SafetensorsFile.Open(Path.Combine(folder, "sampling.safetensors"));
        foreach (var item in manifest.RootElement.GetProperty("cases").EnumerateArray())
            CheckCase(file, item, verdicts);
    }

    private static unsafe void CheckCase(SafetensorsFile file, JsonElement item, Verdicts verdicts)
    {
        var place = item.GetProperty("key").GetString()!;
        var settings = item.GetProperty("settings");
        var options = new SamplingOptions(
            (float)Number(settings, "temperature", 1), (int)Number(settings, "top_k", 0), (float)Number(settings, "top_p", 1), (float)Number(settings, "min_p", 0));
        var logits = file.ReadFloats(item.GetProperty("logits").GetString()!);
        var expected = file.ReadFloats(item.GetProperty("probs").GetString()!);
        var found = (float[])logits.Clone();
        var scratch = new float[TokenDraw.ScratchFloats(logits.Length)];
        fixed (float* row = found, room = scratch, raw = logits)
        {
            verdicts.Check("a distribution", place, SamplingFilters.Apply(row, found.Length, options, room), () => "the filters found none");
            if (item.TryGetProperty("greedy_token", out var greedy) && greedy.ValueKind == JsonValueKind.Number)
                verdicts.Equal("greedy", place, greedy.GetRawText(), $"{SamplingFilters.Greedy(raw, logits.Length)}");
            var rng = new SampleRng(new Seed(1));
            var (token, logProb) = TokenDraw.Draw(raw, logits.Length, options, room, ref rng);
            verdicts.Check("a draw", place, token >= 0 && found[token] > 0, () => $"drew token {token}, which the filters drop");
            verdicts.Within("log-probability of a draw", place, Math.Abs(logProb - Math.Log(found[token])), Compare.LogProbs);
        }
        verdicts.Equal("tokens kept", place, item.GetProperty("kept").GetRawText(), $"{found.Count(p => p > 0)}");
        if (item.GetProperty("compare").GetString() != "elementwise")
        {
            Array.Sort(expected);
            Array.Sort(found);
        }
        verdicts.Within("sampling probabilities", place, Compare.MaxAbs(expected, found), Compare.Probabilities);
    }

    private static double Number(JsonElement settings, string name, double otherwise) =>
        settings.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : otherwise;
}
