using System.Collections.Immutable;
using FissionGrpo.Environments.Python.Syntax;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Python.Source;

/// <summary>
/// A Python file as data: the constants that it names, and what its functions return or look up, where these are literals. Nothing is run: a
/// value that is more than literals, names of constants, sums of them and records is refused with its place.
/// </summary>
/// <param name="path">The file's name, for messages.</param>
/// <param name="source">Its text.</param>
internal sealed class PyModule(string path, string source)
{
    public string Path => path;

    public ImmutableArray<PyStatement> Statements { get; } = PyStatement.Read(path, source);

    /// <summary>The module's assigned names in the order of the file.</summary>
    public IEnumerable<string> ConstantNames => Statements.Select(s => s.Assignment).Where(a => a is { Value: not null }).Select(a => a!.Value.Name).Distinct();

    /// <summary>The value of a constant of the module.</summary>
    /// <exception cref="UserErrorException">There is none, or it is not made of literals.</exception>
    public PyValue Constant(string name) => Values().Of(name) ?? throw Missing($"constant '{name}'");

    public bool Has(string name) => ConstantNames.Contains(name);

    /// <summary>Reads expressions with the module's own names.</summary>
    public PyValues Values() => new([this]);

    public PyNode Parse(PyStatement place, string expression)
    {
        try
        {
            return PyParser.ParseTree($"({expression}\n)");
        }
        catch (PyException error)
        {
            throw Wrong(place, error.Message);
        }
    }

    /// <summary>A function, or a method of a class.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public PyStatement Function(string name, string? ofClass = null) =>
        (ofClass is null ? Statements : Class(ofClass).Body).FirstOrDefault(s => s.Begins("def", name)) ?? throw Missing($"function '{name}'{(ofClass is null ? "" : $" of class {ofClass}")}");

    /// <exception cref="UserErrorException">There is none.</exception>
    public PyStatement Class(string name) => FindClass(name) ?? throw Missing($"class '{name}'");

    public PyStatement? FindClass(string name) => Statements.FirstOrDefault(s => s.Begins("class", name));

    /// <summary>The expression after a function's last <c>return</c>, wherever in it that stands.</summary>
    public PyValue Returned(PyStatement function)
    {
        var last = Within(function).LastOrDefault(s => s.Text.StartsWith("return ", StringComparison.Ordinal)) ?? throw Wrong(function, "it returns nothing");
        return Values().Evaluate(this, last, last.Text["return ".Length..]);
    }

    /// <summary>A table that a function assigns to one of its names.</summary>
    public PyValue Local(PyStatement function, string name)
    {
        var assigned = Within(function).FirstOrDefault(s => s.Assignment is { Value: not null } a && a.Name == name) ?? throw Wrong(function, $"it has no '{name}'");
        return Values().Evaluate(this, assigned, assigned.Assignment!.Value.Value!);
    }

    /// <summary>All statements below one, depth first.</summary>
    public static IEnumerable<PyStatement> Within(PyStatement statement) => statement.Body.SelectMany(s => Within(s).Prepend(s));

    public UserErrorException Wrong(PyStatement place, string what) =>
        new($"{path}, line {place.Line}: {what}. Expected the source of the version that docs name; it is read, never run.");

    private UserErrorException Missing(string what) => new($"{path}: there is no {what}. Expected the source of the version that docs name.");
}
