using System.Collections.Immutable;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl.Api;

/// <summary>
/// A live object of one of the eight classes. Its whole state is a row of Python values, so that copying, comparing and hashing are written
/// once. Objects are shared between forks until one of them is about to change: see <see cref="BfclWorld"/>.
/// </summary>
internal abstract class ApiClass(ApiType type, BfclConstants constants)
{
    private PyValue[] _values = new PyValue[type.Attributes.Length];

    public ApiType Type => type;

    public BfclConstants Constants => constants;

    public bool LongContext { get; private set; }

    /// <summary>How much of this object belongs to its world. Others may hold the rest too.</summary>
    public Ownership Owned { get; private set; } = Ownership.All;

    /// <summary>The attribute's value, by its place in <see cref="ApiType.Attributes"/>.</summary>
    public PyValue this[int attribute]
    {
        get => _values[attribute];
        protected set => _values[attribute] = value;
    }

    /// <summary>Random numbers of the classes that draw some.</summary>
    public PyRandom Random { get => _random; private set => _random = value; }

    private PyRandom _random;

    protected ref PyRandom Draw => ref _random;

    /// <summary>The class owns a random generator.</summary>
    public bool DrawsRandom => DefaultSeed is not null;

    /// <summary>The default of <c>random_seed</c>; null for classes that draw nothing.</summary>
    protected virtual int? DefaultSeed => null;

    internal void Initialise(PyDict? scenario, bool longContext)
    {
        LongContext = longContext;
        var copier = new PyCopier();
        var defaults = constants.DefaultState(type.Name);
        for (var i = 0; i < _values.Length; i++)
        {
            var attribute = type.Attributes[i];
            if (scenario is not null && scenario.TryGetValue(attribute.Key, out var value))
                _values[i] = copier.Copy(value);
            else if (defaults is not null && (defaults.TryGetValue(attribute.Key, out value) || defaults.TryGetValue(attribute.Name, out value)))
                _values[i] = copier.Copy(value);
            else
                _values[i] = attribute.Neutral();
        }
        if (DefaultSeed is { } seed)
            _random = PyRandom.Create(scenario?.Get("random_seed") is { IsInteger: true } given ? given : seed);
        Loaded(scenario);
    }

    /// <summary>From now on others hold this object too.</summary>
    public void Share() => Owned = Ownership.None;

    /// <summary>This object, or a copy of it, of which at least so much belongs to the caller. Aliases inside stay aliases.</summary>
    public ApiClass Own(Ownership needed)
    {
        if (Owned >= needed)
            return this;
        var mine = this;
        if (Owned == Ownership.None)
        {
            mine = (ApiClass)MemberwiseClone();
            mine._values = (PyValue[])_values.Clone();
        }
        mine.CopyParts(Owned, needed);
        mine.Owned = needed;
        return mine;
    }

    private void CopyParts(Ownership owned, Ownership needed)
    {
        PyCopier? copier = null;
        for (var i = 0; i < _values.Length; i++)
        {
            var level = type.Attributes[i].IsFixed ? Ownership.All : Ownership.Parts;
            if (level > owned && level <= needed && _values[i].Reference is PyObject)
                _values[i] = (copier ??= new PyCopier()).Copy(_values[i]);
        }
        copier?.Dispose();
    }

    /// <summary>The names of the compared attributes that differ, in ordinal order. Empty when the states are equal.</summary>
    public List<string> Differences(ApiClass other)
    {
        var names = new List<string>();
        for (var i = 0; i < _values.Length; i++)
            if (type.Attributes[i].IsCompared && !AreEqual(_values[i], other._values[i]))
                names.Add(type.Attributes[i].Name);
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>The state checker's question: every compared attribute is equal. States nested too deep to compare are not.</summary>
    public bool StateEquals(ApiClass other)
    {
        if (ReferenceEquals(this, other))
            return true;
        for (var i = 0; i < _values.Length; i++)
            if (type.Attributes[i].IsCompared && !AreEqual(_values[i], other._values[i]))
                return false;
        return LongContext == other.LongContext;
    }

    private static bool AreEqual(PyValue a, PyValue b)
    {
        try
        {
            return PyOps.EqualOrSame(a, b);
        }
        catch (PyException)
        {
            return false;
        }
    }

    /// <summary>
    /// The original keeps some mutable objects once per process. Makes this object and the other one, both freshly loaded, hold the same
    /// ones, as the two sides of an official comparison do.
    /// </summary>
    public virtual bool ShareWith(ApiClass other) => false;

    /// <summary>Runs after the attributes are set.</summary>
    protected virtual void Loaded(PyDict? scenario)
    {
    }

    protected static PyDict Error(string message) => new(("error", message));

    protected static ApiAttribute Attribute(string name, PyValue neutral = default, string? key = null, bool compared = true) =>
        new(name, key ?? name, () => neutral, compared);

    protected static ApiAttribute Container(string name, Func<PyValue> neutral, string? key = null, bool compared = true) =>
        new(name, key ?? name, neutral, compared);

    protected static ApiParameter Required(string name) => new(name, true, default);

    protected static ApiParameter Optional(string name, PyValue value = default) => new(name, false, value);

    protected static bool Is(PyValue value, string text) => value.TryGetString(out var given) && given == text;
}

/// <summary>Shorthand for the tables of methods.</summary>
/// <typeparam name="T">The class.</typeparam>
internal sealed class MethodTable<T>(string className)
    where T : ApiClass
{
    private readonly ImmutableArray<ApiMethod>.Builder _methods = ImmutableArray.CreateBuilder<ApiMethod>();

    public delegate PyValue Body(T self, ReadOnlySpan<PyValue> arguments);

    /// <summary>A method that leaves its object as it is.</summary>
    public MethodTable<T> Reads(string name, Body body, params ReadOnlySpan<ApiParameter> parameters) => Add(name, Ownership.None, body, parameters);

    /// <summary>A method that may set attributes or draw random numbers, but changes no list or dict.</summary>
    public MethodTable<T> Sets(string name, Body body, params ReadOnlySpan<ApiParameter> parameters) => Add(name, Ownership.Attributes, body, parameters);

    /// <summary>A method that may change what attributes hold.</summary>
    public MethodTable<T> Changes(string name, Body body, params ReadOnlySpan<ApiParameter> parameters) => Add(name, Ownership.Parts, body, parameters);

    public ImmutableArray<ApiMethod> Build() => _methods.ToImmutable();

    private MethodTable<T> Add(string name, Ownership changes, Body body, ReadOnlySpan<ApiParameter> parameters)
    {
        _methods.Add(new ApiMethod(className, name, parameters.ToImmutableArray(), changes, (self, arguments) => body((T)self, arguments)));
        return this;
    }
}
