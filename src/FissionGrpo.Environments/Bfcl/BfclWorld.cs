using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Bfcl.Api;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>
/// The live objects of one task: the involved classes in order, each with its scenario loaded. Not safe for several threads; a fork is
/// independent. A fork costs one small array: objects are shared until one side is about to change one, which then copies that object only.
/// </summary>
public sealed class BfclWorld
{
    private readonly ApiClass[] _objects;
    private readonly FrozenDictionary<string, Route> _routes;

    private BfclWorld(ApiClass[] objects, FrozenDictionary<string, Route> routes)
    {
        _objects = objects;
        _routes = routes;
    }

    /// <summary>The names of the involved classes, in order.</summary>
    public IEnumerable<string> Classes => _objects.Select(o => o.Type.Name);

    internal ReadOnlySpan<ApiClass> Objects => _objects;

    /// <summary>Constructs the classes and loads their scenarios.</summary>
    /// <param name="constants">Default states and tables.</param>
    /// <param name="involvedClasses">Class names in order, each once: <c>GorillaFileSystem</c>, …</param>
    /// <param name="initialConfig">An object from class name to scenario, as in the official task files. A class may be missing.</param>
    /// <param name="longContext">Load as the category long_context does.</param>
    /// <exception cref="UserErrorException">A class is unknown, or a scenario is not of the shape that the class needs.</exception>
    public static BfclWorld Create(BfclConstants constants, IEnumerable<string> involvedClasses, JsonElement initialConfig, bool longContext = false) =>
        Create(constants, involvedClasses, PyJson.From(initialConfig).Reference as PyDict, longContext);

    internal static BfclWorld Create(BfclConstants constants, IEnumerable<string> involvedClasses, PyDict? initialConfig, bool longContext)
    {
        var objects = new List<ApiClass>();
        var routes = new Dictionary<string, Route>();
        foreach (var name in involvedClasses)
        {
            if (!ApiTypes.All.TryGetValue(name, out var type))
                throw new UserErrorException($"involved_classes: '{name}' is not one of {string.Join(", ", ApiTypes.All.Keys.Order(StringComparer.Ordinal))}.");
            try
            {
                objects.Add(type.Create(constants, initialConfig?.Get(name).Reference as PyDict, longContext));
            }
            catch (Exception e) when (e is PyException or InvalidCastException or NullReferenceException or ArgumentOutOfRangeException)
            {
                throw new UserErrorException($"initial_config.{name}: {e.Message}. The scenario does not have the shape that this class loads.", e);
            }
            foreach (var method in type.Methods.Values)
                routes[method.Name] = new Route(objects.Count - 1, method);
        }
        return new BfclWorld([.. objects], routes.ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>
    /// Executes one call as the official decoder and executor would. A failed call is a value: an exception's text, or what the class itself
    /// calls an error.
    /// </summary>
    public ToolResult Execute(ToolCall call)
    {
        try
        {
            if (!_routes.TryGetValue(call.Name, out var route))
                throw new PyException("NameError", $"name '{call.Name}' is not defined");
            var keywords = new Keyword[call.Arguments.Length];
            for (var i = 0; i < keywords.Length; i++)
                keywords[i] = new Keyword(call.Arguments[i].Name, PyJson.From(call.Arguments[i].Value));
            return CallOutcome.Of(Invoke(route, [], keywords));
        }
        catch (PyException e)
        {
            return CallOutcome.Of(e);
        }
    }

    /// <summary>An independent copy. Neither side sees what the other does later.</summary>
    public BfclWorld Fork()
    {
        foreach (var item in _objects)
            item.IsShared = true;
        return new BfclWorld((ApiClass[])_objects.Clone(), _routes);
    }

    /// <summary>A hash of everything that decides later behaviour; equal whenever the state checker and the private state agree.</summary>
    public StateDigest Digest() => StateHash.Of(_objects);

    /// <summary>The official state check: every compared attribute of every class is equal.</summary>
    /// <param name="other">A world of the same classes in the same order.</param>
    public bool StateEquals(BfclWorld other)
    {
        if (_objects.Length != other._objects.Length)
            return false;
        for (var i = 0; i < _objects.Length; i++)
            if (_objects[i].Type != other._objects[i].Type || !_objects[i].StateEquals(other._objects[i]))
                return false;
        return true;
    }

    /// <summary>Whether one of the classes has a method of this name.</summary>
    public bool HasMethod(string name) => _routes.ContainsKey(name);

    internal PyValue Invoke(Route route, ReadOnlySpan<PyValue> positional, ReadOnlySpan<Keyword> keywords)
    {
        Span<PyValue> slots = new PyValue[CallBinder.MaxParameters];
        CallBinder.Bind(route.Method, positional, keywords, slots);
        var target = route.Method.Changes ? Own(route.Object) : _objects[route.Object];
        return route.Method.Handler(target, slots[..route.Method.Parameters.Length]);
    }

    private ApiClass Own(int at)
    {
        var target = _objects[at];
        if (target.IsShared)
            _objects[at] = target = target.Clone();
        return target;
    }

    /// <summary>Where a method name leads.</summary>
    internal sealed record Route(int Object, ApiMethod Method);
}
