using System.Text;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Text.Templates;

/// <summary>The <c>tojson</c> of transformers: Python's <c>json.dumps</c>.</summary>
/// <param name="Indent">What a level is indented with; null keeps all on one line.</param>
/// <param name="Between">Between items; Python drops the blank when it indents.</param>
/// <param name="AfterKey">Between a key and its value.</param>
/// <param name="EnsureAscii">Everything beyond ASCII is written as \uXXXX.</param>
/// <param name="SortKeys">Members in the order of their keys.</param>
internal sealed record TemplateJson(string? Indent, string Between, string AfterKey, bool EnsureAscii, bool SortKeys)
{
    /// <summary><c>tojson(ensure_ascii=False, indent=None, separators=None, sort_keys=False)</c></summary>
    public static TemplateJson Of(TemplateRenderer renderer, Arguments arguments)
    {
        var indent = arguments.At(1, "indent") switch
        {
            null or Value.None => null,
            Value.Str text => text.Text,
            Value.Int or Value.Bool => new string(' ', Math.Clamp(TemplateMethods.WholeAt(renderer, arguments, 1, "indent", 0), 0, 100)),
            _ => throw renderer.Error("tojson's indent is neither a number nor a string."),
        };
        var (between, afterKey) = arguments.At(2, "separators") switch
        {
            null or Value.None => (indent is null ? ", " : ",", ": "),
            Value.List { Items: [Value.Str first, Value.Str second] } => (first.Text, second.Text),
            _ => throw renderer.Error("tojson's separators are not two strings."),
        };
        return new TemplateJson(indent, between, afterKey, arguments.At(0, "ensure_ascii")?.IsTrue ?? false, arguments.At(3, "sort_keys")?.IsTrue ?? false);
    }

    public string Write(TemplateRenderer renderer, Value value)
    {
        var text = new StringBuilder();
        Append(renderer, value, text, 0);
        return text.ToString();
    }

    private void Append(TemplateRenderer renderer, Value value, StringBuilder text, int depth)
    {
        renderer.CheckGrowth(text.Length, 0);
        renderer.CheckDepth(depth);
        switch (value)
        {
            case Value.Str str:
                Quote(renderer, str.Text, text);
                break;
            case Value.List { Kind: Value.ListKind.List or Value.ListKind.Tuple } list:
                text.Append('[');
                for (var i = 0; i < list.Items.Count; i++)
                {
                    Separate(renderer, text, i, depth + 1);
                    Append(renderer, list.Items[i], text, depth + 1);
                }
                Close(renderer, text, list.Items.Count, depth, ']');
                break;
            case Value.Dict dict:
                text.Append('{');
                var count = 0;
                foreach (var (key, member) in Members(renderer, dict))
                {
                    Separate(renderer, text, count++, depth + 1);
                    Quote(renderer, key is Value.Str name ? name.Text : Scalar(renderer, key), text);
                    text.Append(AfterKey);
                    Append(renderer, member, text, depth + 1);
                }
                Close(renderer, text, count, depth, '}');
                break;
            default:
                text.Append(Scalar(renderer, value));
                break;
        }
    }

    private List<KeyValuePair<Value, Value>> Members(TemplateRenderer renderer, Value.Dict dict) =>
        SortKeys ? TemplateFilters.InOrder(renderer, [.. dict.Members], [.. dict.Members.Keys], descending: false) : [.. dict.Members];

    private static string Scalar(TemplateRenderer renderer, Value value) => value switch
    {
        Value.None => "null",
        Value.Bool => value.IsTrue ? "true" : "false",
        Value.Int whole => whole.Text,
        Value.Float { Number: double.NaN } => "NaN",
        Value.Float { Number: var real } when double.IsInfinity(real) => real > 0 ? "Infinity" : "-Infinity",
        Value.Float real => real.Text,
        Value.Undefined undefined => throw renderer.Error($"{undefined.What} is not defined, so it has no JSON."),
        _ => throw renderer.Error($"a value of type {value.TypeName} has no JSON."),
    };

    private void Quote(TemplateRenderer renderer, string content, StringBuilder text)
    {
        renderer.CheckGrowth(text.Length + (long)content.Length, content.Length);
        text.Append('"');
        var start = text.Length;
        PythonJson.AppendEscaped(content, text);
        if (EnsureAscii)
        {
            var escaped = text.ToString(start, text.Length - start);
            text.Length = start;
            foreach (var c in escaped)
                text.Append(c < '\u007F' ? c.ToString() : $"\\u{(int)c:x4}");
        }
        text.Append('"');
    }

    private void Separate(TemplateRenderer renderer, StringBuilder text, int index, int level)
    {
        text.Append(index > 0 ? Between : "");
        NewLine(renderer, text, level);
    }

    private void Close(TemplateRenderer renderer, StringBuilder text, int count, int depth, char bracket)
    {
        if (count > 0)
            NewLine(renderer, text, depth);
        text.Append(bracket);
    }

    private void NewLine(TemplateRenderer renderer, StringBuilder text, int level)
    {
        if (Indent is null)
            return;
        renderer.CheckLength((long)Indent.Length * level);
        text.Append('\n');
        for (var i = 0; i < level; i++)
            text.Append(Indent);
    }
}
