using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Decoding;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Conformance.Golden;

/// <summary>The recorded sequences again, decoded token by token and in chunks against the key/value cache.</summary>
internal static class GoldenDecode
{
    public static void Check(SafetensorsFile recorded, string name, string place, RecordedRow row, TransformerEngine engine, Verdicts verdicts)
    {
        foreach (var chunk in new[] { 1, 7, row.Tokens.Length })
            CheckChunks(recorded, name, $"{place} {chunk} at a time", row, chunk, engine, verdicts);
    }

    private static unsafe void CheckChunks(SafetensorsFile recorded, string name, string place, RecordedRow row, int chunk, TransformerEngine engine, Verdicts verdicts)
    {
        var vocabulary = engine.Weights.Configuration.VocabularySize;
        var expected = recorded.ReadFloats($"{name}.logits");
        var first = row.Tokens.Length - (int)recorded.Entry($"{name}.logits").Shape[1];
        using var pool = new PagePool(engine.Weights.Configuration);
        var cache = new PrefixCache(pool, 1000);
        using var forward = new DecodeForward(engine, pool.Layout);
        using var sequence = DecodeSequence.Begin(cache, pool, row.Tokens.AsSpan());
        Distance worst = 0;
        while (sequence.Cached < sequence.Count)
        {
            forward.Begin();
            forward.Add(sequence, Math.Min(chunk, sequence.Count - sequence.Cached), wantLogits: true);
            forward.Run();
            var at = sequence.Cached - 1 - first;
            if (at >= 0)
                worst = worst.Or(Compare.MaxAbs(expected.AsSpan(at * vocabulary, vocabulary), new ReadOnlySpan<float>(forward.Logits(0), vocabulary), at * vocabulary));
        }
        verdicts.Within("logits of cached decoding", place, worst, Compare.Logits);
    }
}
