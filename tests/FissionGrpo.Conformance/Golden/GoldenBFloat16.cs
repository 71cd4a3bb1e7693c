using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Forward;
using FissionGrpo.Model.Policy;
using FissionGrpo.Model.Weights;

namespace FissionGrpo.Conformance.Golden;

/// <summary>A model with BF16 weights: arithmetic in single precision must agree tightly; arithmetic in BF16 is printed for information.</summary>
internal sealed class GoldenBFloat16 : IGoldenPart
{
    public bool Recognises(string folder)
    {
        var path = Path.Combine(folder, "forward.safetensors");
        if (!File.Exists(path))
            return false;
        using var file = SafetensorsFile.Open(path);
        return file.Tensors.ContainsKey("logits_f32_compute");
    }

    public void Check(string folder, Verdicts verdicts)
    {
        using var recorded = SafetensorsFile.Open(Path.Combine(folder, "forward.safetensors"));
        using var engine = GoldenModel.Open(folder);
        var rows = RecordedRows.Read(recorded, "");
        var tree = TokenTree.Build([.. rows.Select(r => r.Tokens)], [.. rows.Select(r => r.Positions)]);
        var logits = engine.Pass.Logits(tree);
        var found = Unroll(rows, tree, logits, engine.Weights.Configuration.VocabularySize);
        verdicts.Within("bf16 weights, f32 arithmetic", folder, Compare.MaxAbs(recorded.ReadFloats("logits_f32_compute"), found), Compare.Logits);
        using var frozen = new TransformerEngine(ModelWeights.Frozen(CheckpointFolder.Open(folder)), new EngineOptions(Threads: 2));
        var kept = Unroll(rows, tree, frozen.Pass.Logits(tree), engine.Weights.Configuration.VocabularySize);
        verdicts.Within("weights kept as bf16, f32 arithmetic", folder, Compare.MaxAbs(recorded.ReadFloats("logits_f32_compute"), kept), Compare.Logits);
        Console.WriteLine($"  bf16 arithmetic differs by {Compare.MaxAbs(recorded.ReadFloats("logits_bf16_compute"), found).Value:g3} (informative)");
    }

    private static float[] Unroll(List<RecordedRow> rows, TokenTree tree, float[] logits, int vocabulary)
    {
        var result = new List<float>();
        for (var s = 0; s < rows.Count; s++)
        {
            foreach (var row in tree.Paths[s])
                result.AddRange(logits.AsSpan(row * vocabulary, vocabulary));
        }
        return [.. result];
    }
}
