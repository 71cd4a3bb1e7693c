using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Forward;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Conformance.Golden;

/// <summary>What a recorded forward pass held on its way, <c>single.act.*</c>, against what ours keeps for its way back. The first place that differs is where a wrong model goes wrong.</summary>
internal static unsafe class GoldenActivations
{
    private const string Prefix = "single.act.";

    public static void Check(SafetensorsFile recorded, string folder, TransformerEngine engine, Verdicts verdicts)
    {
        if (!recorded.Tensors.ContainsKey(Prefix + "embed"))
            return;
        var c = engine.Weights.Configuration;
        var row = RecordedRows.Read(recorded, "single").Single();
        var tree = TokenTree.Build([row.Tokens], [row.Positions]);
        var (rows, channels) = (tree.Rows, c.Channels);
        var kept = engine.Pass.Trace(tree, out var output);
        var first = kept[0];

        Compare("embed", Rows(first.Input, channels));
        Compare("layer0.input_layernorm", Rows(first.InputNormed, channels));
        if (c.QkNorm)
        {
            // Families without head norms rotate in place, and only what is rotated is left.
            Compare("layer0.q_proj", Columns(first.Qkv, 0, c.QueryChannels));
            Compare("layer0.k_proj", Columns(first.Qkv, c.QueryChannels, c.KeyValueChannels));
        }
        Compare("layer0.v_proj", Columns(first.Qkv, c.QueryChannels + c.KeyValueChannels, c.KeyValueChannels));
        Compare("layer0.q_rope", Columns(first.Rotated, 0, c.QueryChannels));
        Compare("layer0.k_rope", Columns(first.Rotated, c.QueryChannels, c.KeyValueChannels));
        Compare("layer0.attn_probs", Probabilities());
        Compare("layer0.attn_heads_out", Rows(first.Attended, c.QueryChannels));
        Compare("layer0.o_proj", Minus(Rows(first.Middle, channels), Rows(first.Input, channels)));
        Compare("layer0.after_attention_residual", Rows(first.Middle, channels));
        Compare("layer0.post_attention_layernorm", Rows(first.MiddleNormed, channels));
        Compare("layer0.mlp", Minus(Out(0), Rows(first.Middle, channels)));
        for (var layer = 0; layer < c.Layers; layer++)
            Compare($"layer{layer}.out", Out(layer));

        void Compare(string name, float[] found)
        {
            if (recorded.Tensors.ContainsKey(Prefix + name))
                verdicts.Within("activations", $"{Path.GetFileName(folder)}/{name}", Golden.Compare.MaxAbs(Ordered(name), found), Golden.Compare.Logits);
        }

        // Our rows are the recording's columns, in the order in which the tree laid them.
        float[] Ordered(string name)
        {
            var expected = recorded.ReadFloats(Prefix + name);
            return name.EndsWith("attn_probs", StringComparison.Ordinal) ? expected : Permuted(expected, expected.Length / rows);
        }

        float[] Permuted(float[] values, int width)
        {
            var result = new float[values.Length];
            for (var t = 0; t < rows; t++)
                values.AsSpan(t * width, width).CopyTo(result.AsSpan(tree.Paths[0][t] * width));
            return result;
        }

        float[] Rows(float* values, int width) => new ReadOnlySpan<float>(values, rows * width).ToArray();

        float[] Out(int layer) => Rows(layer + 1 < c.Layers ? kept[layer + 1].Input : output, channels);

        float[] Columns(float* values, int start, int width)
        {
            var result = new float[rows * width];
            for (var r = 0; r < rows; r++)
                new ReadOnlySpan<float>(values + (r * first.QkvStride) + start, width).CopyTo(result.AsSpan(r * width));
            return result;
        }

        // The kernels never hold them: what the kept rotations and normalisers imply.
        float[] Probabilities()
        {
            var result = new float[c.Heads * rows * rows];
            for (var h = 0; h < c.Heads; h++)
                for (var t = 0; t < rows; t++)
                    for (var s = 0; s <= t; s++)
                    {
                        var (q, k) = (tree.Paths[0][t], tree.Paths[0][s]);
                        var query = new ReadOnlySpan<float>(first.Rotated + (q * first.QkvStride) + (h * c.HeadSize), c.HeadSize);
                        var key = new ReadOnlySpan<float>(first.Rotated + (k * first.QkvStride) + c.QueryChannels + (h / (c.Heads / c.KeyValueHeads) * c.HeadSize), c.HeadSize);
                        var score = 0.0;
                        for (var i = 0; i < c.HeadSize; i++)
                            score += (double)query[i] * key[i];
                        result[(((h * rows) + t) * rows) + s] = (float)Math.Exp((score / Math.Sqrt(c.HeadSize)) - first.LogSumExp[(q * c.Heads) + h]);
                    }
            return result;
        }
    }

    private static float[] Minus(float[] a, float[] b) => [.. a.Zip(b, (x, y) => x - y)];
}
