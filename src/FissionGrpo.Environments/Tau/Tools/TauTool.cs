using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau.Tools;

/// <summary>One tool of a domain: its name, its parameters in the order of their declaration, and what it does to a state.</summary>
/// <param name="Name">The name that a call uses.</param>
/// <param name="Parameters">All are required, as in the original.</param>
/// <param name="Invoke">
/// Takes the arguments in the order of the parameters and gives the text of the result; null where the original returns nothing.
/// Throws <see cref="PyException"/> where the original raises.
/// </param>
internal sealed record TauTool(string Name, string[] Parameters, Func<WorldState, Value[], string?> Invoke)
{
    /// <summary>The original's class: the tool's name in camel case.</summary>
    public string ClassName { get; } = string.Concat(Name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>
    /// Python's binding of keyword arguments. What does not bind is described in <paramref name="error"/> as the interpreter does:
    /// an argument named <c>data</c> first, then the first unknown one, then all missing ones.
    /// </summary>
    /// <param name="domain">For the module's name in the message about <c>data</c>.</param>
    /// <param name="arguments">As given. Of a repeated name the last value counts, as in any JSON object.</param>
    /// <param name="error">Null when the arguments bind.</param>
    /// <returns>One value per parameter.</returns>
    public Value[] Bind(string domain, ReadOnlySpan<ToolArgument> arguments, out string? error)
    {
        error = null;
        var bound = new Value[Parameters.Length];
        string? unknown = null;
        foreach (var (name, value) in arguments)
        {
            var at = Array.IndexOf(Parameters, name);
            if (at >= 0)
            {
                bound[at] = JsonReading.ToValue(value);
            }
            else if (name == "data")
            {
                error = $"tau_bench.envs.{domain}.tools.{Name}.{ClassName}.invoke() got multiple values for keyword argument 'data'";
                return bound;
            }
            else
            {
                unknown ??= name;
            }
        }
        if (unknown is not null)
            error = $"{ClassName}.invoke() got an unexpected keyword argument '{unknown}'";
        else if (Array.IndexOf(bound, null) >= 0)
            error = MissingArguments(bound);
        return bound;
    }

    private string MissingArguments(Value?[] bound)
    {
        var missing = Parameters.Where((_, i) => bound[i] is null).Select(name => $"'{name}'").ToList();
        var names = missing.Count switch
        {
            1 => missing[0],
            2 => $"{missing[0]} and {missing[1]}",
            _ => $"{string.Join(", ", missing.SkipLast(1))}, and {missing[^1]}",
        };
        return $"{ClassName}.invoke() missing {missing.Count} required positional argument{(missing.Count == 1 ? "" : "s")}: {names}";
    }
}
