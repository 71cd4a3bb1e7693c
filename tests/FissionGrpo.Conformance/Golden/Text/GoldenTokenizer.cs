using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Conformance.Golden;

/// <summary>Encodings, decodings and character classes recorded from the reference tokenizer library. All exact.</summary>
internal sealed class GoldenTokenizer : IGoldenPart
{
    public bool Recognises(string folder) => File.Exists(Path.Combine(folder, "encode.jsonl.gz")) || File.Exists(Path.Combine(folder, "decode.jsonl.gz"));

    public void Check(string folder, Verdicts verdicts)
    {
        var tokenizer = Tokenizer.Read(Unpack(folder, "tokenizer.json"), place: Path.Combine(folder, "tokenizer.json"));
        CheckEncodings(tokenizer, folder, verdicts);
        CheckDecodings(tokenizer, folder, verdicts);
        CheckSurrogates(tokenizer, folder, verdicts);
        CheckClasses(folder, verdicts);
        CheckVocabulary(tokenizer, folder, verdicts);
    }

    /// <summary><c>vocab_facts.json</c>: the added tokens, and the first id that nothing has.</summary>
    private static void CheckVocabulary(Tokenizer tokenizer, string folder, Verdicts verdicts)
    {
        if (!Exists(folder, "vocab_facts.json"))
            return;
        using var facts = JsonDocument.Parse(Unpack(folder, "vocab_facts.json"));
        verdicts.Equal("vocabulary", "first unused id", facts.RootElement.GetProperty("first_unused_id").GetRawText(), tokenizer.VocabularySize.ToString(CultureInfo.InvariantCulture));
        var added = facts.RootElement.GetProperty("added_tokens").EnumerateArray().ToArray();
        verdicts.Equal("vocabulary", "added tokens", $"{added.Length}", $"{tokenizer.AddedTokens.Length}");
        foreach (var token in added)
        {
            var (id, content) = (token.GetProperty("id").GetInt32(), token.GetProperty("content").GetString()!);
            verdicts.Equal("vocabulary", content, $"{id} {token.GetProperty("special").GetBoolean()}", $"{tokenizer.IdOf(content)} {tokenizer.IsSpecial(id)}");
        }
    }

    internal static IEnumerable<(int Number, JsonElement Case)> Lines(string folder, string file)
    {
        if (!Exists(folder, file))
            yield break;
        var number = 0;
        foreach (var line in Encoding.UTF8.GetString(Unpack(folder, file)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            yield return (++number, Parse(line, $"{Path.Combine(folder, file)}, line {number}"));
    }

    private static JsonElement Parse(string line, string place)
    {
        try
        {
            return JsonDocument.Parse(line).RootElement;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{place}: not JSON: {e.Message}", e);
        }
    }

    private static bool Exists(string folder, string file) => File.Exists(Path.Combine(folder, file)) || File.Exists(Path.Combine(folder, file + ".gz"));

    private static byte[] Unpack(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        if (File.Exists(path))
            return File.ReadAllBytes(path);
        using var packed = new GZipStream(File.OpenRead(path + ".gz"), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        packed.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    private static void CheckEncodings(Tokenizer tokenizer, string folder, Verdicts verdicts)
    {
        foreach (var (number, line) in Lines(folder, "encode.jsonl"))
        {
            var place = $"encode.jsonl:{number} ({line.GetProperty("cat").GetString()})";
            var text = line.GetProperty("text").GetString()!;
            var ids = Ids(line);
            verdicts.Equal("encode", place, Show(ids), Show(tokenizer.Encode(text)));
            var decoded = tokenizer.Decode(ids);
            verdicts.Equal("decode", place, Text(line, "decoded") ?? NormalizationFormC.Normalize(text), decoded);
            verdicts.Equal("decode skipping special", place, Text(line, "decoded_skip_special") ?? decoded, tokenizer.Decode(ids, skipSpecial: true));
        }
    }

    private static void CheckDecodings(Tokenizer tokenizer, string folder, Verdicts verdicts)
    {
        foreach (var (number, line) in Lines(folder, "decode.jsonl"))
        {
            var place = $"decode.jsonl:{number}";
            verdicts.Equal("decode", place, Text(line, "decoded")!, tokenizer.Decode(Ids(line)));
            verdicts.Equal("decode skipping special", place, Text(line, "decoded_skip_special") ?? Text(line, "decoded")!, tokenizer.Decode(Ids(line), skipSpecial: true));
        }
    }

    private static void CheckSurrogates(Tokenizer tokenizer, string folder, Verdicts verdicts)
    {
        if (!Exists(folder, "lone_surrogates.json"))
            return;
        using var document = JsonDocument.Parse(Unpack(folder, "lone_surrogates.json"));
        var number = 0;
        foreach (var entry in document.RootElement.EnumerateArray())
        {
            var text = new string([.. entry.GetProperty("utf16").EnumerateArray().Select(u => (char)u.GetInt32())]);
            verdicts.Equal("lone surrogate", $"lone_surrogates.json[{number++}]", Show(Ids(entry)), Show(tokenizer.Encode(text)));
        }
    }

    private static void CheckClasses(string folder, Verdicts verdicts)
    {
        if (!Exists(folder, "char_classes.json"))
            return;
        using var document = JsonDocument.Parse(Unpack(folder, "char_classes.json"));
        foreach (var entry in document.RootElement.EnumerateObject())
        {
            if (entry.Name == "nfc_changed_single_code_points")
            {
                CheckNormalization(entry.Value, verdicts);
                continue;
            }
            var pattern = entry.Name switch
            {
                "L" => @"\p{L}",
                "N" => @"\p{N}",
                "whitespace" => @"\s",
                var name when name.StartsWith("case_insensitive_", StringComparison.Ordinal) => $"(?i:{name[^1]})",
                _ => null,
            };
            if (pattern is null)
                continue;
            var splitter = new PreTokenizer([new SplitStep(pattern, SplitBehavior.Removed)], addPrefixSpace: false, entry.Name);
            var expected = new HashSet<int>();
            foreach (var range in entry.Value.GetProperty("ranges").EnumerateArray())
                for (var c = range[0].GetInt32(); c <= range[1].GetInt32(); c++)
                    expected.Add(c);
            var wrong = CodePoints().Where(c => (splitter.Split(char.ConvertFromUtf32(c)).Count == 0) != expected.Contains(c)).ToArray();
            verdicts.Check("character class", entry.Name, wrong.Length == 0, () => $"{wrong.Length} code points differ, the first is U+{wrong[0]:X4}");
        }
    }

    private static void CheckNormalization(JsonElement recorded, Verdicts verdicts)
    {
        var changed = recorded.GetProperty("map").EnumerateArray()
            .ToDictionary(e => e[0].GetInt32(), e => string.Concat(e[1].EnumerateArray().Select(c => char.ConvertFromUtf32(c.GetInt32()))));
        foreach (var c in CodePoints())
        {
            var text = char.ConvertFromUtf32(c);
            var normal = NormalizationFormC.Normalize(text);
            if (changed.TryGetValue(c, out var expected) || normal != text)
                verdicts.Equal("normal form C", $"U+{c:X4}", expected ?? text, normal);
        }
    }

    private static IEnumerable<int> CodePoints() => Enumerable.Range(0, 0x110000).Where(c => c is < 0xD800 or > 0xDFFF);

    private static int[] Ids(JsonElement line) => [.. line.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32())];

    private static string Show(IEnumerable<int> ids) => string.Join(' ', ids.Select(i => i.ToString(CultureInfo.InvariantCulture)));

    private static string? Text(JsonElement line, string name) => line.TryGetProperty(name, out var text) ? text.GetString() : null;
}
