using System.Diagnostics;
using System.Text.Json;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tests.Bfcl;

/// <summary>Whatever a model writes ends in a text, soon, in bounded memory, without leaving the world.</summary>
public sealed class HostileOutputTests
{
    private const long MostAllocated = 2_000_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static TheoryData<string, string> Texts
    {
        get
        {
            var million = new string('x', 1_000_000);
            var texts = new TheoryData<string, string>
            {
                { "import", "__import__('os').system('id')" },
                { "open", "open('/etc/passwd').read()" },
                { "eval", "eval('1+1')" },
                { "dunder", "().__class__.__bases__[0].__subclasses__()" },
                { "module", "json.dumps(1)" },
                { "repetition", "'a' * 10 ** 9" },
                { "list repetition", "[0] * 10 ** 9" },
                { "repetition of repetition", "[('a' * 4000000) for x in range(100000)]" },
                { "power", "10 ** 10 ** 10" },
                { "power of method", "power(base=10, exponent=1000000000)" },
                { "huge multiplication", "(9 ** 60000) * (9 ** 60000) * (9 ** 60000)" },
                { "shift", "1 << 10 ** 12" },
                { "range", "list(range(10 ** 12))" },
                { "sum of range", "sum(range(10 ** 18))" },
                { "comprehension", "[x * y * z for x in range(10000) for y in range(10000) for z in range(10000)]" },
                { "generator", "max(x for x in range(10 ** 15))" },
                { "sorted", "sorted(list(range(3000000)) * 2)" },
                { "format width", "'{:>1000000000}'.format(1)" },
                { "format many", "('{0}' * 100000).format('y' * 100000)" },
                { "f-string width", "f'{1:>1000000000}'" },
                { "f-string precision", "f'{1.5:.1000000000f}'" },
                { "percent width", "'%1000000000d' % 1" },
                { "fill", "'a'.zfill(10 ** 9)" },
                { "join", "('y' * 100000).join(['z'] * 100000)" },
                { "replace", "('a' * 4000000).replace('a', 'b' * 4000000)" },
                { "replace nothing", "('a' * 4000000).replace('', 'b' * 4000000)" },
                { "str of nested", "str([[['a' * 1000000] * 1000] * 1000] * 1000)" },
                { "precision of root", "square_root(number=2, precision=1000000000000)" },
                { "precision of logarithm", "logarithm(value=2, base=3, precision=1000000000)" },
                { "logarithm of exponent text", "logarithm(value='1e999999999', base=2, precision=5)" },
                { "round", "round_number(number=1e300, decimal_places=1000000000)" },
                { "round down", "round_number(number=5, decimal_places=-1000000000)" },
                { "digits", "int('9' * 4000000)" },
                { "int literal", new string('9', 1_000_000) },
                { "hexadecimal literal", "0x" + new string('f', 1_000_000) },
                { "parentheses", new string('(', 100_000) },
                { "brackets", "display_log(messages=" + new string('[', 100_000) },
                { "closed brackets", new string('[', 150) + new string(']', 150) },
                { "minus", new string('-', 1_000_000) + "1" },
                { "not", string.Concat(Enumerable.Repeat("not ", 200_000)) + "1" },
                { "plus", string.Concat(Enumerable.Repeat("1+", 200_000)) + "1" },
                { "attributes", "ls" + string.Concat(Enumerable.Repeat(".a", 200_000)) },
                { "calls", "ls" + string.Concat(Enumerable.Repeat("()", 200_000)) },
                { "lambdas", string.Concat(Enumerable.Repeat("lambda:", 100_000)) + "1" },
                { "conditionals", string.Concat(Enumerable.Repeat("1 if 1 else ", 100_000)) + "1" },
                { "commas missing", "ls(" + string.Concat(Enumerable.Repeat("a ", 100_000)) + ")" },
                { "dicts", string.Concat(Enumerable.Repeat("{1:", 150)) + "1" + new string('}', 150) },
                { "keywords", "ls(" + string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"k{i}=1")) + ")" },
                { "directories", "(" + string.Concat(Enumerable.Repeat("mkdir('z'),cd('z'),", 20_000)) + "find(),du())" },
                { "nested state", "(" + string.Concat(Enumerable.Repeat("get_tweet(tweet_id=0).update({'me': dict(get_tweet(tweet_id=0))}),", 20_000)) + "1)" },
                { "copies into itself", "(" + string.Concat(Enumerable.Repeat("cp('d','d'),cp('d','e'),", 5_000)) + "find('/'))" },
                { "long text", $"echo(content='{million}{million}', file_name='a.txt')" },
                { "long name", $"touch(file_name='{million}')" },
                { "long function", million + "()" },
                { "NUL", "echo(content='a\0b')" },
                { "lone surrogate", "echo(content='\ud800')" },
                { "escaped surrogate", "echo(content='\\ud800')" },
                { "path", "cat(file_name='../../../../etc/passwd')" },
                { "absolute path", "find(path='/etc')" },
                { "cycle", "(get_watchlist(), get_tweet(tweet_id=0).update({'me': get_tweet(tweet_id=0)}), get_tweet(tweet_id=0))[2]" },
                { "quotes", string.Concat(Enumerable.Repeat("'a'", 200_000)) },
                { "unclosed quote", "cat(file_name='" + million },
                { "spaces before parentheses", "a" + new string(' ', 1_000_000) + string.Concat(Enumerable.Repeat(" (", 1000)) },
                { "words before parentheses", string.Concat(Enumerable.Repeat(new string('w', 1000) + "(", 1000)) },
            };
            return texts;
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void HostileText_EndsInAnAnswer(string what, string text)
    {
        var world = SmallBfcl.World();
        world.Execute("trading_login(username='a', password='b')");
        var start = Stopwatch.GetTimestamp();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var result = world.Execute(text);

        Assert.True(Stopwatch.GetElapsedTime(start) < Patience, what);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MostAllocated, $"{what}: {GC.GetAllocatedBytesForCurrentThread() - before} bytes");
        Assert.DoesNotContain("root:", result.Text, StringComparison.Ordinal);
        // The world is still alive: it can be compared, hashed and forked.
        _ = world.Digest();
        Assert.True(world.StateEquals(world.Fork()));
    }

    [Theory]
    [InlineData("__import__('os')")]
    [InlineData("open('x', 'w')")]
    [InlineData("eval('1')")]
    [InlineData("exec('x = 1')")]
    [InlineData("getattr(1, 'real')")]
    [InlineData("globals()")]
    public void WhatReachesOutside_DoesNotExist(string text) =>
        Assert.Equal(ToolErrorKind.UnknownTool, Assert.IsType<ToolResult.Failed>(SmallBfcl.World().Execute(text)).Kind);

    [Fact]
    public void DeeplyNestedArgument_IsAValueAndNotACrash()
    {
        var json = string.Concat(Enumerable.Repeat("[", 60)) + string.Concat(Enumerable.Repeat("]", 60));
        using var document = JsonDocument.Parse(json);

        var result = SmallBfcl.World().Execute(ToolCall.Of("display_log", ("messages", document.RootElement.Clone())));

        Assert.Equal($$"""{"log": {{json}}}""", result.Text);
    }

    [Fact]
    public void IntOfTooManyDigits_IsAFailedCall()
    {
        using var document = JsonDocument.Parse(new string('9', 5000));

        var result = SmallBfcl.World().Execute(ToolCall.Of("fillFuelTank", ("fuelAmount", document.RootElement.Clone())));

        Assert.Contains("Exceeds the limit (4300 digits)", Assert.IsType<ToolResult.Failed>(result).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ManyOpenToolCalls_AreReadInOnePass()
    {
        var text = string.Concat(Enumerable.Repeat("<tool_call>\n", 200_000));
        var start = Stopwatch.GetTimestamp();

        Assert.Empty(QwenHandler.Decode(text));
        Assert.True(Stopwatch.GetElapsedTime(start) < Patience);
    }
}
