using System.Globalization;
using System.Text;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Official;

/// <summary>
/// JSON in one layout, so that files made here and files dumped from the running original can be compared by hash: what Python's
/// <c>json.dump(value, indent=N, ensure_ascii=False)</c> writes. What JSON cannot say is written as <c>BfclConstants</c> reads it:
/// <c>{"$map": [[key, value], …]}</c> for dicts with other keys than texts (a list stands for a tuple), <c>{"$set": […]}</c>,
/// <c>{"$tuple": […]}</c>, <c>{"$ellipsis": true}</c>.
/// </summary>
public static class OfficialJson
{
    /// <summary>The longest text that is written; what is referred to twice is written twice.</summary>
    private const int Longest = 1 << 26;

    private const int Deepest = 400;

    /// <summary>Writes a JSON text in the one layout.</summary>
    /// <param name="json">Any JSON text.</param>
    /// <param name="indent">Blanks per level.</param>
    /// <returns>Null when the text is not JSON, or larger or deeper than a benchmark's constants are.</returns>
    public static string? Canonical(string json, int indent)
    {
        try
        {
            return json.Length <= Longest ? Write(PyJson.Loads(json), indent) : null;
        }
        catch (PyException)
        {
            return null;
        }
    }

    internal static string Write(PyValue value, int indent)
    {
        var text = new StringBuilder();
        Write(text, value, indent, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, PyValue value, int indent, int depth)
    {
        if (text.Length > Longest || depth > Deepest)
            throw PyException.TooLarge("the value");
        var inner = new string(' ', indent * (depth + 1));
        switch (Plain(value).Reference)
        {
            case PyDict dict:
                text.Append('{');
                for (var i = 0; i < dict.Count; i++)
                {
                    WriteText(text.Append(i == 0 ? "\n" : ",\n").Append(inner), (string)dict.Keys[i].Reference!);
                    Write(text.Append(": "), dict.Values[i], indent, depth + 1);
                }
                text.Append(dict.Count == 0 ? "" : "\n" + inner[indent..]).Append('}');
                break;
            case PyList list:
                text.Append('[');
                for (var i = 0; i < list.Count; i++)
                    Write(text.Append(i == 0 ? "\n" : ",\n").Append(inner), list[i], indent, depth + 1);
                text.Append(list.Count == 0 ? "" : "\n" + inner[indent..]).Append(']');
                break;
            case string content:
                WriteText(text, content);
                break;
            default:
                text.Append(PyText.JsonDumps(value));
                break;
        }
    }

    /// <summary>The value with its outermost level in what JSON can say.</summary>
    private static PyValue Plain(PyValue value)
    {
        switch (value.Reference)
        {
            case PyTuple tuple:
                return new PyDict(("$tuple", new PyList(tuple.Items)));
            case PySet set:
                return new PyDict(("$set", new PyList(set.Members.Keys)));
            case PyEllipsis:
                return new PyDict(("$ellipsis", true));
            case PyDict dict when dict.Keys.ToArray().Any(key => key.Kind != PyKind.Str):
                var pairs = new PyList(dict.Count);
                for (var i = 0; i < dict.Count; i++)
                    pairs.Add(new PyList(dict.Keys[i].TryGet<PyTuple>(out var parts) ? new PyList(parts.Items) : dict.Keys[i], dict.Values[i]));
                return new PyDict(("$map", pairs));
            default:
                return value;
        }
    }

    private static void WriteText(StringBuilder text, string content)
    {
        text.Append('"');
        foreach (var c in content)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\f' => text.Append("\\f"),
                '\b' => text.Append("\\b"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }
        text.Append('"');
    }
}
