using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tests.Bfcl;

public sealed class CallTextTests
{
    [Theory]
    [InlineData("ls ()", "I.ls()")]
    [InlineData("echo(content='Please ls (now) and note (x)')", "I.echo(content='Please I.ls(now) and note(x)')")]
    [InlineData("unknown  (1)", "unknown(1)")]
    [InlineData("a1ls(1) éls(2) 3ls(3)", "a1ls(1) éls(2) 3ls(3)")]
    [InlineData("(ls)", "(ls)")]
    [InlineData("'x' (y)", "'x' (y)")]
    [InlineData("naïve (café)", "naïve(café)")]
    [InlineData("ls\u00a0\n\t(1)", "I.ls(1)")]
    public void Rewriting_IsTextual(string call, string expected) =>
        Assert.Equal(expected, CallText.Rewrite(call, name => name is "ls" or "echo" ? "I" : null));

    [Theory]
    [InlineData("run", "run")]
    [InlineData("exit(1)", "exit")]
    [InlineData("os.kill(1)", "kill")]
    [InlineData("a.popen.b(1)", "popen")]
    [InlineData("running()", null)]
    [InlineData("x.y.run(1)", null)]
    public void BlockList_LooksAtWhatPrecedesTheFirstParenthesis(string text, string? expected) =>
        Assert.Equal(expected, CallText.BlockedFunction(text));

    [Fact]
    public void MethodNameInAnArgument_IsRewrittenToo_AlsoForStructuredCalls()
    {
        var world = SmallBfcl.World(owner: "my-model_task");

        var result = world.Execute(ToolCall.Of("echo", ("content", "see ls (now)")));

        Assert.Equal("""{"terminal_output": "see my_model_task_GorillaFileSystem_instance.ls(now)"}""", result.Text);
    }

    // Messages recorded from CPython 3.11.
    [Theory]
    [InlineData("cat(file_name='a.txt', file_name='b')", "keyword argument repeated: file_name (<string>, line 1)")]
    [InlineData("cat(file_name='x', 5)", "positional argument follows keyword argument (<string>, line 1)")]
    [InlineData("foo(a b)", "invalid syntax. Perhaps you forgot a comma? (<string>, line 1)")]
    [InlineData("foo(c b)", "invalid syntax (<string>, line 1)")]
    [InlineData("foo(a b", "'(' was never closed (<string>, line 1)")]
    [InlineData("foo(a if b)", "expected 'else' after 'if' expression (<string>, line 1)")]
    [InlineData("foo[a=1]", "invalid syntax. Maybe you meant '==' or ':=' instead of '='? (<string>, line 1)")]
    [InlineData("foo(a.b=1)", "expression cannot contain assignment, perhaps you meant \"==\"? (<string>, line 1)")]
    [InlineData("foo(True=1)", "cannot assign to True (<string>, line 1)")]
    [InlineData("foo(]", "closing parenthesis ']' does not match opening parenthesis '(' (<string>, line 1)")]
    [InlineData("foo(a='it's')", "unterminated string literal (detected at line 1) (<string>, line 1)")]
    [InlineData("foo(“a”)", "invalid character '“' (U+201C) (<string>, line 1)")]
    [InlineData("foo(5km)", "invalid decimal literal (<string>, line 1)")]
    [InlineData("foo(2024-01-01)", "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers (<string>, line 1)")]
    [InlineData("print 5", "Missing parentheses in call to 'print'. Did you mean print(...)? (<string>, line 1)")]
    [InlineData("", "invalid syntax (<string>, line 0)")]
    [InlineData("ls()\n ", "unexpected indent (<string>, line 2)")]
    [InlineData("ls()\nls()", "invalid syntax (<string>, line 2)")]
    [InlineData("{'a':1, 'b'}", "':' expected after dictionary key (<string>, line 1)")]
    [InlineData("[1][5]", "list index out of range")]
    [InlineData("{}['k']", "'k'")]
    [InlineData("'a' + 1", "can only concatenate str (not \"int\") to str")]
    [InlineData("1 < 'a'", "'<' not supported between instances of 'int' and 'str'")]
    [InlineData("null", "name 'null' is not defined")]
    public void Mistake_GetsPythonsWords(string call, string message) =>
        Assert.Equal("Error during execution: " + message, SmallBfcl.World().Execute(call).Text);

    [Theory]
    [InlineData("1 + 2 * 3 ** 2", "19")]
    [InlineData("round(2.675, 2)", "2.67")]
    [InlineData("[x * 2 for x in range(3) if x]", "[2, 4]")]
    [InlineData("{'a': 1.0, 'b': [True, None]}", "{\"a\": 1.0, \"b\": [true, null]}")]
    [InlineData("{(1, 2): 'x'}", "{(1, 2): 'x'}")]
    [InlineData("'a' 'b'", "ab")]
    [InlineData("5 if 1else 2", "5")]
    [InlineData("f'{1 + 1}-{\"x\"!r}'", "2-'x'")]
    [InlineData("sorted([3, 1, 2], reverse=True)", "[3, 2, 1]")]
    [InlineData("(-8) ** (1/3)", "(1.0000000000000002+1.7320508075688772j)")]
    [InlineData("ls()['current_directory_content'][0].upper()", "A.TXT")]
    [InlineData("mean(numbers=[1, 2]), max(1, 5)", "({'result': 1.5}, 5)")]
    public void Expression_IsEvaluatedAsPythonDoes(string expression, string expected) =>
        Assert.Equal(expected, SmallBfcl.World().Execute(expression).Text);
}
