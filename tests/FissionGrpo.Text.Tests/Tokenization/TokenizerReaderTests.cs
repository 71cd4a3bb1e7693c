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
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "git lfs pull")]
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
        { "pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"ByteLevel\", \"use_regex\": false, \"add_prefix_space\": false}, {\"type\": \"ByteLevel\"}]}", "ByteLevel twice" },
        { "decoder", "{\"type\": \"Sequence\", \"decoders\": [{\"type\": \"Replace\", \"pattern\": {\"String\": \"_\"}, \"content\": \" \"}, {\"type\": \"Fuse\"}]}", "decoder is Replace" },
        { "decoder", "{\"type\": \"WordPiece\"}", "decoder is WordPiece" },
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

    [Theory]
    [InlineData("17", "chat_template is Number, expected a text")]
    [InlineData("[{\"name\": \"rag\", \"template\": \"x\"}]", "without a template named default")]
    public void ChatTemplateOfAnotherKind_IsNotTakenForNone(string template, string reason)
    {
        var error = Assert.Throws<UserErrorException>(() => Tokenizer.Read(TinyTokenizers.Compact.TokenizerJson, Encoding.UTF8.GetBytes($"{{\"chat_template\": {template}}}"), "m/tokenizer.json"));

        Assert.StartsWith("m/tokenizer_config.json: ".Replace('/', Path.DirectorySeparatorChar), error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
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

    [Theory]
    [InlineData(@"\p{N}++|\s?+\p{L}++|.", "ab 12c", "ab| |12|c")] // possessive, as in tiktoken's own patterns
    [InlineData(@"\p{L}{2}+", "abcde", "abcd|e")] // a repeated repetition
    [InlineData(@"a{,2}b", "aaab", "a|aab")]
    [InlineData(@"\w+", "ab½ \u0939\u093F\u0902ⓐ ₅\u200D", "ab½| |\u0939\u093F\u0902ⓐ| ₅\u200D")]
    [InlineData(@"\b", "a-\u093F b", "a|-|\u093F| |b")]
    [InlineData(@"\s+$|^\w+", "ab \ncd \n\ne", "ab| |\n|cd| \n|\n|e")] // lines
    [InlineData(@"[\x{e9}\u00e8]+|\x41", "éèAb", "éè|A|b")]
    [InlineData(@"(?i)s+|k", "xſSKk\u212A", "x|ſS|K|k|\u212A")]
    [InlineData("[\u0800-\u4E00\uAC00-\uD7FF]+", "\u200D🚗👩\u1112", "\u200D|🚗👩|\u1112")] // no deputy of 🚗 lies in the range
    [InlineData("[一-龥]+", "漢𠀀字𝒳", "漢|𠀀|字|𝒳")]
    public void Pattern_MeansWhatItMeansInTheReference(string pattern, string text, string pieces)
    {
        var cut = new PreTokenizer([new SplitStep(pattern)], false, "test").Split(text).Select(r => text[r]);

        Assert.Equal(pieces, string.Join('|', cut));
    }

    [Theory]
    [InlineData(@"[\p{L}&&[^a]]", "'&&'")]
    [InlineData("[[:alpha:]]", "POSIX")]
    [InlineData("[a[b]]", "inside of a class")]
    [InlineData(@"\p{Han}", "Han")]
    [InlineData(@"[\W]", "in a class")]
    [InlineData(@"\h", "escape")]
    [InlineData("(?m:.)", "option")]
    [InlineData("[\U00020000-\U0002A6DF]", "basic plane")]
    [InlineData(@"\x{20000}", "number")]
    [InlineData("[a", "not closed")]
    [InlineData("(?a", "not closed")]
    [InlineData("a\\", "backslash")]
    public void PatternThatDotNetWouldReadOtherwise_IsRefused(string pattern, string reason) => Assert.Contains(
        reason, Assert.Throws<UserErrorException>(() => new PreTokenizer([new SplitStep(pattern)], false, "place")).Message, StringComparison.Ordinal);

    [Fact]
    public void FalconStyleFile_SplitsOnceMoreBehindTheByteAlphabet()
    {
        var json = Json();
        json["pre_tokenizer"] = JsonNode.Parse("""
            {"type": "Sequence", "pretokenizers": [{"type": "Punctuation", "behavior": "Contiguous"}, {"type": "ByteLevel", "add_prefix_space": false},
            {"type": "Digits", "individual_digits": false}, {"type": "Split", "pattern": {"Regex": "[0-9][0-9][0-9]"}, "behavior": "Isolated", "invert": false}]}
            """);
        // Whole pieces are tokens, so the pieces show.
        json["model"]!["ignore_merges"] = true;
        json["model"]!["merges"] = new JsonArray();
        var next = 5000;
        foreach (var piece in (string[])["Ġa", "123", "45", "--", "-(", "-("])
            json["model"]!["vocab"]![piece] = next++;
        var tokenizer = Read(json);

        Assert.Equal("Ġa|123|45|-(|x", string.Join('|', tokenizer.Encode(" a12345-(x").Select(i => tokenizer.TokenOf(i))));
    }

    [Fact]
    public void NeighbouringUnknownBytes_AreOneTokenWhenTheFileSaysSo()
    {
        var json = Json();
        json["model"]!["merges"] = new JsonArray();
        json["model"]!["unk_token"] = "<unk>";
        foreach (var letter in (string[])["q", "w"])
            json["model"]!["vocab"]!.AsObject().Remove(letter);
        json["model"]!["vocab"]!["<unk>"] = 5000;

        Assert.Equal(3, Read(json).Encode("aqwq").Count(i => i == 5000));
        json["model"]!["fuse_unk"] = true;
        Assert.Equal(1, Read(json).Encode("aqwq").Count(i => i == 5000));
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
        // Numeral letters, marks and joiners belong to words.
        Assert.Equal(0, tokenizer.Encode("oneⅧ one\u0323 one\u200D 𝒳one").Count(i => i == 9001));
    }

    [Fact]
    public void SwallowedBlanks_MayBeginTheNextAddedToken()
    {
        var json = Json();
        json["added_tokens"]!.AsArray().Add(JsonNode.Parse("{\"id\": 9000, \"content\": \"<r>\", \"special\": true, \"rstrip\": true}"));
        json["added_tokens"]!.AsArray().Add(JsonNode.Parse("{\"id\": 9001, \"content\": \"  \", \"special\": false, \"normalized\": false}"));

        Sequences.Same([9000, 9001, 9001], Read(json).Encode("<r>    "));
    }

    [Fact]
    public void NormalizedAddedToken_IsFoundInItsNormalForm()
    {
        var json = Json();
        json["normalizer"] = JsonNode.Parse("{\"type\": \"NFC\"}");
        json["added_tokens"]!.AsArray().Add(JsonNode.Parse("{\"id\": 9000, \"content\": \"<e\u0301>\", \"special\": false, \"normalized\": true}"));

        Sequences.Same([9000, 9000], Read(json).Encode("<é><e\u0301>"));
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
