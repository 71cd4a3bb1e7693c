using System.Globalization;
using System.Text;

namespace FissionGrpo.Environments.Python;

/// <summary>Methods of Python's own types that the worlds call on values whose type nobody checked first.</summary>
internal static class PyMethods
{
    /// <summary>The text of a string; on anything else the AttributeError of <c>v.method</c>.</summary>
    public static string Text(PyValue value, string method) => value.TryGetString(out var text) ? text : throw PyException.NoAttribute(value, method);

    /// <summary><c>v.lower()</c>.</summary>
    public static string Lower(PyValue value) => PyString.Lower(Text(value, "lower"));

    /// <summary><c>v.lower()</c>, of bytes too.</summary>
    public static PyValue LowerOf(PyValue value) => value.TryGet<PyBytes>(out var bytes) ? bytes.Lower() : Lower(value);

    /// <summary><c>v.startswith(prefix)</c>.</summary>
    public static bool StartsWith(PyValue value, string prefix) => value.Reference is PyBytes
        ? throw PyException.TypeError("startswith first arg must be bytes or a tuple of bytes, not str")
        : Text(value, "startswith").StartsWith(prefix, StringComparison.Ordinal);

    /// <summary><c>v.rstrip(c)</c>.</summary>
    public static string StripRight(PyValue value, char c) => Strippable(value, "rstrip").TrimEnd(c);

    /// <summary>The text of which <c>v.method('…')</c> strips characters; bytes take no text for that.</summary>
    public static string Strippable(PyValue value, string method) => value.Reference is PyBytes
        ? throw PyException.TypeError("a bytes-like object is required, not 'str'")
        : Text(value, method);

    /// <summary><c>text.isdigit()</c>: decimal digits and digits like superscripts, at least one.</summary>
    public static bool IsDigit(string text)
    {
        foreach (var c in text)
            if (!char.IsDigit(c) && CharUnicodeInfo.GetDigitValue(c) < 0)
                return false;
        return text.Length > 0;
    }

    /// <summary><c>len(v)</c>.</summary>
    public static int Length(PyValue value) => value.Reference switch
    {
        string text => PyString.Length(text),
        PyList list => list.Count,
        PyTuple tuple => tuple.Count,
        PyDict dict => dict.Count,
        PySet set => set.Members.Count,
        PyBytes bytes => bytes.Count,
        _ => throw PyException.TypeError($"object of type '{value.TypeName}' has no len()"),
    };

    /// <summary><c>min(items)</c>.</summary>
    public static PyValue Min(PyValue items) => Extreme("min", PyOps.Iterate(items), "<");

    /// <summary><c>max(items)</c>.</summary>
    public static PyValue Max(PyValue items) => Extreme("max", PyOps.Iterate(items), ">");

    /// <summary>The first item that is less (greater) than all others.</summary>
    public static PyValue Extreme(string name, IEnumerable<PyValue> items, string op)
    {
        PyValue? best = null;
        foreach (var item in items)
            if (best is not { } known || PyOps.Compare(item, op, known))
                best = item;
        return best ?? throw PyException.ValueError($"{name}() arg is an empty sequence");
    }

    /// <summary><c>separator.join(items)</c>.</summary>
    public static string Join(string separator, PyValue items)
    {
        if (items.Kind is not (PyKind.List or PyKind.Tuple or PyKind.Dict or PyKind.Set or PyKind.Str) && items.Reference is not IPyIterable)
            throw PyException.TypeError("can only join an iterable");
        var joined = new StringBuilder();
        var index = 0;
        foreach (var item in PyOps.Iterate(items))
        {
            if (!item.TryGetString(out var text))
                throw PyException.TypeError($"sequence item {index}: expected str instance, {item.TypeName} found");
            if (index++ > 0)
                joined.Append(separator);
            joined.Append(text);
            if (joined.Length > PyNumber.MaxLength)
                throw PyException.TooLarge("the text");
        }
        return joined.ToString();
    }
}
