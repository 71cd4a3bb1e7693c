using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Forward;
using FissionGrpo.Model.Losses;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Conformance.Golden;

/// <summary>Recorded losses with the gradient of every parameter.</summary>
internal static class GoldenLosses
{
    public static void Check(string folder, JsonElement manifest, TransformerEngine engine, Verdicts verdicts)
    {
        foreach (var loss in manifest.GetProperty("losses").EnumerateObject())
        {
            var place = $"{Path.GetFileName(folder)}/{loss.Name}";
            var (batch, options) = Read(folder, loss.Value.GetProperty("settings"));
            engine.Optimizer.ClearGradients();
            var result = engine.Run(batch, options, gradients: true);
            verdicts.Within("loss", place, Math.Abs(result.Loss - loss.Value.GetProperty("loss_f64").GetDouble()), Compare.Loss);
            verdicts.Within("loss without gradient", place, Math.Abs(result.Loss - engine.Run(batch, options, gradients: false).Loss), 1e-9);
            CheckMetrics(loss.Value, place, result, verdicts);
            using var gradients = SafetensorsFile.Open(Path.Combine(folder, $"grads_{loss.Name}.safetensors"));
            CheckGradients(gradients, place, loss.Value, engine, verdicts);
            CheckLogitGradients(gradients, folder, place, batch, options, engine, verdicts);
        }
    }

    /// <summary>The recorded batch and the loss that its settings name.</summary>
    public static (TrainingBatch Batch, LossOptions Options) Read(string folder, JsonElement settings)
    {
        var sequenceLevel = Text(settings, "level") == "sequence";
        var crossEntropy = Text(settings, "kind") == "ce";
        var options = new LossOptions(
            crossEntropy ? LossKind.CrossEntropy : sequenceLevel ? LossKind.SequencePolicyGradient : LossKind.PolicyGradient,
            Text(settings, "agg") switch
            {
                null or "token_mean" => LossReduction.TokenMean,
                "seq_mean" => LossReduction.SequenceMean,
                "constant" => LossReduction.Constant,
                var other => throw new NotSupportedException($"aggregation {other}"),
            },
            KlCoefficient: (float)Number(settings, "beta", 0),
            Constant: (float)Number(settings, "dr_len", 1),
            Temperature: (float)Number(settings, "temperature", 1));

        using var file = SafetensorsFile.Open(Path.Combine(folder, "batch.safetensors"));
        var rows = RecordedRows.Read(file, "");
        var mask = file.ReadFloats(Text(settings, "mask") ?? "target_mask");
        var old = crossEntropy ? null : file.ReadFloats(Text(settings, "old") ?? "old_logprobs");
        var reference = crossEntropy ? null : file.ReadFloats("ref_logprobs");
        var advantages = crossEntropy ? null : file.ReadFloats("advantages");
        var width = (int)file.Entry("input_ids").Shape[1] - 1;
        return (new TrainingBatch([.. rows.Select(Sequence)]), options);

        TrainingSequence Sequence(RecordedRow row) => new(
            row.Tokens, Align(row, mask), advantages is null ? [] : [.. row.Columns.Select(_ => advantages[row.Row])], Align(row, old), Align(row, reference));

        ImmutableArray<float> Align(RecordedRow row, float[]? values) =>
            values is null ? [] : [.. row.Columns.Select((column, i) => i == 0 ? 0 : values[(row.Row * width) + column - 1])];
    }

    private static void CheckMetrics(JsonElement recorded, string place, ForwardBackwardResult result, Verdicts verdicts)
    {
        if (!recorded.TryGetProperty("metrics", out var metrics))
            return;
        foreach (var (theirs, ours, accepted) in new[]
        {
            ("mean_kl_k3", "kl", 1e-5), ("clip_low_token_fraction", "clip_low_fraction", 1e-9), ("clip_high_token_fraction", "clip_high_fraction", 1e-9),
        })
        {
            if (metrics.TryGetProperty(theirs, out var expected))
                verdicts.Within("metric", $"{place} {theirs}", Math.Abs(result.Metrics[ours] - expected.GetDouble()), accepted);
        }
    }

    /// <summary>dLoss/dLogits of every row, which the engine forms chunk by chunk and never keeps: rebuilt here from the derivatives by the log-probabilities.</summary>
    private static void CheckLogitGradients(SafetensorsFile file, string folder, string place, TrainingBatch batch, LossOptions options, TransformerEngine engine, Verdicts verdicts)
    {
        if (!file.Tensors.TryGetValue("dlogits", out var entry))
            return;
        using var recordedBatch = SafetensorsFile.Open(Path.Combine(folder, "batch.safetensors"));
        var rows = RecordedRows.Read(recordedBatch, "");
        var tree = TokenTree.Build([.. batch.Sequences.Select(s => s.Tokens)], share: false);
        var terms = new LossTerms(tree, [.. Enumerable.Range(0, batch.Sequences.Length)], options, new LossTally(batch, options));
        engine.Pass.Forward(tree, terms, options.Temperature);
        var logits = engine.Pass.Logits(tree);
        var (columns, vocabulary) = ((int)entry.Shape[1], (int)entry.Shape[2]);
        var found = new float[entry.Count];
        for (var target = 0; target < terms.Targets.Length; target++)
        {
            var (treeRow, token) = terms.Targets[target];
            var sequence = Array.FindIndex(tree.Paths, path => path.Contains(treeRow));
            var at = ((rows[sequence].Row * columns) + rows[sequence].Columns[Array.IndexOf(tree.Paths[sequence], treeRow)]) * vocabulary;
            var row = logits.AsSpan(treeRow * vocabulary, vocabulary).ToArray();
            var most = row.Max();
            var sum = row.Sum(l => Math.Exp((l - most) / options.Temperature));
            for (var v = 0; v < vocabulary; v++)
                found[at + v] += (float)(terms.Slopes[target] * ((v == token ? 1 : 0) - (Math.Exp((row[v] - most) / options.Temperature) / sum)) / options.Temperature);
        }
        verdicts.Within("gradient of the logits", place, Compare.MaxAbs(file.ReadFloats("dlogits"), found), Compare.GradientAbsolute);
    }

    private static unsafe void CheckGradients(SafetensorsFile file, string place, JsonElement recorded, TransformerEngine engine, Verdicts verdicts)
    {
        var squares = 0.0;
        foreach (var parameter in engine.Weights.Layout.Parameters)
        {
            var found = new ReadOnlySpan<float>(engine.Optimizer.Gradients() + parameter.Offset, (int)parameter.Count);
            var expected = file.ReadFloats($"grad.{parameter.Name}");
            verdicts.Within("gradient, relative", $"{place} {parameter.Name}", Compare.RelativeL2(expected, found), Compare.GradientRelative);
            verdicts.Within("gradient, absolute", $"{place} {parameter.Name}", Compare.MaxAbs(expected, found), Compare.GradientAbsolute);
            foreach (var value in found)
                squares += (double)value * value;
        }
        var norm = recorded.GetProperty("grad_norm_f64").GetDouble();
        verdicts.Within("gradient norm", place, Math.Abs(Math.Sqrt(squares) - norm) / norm, Compare.GradientNormRelative);
    }

    private static string? Text(JsonElement settings, string name) => settings.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static double Number(JsonElement settings, string name, double otherwise) => settings.TryGetProperty(name, out var value) ? value.GetDouble() : otherwise;
}
