using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Text.Tests.Dialogues;

/// <summary>The handler's rules as the specification of the benchmark states them.</summary>
public class BfclToolCallTextTests
{
    [Theory]
    [InlineData("Sure.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>\nDone.", "f(a=1)")]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": \"{\\\"a\\\": 1}\"}\n</tool_call>", "f(a=1)")]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1, \"b\": 0, \"a\": 2}}\n</tool_call>", "f(a=2, b=0)")]
    [InlineData("<tool_call>\n{broken}\n</tool_call><tool_call>\n{\"name\": \"g\", \"arguments\": {}}\n</tool_call>", "g()")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>", "")]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": {}, \"id\": 3}\n</tool_call>", "f()")]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": {}}", "")]
    [InlineData("no calls", "")]
    public void ForgivenReply_GivesItsCalls(string reply, string calls)
    {
        var parsed = BfclToolCallText.Parse(reply);

        Assert.Null(parsed.FormatError);
        Assert.Equal(calls, string.Join(';', parsed.Calls));
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("{\"name\": \"f\"}")]
    [InlineData("{\"arguments\": {}}")]
    [InlineData("{\"name\": \"f\", \"arguments\": \"x\"}")]
    [InlineData("{\"name\": \"f\", \"arguments\": [1]}")]
    public void CallThatMakesTheHandlerRaise_IsAFormatError(string body) =>
        Assert.NotNull(BfclToolCallText.Parse($"<tool_call>\n{body}\n</tool_call>").FormatError);

    [Fact]
    public void OnlyTheAnswerIsRead_NotTheReasoning()
    {
        var format = new QwenDialogueFormat(TinyTokenizers.QwenLike, new QwenDialogueOptions(StrictCalls: false));

        var parsed = format.Parse("<think>\n<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>\n</think>\n\nHi");

        Assert.Empty(parsed.Calls);
        Assert.Equal("Hi", parsed.Text);
    }
}
