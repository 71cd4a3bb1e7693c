using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Text.Tests.Tokenization;

public class TokenizerReaderTests
{
    [Fact]
    public void BothSpellingsOfMerges_ReadTheSame()
    {
        var json = Json();
        var pairs = json["model"]!["merges"]!.AsArray();
        json["model"]!["merges"] = new JsonArray([.. pairs.Select(p => (JsonNode)$"{p![0]} {p[1]}")]);

        var old = Read(json);

        Assert.All(TinyTokenizers.Corpus(), text => Sequences.Same(TinyTokenizers.Compact.Encode(text), old.Encode(text)));
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("[]", "expected Object")]
    [InlineData("{}", "no member model")]
    [InlineData("{\"model\": {\"type\": \"Unigram\"}}", "expected BPE")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {}, \"merges\": []}}", "pre_tokenizer is missing")]
    public void OtherFiles_AreRefused(string text, string reason) => AssertRefused(Encoding.UTF8.GetBytes(text), reason);

    public static TheoryData<string, string, string> Lies => new()
    {
        { "model.byte_fallback", "true", "SentencePiece" },
        { "model.end_of_word_suffix", "\"</w>\"", "end_of_word_suffix" },
        { "model.dropout", "0.1", "random" },
        { "model.vocab.lockDoors", "0", "same id" },
        { "model.vocab.lockDoors", "-1", "whole number" },
        { "model.vocab.lockDoors", "1e99", "whole number" },
        { "model.vocab.lockDoors", "2000000000", "whole number" },
        { "model.vocab.lockDoors", "\"7\"", "whole number" },
        { "model.merges", "[[\"l\", \"zzz\"]]", "no token" },
        { "model.merges", "[[\"l\"]]", "expected String" },
        { "model.merges", "[\"l o c\"]", "one blank" },
        { "model.merges", "[\"l\"]", "one blank" },
        { "model.merges", "[7]", "expected String" },
        { "model.merges", "{}", "expected Array" },
        { "added_tokens", "[{\"id\": 300, \"content\": \"<x>\"}]", "contradicts" },
        { "added_tokens", "[{\"id\": 9000, \"content\": \"\"}]", "characters" },
        { "added_tokens", "[{\"id\": 9000, \"content\": \"<x>\"}, {\"id\": 9000, \"content\": \"<y>\"}]", "repeats" },
        { "added_tokens", "[{\"id\": 9000, \"content\": \"<x>\"}, {\"id\": 9001, \"content\": \"<x>\"}]", "repeats" },
        { "added_tokens", "[{\"id\": 9000, \"content\": \"<x>\", \"special\": 1}]", "expected true or false" },
        { "added_tokens", "[7]", "expected Object" },
        { "normalizer", "{\"type\": \"NFKC\"}", "expected NFC" },
        { "normalizer", "{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"Prepend\"}]}", "expected NFC" },
        { "pre_tokenizer", "{\"type\": \"Metaspace\"}", "Metaspace" },
        { "pre_tokenizer", "{\"type\": \"Split\", \"pattern\": {\"String\": \" \"}, \"behavior\": \"Removed\"}", "no ByteLevel" },
        { "pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\", \"pattern\": {\"Regex\": \"(\"}, \"behavior\": \"Isolated\"}, {\"type\": \"ByteLevel\", \"add_prefix_space\": false}]}", "regular expression" },
        { "pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"ByteLevel\", \"use_regex\": false, \"add_prefix_space\": false}, {\"type\": \"ByteLevel\"}]}", "after ByteLevel" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void LyingFile_IsRefusedWithTheReason(string member, string value, string reason)
    {
        var json = Json();
        JsonNode parent = json;
        var path = member.Split('.');
        foreach (var name in path[..^1])
            parent = parent[name]!;
        parent[path[^1]] = JsonNode.Parse(value);

        AssertRefused(Encoding.UTF8.GetBytes(json.ToJsonString()), reason);
    }

    [Fact]
    public void HalfSurrogateInAToken_IsRefused() => AssertRefused(
        Encoding.UTF8.GetBytes("{\"pre_tokenizer\": {\"type\": \"ByteLevel\"}, \"model\": {\"type\": \"BPE\", \"vocab\": {\"\\ud800\": 1}, \"merges\": []}}"), "surrogate");

    [Fact]
    public void DamagedFile_IsReadOrRefused()
    {
        var bytes = TinyTokenizers.Compact.TokenizerJson.ToArray();
        var state = 99u;
        for (var i = 0; i < 1500; i++)
        {
            var damaged = (byte[])bytes.Clone();
            for (var j = 0; j < 3; j++)
            {
                state = (state * 1664525) + 1013904223;
                damaged[(state >> 4) % (uint)damaged.Length] = (byte)(state >> 24);
            }
            if (i % 3 == 0)
                damaged = damaged[..(int)(state % (uint)damaged.Length)];
            var error = Record.Exception(() => Tokenizer.Read(damaged).Encode("lock the doors <|user|>"));
            Assert.True(error is null or UserErrorException, error?.ToString());
        }
    }

    [Fact]
    public void MissingFolder_NamesThePath() =>
        Assert.Contains("tokenizer.json", Assert.Throws<UserErrorException>(() => Tokenizer.Load("/nowhere")).Message, StringComparison.Ordinal);

    [Fact]
    public void PatternThatBacktracksWithoutEnd_IsStopped()
    {
        var splitter = new PreTokenizer([new SplitStep(@"(a+)+\d")], addPrefixSpace: false, "test", TimeSpan.FromMilliseconds(50));

        Assert.Contains("backtracks", Assert.Throws<UserErrorException>(() => splitter.Split(new string('a', 60))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SplitBehaviors_CutAsTheReferenceDoes()
    {
        Assert.Equal("the|-|final|-|-|countdown", Cut(SplitBehavior.Isolated));
        Assert.Equal("the|final|countdown", Cut(SplitBehavior.Removed));
        Assert.Equal("the-|final-|-|countdown", Cut(SplitBehavior.MergedWithPrevious));
        Assert.Equal("the|-final|-|-countdown", Cut(SplitBehavior.MergedWithNext));
        Assert.Equal("the|-|final|--|countdown", Cut(SplitBehavior.Contiguous));
        Assert.Equal("-|-|-", Cut(SplitBehavior.Removed, invert: true));

        static string Cut(SplitBehavior behavior, bool invert = false)
        {
            const string Text = "the-final--countdown";
            return string.Join('|', new PreTokenizer([new SplitStep("-", behavior, invert)], false, "test").Split(Text).Select(r => Text[r]));
        }
    }

    [Fact]
    public void Gpt2StyleFile_SplitsByItsOwnPattern()
    {
        // ByteLevel with use_regex, as GPT-2 has it, behind a split of single digits, as SmolLM2 has it.
        var json = Json();
        json["pre_tokenizer"] = JsonNode.Parse("{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Digits\", \"individual_digits\": true}, {\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": true}]}");
        json["model"]!["merges"] = new JsonArray();

        Assert.Equal("x 12", Read(json).Decode(Read(json).Encode("x 12").AsSpan()));
        Assert.Equal(4, Read(json).Encode("x 12").Length);
    }

    [Fact]
    public void IgnoredMerges_TakeAWholePieceAtOnce()
    {
        var json = Json();
        json["model"]!["merges"] = new JsonArray();
        json["model"]!["ignore_merges"] = true;

        Assert.Single(Read(json).Encode("lockDoors"));
        Assert.Equal("lockDoorsx".Length, Read(json).Encode("lockDoorsx").Length);
    }

    /// <summary>Without its control tokens a tokenizer still reads text; its model would never be told that a reply is over.</summary>
    [Fact]
    public void EndMarkThatIsNoToken_NamesBothFiles()
    {
        var json = Json();
        json["added_tokens"] = new JsonArray();

        var error = Assert.Throws<UserErrorException>(() => Tokenizer.Read(JsonSerializer.SerializeToUtf8Bytes(json), "{\"eos_token\": \"<|end|>\"}"u8.ToArray(), "models/mine/tokenizer.json"));

        Assert.StartsWith("models/mine/tokenizer.json: added_tokens has no '<|end|>', which tokenizer_config.json names as eos_token", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void StrippingAddedToken_SwallowsItsBlanks()
    {
        var json = Json();
        json["added_tokens"]!.AsArray().Add(JsonNode.Parse("{\"id\": 9000, \"content\": \"<mask>\", \"special\": true, \"lstrip\": true, \"rstrip\": true}"));
        json["added_tokens"]!.AsArray().Add(JsonNode.Parse("{\"id\": 9001, \"content\": \"one\", \"special\": false, \"single_word\": true, \"normalized\": false}"));
        var tokenizer = Read(json);

        Assert.Equal("a<mask>b", tokenizer.Decode(tokenizer.Encode("a  <mask>\n b").AsSpan()));
        Assert.Equal(1, tokenizer.Encode("(one) someone ones").Count(i => i == 9001));
    }

    [Fact]
    public void ChatTemplateFile_WinsOverTheConfigurationAndIsSavedAgain()
    {
        var folder = Directory.CreateTempSubdirectory("fission-text").FullName;
        var copy = Path.Combine(folder, "copy");
        try
        {
            TinyTokenizers.Compact.Save(folder);
            File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), "{{ 'mine' }}");

            Tokenizer.Load(folder).Save(copy);

            Assert.Equal("{{ 'mine' }}", Tokenizer.Load(copy).Settings.ChatTemplate);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JsonObject Json() => JsonNode.Parse(TinyTokenizers.Compact.TokenizerJson.Span)!.AsObject();

    private static Tokenizer Read(JsonObject json) => Tokenizer.Read(JsonSerializer.SerializeToUtf8Bytes(json));

    private static void AssertRefused(byte[] json, string reason) =>
        Assert.Contains(reason, Assert.Throws<UserErrorException>(() => Tokenizer.Read(json)).Message, StringComparison.Ordinal);
}
