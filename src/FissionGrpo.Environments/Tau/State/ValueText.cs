using System.Text;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Tau.State;

/// <summary>How Python prints values: <c>str</c>, <c>repr</c> and <c>json.dumps</c>.</summary>
internal static class ValueText
{
    [ThreadStatic]
    private static PyTextWriter? _writer;

    [ThreadStatic]
    private static PyTextWriter? _recordWriter;

    /// <summary><c>str(value)</c>: a text is itself, everything else its repr.</summary>
    public static string Str(Value value) => value is Value.Text text ? text.Content : Repr(value);

    public static string Repr(Value value)
    {
        var output = new PyTextWriter();
        WriteRepr(output, value);
        return output.ToString();
    }

    public static string Repr(string text) => PyText.Repr(text);

    /// <summary><c>json.dumps(value)</c>.</summary>
    public static string Json(Value value)
    {
        var output = _writer ??= new PyTextWriter();
        output.Clear();
        WriteJson(output, value);
        return output.ToString();
    }

    /// <summary>
    /// <c>json.dumps</c> of a record, whose objects and lists remember their own texts: a tool changes a member or two of a record and shows
    /// all of it, so most of the text is there already.
    /// </summary>
    public static string JsonOfRecord(Value.Dict record)
    {
        var output = _recordWriter ??= new PyTextWriter();
        output.Clear();
        output.Append('{');
        for (var i = 0; i < record.Count; i++)
        {
            if (i > 0)
                output.Append(", ");
            PyText.WriteJsonString(output, record.Keys[i]);
            output.Append(": ");
            switch (record.Values[i])
            {
                case Value.Dict { Count: > 0 } dict:
                    output.Append(dict.JsonText ??= Json(dict));
                    break;
                case Value.List { Items.Length: > 0 } list:
                    output.Append(list.JsonText ??= Json(list));
                    break;
                case var other:
                    WriteJson(output, other);
                    break;
            }
        }
        output.Append('}');
        return output.ToString();
    }

    /// <summary><c>json.dumps(value, sort_keys=True)</c> as bytes.</summary>
    public static byte[] Canonical(Value value)
    {
        var output = _writer ??= new PyTextWriter();
        output.Clear();
        WriteJson(output, value, sorted: true);
        return Encoding.ASCII.GetBytes(output.ToString());
    }

    /// <summary>Appends <c>json.dumps(value)</c>: ASCII only, <c>", "</c> and <c>": "</c>; members in their order, or sorted by code points.</summary>
    public static void WriteJson(PyTextWriter output, Value value, bool sorted = false)
    {
        switch (value)
        {
            case Value.Null:
                output.Append("null");
                break;
            case Value.Bool b:
                output.Append(b.Truth ? "true" : "false");
                break;
            case Value.Int i:
                WriteInt(output, i);
                break;
            case Value.Float f:
                PyText.WriteFloat(output, f.Number, isJson: true);
                break;
            case Value.Text t:
                PyText.WriteJsonString(output, t.Content);
                break;
            case Value.List list:
                output.Append('[');
                for (var i = 0; i < list.Items.Length; i++)
                {
                    if (i > 0)
                        output.Append(", ");
                    WriteJson(output, list.Items[i], sorted);
                }
                output.Append(']');
                break;
            case Value.Dict dict:
                output.Append('{');
                var order = sorted ? SortedOrder(dict) : null;
                for (var i = 0; i < dict.Count; i++)
                {
                    if (i > 0)
                        output.Append(", ");
                    var at = order is null ? i : order[i];
                    PyText.WriteJsonString(output, dict.Keys[at]);
                    output.Append(": ");
                    WriteJson(output, dict.Values[at], sorted);
                }
                output.Append('}');
                break;
        }
    }

    /// <summary>The positions of an object's members in the order of their names.</summary>
    public static int[] SortedOrder(Value.Dict dict)
    {
        var order = new int[dict.Count];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(order, (x, y) => PyString.Compare(dict.Keys[x], dict.Keys[y]));
        return order;
    }

    /// <summary>Appends the repr of a value.</summary>
    public static void WriteRepr(PyTextWriter output, Value value)
    {
        switch (value)
        {
            case Value.Null:
                output.Append("None");
                break;
            case Value.Bool b:
                output.Append(b.Truth ? "True" : "False");
                break;
            case Value.Int i:
                WriteInt(output, i);
                break;
            case Value.Float f:
                PyText.WriteFloat(output, f.Number, isJson: false);
                break;
            case Value.Text t:
                PyText.WriteReprString(output, t.Content);
                break;
            case Value.List list:
                output.Append('[');
                for (var i = 0; i < list.Items.Length; i++)
                {
                    if (i > 0)
                        output.Append(", ");
                    WriteRepr(output, list.Items[i]);
                }
                output.Append(']');
                break;
            case Value.Dict dict:
                output.Append('{');
                for (var i = 0; i < dict.Count; i++)
                {
                    if (i > 0)
                        output.Append(", ");
                    PyText.WriteReprString(output, dict.Keys[i]);
                    output.Append(": ");
                    WriteRepr(output, dict.Values[i]);
                }
                output.Append('}');
                break;
        }
    }

    private static void WriteInt(PyTextWriter output, Value.Int number)
    {
        if (number.Number >= long.MinValue && number.Number <= long.MaxValue)
            output.Append((long)number.Number);
        else
            output.Append(PyText.Digits(number.Number));
    }
}
