using FissionGrpo.Text.Tokenization;
using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Text.Tests.Tokenization;

public class NormalizationFormCTests
{
    [Theory]
    [InlineData("plain text, naïve 漢字 🚗", "plain text, naïve 漢字 🚗")]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\u212B", "\u00C5")] // Angstrom sign
    [InlineData("a\u0323\u0302", "\u1EAD")] // two marks, one letter
    [InlineData("a\u0302\u0323", "\u1EAD")] // in either order
    [InlineData("a\u0301\u0301", "\u00E1\u0301")] // the second acute finds no partner
    [InlineData("a\u05AE\u0300", "\u00E0\u05AE")] // a mark of another class between does not block
    [InlineData("a\u0335\u0300", "\u00E0\u0335")]
    [InlineData("a\u0315\u0300\u05AE\u0300b", "\u00E0\u05AE\u0300\u0315b")] // from NormalizationTest.txt
    [InlineData("\u1100\u1161\u11A8", "\uAC01")] // Hangul jamo
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("\uAC01\u11A8", "\uAC01\u11A8")]
    [InlineData("\u0958", "\u0915\u093C")] // excluded from composition
    [InlineData("\u0301e", "\u0301e")] // a mark without a letter
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\U00011099\U000110BA", "\U0001109A")]
    [InlineData("\u0CC6\u0CC2\u0CD5", "\u0CCB")] // composes twice
    public void KnownText_TakesFormC(string text, string expected) => Assert.Equal(expected, NormalizationFormC.Normalize(text));

    [Fact]
    public void CharactersAfterUnicode9_AreLeftAlone() =>
        // Composes since Unicode 13; the reference library has the tables of 9.
        Assert.Equal("\U00011935\U00011930", NormalizationFormC.Normalize("\U00011935\U00011930"));

    [Fact]
    public void NormalText_StaysAsItIs()
    {
        var point = Gen.OneOf(Gen.Elements("e", "a", "\u1100", "\u1161", "\u11A8", "\u0301", "\u0323", "\u0302", "\u05AE", "\u0C46", "\u0C56", "\uAC00", "\u0958", "🚗"),
            Gen.Choose(0xA0, 0x3100).Select(char.ConvertFromUtf32));

        Prop.ForAll(point.ArrayOf().Select(string.Concat).ToArbitrary(), text =>
        {
            var normal = NormalizationFormC.Normalize(text);
            return NormalizationFormC.Normalize(normal) == normal;
        }).QuickCheckThrowOnFailure();
    }
}
