using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using FissionGrpo.Environments.Bfcl.Api;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>Where a method name leads: the object's place among the involved classes, and the method.</summary>
internal sealed record BfclRoute(int Object, ApiMethod Method);

/// <summary>The names that calls of a task may use. Worlds of the same classes and owner share one.</summary>
internal sealed class BfclRoutes
{
    private static readonly ConcurrentDictionary<string, FrozenDictionary<string, BfclRoute>> ByClasses = new(StringComparer.Ordinal);

    private readonly ImmutableArray<ApiType> _types;
    private readonly string _owner;
    private string[]? _instanceNames;

    private BfclRoutes(FrozenDictionary<string, BfclRoute> methods, ImmutableArray<ApiType> types, string owner)
    {
        _types = types;
        _owner = owner;
        Methods = methods;
        Lookup = methods.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public FrozenDictionary<string, BfclRoute> Methods { get; }

    public FrozenDictionary<string, BfclRoute>.AlternateLookup<ReadOnlySpan<char>> Lookup { get; }

    /// <summary>The official instances' names, one per involved class.</summary>
    public string[] InstanceNames => _instanceNames ??= [.. _types.Select(t => CallText.InstanceName(_owner, t.Name))];

    /// <param name="types">The involved classes.</param>
    /// <param name="owner">Model and task, <c>model_task</c>.</param>
    public static BfclRoutes Of(ImmutableArray<ApiType> types, string owner)
    {
        var methods = ByClasses.GetOrAdd(string.Join(' ', types.Select(t => t.Name)), static (_, types) => Make(types), types);
        return new BfclRoutes(methods, types, owner);
    }

    /// <summary>The same methods under another owner's instance names.</summary>
    public BfclRoutes For(string owner) => owner == _owner ? this : new BfclRoutes(Methods, _types, owner);

    private static FrozenDictionary<string, BfclRoute> Make(ImmutableArray<ApiType> types)
    {
        var routes = new Dictionary<string, BfclRoute>(StringComparer.Ordinal);
        for (var i = 0; i < types.Length; i++)
            foreach (var method in types[i].Methods.Values)
                routes[method.Name] = new BfclRoute(i, method);
        return routes.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
