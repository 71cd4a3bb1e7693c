using System.Globalization;
using System.Text;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Official;

/// <summary>
/// JSON in one layout, so that files made here and files dumped from the running original can be compared by hash: what Python's
/// <c>json.dump(value, indent=N, ensure_ascii=False)</c> writes.
/// </summary>
public static class OfficialJson
{
    /// <summary>The longest file that is written; references to the same value are written out each time.</summary>
    private const int Longest = 1 << 26;

    /// <summary>Writes a JSON text in the one layout.</summary>
    /// <param name="json">Any JSON text.</param>
    /// <param name="indent">Blanks per level.</param>
    /// <returns>Null when the text is not JSON.</returns>
    public static string? Canonical(string json, int indent)
    {
        try
        {
            return Write(PyJson.Loads(json), indent);
        }
        catch (PyException)
        {
            return null;
        }
    }

    internal static string Write(PyValue value, int indent)
    {
        var text = new StringBuilder();
        Write(text, value, indent, "\n");
        return text.ToString();
    }

    private static void Write(StringBuilder text, PyValue value, int indent, string newline)
    {
        if (text.Length > Longest)
            throw new UserErrorException($"The JSON of the official values is larger than {Longest >> 20} MiB. No benchmark is near that; the source is damaged or hostile.");
        var inner = newline.Length > 1000 ? throw PyException.TooLarge("the nesting") : newline + new string(' ', indent);
        switch (value.Kind)
        {
            case PyKind.Dict when value.Reference is PyDict { Count: > 0 } dict:
                for (var i = 0; i < dict.Count; i++)
                {
                    text.Append(i == 0 ? "{" : ",").Append(inner);
                    WriteText(text, dict.Keys[i].TryGetString(out var key) ? key : throw PyException.TypeError($"the key {PyText.Repr(dict.Keys[i])} is no text"));
                    Write(text.Append(": "), dict.Values[i], indent, inner);
                }
                text.Append(newline).Append('}');
                break;
            case PyKind.Dict:
                text.Append("{}");
                break;
            case PyKind.List when value.Reference is PyList { Count: > 0 } list:
                for (var i = 0; i < list.Count; i++)
                    Write(text.Append(i == 0 ? "[" : ",").Append(inner), list[i], indent, inner);
                text.Append(newline).Append(']');
                break;
            case PyKind.List:
                text.Append("[]");
                break;
            case PyKind.Str:
                WriteText(text, (string)value.Reference!);
                break;
            case PyKind.None or PyKind.Bool or PyKind.Int or PyKind.Float:
                text.Append(PyText.JsonDumps(value));
                break;
            default:
                throw PyException.TypeError($"a {value.TypeName} has no JSON");
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
