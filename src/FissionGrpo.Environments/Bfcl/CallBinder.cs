using FissionGrpo.Environments.Bfcl.Api;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>Binds arguments to parameters in CPython's order of checks, with its error texts (specification 3.5).</summary>
internal static class CallBinder
{
    /// <summary>The most parameters that any method has (<c>book_flight</c>, <c>authenticate_travel</c>: 6), rounded up.</summary>
    public const int MaxParameters = 8;

    /// <summary>Fills one slot per parameter.</summary>
    /// <exception cref="PyException">TypeError: unknown keyword, value given twice, too many or missing arguments.</exception>
    public static void Bind(ApiMethod method, ReadOnlySpan<PyValue> positional, ReadOnlySpan<Keyword> keywords, Span<PyValue> slots)
    {
        var parameters = method.Parameters.AsSpan();
        var bound = 0u;
        for (var i = 0; i < parameters.Length && i < positional.Length; i++)
        {
            slots[i] = positional[i];
            bound |= 1u << i;
        }
        foreach (var keyword in keywords)
        {
            var at = parameters.Length - 1;
            while (at >= 0 && parameters[at].Name != keyword.Name)
                at--;
            if (at < 0)
            {
                throw keyword.Name == "self"
                    ? Error(method, "got multiple values for argument 'self'")
                    : Error(method, $"got an unexpected keyword argument '{keyword.Name}'");
            }
            if ((bound & (1u << at)) != 0)
                throw Error(method, $"got multiple values for argument '{keyword.Name}'");
            slots[at] = keyword.Value;
            bound |= 1u << at;
        }
        if (positional.Length > parameters.Length)
            throw TooMany(method, positional.Length, bound);
        for (var i = 0; i < parameters.Length; i++)
        {
            if ((bound & (1u << i)) != 0)
                continue;
            if (parameters[i].IsRequired)
                throw Missing(method, bound);
            slots[i] = parameters[i].Default;
        }
    }

    private static PyException Error(ApiMethod method, string what) =>
        new("TypeError", $"{method.ClassName}.{method.Name}() {what}") { IsBinding = true };

    // The counts include self, as the methods are bound.
    private static PyException TooMany(ApiMethod method, int given, uint bound)
    {
        var most = method.Parameters.Length + 1;
        var least = method.Required + 1;
        var takes = least == most ? $"{most}" : $"from {least} to {most}";
        var plural = most == 1 ? "" : "s";
        return Error(method, $"takes {takes} positional argument{plural} but {given + 1} were given");
    }

    private static PyException Missing(ApiMethod method, uint bound)
    {
        var names = new List<string>();
        for (var i = 0; i < method.Parameters.Length; i++)
            if (method.Parameters[i].IsRequired && (bound & (1u << i)) == 0)
                names.Add($"'{method.Parameters[i].Name}'");
        var list = names.Count switch
        {
            1 => names[0],
            2 => $"{names[0]} and {names[1]}",
            _ => $"{string.Join(", ", names[..^1])}, and {names[^1]}",
        };
        return Error(method, $"missing {names.Count} required positional argument{(names.Count == 1 ? "" : "s")}: {list}");
    }
}
