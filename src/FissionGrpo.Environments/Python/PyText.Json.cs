using System.Buffers;
using System.Text;

namespace FissionGrpo.Environments.Python;

internal static partial class PyText
{
    /// <summary>What JSON writes as it is: printable ASCII without quote and backslash.</summary>
    private static readonly SearchValues<char> PlainJson = SearchValues.Create(Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Where(c => c is not ('"' or '\\')).ToArray());

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
        var text = new StringBuilder();
        Indented(text, value, "\n");
        return text.ToString();
    }

    private static void Indented(StringBuilder text, PyValue value, string newline)
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

    private static string JsonFloat(double value) =>
        double.IsFinite(value) ? PyFloat.Repr(value) : double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}
