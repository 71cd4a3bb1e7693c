using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Python.Source;

public class PyModuleTests
{
    private const string Source = """"
        # it's a comment with [an open bracket
        import os
        from shop.tables import (
            A,
            B,
        )

        LIMIT = 20
        GREETING = (
            "Say 'hello'\n"  # implicit concatenation
            'to everybody'
        )
        LONG = """a "quoted" text
        with a { and a #hash
        """ + GREETING
        PRICES: dict[tuple[str, str], float] = {
            ("a", "b"): -1.50, ("b", "c"): 2e3,
            # a comment's apostrophe
            ("c", "d"): 0x10,
        }
        MIXED = [True, None, ..., {1, 2}, (), set(), 3 - 1, 5 / 2]
        LAST = LIMIT
        LIMIT = 21
        DANGER = os.system("true")
        LOOP = LOOP2
        LOOP2 = LOOP


        class Shop(Base):
            """It's a shop (closed."""

            size: int = 3

            @staticmethod
            def prices(
                self, unit: str = "euro (eur)", *, more: list[str] = [],
            ) -> dict:
                """Prices:
            badly indented "text"
                """
                if unit == "euro":
                    return {"error": f"no {unit} in {self.shops['a']}"}
                table = {
                    "tea": 2,
                }
                return {"tea": table, "limit": LIMIT}
        """";

    private static readonly PyModule Module = new("shop.py", Source);

    public PyModuleTests() => PyBudget.Reset();

    [Theory]
    [InlineData("LIMIT", "21")]
    [InlineData("GREETING", """
        "Say 'hello'\nto everybody"
        """)]
    [InlineData("LONG", """
        'a "quoted" text\nwith a { and a #hash\nSay \'hello\'\nto everybody'
        """)]
    [InlineData("PRICES", "{('a', 'b'): -1.5, ('b', 'c'): 2000.0, ('c', 'd'): 16}")]
    [InlineData("MIXED", "[True, None, Ellipsis, {1, 2}, (), set(), 2, 2.5]")]
    [InlineData("LAST", "21")]
    public void Constant_IsTheValueOfItsLiteral(string name, string repr)
    {
        Assert.Equal(repr, PyText.Repr(Module.Constant(name)));
    }

    [Fact]
    public void Records_AreDictsOfTheirKeywords()
    {
        var module = new PyModule("tasks.py", "TASKS = [Task(user='u', actions=[Action(name='go', kwargs={'to': 1})])]");

        Assert.Equal("[{'user': 'u', 'actions': [{'name': 'go', 'kwargs': {'to': 1}}]}]", PyText.Repr(module.Constant("TASKS")));
    }

    [Fact]
    public void WhatAMethodReturnsAndLooksUp_IsReadWithoutCallingIt()
    {
        var method = Module.Function("prices", "Shop");

        Assert.Equal("{'tea': 2}", PyText.Repr(Module.Local(method, "table")));
        Assert.Equal(["self", "unit: str = \"euro (eur)\"", "*", "more: list[str] = []"], method.InBrackets);
        var error = Assert.Throws<UserErrorException>(() => Module.Returned(method));
        Assert.Contains("the name 'table'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DANGER", "line 24: a function call is not a literal value")]
    [InlineData("LOOP", "is defined by itself")]
    [InlineData("MISSING", "no constant 'MISSING'")]
    public void WhatIsNoLiteral_IsRefusedWithItsPlace(string name, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() => Module.Constant(name));

        Assert.StartsWith("shop.py", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A = [1,\n2\n", "never closed")]
    [InlineData("A = \"\"\"abc\n", "unterminated")]
    [InlineData("A = 'abc\nB = 1\n", "unterminated")]
    [InlineData("A = 1 +\n", "invalid syntax")]
    [InlineData("A = [b for b in (1, 2)]\n", "list comprehension")]
    [InlineData("A = 'x' * 99999999\n", "the operator *")]
    [InlineData("A = __import__('os').system('x')\n", "a function call")]
    [InlineData("A = f'{1 + 1}'\n", "f-string")]
    [InlineData("A = [1] + [2]\n", "the operator +")]
    public void DamagedOrHostileSource_IsRefused(string source, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() => new PyModule("x.py", source).Constant("A"));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TextsThatDouble_EndAtTheBound()
    {
        var source = "A0 = 'xxxxxxxxxxxxxxxx'\n" + string.Concat(Enumerable.Range(1, 60).Select(i => $"A{i} = A{i - 1} + A{i - 1}\n"));

        var error = Assert.Throws<UserErrorException>(() => new PyModule("x.py", source).Constant("A60"));

        Assert.Contains("larger than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DeepNesting_IsRefused()
    {
        Assert.Throws<UserErrorException>(() => new PyModule("x.py", "A = " + new string('[', 5000) + new string(']', 5000)).Constant("A"));
        Assert.Throws<UserErrorException>(() => new PyModule("x.py", "A = " + new string('-', 200_000) + "1").Constant("A"));
        Assert.Throws<UserErrorException>(() => new PyModule("x.py", string.Concat(Enumerable.Range(0, 200).Select(i => new string(' ', i) + "if x:\n"))));
    }
}
