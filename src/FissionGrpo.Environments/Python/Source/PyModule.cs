using System.Collections.Immutable;
using FissionGrpo.Environments.Python.Syntax;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Python.Source;

/// <summary>
/// A Python file as data: the constants that it names, and what its functions return or look up, where these are literals. Nothing is run: a
/// value that is more than literals, names of constants, sums of them and records is refused with its place.
/// </summary>
internal sealed class PyModule
{
    private readonly string _path;
    private readonly OrderedDictionary<string, PyStatement> _constants = [];
    private readonly Dictionary<string, PyStatement> _changed = [];
    private readonly Dictionary<string, PyStatement> _classes = [];

    public PyModule(string path, string source)
    {
        _path = path;
        Statements = PyStatement.Read(path, source);
        foreach (var statement in Statements)
        {
            if (statement.Assignment is { Value: not null } assignment)
                _constants[assignment.Name] = statement;
            else if (statement.Text.StartsWith("class ", StringComparison.Ordinal))
                _classes.TryAdd(statement.DefinedName, statement);
            else if (statement.Assignment is null && _constants.ContainsKey(statement.FirstName))
                _changed.TryAdd(statement.FirstName, statement);
        }
    }

    public ImmutableArray<PyStatement> Statements { get; }

    /// <summary>The module's assigned names in the order of the file.</summary>
    public IEnumerable<string> ConstantNames => _constants.Keys;

    /// <summary>Where a name of the module gets its last value; null when it gets none.</summary>
    /// <exception cref="UserErrorException">It is changed afterwards, as by <c>name += …</c> or <c>name.append(…)</c>.</exception>
    public PyStatement? Assigned(string name) =>
        _changed.TryGetValue(name, out var change) ? throw Wrong(change, $"'{name}' is changed here, and only a value that stays is read") : _constants.GetValueOrDefault(name);

    /// <summary>The value of a constant of the module.</summary>
    /// <exception cref="UserErrorException">There is none, or it is not made of literals.</exception>
    public PyValue Constant(string name) => Values().Of(name) ?? throw Missing($"constant '{name}'");

    public bool Has(string name) => _constants.ContainsKey(name);

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

    public PyStatement? FindClass(string name) => _classes.GetValueOrDefault(name);

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
        new($"{_path}, line {place.Line}: {what}. Expected the source of the version that docs name; it is read, never run.");

    private UserErrorException Missing(string what) => new($"{_path}: there is no {what}. Expected the source of the version that docs name.");
}
