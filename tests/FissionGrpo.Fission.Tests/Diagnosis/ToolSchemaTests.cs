using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Fission.Diagnosis;

namespace FissionGrpo.Fission.Tests.Diagnosis;

public sealed class ToolSchemaTests
{
    private const string Parameters =
        """
        {"type": "object", "properties": {"id": {"type": "integer"}, "names": {"type": "array", "items": {"type": "string"}}, "note": {"type": ["string", "null"]},
        "price": {"type": "float"}, "more": {"type": "dict"}, "any": {}}, "required": ["id"]}
        """;

    public static TheoryData<string> Layouts => ["{\"name\": \"f\", \"parameters\": " + Parameters + "}", "{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": " + Parameters + "}}"];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void BothLayouts_AreRead(string document)
    {
        var schema = Schema(document);

        Assert.Equal("colour", schema.UnknownIn(ToolCall.Of("f", ("id", 1), ("colour", "red"))));
        Assert.Equal("id", schema.MissingIn(ToolCall.Of("f", ("note", "x"))));
        Assert.Null(schema.UnknownIn(ToolCall.Of("f", ("id", 1))));
        Assert.Null(schema.MissingIn(ToolCall.Of("f", ("id", 1))));
    }

    [Fact]
    public void Types_AreThoseOfTheBenchmarks()
    {
        var schema = Schema("{\"parameters\": " + Parameters + "}");

        Assert.Equal(("id", "integer"), schema.WrongTypeIn(ToolCall.Of("f", ("id", "7"))));
        Assert.Equal(("id", "integer"), schema.WrongTypeIn(ToolCall.Of("f", ("id", 7.5))));
        Assert.Equal(("price", "number"), schema.WrongTypeIn(ToolCall.Of("f", ("price", "7"))));
        Assert.Equal(("names", "array"), schema.WrongTypeIn(ToolCall.Of("f", ("names", new[] { 1 }))));
        Assert.Equal(("more", "object"), schema.WrongTypeIn(ToolCall.Of("f", ("more", 1))));
        Assert.Null(schema.WrongTypeIn(ToolCall.Of("f", ("id", 7.0), ("names", new[] { "a" }), ("note", null), ("price", 7), ("any", true))));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"parameters": null}""")]
    [InlineData("""{"parameters": {"properties": [], "required": 3}}""")]
    public void APoorDescription_ForbidsNothing(string document)
    {
        var schema = Schema(document);
        var call = ToolCall.Of("f", ("x", 1));

        Assert.Null(schema.UnknownIn(call));
        Assert.Null(schema.MissingIn(call));
        Assert.Null(schema.WrongTypeIn(call));
    }

    private static ToolSchema Schema(string document) => ToolSchema.Of(new ToolSpec("f", JsonDocument.Parse(document).RootElement));
}
