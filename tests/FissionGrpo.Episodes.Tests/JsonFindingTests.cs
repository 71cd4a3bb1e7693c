using System.Text.Json;
using System.Text.Json.Serialization;

namespace FissionGrpo.Episodes;

public partial class JsonFindingTests
{
    [Fact]
    public void LiteralWithTheRestOfTheFileBehindIt_IsCutShort()
    {
        var broken = Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse("{\"a\": fa1se" + new string('x', 5000)));

        Assert.InRange(JsonFinding.Of(broken).Length, 20, 200);
    }

    /// <summary>One line, and no half of a character: the finding stands in the middle of a sentence.</summary>
    [Fact]
    public void LiteralOverManyLines_IsCutAtTheFirst()
    {
        var lines = Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse("{\"a\": fa1se,\n\"b\": 1,\n\"c\": 2}"));
        var symbols = Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse("{\"a\": fa1se" + string.Concat(Enumerable.Repeat("\U0001F697", 200))));
        var shifted = Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse("{\"a\": fa1sex" + string.Concat(Enumerable.Repeat("\U0001F697", 200))));

        Assert.Equal("'fa1se,…", JsonFinding.Of(lines));
        Assert.All([symbols, shifted], e => Assert.DoesNotContain('\uFFFD', System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(JsonFinding.Of(e)))));
    }

    [Theory]
    [InlineData("""{"name": "a", "count": 1, "colour": 2}""", "it has a member 'colour', which does not belong there")]
    [InlineData("""{"name": "a", "count": "many"}""", "the value of count is of another kind")]
    [InlineData("""{"name": "a" "count": 1}""", "'\"' is invalid after a value. Expected either ',', '}', or ']'")]
    [InlineData("", "it is empty")]
    [InlineData(" \n", "it is empty")]
    [InlineData("""{"name": "a", """, "it ends in the middle of an object, a list or a text")]
    [InlineData("""{"name": "a""", "it ends in the middle of an object, a list or a text")]
    [InlineData("""{"name": tr""", "'tr' is an invalid JSON literal. Expected the literal 'true'")]
    [InlineData("3", "the value of the whole is of another kind")]
    public void Finding_SpeaksOfTheFileAndNotOfOurTypes(string json, string expected) =>
        Assert.Equal(expected, JsonFinding.Of(Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, Example.Default.Thing))));

    internal sealed record Thing(string Name, int Count);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
    [JsonSerializable(typeof(Thing))]
    internal sealed partial class Example : JsonSerializerContext;
}
