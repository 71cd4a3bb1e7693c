using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Episodes;

namespace FissionGrpo.Text.Tokenization;

/// <summary>
/// Reads Hugging Face's tokenizer.json. What it describes and we do not implement (SentencePiece-style normalisers, Unigram, WordPiece) is
/// an error, never a guess: a tokenizer that is nearly right silently ruins a model.
/// </summary>
internal static class TokenizerReader
{
    public const string TokenizerFile = "tokenizer.json";
    public const string ConfigFile = "tokenizer_config.json";
    public const string TemplateFile = "chat_template.jinja";
    private const long LargestFile = 256L << 20;
    private const int HighestId = (1 << 22) - 1;
    private const int LongestToken = 1 << 16;

    /// <summary>The pattern of GPT-2, which ByteLevel stands for when its <c>use_regex</c> is on.</summary>
    private const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public static Tokenizer ReadFolder(string folder)
    {
        var path = Path.Combine(folder, TokenizerFile);
        if (!File.Exists(path))
            throw new UserErrorException($"{path} does not exist. A model's folder holds tokenizer.json (older formats: convert with transformers' save_pretrained).");
        var config = Path.Combine(folder, ConfigFile);
        var template = Path.Combine(folder, TemplateFile);
        return Read(
            ReadBytes(path),
            File.Exists(config) ? ReadBytes(config) : default,
            File.Exists(template) ? File.ReadAllText(template) : null,
            path);
    }

    public static Tokenizer Read(ReadOnlyMemory<byte> tokenizerJson, ReadOnlyMemory<byte> configJson, string? chatTemplate, string place)
    {
        using var document = Parse(tokenizerJson, place);
        var model = new Reader(place).Model(document.RootElement);
        var settings = configJson.IsEmpty ? new TokenizerSettings() : ReadSettings(configJson, Beside(place, ConfigFile));
        if (chatTemplate is not null)
            settings = settings with { ChatTemplate = chatTemplate };
        var tokenizer = new Tokenizer(model, settings, tokenizerJson, configJson, chatTemplate) { Place = place };
        return settings.EndOfText is { } end && !tokenizer.AddedTokens.Any(t => t.Content == end)
            ? throw new UserErrorException($"{place}: added_tokens has no '{end}', which {ConfigFile} names as eos_token. The two belong to different models, or some was lost: fetch both again.")
            : tokenizer;
    }

    /// <summary>The path of another file of the same folder.</summary>
    public static string Beside(string place, string name) => Path.GetDirectoryName(place) is { Length: > 0 } folder ? Path.Combine(folder, name) : name;

    private static byte[] ReadBytes(string path)
    {
        var length = new FileInfo(path).Length;
        if (length > LargestFile)
            throw new UserErrorException($"{path} has {length >> 20} MiB; more than {LargestFile >> 20} MiB is not a tokenizer.");
        return File.ReadAllBytes(path);
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> json, string place)
    {
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 });
        }
        catch (JsonException broken)
        {
            throw new UserErrorException(json.Span.StartsWith("version https://git-lfs"u8)
                ? $"{place} is Git LFS's pointer to the file, not the file. Fetch it: `git lfs pull` in its folder."
                : $"{place} is not JSON: {JsonFinding.Of(broken)}. Fetch the file again.", broken);
        }
    }

    private static TokenizerSettings ReadSettings(ReadOnlyMemory<byte> json, string place)
    {
        using var document = Parse(json, place);
        var reader = new Reader(place);
        var root = reader.Expect(document.RootElement, JsonValueKind.Object, "the file");
        var maxTokens = root.TryGetProperty("model_max_length", out var max) && max.TryGetInt32(out var value) && value > 0 ? value : (int?)null;
        return new TokenizerSettings(Name("bos_token"), Name("eos_token"), Name("pad_token"), Template(), maxTokens);

        // A token's name, or an object with its flags.
        string? Name(string key) => !root.TryGetProperty(key, out var token) ? null
            : token.ValueKind == JsonValueKind.String ? reader.Text(token, key)
            : token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var content) ? reader.Text(content, key)
            : null;

        // One template, or a list of named ones of which "default" counts.
        string? Template()
        {
            if (!root.TryGetProperty("chat_template", out var template) || template.ValueKind == JsonValueKind.Null)
                return null;
            if (template.ValueKind == JsonValueKind.String)
                return reader.Text(template, "chat_template");
            if (template.ValueKind == JsonValueKind.Array)
                foreach (var named in template.EnumerateArray())
                    if (named.ValueKind == JsonValueKind.Object && named.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String
                        && reader.Text(name, "chat_template") == "default" && named.TryGetProperty("template", out var text))
                        return reader.Text(text, "chat_template");
            throw new UserErrorException($"{place}: chat_template is {template.ValueKind}{(template.ValueKind == JsonValueKind.Array ? " without a template named default" : "")}, expected a text, or a list with one named default. Fetch the file again.");
        }
    }

    /// <summary>One reading of one file; every error names the file and the member.</summary>
    private sealed class Reader(string place)
    {
        public TokenizerModel Model(JsonElement root)
        {
            Expect(root, JsonValueKind.Object, "the file");
            var model = Expect(Member(root, "model", "the file"), JsonValueKind.Object, "model");
            if (Optional(model, "type") is { } type && Text(type, "model.type") is var typeName && typeName != "BPE")
                throw Error($"model.type is {typeName}, expected BPE. Other kinds of tokenizers are not supported.");
            foreach (var affix in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
                if (Optional(model, affix) is { } value && Text(value, affix).Length > 0)
                    throw Error($"model.{affix} is set, expected none. Only byte-level BPE is supported.");
            if (Flag(model, "byte_fallback", false))
                throw Error("model.byte_fallback is on: this is a SentencePiece tokenizer. Only byte-level BPE is supported (Qwen, Llama 3, SmolLM, GPT-2).");
            if (Optional(model, "dropout") is { ValueKind: JsonValueKind.Number } dropout && dropout.GetRawText() is not ("0" or "0.0"))
                throw Error("model.dropout is set: encoding would be random.");

            CheckDecoder(Optional(root, "decoder"));
            var vocabulary = Vocabulary(Expect(Member(model, "vocab", "model"), JsonValueKind.Object, "model.vocab"));
            var merges = Merges(Expect(Member(model, "merges", "model"), JsonValueKind.Array, "model.merges"), vocabulary);
            var added = Optional(root, "added_tokens") is { } list ? AddedTokens(Expect(list, JsonValueKind.Array, "added_tokens"), vocabulary) : [];
            return new TokenizerModel(
                vocabulary,
                merges,
                added,
                PreTokenizer(Optional(root, "pre_tokenizer")),
                Normalizer(Optional(root, "normalizer"), "normalizer"),
                Flag(model, "ignore_merges", false),
                Optional(model, "unk_token") is { } unknown ? Text(unknown, "model.unk_token") : null,
                Flag(model, "fuse_unk", false));
        }

        public JsonElement Expect(JsonElement value, JsonValueKind kind, string what) =>
            value.ValueKind == kind ? value : throw Error($"{what} is {value.ValueKind}, expected {kind}.");

        public string Text(JsonElement value, string what)
        {
            Expect(value, JsonValueKind.String, what);
            try
            {
                return value.GetString()!;
            }
            catch (InvalidOperationException loneSurrogate)
            {
                throw new UserErrorException($"{place}: {what} holds half of a surrogate pair. Fetch the file again.", loneSurrogate);
            }
        }

        private UserErrorException Error(string problem) => new($"{place}: {problem}");

        private JsonElement Member(JsonElement parent, string name, string what) =>
            Optional(parent, name) ?? throw Error($"{what} has no member {name}. It is not a tokenizer.json of Hugging Face's tokenizers.");

        private static JsonElement? Optional(JsonElement parent, string name) =>
            parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

        private bool Flag(JsonElement parent, string name, bool otherwise) => Optional(parent, name) switch
        {
            null => otherwise,
            { ValueKind: JsonValueKind.True } => true,
            { ValueKind: JsonValueKind.False } => false,
            { } other => throw Error($"{name} is {other.ValueKind}, expected true or false."),
        };

        private int Id(JsonElement value, string what) =>
            value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var id) && id is >= 0 and <= HighestId
                ? id
                : throw Error($"the id of {what} is {value.GetRawText()}, expected a whole number from 0 to {HighestId}.");

        private Dictionary<string, int> Vocabulary(JsonElement vocab)
        {
            var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
            var tokenOf = new Dictionary<int, string>();
            foreach (var entry in vocab.EnumerateObject())
            {
                var token = NameOf(entry);
                if (token.Length is 0 or > LongestToken)
                    throw Error($"a token of model.vocab has {token.Length} characters, expected 1 to {LongestToken}.");
                var id = Id(entry.Value, $"token '{token}'");
                if (!vocabulary.TryAdd(token, id))
                    throw Error($"token '{token}' stands twice in model.vocab.");
                if (!tokenOf.TryAdd(id, token))
                    throw Error($"tokens '{tokenOf[id]}' and '{token}' of model.vocab have the same id {id}.");
            }
            return vocabulary;
        }

        private string NameOf(JsonProperty property)
        {
            try
            {
                return property.Name;
            }
            catch (InvalidOperationException loneSurrogate)
            {
                throw new UserErrorException($"{place}: a token of model.vocab holds half of a surrogate pair. Fetch the file again.", loneSurrogate);
            }
        }

        private ImmutableArray<TokenPair> Merges(JsonElement merges, Dictionary<string, int> vocabulary)
        {
            var pairs = ImmutableArray.CreateBuilder<TokenPair>(merges.GetArrayLength());
            foreach (var merge in merges.EnumerateArray())
            {
                var pair = Pair(merge, pairs.Count);
                foreach (var token in (ReadOnlySpan<string>)[pair.Left, pair.Right, pair.Left + pair.Right])
                    if (!vocabulary.ContainsKey(token))
                        throw Error($"merge {pairs.Count} joins '{pair.Left}' and '{pair.Right}', but model.vocab has no token '{token}'. The file is damaged or put together from two.");
                pairs.Add(pair);
            }
            return pairs.MoveToImmutable();
        }

        // "a b" until tokenizers 0.19, ["a", "b"] since.
        private TokenPair Pair(JsonElement merge, int rank)
        {
            if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2)
                return new TokenPair(Text(merge[0], $"merge {rank}"), Text(merge[1], $"merge {rank}"));
            var text = Text(merge, $"merge {rank}");
            var blank = text.IndexOf(' ', StringComparison.Ordinal);
            if (blank <= 0 || blank == text.Length - 1 || text.IndexOf(' ', blank + 1) >= 0)
                throw Error($"merge {rank} is '{text}', expected two tokens with one blank between.");
            return new TokenPair(text[..blank], text[(blank + 1)..]);
        }

        private ImmutableArray<AddedToken> AddedTokens(JsonElement list, Dictionary<string, int> vocabulary)
        {
            var tokens = ImmutableArray.CreateBuilder<AddedToken>();
            var contents = new HashSet<string>(StringComparer.Ordinal);
            var ids = new HashSet<int>();
            var modelTokens = vocabulary.ToDictionary(v => v.Value, v => v.Key);
            foreach (var entry in list.EnumerateArray())
            {
                Expect(entry, JsonValueKind.Object, "an entry of added_tokens");
                var content = Text(Member(entry, "content", "an entry of added_tokens"), "the content of an added token");
                var id = Id(Member(entry, "id", "an entry of added_tokens"), $"added token '{content}'");
                if (content.Length is 0 or > LongestToken)
                    throw Error($"added token {id} has {content.Length} characters, expected 1 to {LongestToken}.");
                if (!contents.Add(content) || !ids.Add(id))
                    throw Error($"added token '{content}' with id {id} repeats a content or an id.");
                if (vocabulary.TryGetValue(content, out var known) ? known != id : modelTokens.ContainsKey(id))
                    throw Error($"added token '{content}' has id {id}, which model.vocab contradicts.");
                var special = Flag(entry, "special", false);
                tokens.Add(new AddedToken(
                    id, content, special, Flag(entry, "lstrip", false), Flag(entry, "rstrip", false), Flag(entry, "single_word", false), Flag(entry, "normalized", !special)));
            }
            return tokens.ToImmutable();
        }

        private bool Normalizer(JsonElement? normalizer, string what)
        {
            if (normalizer is not { } value)
                return false;
            var type = Text(Member(Expect(value, JsonValueKind.Object, what), "type", what), what);
            if (type == "NFC")
                return true;
            if (type != "Sequence")
                throw Error($"{what} is {type}, expected NFC or none. Only byte-level BPE is supported.");
            var any = false;
            foreach (var part in Expect(Member(value, "normalizers", what), JsonValueKind.Array, what).EnumerateArray())
                any |= part.TryGetProperty("type", out var inner) && Text(inner, what) == "Sequence"
                    ? throw Error($"{what} nests sequences, expected a flat one.")
                    : Normalizer(part, what);
            return any;
        }

        /// <summary>Text comes back from tokens by the byte alphabet and nothing else.</summary>
        private void CheckDecoder(JsonElement? decoder)
        {
            if (decoder is not { } value)
                return;
            var type = Text(Member(Expect(value, JsonValueKind.Object, "decoder"), "type", "decoder"), "decoder.type");
            if (type == "Sequence")
                foreach (var part in Expect(Member(value, "decoders", "decoder"), JsonValueKind.Array, "decoder.decoders").EnumerateArray())
                    CheckDecoder(part);
            else if (type is not ("ByteLevel" or "Fuse"))
                throw Error($"decoder is {type}, expected ByteLevel. Only byte-level BPE is supported (Qwen, Llama 3, SmolLM, GPT-2).");
        }

        private PreTokenizer PreTokenizer(JsonElement? preTokenizer)
        {
            if (preTokenizer is not { } value)
                throw Error("pre_tokenizer is missing, expected ByteLevel. Only byte-level BPE is supported.");
            var (before, after) = (new List<SplitStep>(), new List<SplitStep>());
            var (byteLevel, prefixSpace) = (false, false);
            var list = Type(value) == "Sequence"
                ? [.. Expect(Member(value, "pretokenizers", "pre_tokenizer"), JsonValueKind.Array, "pre_tokenizer.pretokenizers").EnumerateArray()]
                : (JsonElement[])[value];
            foreach (var part in list)
            {
                var steps = byteLevel ? after : before;
                switch (Type(part))
                {
                    case "ByteLevel":
                        if (byteLevel)
                            throw Error("pre_tokenizer holds ByteLevel twice, expected it once.");
                        byteLevel = true;
                        prefixSpace = Flag(part, "add_prefix_space", true);
                        if (prefixSpace && steps.Count > 0)
                            throw Error("ByteLevel adds a blank after a split, expected add_prefix_space false.");
                        if (Flag(part, "use_regex", true))
                            steps.Add(new SplitStep(Gpt2Pattern));
                        break;
                    case "Split":
                        steps.Add(new SplitStep(SplitPattern(part), Behavior(part), Flag(part, "invert", false)));
                        break;
                    case "Digits":
                        steps.Add(new SplitStep(Flag(part, "individual_digits", false) ? @"\p{N}" : @"\p{N}+"));
                        break;
                    case "Punctuation":
                        steps.Add(new SplitStep(@"[\p{P}$+<=>^`|~]", Optional(part, "behavior") is null ? SplitBehavior.Isolated : Behavior(part)));
                        break;
                    case var other:
                        throw Error($"pre_tokenizer holds {other}, expected Split, Digits, Punctuation or ByteLevel. Only byte-level BPE is supported.");
                }
            }
            if (!byteLevel)
                throw Error("pre_tokenizer has no ByteLevel. Only byte-level BPE is supported.");
            return new PreTokenizer(before, prefixSpace, place) { Spelled = after.Count == 0 ? null : new PreTokenizer(after, addPrefixSpace: false, place) };

            string Type(JsonElement part) =>
                Text(Member(Expect(part, JsonValueKind.Object, "pre_tokenizer"), "type", "pre_tokenizer"), "pre_tokenizer.type");
        }

        private string SplitPattern(JsonElement split)
        {
            var pattern = Expect(Member(split, "pattern", "Split"), JsonValueKind.Object, "Split.pattern");
            return Optional(pattern, "Regex") is { } regex ? Text(regex, "Split.pattern.Regex")
                : Optional(pattern, "String") is { } text ? System.Text.RegularExpressions.Regex.Escape(Text(text, "Split.pattern.String"))
                : throw Error("Split.pattern has neither Regex nor String.");
        }

        private SplitBehavior Behavior(JsonElement split) => Text(Member(split, "behavior", "Split"), "Split.behavior") switch
        {
            "Isolated" => SplitBehavior.Isolated,
            "Removed" => SplitBehavior.Removed,
            "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
            "MergedWithNext" => SplitBehavior.MergedWithNext,
            "Contiguous" => SplitBehavior.Contiguous,
            var other => throw Error($"Split.behavior is {other}, expected Isolated, Removed, MergedWithPrevious, MergedWithNext or Contiguous."),
        };
    }
}
