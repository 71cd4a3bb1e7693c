using System.Collections.Immutable;
using System.Text;

namespace FissionGrpo.Text.Tokenization;

/// <summary>An added token of a tokenizer that is to be learned.</summary>
/// <param name="Content">The text that it stands for.</param>
/// <param name="Special">A control token, which decoding can leave out.</param>
public readonly record struct NewToken(string Content, bool Special);

/// <summary>What to learn.</summary>
/// <param name="VocabularySize">Tokens in all: the added tokens, the 256 bytes and the merges. Fewer are learned when the corpus has no more pairs.</param>
/// <param name="SplitPattern">Byte pairs are merged only inside its matches.</param>
/// <param name="AddedTokens">Get the first ids, in this order. They are cut out of the corpus.</param>
/// <param name="Settings">Goes into tokenizer_config.json.</param>
/// <param name="MinimumCount">A pair that occurs less often is not merged.</param>
/// <param name="LongestToken">No token has more bytes than this.</param>
public sealed record BpeTrainerOptions(
    int VocabularySize,
    string SplitPattern,
    ImmutableArray<NewToken> AddedTokens,
    TokenizerSettings Settings,
    int MinimumCount = 2,
    int LongestToken = 64);

/// <summary>
/// Learns a byte-level BPE from a corpus: merges the most frequent pair until the vocabulary is full. Of equally frequent pairs the one whose
/// left token, and then whose right token, has the lower id comes first, so equal corpora give equal tokenizers; their order does not matter.
/// </summary>
public static class BpeTrainer
{
    /// <summary>Learns a tokenizer.</summary>
    /// <param name="corpus">Texts as the model will see them. Added tokens may occur in them.</param>
    /// <param name="options">What to learn.</param>
    /// <exception cref="ArgumentException">The vocabulary has no room for the bytes, or an added token is empty or repeated.</exception>
    public static Tokenizer Learn(IEnumerable<string> corpus, BpeTrainerOptions options)
    {
        var added = options.AddedTokens.Select((t, i) => new AddedToken(i, t.Content, t.Special)).ToImmutableArray();
        if (added.Any(t => t.Content.Length == 0) || added.Select(t => t.Content).Distinct(StringComparer.Ordinal).Count() != added.Length)
            throw new ArgumentException("Added tokens must be different and not empty.", nameof(options));
        if (options.VocabularySize < added.Length + 256)
            throw new ArgumentException($"A vocabulary of {options.VocabularySize} has no room for {added.Length} added tokens and 256 bytes.", nameof(options));

        var preTokenizer = new PreTokenizer([new SplitStep(options.SplitPattern)], addPrefixSpace: false, "the split pattern");
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in added)
            vocabulary.Add(token.Content, token.Id);
        var byteIds = new int[256];
        for (var b = 0; b < 256; b++)
            if (!vocabulary.TryAdd(ByteLevel.CharOf((byte)b).ToString(), byteIds[b] = vocabulary.Count))
                throw new ArgumentException("An added token must not be a single byte.", nameof(options));

        var words = CountWords(corpus, added, preTokenizer);
        var merges = new PairCounts(words, byteIds, vocabulary, options).Merge();
        var model = new TokenizerModel(vocabulary, merges, added, preTokenizer);
        return new Tokenizer(model, options.Settings, TokenizerWriter.Model(model), default);
    }

    private static SortedDictionary<string, long> CountWords(IEnumerable<string> corpus, ImmutableArray<AddedToken> added, PreTokenizer preTokenizer)
    {
        var words = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var matcher = added.IsEmpty ? null : new AddedTokenMatcher(added, text => text);
        foreach (var text in corpus)
        {
            var sound = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)); // a lone surrogate becomes U+FFFD
            var (at, seek) = (0, 0);
            while (matcher is not null && matcher.TryFind(sound, ref seek, at, out _, out var start, out var end))
            {
                if (start > at)
                    Count(sound[at..start]);
                at = end;
            }
            Count(sound[at..]);
        }
        return words;

        void Count(string plain)
        {
            if (plain.Length == 0)
                return;
            foreach (var range in preTokenizer.Split(plain))
            {
                var word = plain[range];
                words[word] = words.GetValueOrDefault(word) + 1;
            }
        }
    }

    /// <summary>The corpus as words of symbols, and how often each pair of symbols stands side by side.</summary>
    private sealed class PairCounts
    {
        private readonly Dictionary<string, int> _vocabulary;
        private readonly BpeTrainerOptions _options;
        private readonly List<string> _tokens;
        private readonly List<int[]> _words = [];
        private readonly List<long> _wordCounts = [];
        private readonly Dictionary<(int Left, int Right), long> _counts = [];
        private readonly Dictionary<(int Left, int Right), SortedSet<int>> _wordsOf = [];

        // The highest count first, then the lower ids. Entries whose count has changed since are stale.
        private readonly PriorityQueue<((int Left, int Right) Pair, long Count), (long MinusCount, int Left, int Right)> _queue = new();

        public PairCounts(SortedDictionary<string, long> words, int[] byteIds, Dictionary<string, int> vocabulary, BpeTrainerOptions options)
        {
            _vocabulary = vocabulary;
            _options = options;
            _tokens = [.. vocabulary.OrderBy(v => v.Value).Select(v => v.Key)];
            foreach (var (word, count) in words)
            {
                int[] symbols = [.. Encoding.UTF8.GetBytes(word).Select(b => byteIds[b])];
                for (var i = 0; i + 1 < symbols.Length; i++)
                    Change((symbols[i], symbols[i + 1]), count, _words.Count);
                _words.Add(symbols);
                _wordCounts.Add(count);
            }
        }

        public ImmutableArray<TokenPair> Merge()
        {
            var merges = ImmutableArray.CreateBuilder<TokenPair>();
            foreach (var pair in _counts.Keys)
                Enqueue(pair);
            while (_vocabulary.Count < _options.VocabularySize && _queue.TryDequeue(out var best, out _))
            {
                var (pair, count) = best;
                if (_counts.GetValueOrDefault(pair) != count || count < _options.MinimumCount)
                    continue;
                var (left, right) = (_tokens[pair.Left], _tokens[pair.Right]);
                var merged = left + right;
                // Plain text must not turn into an added token.
                if (merged.Length > _options.LongestToken || (_vocabulary.TryGetValue(merged, out var id) && id < _options.AddedTokens.Length))
                    continue;
                if (!_vocabulary.TryGetValue(merged, out id))
                {
                    id = _vocabulary.Count;
                    _vocabulary.Add(merged, id);
                    _tokens.Add(merged);
                }
                merges.Add(new TokenPair(left, right));
                Apply(pair, id);
            }
            return merges.ToImmutable();
        }

        private void Apply((int Left, int Right) pair, int id)
        {
            var changed = new HashSet<(int Left, int Right)>();
            foreach (var index in _wordsOf[pair].ToArray())
            {
                var before = _words[index];
                var after = new List<int>(before.Length);
                for (var i = 0; i < before.Length; i++)
                    if (i + 1 < before.Length && (before[i], before[i + 1]) == pair)
                    {
                        after.Add(id);
                        i++;
                    }
                    else
                    {
                        after.Add(before[i]);
                    }
                if (after.Count == before.Length)
                    continue;
                for (var i = 0; i + 1 < before.Length; i++)
                {
                    Change((before[i], before[i + 1]), -_wordCounts[index], index);
                    changed.Add((before[i], before[i + 1]));
                }
                for (var i = 0; i + 1 < after.Count; i++)
                {
                    Change((after[i], after[i + 1]), _wordCounts[index], index);
                    changed.Add((after[i], after[i + 1]));
                }
                _words[index] = [.. after];
            }
            _counts.Remove(pair);
            foreach (var other in changed)
                if (other != pair)
                    Enqueue(other);
        }

        private void Change((int Left, int Right) pair, long by, int word)
        {
            _counts[pair] = _counts.GetValueOrDefault(pair) + by;
            if (by <= 0)
                return;
            if (!_wordsOf.TryGetValue(pair, out var words))
                _wordsOf.Add(pair, words = []);
            words.Add(word);
        }

        private void Enqueue((int Left, int Right) pair)
        {
            if (_counts.GetValueOrDefault(pair) is > 0 and var count)
                _queue.Enqueue((pair, count), (-count, pair.Left, pair.Right));
        }
    }
}
