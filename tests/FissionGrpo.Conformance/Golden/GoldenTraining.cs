using System.Text.Json;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Conformance.Golden;

/// <summary>Recorded runs of three AdamW steps on the same batch.</summary>
internal static class GoldenTraining
{
    public static void Check(string folder, JsonElement manifest, Verdicts verdicts)
    {
        if (!manifest.TryGetProperty("adamw", out var runs))
            return;
        foreach (var run in runs.EnumerateObject())
            CheckRun(folder, manifest, run, verdicts);
    }

    private static unsafe void CheckRun(string folder, JsonElement manifest, JsonProperty run, Verdicts verdicts)
    {
        var place = $"{Path.GetFileName(folder)}/adamw {run.Name}";
        var settings = manifest.GetProperty("losses").GetProperty(run.Value.GetProperty("loss_case").GetString()!).GetProperty("settings");
        var (batch, loss) = GoldenLosses.Read(folder, settings);
        var adam = new AdamOptions(1e-3f, 0.9f, 0.95f, 1e-8f, 0.1f, 1f, run.Value.GetProperty("weight_decay_on_1d_parameters").GetBoolean());
        using var engine = GoldenModel.Open(folder);
        foreach (var step in run.Value.GetProperty("steps_f64").EnumerateArray())
        {
            var result = engine.Run(batch, loss, gradients: true);
            var norm = engine.Step(adam).GradientNorm;
            var number = step.GetProperty("step").GetInt32();
            // After the first step the parameters differ by their own tolerance already, and the loss with them.
            verdicts.Within("loss of a step", $"{place} step {number}", Math.Abs(result.Loss - step.GetProperty("loss").GetDouble()), number == 1 ? Compare.Loss : 5e-5);
            var expected = step.GetProperty("grad_norm_before_clip").GetDouble();
            verdicts.Within("gradient norm of a step", $"{place} step {number}", Math.Abs(norm - expected) / expected, number == 1 ? Compare.GradientNormRelative : 5e-5);
        }
        using var file = SafetensorsFile.Open(Path.Combine(folder, $"adamw_{run.Name}.safetensors"));
        var (squares, count, far, worst) = (0.0, 0L, 0L, 0.0);
        foreach (var parameter in engine.Weights.Layout.Parameters)
        {
            var expected = file.ReadFloats($"params.{parameter.Name}");
            for (var i = 0; i < expected.Length; i++)
            {
                var difference = Math.Abs((double)expected[i] - engine.Weights.Values[parameter.Offset + i]);
                squares += difference * difference;
                count++;
                far += difference <= 2e-5 ? 0 : 1;
                worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
            }
        }
        verdicts.Within("parameters, rms", place, Math.Sqrt(squares / count), 5e-6);
        verdicts.Within("parameters, share beyond 2e-5", place, (double)far / count, 1e-3);
        verdicts.Within("parameters, largest", place, worst, 6e-3);
    }
}
