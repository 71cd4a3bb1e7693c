using System.Collections.Frozen;

namespace FissionGrpo.Text.Templates;

/// <summary>The tests of <c>x is …</c>.</summary>
internal static class TemplateTests
{
    private static readonly FrozenDictionary<string, Func<TemplateRenderer, Value, Arguments, bool>> All =
        new Dictionary<string, Func<TemplateRenderer, Value, Arguments, bool>>
        {
            ["defined"] = (_, v, _) => v is not Value.Undefined,
            ["undefined"] = (_, v, _) => v is Value.Undefined,
            ["none"] = (_, v, _) => v is Value.None,
            ["string"] = (_, v, _) => v is Value.Str,
            ["boolean"] = (_, v, _) => v is Value.Bool,
            ["true"] = (_, v, _) => v is Value.Bool { IsTrue: true },
            ["false"] = (_, v, _) => v is Value.Bool { IsTrue: false },
            ["number"] = (_, v, _) => v is Value.Int or Value.Float or Value.Bool,
            ["integer"] = (_, v, _) => v is Value.Int,
            ["float"] = (_, v, _) => v is Value.Float,
            ["mapping"] = (_, v, _) => v is Value.Dict,
            ["sequence"] = (_, v, _) => v is Value.Str or Value.Dict or Value.List { Kind: not Value.ListKind.Generator } or Value.Undefined,
            ["iterable"] = (_, v, _) => v is Value.Str or Value.Dict or Value.List or Value.Undefined,
            ["callable"] = (_, v, _) => v is Value.Callable or Value.Loop or Value.Undefined,
            ["filter"] = (_, v, _) => v is Value.Str name && TemplateFilters.IsOfJinja(name.Text),
            ["escaped"] = (_, v, _) => v is Value.Str { IsMarkup: true },
            ["test"] = (_, v, _) => v is Value.Str name && Knows(name.Text),
            ["sameas"] = (r, v, a) => v is Value.List or Value.Dict ? ReferenceEquals(v, Other(r, a)) : v.GetType() == Other(r, a).GetType() && r.AreEqual(v, Other(r, a)),
            ["eq"] = Equal,
            ["equalto"] = Equal,
            ["=="] = Equal,
            ["ne"] = (r, v, a) => !Equal(r, v, a),
            ["!="] = (r, v, a) => !Equal(r, v, a),
            ["gt"] = Order(">"),
            ["greaterthan"] = Order(">"),
            [">"] = Order(">"),
            ["ge"] = Order(">="),
            [">="] = Order(">="),
            ["lt"] = Order("<"),
            ["lessthan"] = Order("<"),
            ["<"] = Order("<"),
            ["le"] = Order("<="),
            ["<="] = Order("<="),
            ["in"] = (r, v, a) => r.Contains(Other(r, a), v),
            ["even"] = (r, v, _) => Leaves(r, v, Value.Of(2), 0),
            ["odd"] = (r, v, _) => Leaves(r, v, Value.Of(2), 1),
            ["divisibleby"] = (r, v, a) => Leaves(r, v, a.At(0, "num") ?? Other(r, a), 0),
            ["lower"] = (r, v, _) => PythonStrings.IsLower(r.Show(v)),
            ["upper"] = (r, v, _) => PythonStrings.IsUpper(r.Show(v)),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static bool Knows(string name) => All.ContainsKey(name);

    /// <summary>Tests that look at their value alone.</summary>
    private static readonly FrozenSet<string> WithoutArguments = new[]
    {
        "boolean", "callable", "defined", "escaped", "even", "false", "filter", "float", "integer", "iterable", "lower", "mapping", "none", "number", "odd",
        "sequence", "string", "test", "true", "undefined", "upper",
    }.ToFrozenSet(StringComparer.Ordinal);

    public static bool Holds(TemplateRenderer renderer, string name, Value value, Arguments arguments)
    {
        if (!All.TryGetValue(name, out var test))
            throw renderer.Error($"there is no test '{name}'.");
        if (WithoutArguments.Contains(name) && (arguments.Positional.Count > 0 || arguments.Named.Count > 0))
            throw renderer.Error($"the test '{name}' takes no arguments.");
        if (name is "lower" or "upper")
            renderer.ChargeText(value);
        return test(renderer, value, arguments);
    }

    private static bool Equal(TemplateRenderer renderer, Value value, Arguments arguments) => renderer.AreEqual(value, Other(renderer, arguments));

    private static Value Other(TemplateRenderer renderer, Arguments arguments) =>
        arguments.At(0, "other") ?? throw renderer.Error("the test needs a value to compare with.");

    private static Func<TemplateRenderer, Value, Arguments, bool> Order(string comparison) => (r, v, a) => r.Ordered(comparison, v, Other(r, a));

    private static bool Leaves(TemplateRenderer renderer, Value value, Value divisor, int remainder) =>
        renderer.AreEqual(renderer.Arithmetic("%", value, divisor), Value.Of(remainder));
}
