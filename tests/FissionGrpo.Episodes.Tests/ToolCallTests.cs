using System.Text.Json;

namespace FissionGrpo.Episodes.Tests;

public sealed class ToolCallTests
{
    [Fact]
    public void OrderOfArguments_DoesNotMatter() =>
        Assert.Equal(ToolCall.Of("f", ("a", 1), ("b", "x")), ToolCall.Of("f", ("b", "x"), ("a", 1)));

    [Fact]
    public void SpellingOfANumber_Matters()
    {
        var whole = ToolCall.Of("f", ("a", JsonDocument.Parse("1").RootElement));
        var fraction = ToolCall.Of("f", ("a", JsonDocument.Parse("1.0").RootElement));

        Assert.NotEqual(whole, fraction);
    }

    [Fact]
    public void RepeatedArgument_TheLastCounts() => Assert.Equal(2, ToolCall.Of("f", ("a", 1), ("a", 2))["a"]!.Value.GetInt32());

    [Fact]
    public void Text_KeepsTheOrderAndTheCharacters() =>
        Assert.Equal("""f(b="é<x>", a=[1,null])""", ToolCall.Of("f", ("b", "é<x>"), ("a", new int?[] { 1, null })).ToString());
}
