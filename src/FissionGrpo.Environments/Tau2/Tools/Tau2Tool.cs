using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau2.Tools;

/// <summary>One tool of a toolkit. Failures are <see cref="PyException"/>s with the original's text.</summary>
/// <param name="Name">The name that a call uses.</param>
/// <param name="Parameters">In the order of their declaration.</param>
/// <param name="Invoke">Takes one value per parameter and gives the text of the result.</param>
internal sealed record Tau2Tool(string Name, string[] Parameters, Func<Tau2World, Value[], string> Invoke)
{
    /// <summary>Values of the last parameters when a call leaves them out.</summary>
    public Value[] Defaults { get; init; } = [];

    /// <summary>Python's binding of keyword arguments.</summary>
    /// <param name="toolkit">The original's class, for the messages.</param>
    /// <param name="arguments">As given; of a repeated name the last value counts.</param>
    /// <exception cref="PyException">TypeError: the first unknown argument, or all missing ones.</exception>
    public Value[] Bind(string toolkit, ReadOnlySpan<ToolArgument> arguments)
    {
        var bound = new Value?[Parameters.Length];
        Defaults.CopyTo(bound, bound.Length - Defaults.Length);
        string? unknown = null;
        foreach (var (name, value) in arguments)
        {
            var at = Array.IndexOf(Parameters, name);
            if (at >= 0)
                bound[at] = JsonReading.ToValue(value);
            else
                unknown ??= name;
        }
        if (unknown is not null)
            throw PyException.TypeError($"{toolkit}.{Name}() got an unexpected keyword argument '{unknown}'");
        if (Array.IndexOf(bound, null) >= 0)
            throw Missing(toolkit, bound);
        return bound!;
    }

    private PyException Missing(string toolkit, Value?[] bound)
    {
        var missing = Parameters.Where((_, i) => bound[i] is null).Select(name => $"'{name}'").ToList();
        var names = missing.Count switch
        {
            1 => missing[0],
            2 => $"{missing[0]} and {missing[1]}",
            _ => $"{string.Join(", ", missing.SkipLast(1))}, and {missing[^1]}",
        };
        return PyException.TypeError($"{toolkit}.{Name}() missing {missing.Count} required positional argument{(missing.Count == 1 ? "" : "s")}: {names}");
    }
}

/// <summary>The tools of one side, under the name of the original's class.</summary>
internal sealed record Toolkit(string ClassName, IReadOnlyDictionary<string, Tau2Tool> Tools)
{
    /// <summary>Methods that are no tools but that tasks call to set a scene or to examine it.</summary>
    public IReadOnlyDictionary<string, Tau2Tool> Methods { get; init; } = new Dictionary<string, Tau2Tool>();

    public static Toolkit Of(string className, IEnumerable<Tau2Tool> tools, IEnumerable<Tau2Tool>? methods = null) =>
        new(className, tools.ToDictionary(tool => tool.Name, StringComparer.Ordinal))
        {
            Methods = (methods ?? []).ToDictionary(method => method.Name, StringComparer.Ordinal),
        };
}

/// <summary>What several toolkits need.</summary>
internal static class Tau2Common
{
    public static string Transfer(Tau2World world, Value[] arguments) => "Transfer successful";

    /// <summary>The calculator of retail and airline.</summary>
    public static string Calculate(Tau2World world, Value[] arguments)
    {
        foreach (var part in Py.Iterate(arguments[0]))
        {
            if (part is not Value.Text piece)
                throw PyException.TypeError($"'in <string>' requires string as left operand, not {part.TypeName}");
            if (!"0123456789+-*/(). ".Contains(piece.Content, StringComparison.Ordinal))
                throw PyException.ValueError("Invalid characters in expression");
        }
        return arguments[0] is Value.Text text
            ? Tau.Tools.PythonExpression.Evaluate(text.Content)
            : throw PyException.TypeError("eval() arg 1 must be a string, bytes or code object");
    }

    /// <summary>The record of an id that the model sent.</summary>
    public static Record Require(Tau2World world, int table, Value id, string notFound) =>
        world.Agent.Find(table, id) ?? throw PyException.ValueError(notFound);
}
