using System.Buffers;
using System.Globalization;
using System.Numerics;

namespace FissionGrpo.Environments.Python;

/// <summary>Values as text: <c>str</c>, <c>repr</c> and <c>json.dumps</c> with their default settings.</summary>
internal static partial class PyText
{
    public const string TooManyDigits = "Exceeds the limit (4300 digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit";

    private static readonly BigInteger Printable = BigInteger.Pow(10, 4300);

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
