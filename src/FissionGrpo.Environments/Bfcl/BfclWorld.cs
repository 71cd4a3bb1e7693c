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
    private readonly BfclRoutes _routes;

    private BfclWorld(ApiClass[] objects, BfclRoutes routes)
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
    /// <param name="owner">
    /// Model and task as they occur in the names of the official instances, <c>model_task</c>: a call whose text has a method name before a
    /// parenthesis inside a string gets this name into the string (specification 3.2).
    /// </param>
    /// <exception cref="UserErrorException">A class is unknown, or a scenario is not of the shape that the class needs.</exception>
    public static BfclWorld Create(
        BfclConstants constants, IEnumerable<string> involvedClasses, JsonElement initialConfig, bool longContext = false, string owner = "policy_task") =>
        Create(constants, involvedClasses, PyJson.From(initialConfig).Reference as PyDict, longContext, owner);

    internal static BfclWorld Create(BfclConstants constants, IEnumerable<string> involvedClasses, PyDict? initialConfig, bool longContext, string owner)
    {
        var objects = new List<ApiClass>();
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
        }
        return new BfclWorld([.. objects], BfclRoutes.Of([.. objects.Select(o => o.Type)], owner));
    }

    /// <summary>
    /// Executes one call as the official decoder and executor would: the arguments become Python values, the call is bound, rewritten and
    /// evaluated. A failed call is a value: an exception's text, or what the class itself calls an error.
    /// </summary>
    public ToolResult Execute(ToolCall call)
    {
        return Run(() => _routes.Methods.TryGetValue(call.Name, out var route) && TryConvert(call, out var keywords)
            ? Invoke(route, [], keywords)
            : Evaluate(PythonCall.Render(call)));
    }

    /// <summary>Executes the text of one call, or of any expression.</summary>
    public ToolResult Execute(string call) => Run(() => Evaluate(call));

    /// <summary>The same, without telling failures from successes: the text that the official executor returns.</summary>
    internal string ExecuteToText(string call)
    {
        PyBudget.Reset();
        try
        {
            return PyText.ResultText(Evaluate(call));
        }
        catch (PyException e)
        {
            return CallOutcome.ErrorPrefix + e.Message;
        }
    }

    /// <summary>The same, with the value itself beside the result; None when the call raised.</summary>
    internal (ToolResult Result, PyValue Value) ExecuteToValue(string call)
    {
        PyValue value = default;
        return (Run(() => value = Evaluate(call)), value);
    }

    private static ToolResult Run(Func<PyValue> evaluate)
    {
        PyBudget.Reset();
        try
        {
            return CallOutcome.Of(evaluate());
        }
        catch (PyException e)
        {
            return CallOutcome.Of(e);
        }
    }

    private static bool TryConvert(ToolCall call, out Keyword[] keywords)
    {
        keywords = new Keyword[call.Arguments.Length];
        for (var i = 0; i < keywords.Length; i++)
        {
            var (name, json) = call.Arguments[i];
            if (!PythonCall.IsPlainName(name))
                return false;
            for (var j = 0; j < i; j++)
                if (keywords[j].Name == name)
                    return false;
            var value = PyJson.From(json);
            if (!PythonCall.SurvivesText(value))
                return false;
            keywords[i] = new Keyword(name, value);
        }
        return true;
    }

    private PyValue Evaluate(string call)
    {
        var positionalRow = default(PyValueRow);
        var keywordRow = default(KeywordRow);
        Span<PyValue> positional = positionalRow;
        Span<Keyword> keywords = keywordRow;
        var plain = new PlainCall(call, positional, keywords);
        if (plain.TryReadName() && _routes.Lookup.TryGetValue(plain.Name, out var route) && plain.TryReadArguments())
            return Invoke(route, positional[..plain.PositionalCount], keywords[..plain.KeywordCount]);
        return EvaluateExpression(call);
    }

    private PyValue EvaluateExpression(string call)
    {
        if (call.Length > Python.Syntax.PyParser.MaxSource)
            throw PyException.TooLarge("the call");
        var rewritten = CallText.Rewrite(call, name => _routes.Methods.TryGetValue(name, out var route) ? _routes.InstanceNames[route.Object] : null);
        if (CallText.BlockedFunction(rewritten) is { } blocked)
            throw new PyException("NotAllowed", $"Function call {blocked} is not allowed.");
        var expression = Python.Syntax.PyParser.Parse(rewritten);
        // An expression may change what a call returned, and that may be part of a state.
        for (var i = 0; i < _objects.Length; i++)
            Own(i, Ownership.All);
        return new PyEvaluator(Resolve).Evaluate(expression);
    }

    private PyValue? Resolve(string name)
    {
        var at = Array.IndexOf(_routes.InstanceNames, name);
        return at < 0 ? (PyValue?)null : new ApiReference(this, at);
    }

    /// <summary>An independent copy. Neither side sees what the other does later.</summary>
    public BfclWorld Fork()
    {
        foreach (var item in _objects)
            item.Share();
        return new BfclWorld((ApiClass[])_objects.Clone(), _routes);
    }

    /// <summary>A fork whose instances carry another owner's name.</summary>
    internal BfclWorld ForkAs(string owner)
    {
        foreach (var item in _objects)
            item.Share();
        return new BfclWorld((ApiClass[])_objects.Clone(), _routes.For(owner));
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
    public bool HasMethod(string name) => _routes.Methods.ContainsKey(name);

    /// <summary>A method's parameter names, in order; empty when there is no such method.</summary>
    internal string[] ParametersOf(string method) => _routes.Methods.TryGetValue(method, out var route) ? [.. route.Method.Parameters.Select(p => p.Name)] : [];

    /// <summary>Makes two freshly created worlds share what the original keeps once per process (specification section 4).</summary>
    internal void ShareWith(BfclWorld other)
    {
        for (var i = 0; i < _objects.Length; i++)
        {
            if (_objects[i] is not (TwitterApi or TravelApi { LongContext: true }))
                continue;
            Own(i, Ownership.Parts).ShareWith(other.Own(i, Ownership.Parts));
        }
    }

    internal PyValue Invoke(BfclRoute route, ReadOnlySpan<PyValue> positional, ReadOnlySpan<Keyword> keywords)
    {
        var row = default(SlotRow);
        Span<PyValue> slots = row;
        CallBinder.Bind(route.Method, positional, keywords, slots);
        var target = Own(route.Object, route.Method.Changes);
        return route.Method.Handler(target, slots[..route.Method.Parameters.Length]);
    }

    private ApiClass Own(int at, Ownership needed)
    {
        var target = _objects[at];
        return target.Owned >= needed ? target : _objects[at] = target.Own(needed);
    }

    /// <summary>An instance as an expression sees it.</summary>
    private sealed class ApiReference(BfclWorld world, int at) : PyObject, IPyAttributes
    {
        public override string TypeName => world._objects[at].Type.Name;

        public PyValue? Attribute(string name)
        {
            var target = world._objects[at];
            if (target.Type.Methods.TryGetValue(name, out var method))
                return new BoundMethod(world, new BfclRoute(at, method));
            for (var i = 0; i < target.Type.Attributes.Length; i++)
                if (target.Type.Attributes[i].Name == name && target.Type.Attributes[i].IsCompared)
                    return target[i];
            return null;
        }
    }

    private sealed class BoundMethod(BfclWorld world, BfclRoute route) : PyCallable
    {
        public override string TypeName => "method";

        public override string FunctionName => $"{ApiTypes.ModuleOf(route.Method.ClassName)}.{route.Method.ClassName}.{route.Method.Name}()";

        public override string Repr => $"<bound method {route.Method.ClassName}.{route.Method.Name}>";

        public override PyValue Call(ReadOnlySpan<PyValue> arguments, ReadOnlySpan<Keyword> keywords) => world.Invoke(route, arguments, keywords);
    }

    [System.Runtime.CompilerServices.InlineArray(PlainCall.MaxArguments)]
    private struct PyValueRow
    {
        private PyValue _first;
    }

    [System.Runtime.CompilerServices.InlineArray(CallBinder.MaxParameters)]
    private struct SlotRow
    {
        private PyValue _first;
    }

    [System.Runtime.CompilerServices.InlineArray(PlainCall.MaxArguments)]
    private struct KeywordRow
    {
        private Keyword _first;
    }
}
