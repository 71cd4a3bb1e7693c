using System.Collections.Frozen;
using System.Numerics;

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
            ["callable"] = (_, v, _) => v is Value.Callable,
            ["sameas"] = (r, v, a) => v.GetType() == Other(r, a).GetType() && r.AreEqual(v, Other(r, a)),
            ["eq"] = Equal,
            ["equalto"] = Equal,
            ["=="] = Equal,
            ["ne"] = (r, v, a) => !Equal(r, v, a),
            ["gt"] = (r, v, a) => r.Compare(v, Other(r, a)) > 0,
            ["greaterthan"] = (r, v, a) => r.Compare(v, Other(r, a)) > 0,
            ["ge"] = (r, v, a) => r.Compare(v, Other(r, a)) >= 0,
            ["lt"] = (r, v, a) => r.Compare(v, Other(r, a)) < 0,
            ["lessthan"] = (r, v, a) => r.Compare(v, Other(r, a)) < 0,
            ["le"] = (r, v, a) => r.Compare(v, Other(r, a)) <= 0,
            ["in"] = (r, v, a) => r.Contains(Other(r, a), v),
            ["even"] = (r, v, _) => Whole(r, v).IsEven,
            ["odd"] = (r, v, _) => !Whole(r, v).IsEven,
            ["divisibleby"] = (r, v, a) => Whole(r, Other(r, a)) is { IsZero: false } by ? (Whole(r, v) % by).IsZero : throw r.Error("division by zero."),
            ["lower"] = (r, v, _) => PythonStrings.IsLower(r.Show(v)),
            ["upper"] = (r, v, _) => PythonStrings.IsUpper(r.Show(v)),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static bool Knows(string name) => All.ContainsKey(name);

    public static bool Holds(TemplateRenderer renderer, string name, Value value, Arguments arguments) =>
        All.TryGetValue(name, out var test) ? test(renderer, value, arguments) : throw renderer.Error($"there is no test '{name}'.");

    private static bool Equal(TemplateRenderer renderer, Value value, Arguments arguments) => renderer.AreEqual(value, Other(renderer, arguments));

    private static Value Other(TemplateRenderer renderer, Arguments arguments) =>
        arguments.At(0, "other") ?? throw renderer.Error("the test needs a value to compare with.");

    private static BigInteger Whole(TemplateRenderer renderer, Value value) =>
        value is Value.Int or Value.Bool ? Value.Whole(value) : throw renderer.Error($"the test needs a whole number, found a value of type {value.TypeName}.");
}
