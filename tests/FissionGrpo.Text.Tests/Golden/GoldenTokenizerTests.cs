using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using FissionGrpo.Testing;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Text.Tests.Golden;

/// <summary>The tokenizer of Qwen3 against recordings of the reference library.</summary>
public class GoldenTokenizerTests
{
    private static readonly Lazy<Tokenizer> LazyQwen = new(() => Tokenizer.Read(
        Unpack("tokenizer.json.gz"), File.ReadAllBytes(SharedMaterial.Path("golden/tokenizer/tokenizer_config.json"))));

    internal static Tokenizer Qwen => LazyQwen.Value;

    [SkippableFact]
    public void EveryRecordedText_EncodesAndDecodesExactly()
    {
        var qwen = Qwen;

        Assert.All(Lines("encode.jsonl.gz"), line =>
        {
            var ids = Ids(line);
            Sequences.Same(ids, qwen.Encode(line.GetProperty("text").GetString()!));
            var decoded = qwen.Decode(ids);
            Assert.Equal(Text(line, "decoded") ?? NormalizationFormC.Normalize(line.GetProperty("text").GetString()!), decoded);
            Assert.Equal(Text(line, "decoded_skip_special") ?? decoded, qwen.Decode(ids, skipSpecial: true));
        });
    }

    [SkippableFact]
    public void EveryRecordedIdSequence_DecodesExactly()
    {
        var qwen = Qwen;

        Assert.All(Lines("decode.jsonl.gz"), line =>
        {
            var ids = Ids(line);
            Assert.Equal(line.GetProperty("decoded").GetString(), qwen.Decode(ids));
            Assert.Equal(line.GetProperty("decoded_skip_special").GetString(), qwen.Decode(ids, skipSpecial: true));
        });
    }

    [SkippableFact]
    public void LoneSurrogates_EncodeAsTheReplacementCharacter()
    {
        using var cases = JsonDocument.Parse(File.ReadAllBytes(SharedMaterial.Path("golden/tokenizer/lone_surrogates.json")));

        Assert.All(cases.RootElement.EnumerateArray().ToArray(), entry =>
        {
            var text = new string([.. entry.GetProperty("utf16").EnumerateArray().Select(u => (char)u.GetInt32())]);
            Sequences.Same(Ids(entry), Qwen.Encode(text));
        });
    }

    [SkippableTheory]
    [InlineData("L", @"\p{L}")]
    [InlineData("N", @"\p{N}")]
    [InlineData("whitespace", @"\s")]
    [InlineData("case_insensitive_s", "(?i:s)")]
    [InlineData("case_insensitive_t", "(?i:t)")]
    [InlineData("case_insensitive_m", "(?i:m)")]
    [InlineData("case_insensitive_d", "(?i:d)")]
    [InlineData("case_insensitive_r", "(?i:r)")]
    [InlineData("case_insensitive_e", "(?i:e)")]
    [InlineData("case_insensitive_v", "(?i:v)")]
    [InlineData("case_insensitive_l", "(?i:l)")]
    public void CharacterClass_IsThatOfTheReference(string name, string pattern)
    {
        using var classes = JsonDocument.Parse(Unpack("char_classes.json.gz"));
        var expected = new HashSet<int>();
        foreach (var range in classes.RootElement.GetProperty(name).GetProperty("ranges").EnumerateArray())
            for (var c = range[0].GetInt32(); c <= range[1].GetInt32(); c++)
                expected.Add(c);
        var splitter = new PreTokenizer([new SplitStep(pattern, SplitBehavior.Removed)], addPrefixSpace: false, "test");

        var wrong = new List<string>();
        for (var c = 0; c <= 0x10FFFF; c++)
            if (c is < 0xD800 or > 0xDFFF && (splitter.Split(char.ConvertFromUtf32(c)).Count == 0) != expected.Contains(c))
                wrong.Add(c.ToString("X", CultureInfo.InvariantCulture));

        Assert.Empty(wrong);
    }

    [SkippableFact]
    public void SingleCodePoints_NormalizeLikeTheReference()
    {
        using var classes = JsonDocument.Parse(Unpack("char_classes.json.gz"));
        var changed = classes.RootElement.GetProperty("nfc_changed_single_code_points").GetProperty("map").EnumerateArray()
            .ToDictionary(e => e[0].GetInt32(), e => string.Concat(e[1].EnumerateArray().Select(c => char.ConvertFromUtf32(c.GetInt32()))));

        for (var c = 0; c <= 0x10FFFF; c++)
            if (c is < 0xD800 or > 0xDFFF && char.ConvertFromUtf32(c) is var text)
                Assert.Equal(changed.GetValueOrDefault(c, text), NormalizationFormC.Normalize(text));
    }

    private static byte[] Unpack(string file)
    {
        using var packed = new GZipStream(File.OpenRead(SharedMaterial.Path("golden/tokenizer/" + file)), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        packed.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    private static JsonElement[] Lines(string file) =>
        [.. Encoding.UTF8.GetString(Unpack(file)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];

    private static int[] Ids(JsonElement line) => [.. line.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32())];

    private static string? Text(JsonElement line, string name) => line.TryGetProperty(name, out var text) ? text.GetString() : null;
}
