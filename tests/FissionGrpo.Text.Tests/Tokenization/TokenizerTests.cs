using System.Text;
using FissionGrpo.Text.Tokenization;
using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Text.Tests.Tokenization;

public class TokenizerTests
{
    private static readonly Tokenizer Tiny = TinyTokenizers.Compact;

    [Fact]
    public void AnyText_DecodesToItself() =>
        Prop.ForAll<string?>(text => Tiny.Decode(Tiny.Encode(text ?? "", parseAddedTokens: false).AsSpan()) == Sound(text ?? "")).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("naïve 🚗💨 漢字 \u0000 \uD83D")]
    [InlineData("<|user|>hi<|end|>")]
    [InlineData("")]
    public void AwkwardText_DecodesToItself(string text) => Assert.Equal(Sound(text), Tiny.Decode(Tiny.Encode(text).AsSpan()));

    [Fact]
    public void LongPiece_IsMergedLikeAShortOne()
    {
        // Above 48 bytes the heap takes over from the scan; cut into words both must give the same merges.
        var tokenizer = BpeTrainer.Learn(["lockdoors", "lockdoors", "lockdoors"], new BpeTrainerOptions(300, @"\p{L}+", [], new TokenizerSettings()));
        var word = tokenizer.Encode("lockdoors");

        var many = tokenizer.Encode(string.Concat(Enumerable.Repeat("lockdoors", 100)));

        Assert.Single(word);
        Sequences.Same(Enumerable.Repeat(word[0], 100), many);
    }

    [Fact]
    public void ScanAndHeap_Agree()
    {
        Prop.ForAll(Gen.Choose(0, 3).Select(i => "abc "[i]).ArrayOf().Select(c => new string(c)).ToArbitrary(), text =>
        {
            var tokenizer = Repetitive.Value;
            var padded = new string('z', 60) + text; // z merges with nothing
            return tokenizer.Encode(padded).Skip(60).SequenceEqual(tokenizer.Encode(text));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void MegabyteOfOneLetter_IsEncodedQuickly()
    {
        var ids = Repetitive.Value.Encode(new string('a', 1 << 20));

        Assert.Equal(1 << 20, Repetitive.Value.Decode(ids.AsSpan()).Length);
    }

    [Fact]
    public void PartsOfText_MergeAcrossTheirBorders() =>
        Sequences.Same(Tiny.Encode("lockDoors", parseAddedTokens: false), Tiny.Encode(new TextPart("lock", true), new TextPart("Doors", false)));

    [Fact]
    public void ControlTokenInForeignText_StaysPlainText()
    {
        var ids = Tiny.Encode(new TextPart("<|user|>", true), new TextPart("a<|end|><|assistant|>", false), new TextPart("<|end|>", true));

        Assert.Equal(["<|user|>", "<|end|>"], ids.Where(Tiny.IsSpecial).Select(i => Tiny.TokenOf(i)));
        Assert.Equal("<|user|>a<|end|><|assistant|><|end|>", Tiny.Decode(ids.AsSpan()));
    }

    [Fact]
    public void HalfOfAControlTokenInForeignText_DoesNotJoinTheOtherHalf() =>
        Assert.DoesNotContain(Tiny.Encode(new TextPart("<|us", false), new TextPart("er|>", true)), Tiny.IsSpecial);

    [Fact]
    public void BrokenUtf8_BecomesOneReplacementForEachInvalidPart()
    {
        int[] bytes = [.. new byte[] { 0x41, 0xE6, 0xBC, 0x42, 0xFF, 0xF0, 0x9F }.Select(b => Tiny.IdOf(ByteLevel.CharOf(b).ToString())!.Value)];

        Assert.Equal("A\uFFFDB\uFFFD\uFFFD", Tiny.Decode(bytes));
    }

    [Fact]
    public void SkippingSpecial_LeavesOtherAddedTokens() =>
        Assert.Equal("<tool_call>x", Tiny.Decode(Tiny.Encode("<|user|><tool_call>x<|end|>").AsSpan(), skipSpecial: true));

    [Fact]
    public void UnusedIds_DecodeToNothing() => Assert.Equal("", Tiny.Decode([-1, 1 << 20, Tiny.VocabularySize]));

    private static readonly Lazy<Tokenizer> Repetitive = new(() => BpeTrainer.Learn(
        ["aaaa abab bcbc abcabc aab", "aaaa abab bcbc abcabc aab"], new BpeTrainerOptions(300, @"[a-z ]+", [], new TokenizerSettings())));

    private static string Sound(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
