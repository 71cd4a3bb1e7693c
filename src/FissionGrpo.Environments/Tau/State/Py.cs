using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Tau.State;

/// <summary>
/// The Python operations that the benchmark's tools apply to whatever a model sends them, with CPython 3.11's rules and error texts:
/// arguments are not validated, so a list where an id belongs is an <c>unhashable type</c>, not a schema error.
/// </summary>
internal static class Py
{
    private static readonly PyValue NoList = new PyList();
    private static readonly PyValue NoDict = new PyDict();

    /// <summary><c>key in dict</c>.</summary>
    public static bool Contains(Value.Dict dict, Value key) => key switch
    {
        Value.Text text => dict.Find(text.Content) is not null,
        Value.List or Value.Dict => throw Unhashable(key),
        _ => false,
    };

    /// <summary><c>container[key]</c> with a key that the tool's author wrote.</summary>
    public static Value Get(Value container, string key) => container switch
    {
        Value.Dict dict => dict.Find(key) ?? throw KeyError(key),
        Value.Text => throw PyException.TypeError("string indices must be integers, not 'str'"),
        Value.List => throw PyException.TypeError("list indices must be integers or slices, not str"),
        _ => throw PyException.TypeError($"'{container.TypeName}' object is not subscriptable"),
    };

    /// <summary><c>dict[key]</c> with a key that the model sent.</summary>
    public static Value Get(Value container, Value key)
    {
        if (key is Value.Text text)
            return Get(container, text.Content);
        if (container is not Value.Dict)
            throw PyException.TypeError($"'{container.TypeName}' object is not subscriptable");
        throw key is Value.List or Value.Dict ? Unhashable(key) : KeyError(key);
    }

    /// <summary>The member of a record, which the tool's author relies on being an object.</summary>
    public static Value.Dict GetDict(Value container, string key) => AsDict(Get(container, key));

    public static Value.List GetList(Value container, string key) =>
        Get(container, key) is var value && value is Value.List list ? list : throw PyException.TypeError($"'{value.TypeName}' object is not a list");

    public static Value.Dict AsDict(Value value) =>
        value as Value.Dict ?? throw PyException.TypeError($"'{value.TypeName}' object is not subscriptable");

    /// <summary>What <c>for x in value</c> visits: elements, characters (code points) or keys.</summary>
    public static Value[] Iterate(Value value)
    {
        switch (value)
        {
            case Value.List list:
                return list.Items;
            case Value.Dict dict:
                return Array.ConvertAll(dict.Keys, key => (Value)key);
            case Value.Text text:
                return [.. PyString.CodePoints(text.Content).Select(From)];
            default:
                throw PyException.TypeError($"'{value.TypeName}' object is not iterable");
        }
    }

    /// <summary><c>len(value)</c>; of text in code points.</summary>
    public static int Length(Value value)
    {
        switch (value)
        {
            case Value.List list:
                return list.Items.Length;
            case Value.Dict dict:
                return dict.Count;
            case Value.Text text:
                return PyString.Length(text.Content);
            default:
                throw PyException.TypeError($"object of type '{value.TypeName}' has no len()");
        }
    }

    /// <summary><c>container.count(item)</c>: equal elements of a list, occurrences in a text.</summary>
    public static int Count(Value container, Value item)
    {
        switch (container)
        {
            case Value.List list:
                var count = 0;
                foreach (var element in list.Items)
                    if (AreEqual(element, item))
                        count++;
                return count;
            case Value.Text text when item is Value.Text part && part.Content.Length > 0:
                return text.Content.Split(part.Content).Length - 1;
            case Value.Text:
                throw PyException.TypeError($"must be str, not {item.TypeName}");
            default:
                throw new PyException("AttributeError", $"'{container.TypeName}' object has no attribute 'count'");
        }
    }

    /// <summary><c>part in text</c> where the tool's author expects a text and finds what the model sent.</summary>
    public static bool HasPart(Value text, string part) => text switch
    {
        Value.Text t => t.Content.Contains(part, StringComparison.Ordinal),
        Value.List list => list.Items.Any(item => item is Value.Text t && t.Content == part),
        Value.Dict dict => dict.Find(part) is not null,
        _ => throw PyException.TypeError($"argument of type '{text.TypeName}' is not iterable"),
    };

    /// <summary><c>value.lower()</c>.</summary>
    public static string Lower(Value value) =>
        value is Value.Text text ? PyString.Lower(text.Content) : throw new PyException("AttributeError", $"'{value.TypeName}' object has no attribute 'lower'");

    /// <summary><c>sorted(value)</c>. The tools sort only what they have found in the database: texts.</summary>
    public static Value.List Sorted(Value value)
    {
        var items = (Value[])Iterate(value).Clone();
        // A stable insertion sort asks for the same comparisons first as CPython's, so a list of mixed types fails with the same text.
        for (var i = 1; i < items.Length; i++)
        {
            var item = items[i];
            var at = i;
            while (at > 0 && IsLess(item, items[at - 1]))
            {
                items[at] = items[at - 1];
                at--;
            }
            items[at] = item;
        }
        return new Value.List(items);
    }

    /// <summary>Python's <c>==</c>: numbers by value whatever their type, objects whatever the order of their members.</summary>
    public static bool AreEqual(Value a, Value b)
    {
        if (ReferenceEquals(a, b))
            return a is not Value.Float { Number: double.NaN };
        switch (a, b)
        {
            case (Value.Text x, Value.Text y):
                return x.Content == y.Content;
            case (Value.Null, Value.Null):
                return true;
            case (Value.List x, Value.List y):
                return x.Items.Length == y.Items.Length && x.Items.Zip(y.Items).All(pair => AreEqual(pair.First, pair.Second));
            case (Value.Dict x, Value.Dict y):
                if (x.Count != y.Count)
                    return false;
                for (var i = 0; i < x.Count; i++)
                    if (y.Find(x.Keys[i]) is not { } other || !AreEqual(x.Values[i], other))
                        return false;
                return true;
            default:
                return IsNumber(a) && IsNumber(b) && PyNumber.Compare(Operand(a), Operand(b)) == 0;
        }
    }

    public static bool AreEqual(Value a, string b) => a is Value.Text text && text.Content == b;

    /// <summary><c>a &lt; b</c>.</summary>
    public static bool IsLess(Value a, Value b)
    {
        if (a is Value.List p && b is Value.List q)
        {
            for (var i = 0; i < Math.Min(p.Items.Length, q.Items.Length); i++)
                if (!AreEqual(p.Items[i], q.Items[i]))
                    return IsLess(p.Items[i], q.Items[i]);
            return p.Items.Length < q.Items.Length;
        }
        return PyOps.Less(Operand(a), Operand(b));
    }

    public static bool IsTrue(Value value) => value switch
    {
        Value.Null => false,
        Value.Bool b => b.Truth,
        Value.Int i => !i.Number.IsZero,
        Value.Float f => f.Number != 0,
        Value.Text t => t.Content.Length > 0,
        Value.List l => l.Items.Length > 0,
        Value.Dict d => d.Count > 0,
        _ => true,
    };

    /// <summary><c>a + b</c>, and <c>a += b</c> where the sign says so.</summary>
    public static Value Add(Value a, Value b, string sign = "+") => From(PyNumber.Add(Operand(a), Operand(b), sign));

    /// <summary><c>a - b</c>.</summary>
    public static Value Subtract(Value a, Value b, string sign = "-") => From(PyNumber.Subtract(Operand(a), Operand(b), sign));

    /// <summary><c>a * b</c> of numbers. The repetition of a text or list fails in the next operation of every tool, and is empty here.</summary>
    public static Value Multiply(Value a, Value b) => From(PyNumber.Multiply(Operand(a), Operand(b)));

    public static Value Negate(Value value) => From(PyNumber.Negate(Operand(value)));

    public static Value Absolute(Value value) => From(PyNumber.Absolute(Operand(value)));

    /// <summary><c>round(value, 2)</c>: half to even on the exact binary value; an int stays an int.</summary>
    public static Value Round2(Value value) => From(PyNumber.Round(Operand(value), 2));

    /// <summary><c>sum(values)</c>: left to right, starting from the int 0.</summary>
    public static Value Sum(IEnumerable<Value> values)
    {
        var total = Value.Zero;
        foreach (var value in values)
            total = Add(total, value);
        return total;
    }

    public static bool IsNumber(Value value) => value is Value.Int or Value.Float or Value.Bool;

    /// <summary>The value as an operand. Containers have no arithmetic, so an empty one of their type stands for them.</summary>
    private static PyValue Operand(Value value) => value switch
    {
        Value.Bool b => b.Truth,
        Value.Int i => i.Number,
        Value.Float f => f.Number,
        Value.Text t => t.Content,
        Value.List => NoList,
        Value.Dict => NoDict,
        _ => PyValue.None,
    };

    private static Value From(PyValue value) => value.Kind switch
    {
        PyKind.Int => new Value.Int(value.Big),
        PyKind.Float => new Value.Float(value.Float),
        PyKind.Str => new Value.Text((string)value.Reference!),
        PyKind.List => Value.List.Empty,
        _ => throw new InvalidOperationException($"no tool computes a {value.TypeName}"),
    };

    public static PyException KeyError(Value key) => new("KeyError", ValueText.Repr(key));

    private static PyException Unhashable(Value value) => PyException.TypeError($"unhashable type: '{value.TypeName}'");
}
