using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using FissionGrpo.Episodes;

namespace FissionGrpo.Text.Tokenization;

/// <summary>A part of a text to be encoded, and who wrote it.</summary>
/// <param name="Text">The text.</param>
/// <param name="IsTemplate">
/// True for a chat template's own text, in which added tokens are recognised. In anybody else's text they are not: what a user or a tool
/// writes stays plain text, even where it spells a control token.
/// </param>
public readonly record struct TextPart(string Text, bool IsTemplate);

/// <summary>
/// Byte-level byte pair encoding as Hugging Face's tokenizer.json describes it (GPT-2, Qwen, Llama 3, SmolLM, …): text to token ids and back.
/// No tokens are added at either end. Safe for several threads.
/// </summary>
public sealed class Tokenizer
{
    private const int LongestCachedPiece = 32;
    private const int MostCachedPieces = 1 << 16;

    private readonly TokenizerModel _model;
    private readonly BytePairMerger _merger;
    private readonly AddedTokenMatcher? _rawMatcher;
    private readonly AddedTokenMatcher? _normalizedMatcher;
    private readonly Dictionary<string, int> _idOf;
    private readonly byte[]?[] _bytesOf;
    private readonly BitSet _special;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _wholePieces;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cacheLookup;
    private int _cached;

    internal Tokenizer(TokenizerModel model, TokenizerSettings settings, ReadOnlyMemory<byte> tokenizerJson, ReadOnlyMemory<byte> configJson, string? templateFile = null)
    {
        TemplateFile = templateFile;
        _model = model;
        Settings = settings;
        TokenizerJson = tokenizerJson;
        ConfigJson = configJson;
        AddedTokens = model.AddedTokens;

        var size = Math.Max(
            model.Vocabulary.Count == 0 ? 0 : model.Vocabulary.Values.Max(),
            AddedTokens.IsEmpty ? 0 : AddedTokens.Max(t => t.Id)) + 1;
        VocabularySize = size;
        _bytesOf = new byte[]?[size];
        _special = new BitSet(size);
        _idOf = new Dictionary<string, int>(model.Vocabulary.Count + AddedTokens.Length, StringComparer.Ordinal);
        foreach (var (token, id) in model.Vocabulary)
        {
            _idOf[token] = id;
            _bytesOf[id] = ByteLevel.TryUnspell(token) ?? Encoding.UTF8.GetBytes(token);
        }
        foreach (var token in AddedTokens)
        {
            _idOf[token.Content] = token.Id;
            _bytesOf[token.Id] = Encoding.UTF8.GetBytes(token.Content);
            if (token.Special)
                _special.Set(token.Id);
        }

        // Plain text must never become a control token, so no merge leads to one. In ordinary files none does.
        var merges = new Dictionary<long, BytePairMerger.Merge>(model.Merges.Length);
        for (var rank = 0; rank < model.Merges.Length; rank++)
        {
            var (left, right) = model.Merges[rank];
            var id = model.Vocabulary[left + right];
            if (!_special[id])
                merges[BytePairMerger.Key(model.Vocabulary[left], model.Vocabulary[right])] = new(rank, id);
        }
        var unknown = model.UnknownToken is { } name && _idOf.TryGetValue(name, out var unknownId) ? unknownId : -1;
        var byteIds = new int[256];
        for (var b = 0; b < 256; b++)
            byteIds[b] = model.Vocabulary.TryGetValue(ByteLevel.CharOf((byte)b).ToString(), out var id) ? id : unknown;
        _merger = new BytePairMerger(byteIds, merges, model.FusesUnknown ? unknown : -1);
        _wholePieces = model.IgnoresMerges
            ? model.Vocabulary.Where(v => !_special[v.Value]).ToDictionary(v => v.Key, v => v.Value, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>()
            : new Dictionary<string, int>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

        _rawMatcher = MatcherOf(t => !t.Normalized, text => text);
        _normalizedMatcher = MatcherOf(t => t.Normalized, model.NormalizesToNfc ? NormalizationFormC.Normalize : text => text);
        _cacheLookup = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Ids are below this: the highest id and one. A model's embedding may have more rows.</summary>
    public int VocabularySize { get; }

    /// <summary>Added tokens in the order of the file.</summary>
    public ImmutableArray<AddedToken> AddedTokens { get; }

    /// <summary>Begin and end marks, chat template and limits, from <c>tokenizer_config.json</c>.</summary>
    public TokenizerSettings Settings { get; }

    /// <summary>The file that it was read from, for messages; null for one that was learned.</summary>
    internal string? Place { get; init; }

    /// <summary>The file that the chat template was read from, or that of the tokenizer where there is none.</summary>
    internal string? TemplatePlace => Place is null || Settings.ChatTemplate is null ? Place
        : TokenizerReader.Beside(Place, TemplateFile is null ? TokenizerReader.ConfigFile : TokenizerReader.TemplateFile);

    internal ReadOnlyMemory<byte> TokenizerJson { get; }

    internal ReadOnlyMemory<byte> ConfigJson { get; }

    /// <summary>The chat template that lay beside the configuration in a file of its own; null when none did.</summary>
    internal string? TemplateFile { get; }

    /// <summary>Reads <c>tokenizer.json</c>, and <c>tokenizer_config.json</c> and <c>chat_template.jinja</c> where they lie beside it.</summary>
    /// <param name="folder">A model's folder.</param>
    /// <exception cref="UserErrorException">A file is missing, broken, or describes a tokenizer of another kind.</exception>
    public static Tokenizer Load(string folder) => TokenizerReader.ReadFolder(folder);

    /// <summary>Reads the text of a <c>tokenizer.json</c>, and of a <c>tokenizer_config.json</c> if there is one.</summary>
    /// <param name="tokenizerJson">UTF-8.</param>
    /// <param name="configJson">UTF-8; empty for none.</param>
    /// <param name="place">The name that errors give.</param>
    /// <exception cref="UserErrorException">The text is broken, or describes a tokenizer of another kind.</exception>
    public static Tokenizer Read(ReadOnlyMemory<byte> tokenizerJson, ReadOnlyMemory<byte> configJson = default, string place = "tokenizer.json") =>
        TokenizerReader.Read(tokenizerJson, configJson, chatTemplate: null, place);

    /// <summary>Writes <c>tokenizer.json</c> and <c>tokenizer_config.json</c> as Hugging Face's libraries read them.</summary>
    /// <param name="folder">Is made when it does not exist.</param>
    public void Save(string folder) => TokenizerWriter.Write(this, folder);

    /// <summary>Whether an id is a control token.</summary>
    public bool IsSpecial(int id) => (uint)id < (uint)VocabularySize && _special[id];

    /// <summary>The id of a token, written as in the file (byte alphabet, or an added token's text); null when there is none.</summary>
    public int? IdOf(string token) => _idOf.TryGetValue(token, out var id) ? id : null;

    /// <summary>The text of one token as in the file; null for an unused id.</summary>
    public string? TokenOf(int id)
    {
        if ((uint)id >= (uint)VocabularySize || _bytesOf[id] is not { } bytes)
            return null;
        foreach (var token in AddedTokens)
            if (token.Id == id)
                return token.Content;
        return ByteLevel.Spell(bytes);
    }

    /// <summary>The tokens of a text.</summary>
    /// <param name="text">Any text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="parseAddedTokens">
    /// True: what spells an added token is that token, as the reference does. False: everything is plain text.
    /// </param>
    public ImmutableArray<int> Encode(string text, bool parseAddedTokens = true) => Encode([new TextPart(text, parseAddedTokens)]);

    /// <summary>
    /// The tokens of a text in parts. Byte pairs are merged across the borders of parts, as if the text were one; only what is an added
    /// token depends on the part.
    /// </summary>
    public ImmutableArray<int> Encode(params ReadOnlySpan<TextPart> parts)
    {
        var ids = new List<int>();
        var plain = new StringBuilder();
        var plainIsTemplate = true; // whether normalised added tokens count in what is pending
        foreach (var (text, isTemplate) in parts)
        {
            var sound = WithoutLoneSurrogates(text);
            var (at, seek) = (0, 0);
            while (isTemplate && _rawMatcher is not null && _rawMatcher.TryFind(sound, ref seek, at, out var token, out var start, out var end))
            {
                if (start > at)
                    plain.Append(sound, at, start - at);
                EncodeNormalizing(plain, plainIsTemplate, ids);
                plainIsTemplate = true;
                ids.Add(token.Id);
                at = end;
            }
            plain.Append(sound, at, sound.Length - at);
            plainIsTemplate &= isTemplate || sound.Length == 0;
        }
        EncodeNormalizing(plain, plainIsTemplate, ids);
        return ImmutableCollectionsMarshal.AsImmutableArray(ids.ToArray());
    }

    /// <summary>The text of token ids. Broken UTF-8 becomes U+FFFD, one for each maximal invalid part; unused ids are left out.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecial">Leave out control tokens. (Not all added tokens are: <c>&lt;tool_call&gt;</c> stays.)</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        var bytes = new ArrayBufferWriter<byte>(Math.Max(16, ids.Length * 4));
        foreach (var id in ids)
            if ((uint)id < (uint)VocabularySize && _bytesOf[id] is { } token && !(skipSpecial && _special[id]))
                bytes.Write(token);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>The bytes of one token; empty for an unused id. For streaming, where a character may be spread over tokens.</summary>
    public ReadOnlySpan<byte> BytesOf(int id) => (uint)id < (uint)VocabularySize ? _bytesOf[id] : default;

    private void EncodeNormalizing(StringBuilder plain, bool parse, List<int> ids)
    {
        if (plain.Length == 0)
            return;
        var text = plain.ToString();
        plain.Clear();
        if (_model.NormalizesToNfc)
            text = NormalizationFormC.Normalize(text);
        var (at, seek) = (0, 0);
        while (parse && _normalizedMatcher is not null && _normalizedMatcher.TryFind(text, ref seek, at, out var token, out var start, out var end))
        {
            if (start > at)
                EncodePlain(text[at..start], ids);
            ids.Add(token.Id);
            at = end;
        }
        EncodePlain(at == 0 ? text : text[at..], ids);
    }

    private void EncodePlain(string text, List<int> ids)
    {
        if (text.Length == 0)
            return;
        if (_model.PreTokenizer.AddPrefixSpace && text[0] != ' ')
            text = " " + text;
        foreach (var range in _model.PreTokenizer.Split(text))
            EncodePiece(text.AsSpan(range), ids);
    }

    private void EncodePiece(ReadOnlySpan<char> piece, List<int> ids)
    {
        var cacheable = piece.Length <= LongestCachedPiece;
        if (cacheable && _cacheLookup.TryGetValue(piece, out var known))
        {
            ids.AddRange(known);
            return;
        }
        var before = ids.Count;
        var rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(piece.Length));
        var bytes = rented.AsSpan(0, Encoding.UTF8.GetBytes(piece, rented));
        if (_model.PreTokenizer.Spelled is { } again)
            foreach (var range in again.Split(ByteLevel.Spell(bytes)))
                EncodeBytes(bytes[range], ids);
        else
            EncodeBytes(bytes, ids);
        ArrayPool<byte>.Shared.Return(rented);

        if (!cacheable)
            return;
        if (Interlocked.Increment(ref _cached) > MostCachedPieces)
        {
            _cache.Clear();
            Volatile.Write(ref _cached, 0);
        }
        _cacheLookup.TryAdd(piece, CollectionsMarshal.AsSpan(ids)[before..].ToArray());
    }

    private void EncodeBytes(ReadOnlySpan<byte> piece, List<int> ids)
    {
        if (_model.IgnoresMerges && _wholePieces.TryGetValue(ByteLevel.Spell(piece), out var whole))
            ids.Add(whole);
        else
            _merger.Encode(piece, ids);
    }

    private AddedTokenMatcher? MatcherOf(Func<AddedToken, bool> which, Func<string, string> normalize) =>
        AddedTokens.Any(which) ? new AddedTokenMatcher(AddedTokens.Where(which), normalize) : null;

    /// <summary>UTF-8 cannot hold a lone surrogate, and normalisation and patterns should see what is encoded in the end.</summary>
    private static string WithoutLoneSurrogates(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return text;
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) // yields U+FFFD for a lone surrogate
            result.Append(rune.ToString());
        return result.ToString();
    }

    private readonly struct BitSet(int size)
    {
        private readonly bool[] _bits = new bool[size];

        public bool this[int index] => _bits[index];

        public void Set(int index) => _bits[index] = true;
    }
}
