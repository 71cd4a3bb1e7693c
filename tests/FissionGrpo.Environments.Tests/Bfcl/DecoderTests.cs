using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Tests.Bfcl;

public sealed class DecoderTests
{
    [Fact]
    public void QwenCalls_BecomePythonTexts_AndBrokenOnesAreSkipped()
    {
        var calls = QwenHandler.Decode("""
            Sure.
            <tool_call>
            {"name": "cd", "arguments": {"folder": "it's", "a": [1, 2.0, null]}}
            </tool_call>
            <tool_call>
            {"name": broken}
            </tool_call>
            <tool_call>
            {"name": "ls", "arguments": "{\"a\": true}"}
            </tool_call>
            """);

        Assert.Equal(["cd(folder=\"it's\",a=[1, 2.0, None])", "ls(a=True)"], calls.ToArray());
    }

    [Theory]
    [InlineData("""{"name": "ls"}""", "KeyError")]
    [InlineData("""[1]""", "ValueError")]
    [InlineData("""{"name": "ls", "arguments": [1]}""", "AttributeError")]
    [InlineData("""{"name": ["ls"]}""", "KeyError")]
    [InlineData("""{"name": ["ls"], "arguments": {}}""", "TypeError")]
    [InlineData("{\"name\": \"ls\", \"arguments\": \"no json\"}\n</tool_call>\n<tool_call>\n{}", "KeyError")]
    public void QwenCallThatIsNoCall_EndsTheTurn(string body, string error)
    {
        var step = BfclDecoder.Decode(BfclHandler.QwenFunctionCalling, $"<tool_call>\n{body}\n</tool_call>");

        Assert.Equal(error, step.DecodeError);
        Assert.True(BfclDecoder.IsEmpty(step));
    }

    [Theory]
    [InlineData("[ls(), cd(folder='x')]", "ls()", "cd(folder='x')")]
    [InlineData("```\ncd(folder=\"x\")\n```", "cd(folder='x')")]
    [InlineData("ls(a=-1, b=[1, {'k': true}])", "ls(a=-1, b=[1, {'k': 'true'}])")]
    [InlineData("f('dropped', a=1)", "f(a=1)")]
    [InlineData("a.b.c(x=1 + 2, y=name, z=(1,))", "a.b.c(x=3, y='name', z=(1,))")]
    [InlineData("f(x=g(y=1), z=h())", "f(x=g(y=1), z='h()')")]
    [InlineData("f(x=d['k'])", "f(x=\"d['k']\")")]
    public void PromptingAnswer_IsRenderedAgain(string answer, params string[] expected) =>
        Assert.Equal(expected, PromptingDecoder.Decode(answer).ToArray());

    [Theory]
    [InlineData("I cannot do that.")]
    [InlineData("[1, 2]")]
    [InlineData("[ ls()]")]
    [InlineData("")]
    public void PromptingAnswerWithoutCalls_IsADecodeError(string answer) =>
        Assert.Throws<PyException>(() => PromptingDecoder.Decode(answer));

    [Fact]
    public void Prompt_KeepsTheThinkingOfTheCurrentTurnOnly()
    {
        HandlerMessage[] messages =
        [
            new("user", "one"), QwenHandler.Parse("<think>\nold\n</think>\n\nDone.").Message, new("user", "two"),
            QwenHandler.Parse("<think>\nnew\n</think>\n\n<tool_call>\n{\"name\": \"ls\", \"arguments\": {}}\n</tool_call>").Message, new("tool", "r1"), new("tool", "r2"),
        ];

        var prompt = QwenHandler.Prompt(messages, []);

        Assert.Equal(
            "<|im_start|>user\none<|im_end|>\n<|im_start|>assistant\nDone.<|im_end|>\n<|im_start|>user\ntwo<|im_end|>\n"
            + "<|im_start|>assistant\n<think>\nnew\n</think>\n\n<tool_call>\n{\"name\": \"ls\", \"arguments\": {}}\n</tool_call><|im_end|>\n"
            + "<|im_start|>user\n<tool_response>\nr1\n</tool_response>\n<tool_response>\nr2\n</tool_response><|im_end|>\n<|im_start|>assistant\n",
            prompt);
    }
}
