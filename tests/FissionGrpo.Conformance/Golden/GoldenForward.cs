using System.Collections.Immutable;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Forward;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Conformance.Golden;

/// <summary>Recorded logits, log-probabilities and entropies: padded, packed and shifted rows become sequences with explicit positions.</summary>
internal static class GoldenForward
{
    public static void Check(string folder, TransformerEngine engine, Verdicts verdicts)
    {
        using var recorded = SafetensorsFile.Open(Path.Combine(folder, "forward.safetensors"));
        const string suffix = ".input_ids";
        foreach (var key in recorded.Tensors.Keys.Where(k => k.EndsWith(suffix, StringComparison.Ordinal)))
            CheckCase(recorded, key[..^suffix.Length], folder, engine, verdicts);
        CheckRotation(recorded, folder, engine, verdicts);
        GoldenActivations.Check(recorded, folder, engine, verdicts);
    }

    /// <summary>The recorded cosines and sines, <c>[1, T, D]</c> with both halves alike.</summary>
    private static unsafe void CheckRotation(SafetensorsFile recorded, string folder, TransformerEngine engine, Verdicts verdicts)
    {
        if (!recorded.Tensors.TryGetValue("single.act.rope_cos", out var entry))
            return;
        var (tokens, size) = ((int)entry.Shape[1], (int)entry.Shape[2]);
        engine.Rope.Reach(tokens);
        foreach (var (name, table) in new[] { ("rope_cos", (nint)engine.Rope.Cos), ("rope_sin", (nint)engine.Rope.Sin) })
        {
            var expected = recorded.ReadFloats($"single.act.{name}");
            Distance worst = 0;
            for (var t = 0; t < tokens; t++)
            {
                var row = new ReadOnlySpan<float>((float*)table + (t * size / 2), size / 2);
                foreach (var at in (ReadOnlySpan<int>)[t * size, (t * size) + (size / 2)])
                    worst = worst.Or(Compare.MaxAbs(expected.AsSpan(at, size / 2), row, at));
            }
            verdicts.Within("rotation", $"{Path.GetFileName(folder)}/{name}", worst, 1e-6);
        }
    }

    private static void CheckCase(SafetensorsFile recorded, string name, string folder, TransformerEngine engine, Verdicts verdicts)
    {
        var place = $"{Path.GetFileName(folder)}/{name}";
        var sequences = RecordedRows.Read(recorded, name);
        var tree = TokenTree.Build([.. sequences.Select(s => s.Tokens)], [.. sequences.Select(s => s.Positions)]);
        var vocabulary = engine.Weights.Configuration.VocabularySize;
        var logits = engine.Pass.Logits(tree);

        var columns = (int)recorded.Entry($"{name}.input_ids").Shape[1];
        CheckLogits($"{name}.logits");
        if (recorded.Tensors.ContainsKey($"{name}.logits_f64"))
            CheckLogits($"{name}.logits_f64");
        if (sequences is [var only] && only.Positions.Select((position, i) => position == i).All(same => same))
            GoldenDecode.Check(recorded, name, place, only, engine, verdicts);
        CheckNextTokens(recorded, name, place, sequences, tree, logits, vocabulary, columns, verdicts);

        void CheckLogits(string tensor)
        {
            var expected = recorded.ReadFloats(tensor);
            var width = (int)recorded.Entry(tensor).Shape[1];
            Distance worst = 0;
            foreach (var (sequence, path) in sequences.Zip(tree.Paths))
                for (var i = 0; i < sequence.Columns.Length; i++)
                    if (sequence.Columns[i] - (columns - width) is >= 0 and var column)
                    {
                        var at = ((sequence.Row * width) + column) * vocabulary;
                        worst = worst.Or(Compare.MaxAbs(expected.AsSpan(at, vocabulary), logits.AsSpan(path[i] * vocabulary, vocabulary), at));
                    }
            verdicts.Within("logits", tensor.EndsWith("_f64", StringComparison.Ordinal) ? $"{place} in double precision" : place, worst, Compare.Logits);
        }
    }

    private static void CheckNextTokens(
        SafetensorsFile recorded, string name, string place, List<RecordedRow> sequences, TokenTree tree, float[] logits, int vocabulary, int columns, Verdicts verdicts)
    {
        var logProbs = recorded.ReadFloats($"{name}.next_token_logprobs");
        var entropies = recorded.ReadFloats($"{name}.next_token_entropy");
        var (worstLogProb, worstEntropy) = (0.0, 0.0);
        for (var s = 0; s < sequences.Count; s++)
        {
            for (var i = 0; i + 1 < sequences[s].Columns.Length; i++)
            {
                if (sequences[s].Columns[i + 1] != sequences[s].Columns[i] + 1)
                    continue;
                var row = logits.AsSpan(tree.Paths[s][i] * vocabulary, vocabulary).ToArray();
                var chosen = row[sequences[s].Tokens[i + 1]];
                var summary = Summarise(row);
                var at = (sequences[s].Row * (columns - 1)) + sequences[s].Columns[i];
                worstLogProb = Math.Max(worstLogProb, Math.Abs(summary.LogProb(chosen) - logProbs[at]));
                worstEntropy = Math.Max(worstEntropy, Math.Abs(summary.Entropy - entropies[at]));
            }
        }
        verdicts.Within("log-probabilities", place, worstLogProb, Compare.LogProbs);
        verdicts.Within("entropy", place, worstEntropy, Compare.LogProbs);
    }

    private static unsafe LogitSummary Summarise(float[] row)
    {
        fixed (float* start = row)
            return LogitRow.Exponentiate(start, row.Length, 1);
    }
}

/// <summary>One sequence of a recorded rectangle.</summary>
/// <param name="Row">Its row in the rectangle.</param>
/// <param name="Columns">The column of each of its tokens.</param>
/// <param name="Tokens">Its tokens.</param>
/// <param name="Positions">Their positions.</param>
internal sealed record RecordedRow(int Row, int[] Columns, ImmutableArray<int> Tokens, int[] Positions);

/// <summary>Turns a recorded rectangle with masks, segments and positions into sequences.</summary>
internal static class RecordedRows
{
    public static List<RecordedRow> Read(SafetensorsFile file, string name)
    {
        var prefix = name.Length == 0 ? "" : $"{name}.";
        var ids = file.ReadLongs($"{prefix}input_ids");
        var shape = file.Entry($"{prefix}input_ids").Shape;
        var mask = Optional(file, $"{prefix}attention_mask");
        var segments = Optional(file, $"{prefix}segment_ids");
        var positions = Optional(file, $"{prefix}position_ids");
        var columns = (int)shape[1];
        var rows = new List<RecordedRow>();
        for (var row = 0; row < shape[0]; row++)
        {
            var first = row * columns;
            var groups = Enumerable.Range(0, columns).Where(c => mask is null || mask[first + c] != 0).GroupBy(c => segments?[first + c] ?? 0);
            foreach (var group in groups)
            {
                int[] own = [.. group];
                rows.Add(new RecordedRow(
                    row, own, [.. own.Select(c => (int)ids[first + c])], [.. own.Select(c => (int)(positions?[first + c] ?? c))]));
            }
        }
        return rows;
    }

    private static long[]? Optional(SafetensorsFile file, string name) => file.Tensors.ContainsKey(name) ? file.ReadLongs(name) : null;
}
