using System.Numerics;

namespace FissionGrpo.Environments.Python;

/// <summary>Truth, equality, order, membership and subscripts, with CPython 3.11's error texts.</summary>
internal static class PyOps
{
    /// <summary>How deep values may nest before an operation gives up, as Python's recursion limit would.</summary>
    public const int MaxDepth = 900;

    private const string TooDeep = "maximum recursion depth exceeded in comparison";

    public static bool IsTrue(PyValue value) => value.Kind switch
    {
        PyKind.None => false,
        PyKind.Bool => value.Bool,
        PyKind.Int => !value.IsSmallInt || value.SmallInt != 0,
        PyKind.Float => value.Float != 0,
        PyKind.Str => ((string)value.Reference!).Length > 0,
        _ => ((PyObject)value.Reference!).IsTrue,
    };

    /// <summary>Python's <c>==</c>.</summary>
    public static bool Equals(PyValue a, PyValue b) => Equals(a, b, 0);

    /// <summary>What <c>in</c>, <c>index</c> and dict look-ups use: identical or equal.</summary>
    public static bool EqualOrSame(PyValue a, PyValue b) => (a.Is(b) && !a.IsFloat) || Equals(a, b, 0);

    private static bool Equals(PyValue a, PyValue b, int depth)
    {
        if (a.TryGetString(out var x))
            return b.TryGetString(out var y) && string.Equals(x, y);
        if (a.IsNumber)
            return b.IsNumber && PyNumber.Compare(a, b) == 0;
        if (a.Reference is null || b.Reference is null)
            return a.Reference == b.Reference;
        if (ReferenceEquals(a.Reference, b.Reference))
            return true;
        if (depth > MaxDepth)
            throw new PyException("RecursionError", TooDeep);
        switch (a.Reference)
        {
            case PyList p when b.TryGet<PyList>(out var q):
                return EqualItems(p.Items, q.Items, depth);
            case PyTuple p when b.TryGet<PyTuple>(out var q):
                return EqualItems(p.Items, q.Items, depth);
            case PyDict p when b.TryGet<PyDict>(out var q):
                if (p.Count != q.Count)
                    return false;
                for (var i = 0; i < p.Count; i++)
                    if (!q.TryGetValue(p.Keys[i], out var other) || !(p.Values[i].Is(other) || Equals(p.Values[i], other, depth + 1)))
                        return false;
                return true;
            case PySet p when b.TryGet<PySet>(out var q):
                return p.Members.Count == q.Members.Count && IsSubset(p, q);
            case PyObject p when p.Kind == PyKind.Object && b.Reference is PyObject q:
                return p.EqualTo(q);
            default:
                return b.Reference is PyObject { Kind: PyKind.Object } other2 && a.Reference is PyObject self && other2.EqualTo(self);
        }
    }

    private static bool EqualItems(ReadOnlySpan<PyValue> a, ReadOnlySpan<PyValue> b, int depth)
    {
        if (a.Length != b.Length)
            return false;
        for (var i = 0; i < a.Length; i++)
            if (!(a[i].Is(b[i]) && !a[i].IsFloat) && !Equals(a[i], b[i], depth + 1))
                return false;
        return true;
    }

    public static bool IsSubset(PySet a, PySet b)
    {
        foreach (var member in a.Members.Keys)
            if (!b.Members.ContainsKey(member))
                return false;
        return true;
    }

    /// <summary>A hash that equal values share. It depends on the process and decides no order.</summary>
    public static int Hash(PyValue value)
    {
        switch (value.Kind)
        {
            case PyKind.None:
                return 1;
            case PyKind.Bool or PyKind.Int:
                return value.TryGetInt64(out var small) ? small.GetHashCode() : value.Big.GetHashCode();
            case PyKind.Float:
                var d = value.Float;
                return d == Math.Floor(d) && Math.Abs(d) < 1e18 ? ((long)d).GetHashCode()
                    : d == Math.Floor(d) && double.IsFinite(d) ? new BigInteger(d).GetHashCode() : d.GetHashCode();
            case PyKind.Str:
                return string.GetHashCode((string)value.Reference!);
            case PyKind.Tuple:
                var hash = 17;
                foreach (var item in ((PyTuple)value.Reference!).Items)
                    hash = (hash * 31) + Hash(item);
                return hash;
            case PyKind.Object when ((PyObject)value.Reference!).IsHashable:
                return ((PyObject)value.Reference).Hash;
            default:
                throw PyException.TypeError($"unhashable type: '{value.TypeName}'");
        }
    }

    /// <exception cref="PyException">TypeError: lists, dicts and sets have no hash.</exception>
    public static void RequireHashable(PyValue value)
    {
        if (value.Kind is PyKind.List or PyKind.Dict or PyKind.Set || value.Reference is PyObject { IsHashable: false })
            throw PyException.TypeError($"unhashable type: '{value.TypeName}'");
        if (value.TryGet<PyTuple>(out var tuple))
            foreach (var item in tuple.Items)
                RequireHashable(item);
    }

    /// <summary><c>a &lt; b</c> and its like; <paramref name="op"/> is one of <c>&lt; &lt;= &gt; &gt;=</c>.</summary>
    public static bool Compare(PyValue a, string op, PyValue b, int depth = 0)
    {
        if (a.IsNumber && b.IsNumber)
            return PyNumber.Compare(a, b) is { } order && Holds(order, op);
        if (a.TryGetString(out var x) && b.TryGetString(out var y))
            return Holds(PyString.Compare(x, y), op);
        if (depth > MaxDepth)
            throw new PyException("RecursionError", TooDeep);
        if (a.TryGet<PyList>(out var p) && b.TryGet<PyList>(out var q))
            return CompareItems(p.Items, op, q.Items, depth);
        if (a.TryGet<PyTuple>(out var s) && b.TryGet<PyTuple>(out var t))
            return CompareItems(s.Items, op, t.Items, depth);
        if (a.TryGet<PySet>(out var u) && b.TryGet<PySet>(out var v))
        {
            return op switch
            {
                "<" => u.Members.Count < v.Members.Count && IsSubset(u, v),
                "<=" => IsSubset(u, v),
                ">" => v.Members.Count < u.Members.Count && IsSubset(v, u),
                _ => IsSubset(v, u),
            };
        }
        if (a.TryGet<PyBytes>(out var left) && b.TryGet<PyBytes>(out var right))
            return Holds(left.CompareTo(right), op);
        throw PyException.TypeError($"'{op}' not supported between instances of '{a.TypeName}' and '{b.TypeName}'");
    }

    public static bool Less(PyValue a, PyValue b) => Compare(a, "<", b);

    public static bool Greater(PyValue a, PyValue b) => Compare(a, ">", b);

    public static bool AtMost(PyValue a, PyValue b) => Compare(a, "<=", b);

    public static bool AtLeast(PyValue a, PyValue b) => Compare(a, ">=", b);

    private static bool Holds(int order, string op) => op switch
    {
        "<" => order < 0,
        "<=" => order <= 0,
        ">" => order > 0,
        _ => order >= 0,
    };

    private static bool CompareItems(ReadOnlySpan<PyValue> a, string op, ReadOnlySpan<PyValue> b, int depth)
    {
        for (var i = 0; i < a.Length && i < b.Length; i++)
            if (!EqualOrSame(a[i], b[i]))
                return Compare(a[i], op, b[i], depth + 1);
        return Holds(a.Length.CompareTo(b.Length), op);
    }

    /// <summary><c>item in container</c>.</summary>
    public static bool Contains(PyValue container, PyValue item)
    {
        switch (container.Reference)
        {
            case string text:
                return item.TryGetString(out var part)
                    ? text.Contains(part, StringComparison.Ordinal)
                    : throw PyException.TypeError($"'in <string>' requires string as left operand, not {item.TypeName}");
            case PyDict dict:
                return dict.ContainsKey(item);
            case PyList list:
                return list.IndexOf(item) >= 0;
            case PyTuple tuple:
                foreach (var candidate in tuple.Items)
                    if (EqualOrSame(candidate, item))
                        return true;
                return false;
            case PySet set:
                return set.Members.ContainsKey(item);
            case PyBytes bytes:
                return bytes.Contains(item);
            case IPyIterable:
                using (var items = Iterate(container).GetEnumerator())
                    while (items.MoveNext())
                        if (EqualOrSame(items.Current, item))
                            return true;
                return false;
            default:
                throw PyException.TypeError($"argument of type '{container.TypeName}' is not iterable");
        }
    }

    /// <summary><c>container[key]</c>.</summary>
    public static PyValue Subscript(PyValue container, PyValue key)
    {
        switch (container.Reference)
        {
            case PyDict dict:
                return dict[key];
            case PyList list:
                return key.TryGet<PySlice>(out var slice) ? slice.Of(list.Items, asTuple: false) : list[Index(key, list.Count, "list")];
            case PyTuple tuple:
                return key.TryGet<PySlice>(out var part) ? part.Of(tuple.Items, asTuple: true) : tuple[Index(key, tuple.Count, "tuple")];
            case string text:
                if (key.TryGet<PySlice>(out var range))
                    return range.Of(text);
                if (!key.IsInteger)
                    throw PyException.TypeError($"string indices must be integers, not '{key.TypeName}'");
                return PyString.At(text, Index(key, PyString.Length(text), "string"));
            case IPySubscriptable other:
                return other.At(key);
            default:
                throw PyException.TypeError($"'{container.TypeName}' object is not subscriptable");
        }
    }

    internal static int Index(PyValue key, int count, string what)
    {
        if (!key.IsInteger)
            throw PyException.TypeError($"{what.Replace(" object", "", StringComparison.Ordinal)} indices must be integers or slices, not {key.TypeName}");
        if (!key.TryGetInt64(out var index))
            throw new PyException("IndexError", "cannot fit 'int' into an index-sized integer");
        if (index < 0)
            index += count;
        return index >= 0 && index < count ? (int)index : throw new PyException("IndexError", $"{what} index out of range");
    }

    /// <summary>The items of an iterable, in order.</summary>
    public static IEnumerable<PyValue> Iterate(PyValue iterable) => iterable.Reference switch
    {
        PyList list => Live(list),
        PyTuple tuple => tuple.Items.ToArray(),
        PyDict dict => dict.Keys.ToArray(),
        PySet set => set.Members.Keys.ToArray(),
        string text => PyString.CodePoints(text),
        IPyIterable other => other.Items(),
        _ => throw PyException.TypeError($"'{iterable.TypeName}' object is not iterable"),
    };

    // A list may grow while it is iterated: Python's iterator sees that.
    private static IEnumerable<PyValue> Live(PyList list)
    {
        for (var i = 0; i < list.Count; i++)
            yield return list[i];
    }
}

/// <summary>An object that a <c>for</c> can walk.</summary>
internal interface IPyIterable
{
    IEnumerable<PyValue> Items();
}

/// <summary>An object that answers to <c>v[key]</c>.</summary>
internal interface IPySubscriptable
{
    PyValue At(PyValue key);
}

/// <summary><c>start:stop:step</c>.</summary>
internal sealed class PySlice(PyValue start, PyValue stop, PyValue step) : PyObject
{
    public override string TypeName => "slice";

    public override bool IsHashable => false;

    public override string Repr => $"slice({PyText.Repr(start)}, {PyText.Repr(stop)}, {PyText.Repr(step)})";

    public PyValue Of(ReadOnlySpan<PyValue> items, bool asTuple)
    {
        var (first, count, stride) = Resolve(items.Length);
        var taken = new PyValue[count];
        for (var i = 0; i < count; i++)
            taken[i] = items[first + (i * stride)];
        return asTuple ? new PyTuple(taken) : new PyList(taken.AsSpan());
    }

    public PyValue Of(string text)
    {
        var points = PyString.ToCodePoints(text);
        var (first, count, stride) = Resolve(points.Length);
        var taken = new int[count];
        for (var i = 0; i < count; i++)
            taken[i] = points[first + (i * stride)];
        return PyString.FromCodePoints(taken);
    }

    private (int First, int Count, int Stride) Resolve(int length)
    {
        var stride = Part(step, 1);
        if (stride == 0)
            throw PyException.ValueError("slice step cannot be zero");
        long low = stride > 0 ? 0 : -1, high = stride > 0 ? length : length - 1;
        var from = Clamp(Part(start, stride > 0 ? 0 : length - 1), start.IsNone);
        var to = Clamp(Part(stop, stride > 0 ? length : -1), stop.IsNone);
        var count = stride > 0 ? (to > from ? ((to - from - 1) / stride) + 1 : 0) : (to < from ? ((from - to - 1) / -stride) + 1 : 0);
        return ((int)from, (int)count, count <= 1 ? 1 : (int)stride);

        long Clamp(long value, bool isDefault)
        {
            if (isDefault)
                return value;
            if (value < 0)
                value += length;
            return Math.Clamp(value, low, high);
        }
    }

    private static long Part(PyValue value, long fallback)
    {
        if (value.IsNone)
            return fallback;
        if (!value.IsInteger)
            throw PyException.TypeError("slice indices must be integers or None or have an __index__ method");
        return value.TryGetInt64(out var small) ? Math.Clamp(small, -(1L << 40), 1L << 40) : value.Big.Sign < 0 ? -(1L << 40) : 1L << 40;
    }
}
