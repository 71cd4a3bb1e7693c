using FissionGrpo.Conformance;
using FissionGrpo.Conformance.Golden;

namespace FissionGrpo.Model.Tests;

/// <summary>What the comparison with recordings says of a difference.</summary>
public sealed class ComparisonTests
{
    [Fact]
    public void Difference_IsNamedByItsElement()
    {
        var distance = Compare.MaxAbs([1, 2, 3], [1, 2.5f, 3.25f], offset: 100);

        Assert.Equal((0.5, "element 101: expected 2, found 2.5"), (distance.Value, distance.Where));
        Assert.Equal("element 8: expected NaN, found 1", new Distance(3).Or(Compare.MaxAbs([float.NaN], [1], offset: 8)).Where);
        Assert.Equal(double.PositiveInfinity, Compare.MaxAbs([1, 2], [1]).Value);
    }

    /// <summary>Texts that look alike, or are alike for a thousand characters.</summary>
    [Theory]
    [InlineData("a b", "a\u00a0b", 2, "expected \"a b\" (3 characters), found \"a\\u00a0b\" (3 characters)")]
    [InlineData("same", "same\n", 5, "expected \"same\" (4 characters), found \"same\\u000a\" (5 characters)")]
    public void Texts_PartWhereItIsSaid(string expected, string actual, int character, string finding)
    {
        var (said, console) = (new StringWriter(), Console.Out);
        Console.SetOut(TextWriter.Synchronized(said));
        try
        {
            new Verdicts().Equal("text", "here", new string('x', 1000) + expected, new string('x', 1000) + actual);
            new Verdicts().Equal("text", "here", expected, actual);
        }
        finally
        {
            Console.SetOut(console);
        }

        Assert.Contains($"FAILED text here: parts at character {character}: {finding}", said.ToString(), StringComparison.Ordinal);
        Assert.Contains($"parts at character {1000 + character}: expected \"…x", said.ToString(), StringComparison.Ordinal);
    }
}
