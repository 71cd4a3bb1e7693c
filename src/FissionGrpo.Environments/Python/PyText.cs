using System.Buffers;
using System.Globalization;
using System.Numerics;

namespace FissionGrpo.Environments.Python;

/// <summary>Values as text: <c>str</c>, <c>repr</c> and <c>json.dumps</c> with their default settings.</summary>
internal static class PyText
{
    public const string TooManyDigits = "Exceeds the limit (4300 digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit";

    private static readonly BigInteger Printable = BigInteger.Pow(10, 4300);

    /// <summary>What JSON writes as it is: printable ASCII without quote and backslash.</summary>
    private static readonly SearchValues<char> PlainJson = SearchValues.Create(Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Where(c => c is not ('"' or '\\')).ToArray());

    private static readonly SearchValues<char> PlainRepr = SearchValues.Create(Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Where(c => c is not ('\'' or '"' or '\\')).ToArray());

    [ThreadStatic]
    private static PyTextWriter? _writer;

    /// <summary><c>str(v)</c>.</summary>
    public static string Str(PyValue value) => value.TryGetString(out var text) ? text : value.TryGetInt64(out var small) && value.IsSmallInt
        ? small.ToString(CultureInfo.InvariantCulture) : Repr(value);

    /// <summary><c>repr(v)</c>.</summary>
    public static string Repr(PyValue value)
    {
        var writer = Rent();
        WriteRepr(writer, value, null);
        return Return(writer);
    }

    /// <summary><c>json.dumps(v)</c>.</summary>
    /// <exception cref="PyException">TypeError for what JSON cannot hold, ValueError for a cycle or an int with too many digits.</exception>
    public static string JsonDumps(PyValue value)
    {
        var writer = Rent();
        WriteJson(writer, value, null);
        return Return(writer);
    }

    /// <summary><c>json.dumps(v, indent=4)</c>.</summary>
    public static string JsonDumpsIndented(PyValue value)
    {
        var text = new System.Text.StringBuilder();
        Indented(text, value, "\n");
        return text.ToString();
    }

    private static void Indented(System.Text.StringBuilder text, PyValue value, string newline)
    {
        if (value.TryGet<PyDict>(out var dict) && dict.Count > 0)
        {
            for (var i = 0; i < dict.Count; i++)
            {
                // The key as json.dumps writes it: cut from a dict of one entry.
                var entry = JsonDumps(new PyDict(1) { [dict.Keys[i]] = default });
                text.Append(i == 0 ? "{" : ",").Append(newline).Append("    ").Append(entry.AsSpan(1, entry.Length - "null}".Length - 1));
                Indented(text, dict.Values[i], newline + "    ");
            }
            text.Append(newline).Append('}');
        }
        else if (value.TryGet<PyList>(out var list) && list.Count > 0)
        {
            for (var i = 0; i < list.Count; i++)
            {
                text.Append(i == 0 ? "[" : ",").Append(newline).Append("    ");
                Indented(text, list[i], newline + "    ");
            }
            text.Append(newline).Append(']');
        }
        else
        {
            text.Append(JsonDumps(value));
        }
    }

    /// <summary>What the executor makes of a result: text as it is, dicts as JSON (as repr when JSON cannot hold them), everything else by <c>str</c>.</summary>
    public static string ResultText(PyValue value)
    {
        if (value.Kind != PyKind.Dict)
            return Str(value);
        try
        {
            return JsonDumps(value);
        }
        catch (PyException)
        {
            return Repr(value);
        }
    }

    /// <summary>The digits of an int.</summary>
    /// <exception cref="PyException">ValueError above 4300 digits.</exception>
    public static string Digits(PyValue integer)
    {
        if (integer.TryGetInt64(out var small))
            return small.ToString(CultureInfo.InvariantCulture);
        return BigInteger.Abs(integer.Big) >= Printable ? throw PyException.ValueError(TooManyDigits) : integer.Big.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A JSON string in ASCII.</summary>
    internal static void WriteJsonString(PyTextWriter writer, string text)
    {
        writer.Append('"');
        var rest = text.AsSpan();
        while (rest.IndexOfAnyExcept(PlainJson) is var at and >= 0)
        {
            writer.Append(rest[..at]);
            var c = rest[at];
            rest = rest[(at + 1)..];
            switch (c)
            {
                case '"':
                    writer.Append("\\\"");
                    break;
                case '\\':
                    writer.Append("\\\\");
                    break;
                case '\n':
                    writer.Append("\\n");
                    break;
                case '\r':
                    writer.Append("\\r");
                    break;
                case '\t':
                    writer.Append("\\t");
                    break;
                case '\f':
                    writer.Append("\\f");
                    break;
                case '\b':
                    writer.Append("\\b");
                    break;
                default:
                    writer.Append("\\u");
                    writer.AppendHex(c, 4);
                    break;
            }
        }
        writer.Append(rest);
        writer.Append('"');
    }

    private static PyTextWriter Rent()
    {
        var writer = _writer ?? new PyTextWriter();
        _writer = null;
        writer.Clear();
        return writer;
    }

    private static string Return(PyTextWriter writer)
    {
        var text = writer.ToString();
        _writer = writer;
        return text;
    }

    private static void WriteJson(PyTextWriter writer, PyValue value, Ancestor? parent)
    {
        switch (value.Kind)
        {
            case PyKind.None:
                writer.Append("null");
                break;
            case PyKind.Bool:
                writer.Append(value.Bool ? "true" : "false");
                break;
            case PyKind.Int:
                WriteInt(writer, value);
                break;
            case PyKind.Float:
                WriteFloat(writer, value.Float, isJson: true);
                break;
            case PyKind.Str:
                WriteJsonString(writer, (string)value.Reference!);
                break;
            case PyKind.List or PyKind.Tuple:
                var items = value.Reference is PyList list ? list.Items : ((PyTuple)value.Reference!).Items;
                if (value.Reference is PyList { IsConstant: true } constant)
                {
                    writer.Append(constant.ConstantJson ??= ConstantJson(items));
                    break;
                }
                var here = new Ancestor((PyObject)value.Reference!, parent, "Circular reference detected");
                writer.Append('[');
                var tail = (value.Reference as PyList)?.Tail;
                var own = tail is null ? items.Length : items.Length - tail.Count;
                for (var i = 0; i < own; i++)
                {
                    if (i > 0)
                        writer.Append(", ");
                    WriteJson(writer, items[i], here);
                }
                if (tail is not null)
                {
                    writer.Append(own > 0 ? ", " : "");
                    writer.Append((tail.ConstantJson ??= ConstantJson(tail.Items)).AsSpan(1));
                    break;
                }
                writer.Append(']');
                break;
            case PyKind.Dict:
                WriteJsonDict(writer, (PyDict)value.Reference!, parent);
                break;
            default:
                throw PyException.TypeError($"Object of type {value.TypeName} is not JSON serializable");
        }
    }

    private static void WriteJsonDict(PyTextWriter writer, PyDict dict, Ancestor? parent)
    {
        if (dict.ConstantJson is { } known)
        {
            writer.Append(known);
            return;
        }
        var start = writer.Length;
        var here = new Ancestor(dict, parent, "Circular reference detected");
        writer.Append('{');
        for (var i = 0; i < dict.Count; i++)
        {
            if (i > 0)
                writer.Append(", ");
            var key = dict.Keys[i];
            WriteJsonString(writer, key.Kind switch
            {
                PyKind.Str => (string)key.Reference!,
                PyKind.None => "null",
                PyKind.Bool => key.Bool ? "true" : "false",
                PyKind.Int => Digits(key),
                PyKind.Float => JsonFloat(key.Float),
                _ => throw PyException.TypeError($"keys must be str, int, float, bool or None, not {key.TypeName}"),
            });
            writer.Append(": ");
            WriteJson(writer, dict.Values[i], here);
        }
        writer.Append('}');
        if (dict.IsConstant)
            dict.ConstantJson = writer.From(start);
    }

    private static string ConstantJson(ReadOnlySpan<PyValue> items)
    {
        var writer = new PyTextWriter();
        writer.Append('[');
        for (var i = 0; i < items.Length; i++)
        {
            if (i > 0)
                writer.Append(", ");
            WriteJson(writer, items[i], null);
        }
        writer.Append(']');
        return writer.ToString();
    }

    internal static void WriteFloat(PyTextWriter writer, double value, bool isJson)
    {
        if (value == Math.Truncate(value) && Math.Abs(value) < 1e15 && (value != 0 || !double.IsNegative(value)))
        {
            writer.Append((long)value);
            writer.Append(".0");
            return;
        }
        writer.Append(isJson ? JsonFloat(value) : PyFloat.Repr(value));
    }

    private static string JsonFloat(double value) =>
        double.IsFinite(value) ? PyFloat.Repr(value) : double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";

    private static void WriteInt(PyTextWriter writer, PyValue value)
    {
        if (value.TryGetInt64(out var small))
            writer.Append(small);
        else
            writer.Append(Digits(value));
    }

    private static void WriteRepr(PyTextWriter writer, PyValue value, Ancestor? parent)
    {
        switch (value.Kind)
        {
            case PyKind.None:
                writer.Append("None");
                break;
            case PyKind.Bool:
                writer.Append(value.Bool ? "True" : "False");
                break;
            case PyKind.Int:
                WriteInt(writer, value);
                break;
            case PyKind.Float:
                WriteFloat(writer, value.Float, isJson: false);
                break;
            case PyKind.Str:
                WriteReprString(writer, (string)value.Reference!);
                break;
            case PyKind.List:
                WriteItems(writer, (PyList)value.Reference!, ((PyList)value.Reference!).Items, "[", "]", parent);
                break;
            case PyKind.Tuple:
                var tuple = (PyTuple)value.Reference!;
                WriteItems(writer, tuple, tuple.Items, "(", tuple.Count == 1 ? ",)" : ")", parent);
                break;
            case PyKind.Set:
                var set = (PySet)value.Reference!;
                if (set.Members.Count == 0)
                    writer.Append("set()");
                else
                    WriteItems(writer, set, set.Members.Keys, "{", "}", parent);
                break;
            case PyKind.Dict:
                var dict = (PyDict)value.Reference!;
                if (Ancestor.Holds(parent, dict))
                {
                    writer.Append("{...}");
                    break;
                }
                var here = new Ancestor(dict, parent, null);
                writer.Append('{');
                for (var i = 0; i < dict.Count; i++)
                {
                    if (i > 0)
                        writer.Append(", ");
                    WriteRepr(writer, dict.Keys[i], here);
                    writer.Append(": ");
                    WriteRepr(writer, dict.Values[i], here);
                }
                writer.Append('}');
                break;
            default:
                writer.Append(((PyObject)value.Reference!).Repr);
                break;
        }
    }

    private static void WriteItems(PyTextWriter writer, PyObject container, ReadOnlySpan<PyValue> items, string open, string close, Ancestor? parent)
    {
        if (Ancestor.Holds(parent, container))
        {
            writer.Append(open);
            writer.Append("...");
            writer.Append(open == "(" ? ")" : close);
            return;
        }
        if (container is PyList { ConstantRepr: { } known })
        {
            writer.Append(known);
            return;
        }
        var start = writer.Length;
        var here = new Ancestor(container, parent, null);
        writer.Append(open);
        var tail = (container as PyList)?.Tail;
        var own = tail is null ? items.Length : items.Length - tail.Count;
        for (var i = 0; i < own; i++)
        {
            if (i > 0)
                writer.Append(", ");
            WriteRepr(writer, items[i], here);
        }
        if (tail is not null)
        {
            writer.Append(own > 0 ? ", " : "");
            writer.Append((tail.ConstantRepr ?? Repr(tail)).AsSpan(1));
            return;
        }
        writer.Append(close);
        if (container is PyList { IsConstant: true } constant)
            constant.ConstantRepr = writer.From(start);
    }

    internal static void WriteReprString(PyTextWriter writer, string text)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        writer.Append(quote);
        for (var i = 0; i < text.Length; i++)
        {
            var plain = text.AsSpan(i).IndexOfAnyExcept(PlainRepr);
            if (plain < 0)
                plain = text.Length - i;
            writer.Append(text.AsSpan(i, plain));
            i += plain;
            if (i == text.Length)
                break;
            var c = text[i];
            if (c == quote || c == '\\')
            {
                writer.Append('\\');
                writer.Append(c);
            }
            else if (c is >= ' ' and <= '~')
            {
                writer.Append(c);
            }
            else if (c is '\n' or '\r' or '\t')
            {
                writer.Append(c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
            }
            else
            {
                var width = PyString.Width(text, i);
                var point = PyString.CodePointAt(text, i);
                if (PyString.IsPrintable(point))
                    writer.Append(text.AsSpan(i, width));
                else
                    AppendEscape(writer, point);
                i += width - 1;
            }
        }
        writer.Append(quote);
    }

    private static void AppendEscape(PyTextWriter writer, int point)
    {
        var (letter, digits) = point < 0x100 ? ("\\x", 2) : point < 0x10000 ? ("\\u", 4) : ("\\U", 8);
        writer.Append(letter);
        writer.AppendHex(point, digits);
    }

    /// <summary>The containers around the one being written, innermost first.</summary>
    private sealed class Ancestor
    {
        private readonly PyObject _container;
        private readonly Ancestor? _parent;
        private readonly int _depth;

        public Ancestor(PyObject container, Ancestor? parent, string? cycleError)
        {
            _container = container;
            _parent = parent;
            _depth = parent is null ? 1 : parent._depth + 1;
            if (_depth > PyOps.MaxDepth)
                throw new PyException("RecursionError", "maximum recursion depth exceeded while getting the repr of an object");
            if (cycleError is not null && Holds(parent, container))
                throw PyException.ValueError(cycleError);
        }

        public static bool Holds(Ancestor? ancestor, PyObject container)
        {
            for (; ancestor is not null; ancestor = ancestor._parent)
                if (ReferenceEquals(ancestor._container, container))
                    return true;
            return false;
        }
    }
}

/// <summary>A growing buffer of characters with a limit, so that no result can exhaust memory.</summary>
internal sealed class PyTextWriter
{
    private const int Limit = 1 << 26;

    private char[] _buffer = new char[1024];
    private int _length;

    public int Length => _length;

    /// <summary>What was written from this place on.</summary>
    public string From(int start) => new(_buffer, start, _length - start);

    public void Clear()
    {
        _length = 0;
        if (_buffer.Length > 1 << 20)
            _buffer = new char[1024];
    }

    public void Append(char c)
    {
        if (_length == _buffer.Length)
            Grow(1);
        _buffer[_length++] = c;
    }

    public void Append(ReadOnlySpan<char> text)
    {
        if (text.Length > _buffer.Length - _length)
            Grow(text.Length);
        text.CopyTo(_buffer.AsSpan(_length));
        _length += text.Length;
    }

    public void Append(long value)
    {
        if (_buffer.Length - _length < 20)
            Grow(20);
        value.TryFormat(_buffer.AsSpan(_length), out var written, default, CultureInfo.InvariantCulture);
        _length += written;
    }

    public void AppendHex(int value, int digits)
    {
        for (var shift = 4 * (digits - 1); shift >= 0; shift -= 4)
            Append("0123456789abcdef"[(value >> shift) & 15]);
    }

    public override string ToString() => new(_buffer, 0, _length);

    private void Grow(int more)
    {
        if ((long)_length + more > Limit)
            throw PyException.TooLarge("the text");
        Array.Resize(ref _buffer, Math.Max(_length + more, Math.Min(Limit, _buffer.Length * 2)));
    }
}
