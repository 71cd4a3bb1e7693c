using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FissionGrpo.Text.Dialogues;

/// <summary>
/// JSON as Python's <c>json.dumps(value, ensure_ascii=False)</c> spells it, which is what chat templates and benchmarks show to a model:
/// <c>", "</c> and <c>": "</c> between, members in order, nothing escaped but quotes, backslashes and control characters. A number keeps its
/// spelling.
/// </summary>
internal static class PythonJson
{
    public static string Write(JsonElement value)
    {
        var text = new StringBuilder();
        Append(value, text);
        return text.ToString();
    }

    public static void Append(JsonElement value, StringBuilder text)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                var comma = "";
                foreach (var member in value.EnumerateObject())
                {
                    text.Append(comma).Append('"');
                    AppendEscaped(member.Name, text);
                    text.Append("\": ");
                    Append(member.Value, text);
                    comma = ", ";
                }
                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                var separator = "";
                foreach (var item in value.EnumerateArray())
                {
                    text.Append(separator);
                    Append(item, text);
                    separator = ", ";
                }
                text.Append(']');
                break;
            case JsonValueKind.String:
                text.Append('"');
                AppendEscaped(value.GetString()!, text);
                text.Append('"');
                break;
            case JsonValueKind.Undefined:
                throw new ArgumentException("An undefined value has no JSON.", nameof(value));
            default:
                text.Append(value.GetRawText()); // numbers as spelled; true, false, null
                break;
        }
    }

    /// <summary>The inside of a JSON string.</summary>
    public static void AppendEscaped(ReadOnlySpan<char> value, StringBuilder text)
    {
        foreach (var c in value)
            switch (c)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                case '\f': text.Append("\\f"); break;
                case '\b': text.Append("\\b"); break;
                case < ' ': text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)); break;
                default: text.Append(c); break;
            }
    }
}
