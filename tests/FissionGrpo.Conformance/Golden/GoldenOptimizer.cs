using System.Text.Json;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Conformance.Golden;

/// <summary>AdamW and clipping by themselves, free of a model's gradient noise.</summary>
internal sealed class GoldenOptimizer : IGoldenPart
{
    public bool Recognises(string folder) => File.Exists(Path.Combine(folder, "adamw.safetensors")) && File.Exists(Path.Combine(folder, "golden.json"));

    public void Check(string folder, Verdicts verdicts)
    {
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden.json")));
        using var file = SafetensorsFile.Open(Path.Combine(folder, "adamw.safetensors"));
        using var team = new ThreadTeam(2);
        foreach (var run in manifest.RootElement.GetProperty("runs").EnumerateObject())
            CheckRun(file, run, team, verdicts);
        foreach (var clip in manifest.RootElement.EnumerateObject().Where(p => p.Value.TryGetProperty("max_norm", out _)))
            CheckClip(file, clip, team, verdicts);
    }

    private static unsafe void CheckRun(SafetensorsFile file, JsonProperty run, ThreadTeam team, Verdicts verdicts)
    {
        var settings = run.Value;
        float[] rates = [.. settings.GetProperty("lr").EnumerateArray().Select(r => r.GetSingle())];
        float[] betas = [.. settings.GetProperty("betas").EnumerateArray().Select(b => b.GetSingle())];
        var weights = file.ReadFloats("p0");
        var gradients = file.ReadFloats("grads");
        var expected = file.ReadFloats($"{run.Name}.params_per_step");
        var count = weights.Length;
        var (first, second) = (new float[count], new float[count]);
        fixed (float* g = gradients, w = weights, m = first, v = second)
        {
            for (var step = 1; step <= rates.Length; step++)
            {
                AdamW.Step(
                    team, g + ((step - 1) * count), count, 1, step, rates[step - 1], betas[0], betas[1], settings.GetProperty("eps").GetSingle(),
                    settings.GetProperty("weight_decay").GetSingle(), w, m, v);
                verdicts.Within("isolated AdamW", $"{run.Name} step {step}", Compare.MaxAbs(expected.AsSpan((step - 1) * count, count), weights), Compare.IsolatedAdamW);
            }
        }
        verdicts.Within("first moment", run.Name, Compare.RelativeL2(file.ReadFloats($"{run.Name}.exp_avg"), first), Compare.IsolatedAdamW);
        verdicts.Within("second moment", run.Name, Compare.RelativeL2(file.ReadFloats($"{run.Name}.exp_avg_sq"), second), Compare.IsolatedAdamW);
    }

    private static unsafe void CheckClip(SafetensorsFile file, JsonProperty clip, ThreadTeam team, Verdicts verdicts)
    {
        var inputs = new List<float[]>();
        while (file.Tensors.ContainsKey($"{clip.Name}.in.{inputs.Count}"))
            inputs.Add(file.ReadFloats($"{clip.Name}.in.{inputs.Count}"));
        var squares = 0.0;
        foreach (var input in inputs)
        {
            fixed (float* x = input)
                squares += GradientNorm.SumOfSquares(team, x, input.Length);
        }
        var norm = Math.Sqrt(squares);
        var expected = clip.Value.GetProperty("total_norm").GetDouble();
        verdicts.Within("norm before clipping", clip.Name, Math.Abs(norm - expected) / Math.Max(1, expected), Compare.GradientNormRelative);
        var scale = (float)Math.Min(1, clip.Value.GetProperty("max_norm").GetDouble() / (norm + 1e-6));
        for (var i = 0; i < inputs.Count; i++)
            verdicts.Within("clipped gradient", $"{clip.Name} {i}", Compare.MaxAbs(file.ReadFloats($"{clip.Name}.out.{i}"), [.. inputs[i].Select(x => x * scale)]), Compare.IsolatedAdamW);
    }
}
