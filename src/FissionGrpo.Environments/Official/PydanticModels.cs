using System.Collections.Immutable;
using System.Globalization;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Python.Source;
using FissionGrpo.Environments.Python.Syntax;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Official;

/// <summary>One field of a model: what type it has, and what it is without a value.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its annotation.</param>
/// <param name="Default">The expression after <c>=</c>; null when there is none.</param>
internal sealed record ModelField(string Name, PyNode Type, PyNode? Default);

/// <summary>
/// The pydantic models of a Python file, read and never run: their fields, enums and aliases, and what a record becomes when such a model reads
/// it (declared order, defaults filled in, whole numbers as floats where a float is declared, dates as texts).
/// </summary>
internal sealed class PydanticModels(IReadOnlyList<PyModule> modules) : PyValues(modules)
{
    private const string Day = "yyyy-MM-dd";

    private static readonly string[] Times =
        [Day, "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm:ss.FFFFFF", "yyyy-MM-dd HH:mm:ss.FFFFFF", "yyyy-MM-dd HH:mm:ss"];

    private readonly Dictionary<string, ImmutableArray<ModelField>> _fields = [];

    /// <summary>The class of this name and the module that has it.</summary>
    public (PyModule Module, PyStatement Class)? Class(string name)
    {
        foreach (var module in Modules)
            if (module.FindClass(name) is { } found)
                return (module, found);
        return null;
    }

    public static bool IsEnum(PyStatement type) => type.InBrackets.Any(b => b is "Enum" or "StrEnum" or "IntEnum");

    /// <summary>The values of an enum, in their order.</summary>
    public IEnumerable<PyValue> EnumValues(string name) => Class(name) is var (module, type)
        ? type.Body.Where(s => s.Assignment is { Value: not null }).Select(s => Evaluate(module, s, s.Assignment!.Value.Value!))
        : [];

    /// <summary>The alias of this name as an annotation, such as <c>Literal["a", "b"]</c>; null when there is none.</summary>
    public PyNode? Alias(string name)
    {
        foreach (var module in Modules)
            if (module.Assigned(name) is { } place)
                return module.Parse(place, place.Assignment!.Value.Value!);
        return null;
    }

    /// <summary>A model's fields with those of its bases first, in declared order.</summary>
    public ImmutableArray<ModelField> Fields(string model)
    {
        if (_fields.TryGetValue(model, out var known))
            return known;
        if (Class(model) is not var (module, type))
            return [];
        Step(1000);
        var fields = new OrderedDictionary<string, ModelField>();
        foreach (var field in type.InBrackets.Reverse().SelectMany(b => Fields(b))) // the first base overrides the others
            fields[field.Name] = field;
        foreach (var place in type.Body)
            if (place.Assignment is { Annotation: { } annotation } field && field.Name is not ("model_config" or ['_', ..]) && !annotation.Contains("ClassVar", StringComparison.Ordinal))
                fields[field.Name] = new ModelField(field.Name, module.Parse(place, annotation), field.Value is { } value ? module.Parse(place, value) : null);
        return _fields[model] = [.. fields.Values];
    }

    /// <summary>What a model makes of a record.</summary>
    /// <exception cref="PyException">A field is missing, unknown or of another type.</exception>
    public PyDict Build(string model, PyDict record)
    {
        Step(100);
        var built = new PyDict();
        foreach (var field in Fields(model))
            built[field.Name] = record.TryGetValue(field.Name, out var value) ? Convert(value, field.Type, $"{model}.{field.Name}")
                : field.Default is { } expression && DefaultOf(expression) is { } known ? known
                : throw PyException.TypeError($"{model} needs '{field.Name}'");
        foreach (var key in record.Keys)
            if (!built.ContainsKey(key))
                throw PyException.TypeError($"{model} has no '{key}'");
        return built;
    }

    /// <summary>The default of a field by the expression after its <c>=</c>; null when it has none.</summary>
    public PyValue? DefaultOf(PyNode expression)
    {
        if (expression is not PyNode.Call { Function: PyNode.Name { Id: "Field" } } call)
            return Value(expression);
        if (call.Positional.Length > 0)
            return call.Positional[0] is PyNode.Constant { Value.Reference: PyEllipsis } ? (PyValue?)null : Value(call.Positional[0]);
        if (Keyword(call, "default") is { } value)
            return Value(value);
        return Keyword(call, "default_factory") switch
        {
            null => (PyValue?)null,
            PyNode.Name { Id: "list" } => new PyList(),
            PyNode.Name { Id: "dict" } => new PyDict(),
            PyNode.Name factory when Class(factory.Id) is not null => Build(factory.Id, new PyDict()),
            PyNode.Lambda lambda => Value(lambda.Body),
            var other => throw Unread($"the default factory, a {other.Description},"),
        };
    }

    public static PyNode? Keyword(PyNode expression, string name) =>
        expression is PyNode.Call call ? call.Keywords.FirstOrDefault(k => k.Name == name)?.Value : null;

    private PyValue Convert(PyValue value, PyNode type, string place)
    {
        Step(100);
        switch (Unwrap(type))
        {
            case PyNode.Name { Id: "float" }:
                return value.IsNumber ? PyNumber.ToDouble(value) : throw Wrong("a number");
            case PyNode.Name { Id: "int" }:
                return value.Kind == PyKind.Int ? value : throw Wrong("a whole number");
            case PyNode.Name { Id: "bool" }:
                return value.IsBool ? value : throw Wrong("true or false");
            case PyNode.Name { Id: "str" }:
                return value.Kind == PyKind.Str ? value : throw Wrong("a text");
            case PyNode.Name { Id: "Any" or "dict" or "list" }:
                return value;
            case PyNode.Attribute { Id: "date" }:
                return value.TryGetString(out var day) && DateOnly.TryParseExact(day, Day, CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? value : throw Wrong($"a date as {Day}");
            case PyNode.Attribute { Id: "datetime" }:
                return value.TryGetString(out var time) && DateTime.TryParseExact(time, Times, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? Written(at) : throw Wrong($"a time as {Times[^1]}");
            case PyNode.Name name when Class(name.Id) is var (_, found):
                if (!IsEnum(found))
                    return value.TryGet<PyDict>(out var record) ? Build(name.Id, record) : throw Wrong("a record");
                return EnumValues(name.Id).Any(v => PyOps.Equals(v, value)) ? value : throw Wrong($"one of {string.Join(", ", EnumValues(name.Id))}");
            case PyNode.Name name when Alias(name.Id) is { } alias:
                return Convert(value, alias, place);
            case PyNode.Subscript { Value: PyNode.Name { Id: "List" or "list" } } list:
                var items = new PyList();
                foreach (var item in (value.Reference as PyList ?? throw Wrong("a list")).Items)
                    items.Add(Convert(item, list.Index, place));
                return items;
            case PyNode.Subscript { Value: PyNode.Name { Id: "Dict" or "dict" }, Index: PyNode.Tuple { Items: [_, var entryType] } }:
                var dict = value.Reference as PyDict ?? throw Wrong("a table");
                var entries = new PyDict(dict.Count);
                for (var i = 0; i < dict.Count; i++)
                    entries[dict.Keys[i]] = Convert(dict.Values[i], entryType, place);
                return entries;
            case PyNode.Subscript { Value: PyNode.Name { Id: "Literal" } } literal:
                return Choices(literal.Index).Any(v => PyOps.Equals(v, value)) ? value : throw Wrong($"one of {string.Join(", ", Choices(literal.Index))}");
            case var union when Alternatives(union) is { Length: > 0 } alternatives:
                return Either(value, alternatives, place);
            case var other:
                throw Unread($"the type of {place}, a {other.Description},");
        }

        PyException Wrong(string expected) => PyException.TypeError($"{place} is {PyText.Repr(value)}, expected {expected}");
    }

    /// <summary>What the first alternative makes of a value that can read it.</summary>
    private PyValue Either(PyValue value, PyNode[] alternatives, string place)
    {
        PyException? refusal = null;
        foreach (var alternative in alternatives)
        {
            if (alternative is PyNode.Constant { Value.IsNone: true })
            {
                if (value.IsNone)
                    return value;
                continue;
            }
            try
            {
                return Convert(value, alternative, place);
            }
            catch (PyException error)
            {
                refusal ??= error;
            }
        }
        throw refusal ?? PyException.TypeError($"{place} is {PyText.Repr(value)}, expected None");
    }

    /// <summary><c>str(datetime)</c>.</summary>
    private static string Written(DateTime time) =>
        time.ToString(time.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-dd HH:mm:ss" : "yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    /// <summary><c>Annotated[X, …]</c> is X.</summary>
    public static PyNode Unwrap(PyNode type) =>
        type is PyNode.Subscript { Value: PyNode.Name { Id: "Annotated" }, Index: PyNode.Tuple { Items: [var inner, ..] } } ? Unwrap(inner) : type;

    /// <summary>The values of a <c>Literal</c>.</summary>
    public IEnumerable<PyValue> Choices(PyNode index) => index is PyNode.Tuple tuple ? tuple.Items.Select(Value) : [Value(index)];

    /// <summary>The types of <c>Union[X, Y]</c>, <c>X | Y</c>, <c>Optional[X]</c>, with <c>None</c> as a constant; empty for any other type.</summary>
    public static PyNode[] Alternatives(PyNode type) => type switch
    {
        PyNode.Subscript { Value: PyNode.Name { Id: "Optional" } } optional => [.. Single(optional.Index), new PyNode.Constant(default, IsKeyword: true)],
        PyNode.Subscript { Value: PyNode.Name { Id: "Union" }, Index: PyNode.Tuple union } => [.. union.Items.SelectMany(Single)],
        PyNode.Binary { Operator: "|" } either => [.. Single(either.Left), .. Single(either.Right)],
        _ => [],
    };

    private static PyNode[] Single(PyNode type) => Alternatives(type) is { Length: > 0 } nested ? nested : [type];

    /// <summary>A member of an enum is its value.</summary>
    protected override PyValue Member(PyNode.Attribute attribute)
    {
        if (attribute.Value is PyNode.Name type && Class(type.Id) is var (module, found) && IsEnum(found)
            && found.Body.FirstOrDefault(s => s.Assignment is { Value: not null } a && a.Name == attribute.Id) is { } member)
            return Value(module.Parse(member, member.Assignment!.Value.Value!));
        return base.Member(attribute);
    }

    /// <summary>A call of a model builds it; a date is its text.</summary>
    protected override PyValue Call(PyNode.Call call)
    {
        if (call.Function is PyNode.Name name && Class(name.Id) is var (_, type) && !IsEnum(type) && call.Positional.Length == 0)
            return Build(name.Id, Keywords(call, name.Id));
        if (call.Function is PyNode.Attribute { Id: "date" } && call.Positional.Length == 3)
        {
            var parts = call.Positional.Select(p => Value(p).SmallInt).ToArray();
            return $"{parts[0]:0000}-{parts[1]:00}-{parts[2]:00}";
        }
        return base.Call(call);
    }
}
