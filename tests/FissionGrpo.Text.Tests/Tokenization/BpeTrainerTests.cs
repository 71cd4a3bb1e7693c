using System.Text;
using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Tokenization;
using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Text.Tests.Tokenization;

public class BpeTrainerTests
{
    private static readonly BpeTrainerOptions Letters = new(259, @"\p{L}+", [], new TokenizerSettings());

    [Fact]
    public void MostFrequentPair_IsMergedFirst()
    {
        var tokenizer = BpeTrainer.Learn(["abab abab cd"], Letters with { VocabularySize = 258, MinimumCount = 1 });

        Assert.Equal("ab", tokenizer.TokenOf(256));
        Assert.Equal("abab", tokenizer.TokenOf(257));
    }

    [Fact]
    public void EqualCounts_GoToTheLowerIds()
    {
        var tokenizer = BpeTrainer.Learn(["cd", "cd", "ab", "ab"], Letters);

        Assert.Equal("ab", tokenizer.TokenOf(256));
        Assert.Equal("cd", tokenizer.TokenOf(257));
    }

    [Fact]
    public void OrderOfTheCorpus_DoesNotMatter()
    {
        var forward = CompactDialogueFormat.LearnTokenizer(TinyTokenizers.Corpus(), 500);
        var backward = CompactDialogueFormat.LearnTokenizer(TinyTokenizers.Corpus().Reverse(), 500);

        Assert.Equal(Encoding.UTF8.GetString(forward.TokenizerJson.Span), Encoding.UTF8.GetString(backward.TokenizerJson.Span));
    }

    [Fact]
    public void SmallCorpus_GivesFewerTokensThanAsked() =>
        Assert.Equal(257, BpeTrainer.Learn(["ab", "ab"], Letters with { VocabularySize = 5000 }).VocabularySize);

    [Fact]
    public void RepeatedSymbols_AreCountedAsTheyMerge()
    {
        var tokenizer = BpeTrainer.Learn(["aaaa", "aaaa", "aaa"], Letters with { VocabularySize = 258, MinimumCount = 1 });

        Assert.Equal(("aa", "aaaa"), (tokenizer.TokenOf(256), tokenizer.TokenOf(257)));
    }

    [Fact]
    public void PlainText_NeverLearnsAnAddedToken()
    {
        // The corpus spells the control token in plain letters, and often; encoding plain text must still not give it.
        var options = new BpeTrainerOptions(400, @"[a-z<|>]+", [new NewToken("<|end|>", true)], new TokenizerSettings());
        var tokenizer = BpeTrainer.Learn(Enumerable.Repeat("x<|end|", 50).Concat(Enumerable.Repeat("<|endd|>", 50)), options);

        Assert.DoesNotContain(0, tokenizer.Encode("<|end|>", parseAddedTokens: false));
        Sequences.Same([0], tokenizer.Encode("<|end|>"));
    }

    [Fact]
    public void LearnedTokenizer_ReadsBackAndEncodesTheSame()
    {
        var learned = TinyTokenizers.Compact;
        var read = Tokenizer.Read(learned.TokenizerJson);

        Prop.ForAll<string?>(text => learned.Encode(text ?? "").SequenceEqual(read.Encode(text ?? ""))).QuickCheckThrowOnFailure();
        Assert.All(TinyTokenizers.Corpus(), text => Sequences.Same(learned.Encode(text), read.Encode(text)));
    }

    [Fact]
    public void SavedFolder_LoadsWithItsSettings()
    {
        var folder = Directory.CreateTempSubdirectory("fission-text").FullName;
        try
        {
            TinyTokenizers.Compact.Save(folder);
            var loaded = Tokenizer.Load(folder);

            Assert.Equal(TinyTokenizers.Compact.Settings, loaded.Settings);
            Sequences.Same(TinyTokenizers.Compact.AddedTokens, loaded.AddedTokens);
            Assert.Equal(TinyTokenizers.Compact.VocabularySize, loaded.VocabularySize);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
