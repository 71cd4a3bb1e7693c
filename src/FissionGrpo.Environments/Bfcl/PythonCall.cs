using System.Text;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>Calls as Python text, as the official decoder writes them: <c>name(k=repr(v),k2=repr(v2))</c>.</summary>
internal static class PythonCall
{
    /// <summary>The text of a call. Of a repeated name, the last value counts, at the first place, as in a JSON object.</summary>
    public static string Render(ToolCall call)
    {
        var arguments = new PyDict(call.Arguments.Length);
        foreach (var (name, value) in call.Arguments)
            arguments[name] = PyJson.From(value);
        return Render(call.Name, arguments);
    }

    /// <summary>The text of a call; null when an argument is beyond what Python reads.</summary>
    public static string? TryRender(ToolCall call)
    {
        try
        {
            return Render(call);
        }
        catch (PyException)
        {
            return null;
        }
    }

    /// <summary>The text of a call with these keyword arguments.</summary>
    public static string Render(string name, PyDict arguments)
    {
        var text = new StringBuilder(name).Append('(');
        for (var i = 0; i < arguments.Count; i++)
        {
            if (i > 0)
                text.Append(',');
            text.Append(arguments.Keys[i]).Append('=').Append(PyText.Repr(arguments.Values[i]));
        }
        return text.Append(')').ToString();
    }

    /// <summary>A name that Python reads back as itself in the place of a keyword argument.</summary>
    public static bool IsPlainName(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            return false;
        foreach (var c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                return false;
        return ParameterNames.Find(name) is not null || !Python.Syntax.PyTokenizer.IsKeyword(name);
    }

    /// <summary>
    /// The value comes through rewriting, parsing and evaluation of its own repr unchanged: no parenthesis in a text, no inf or nan, nothing
    /// that the tokenizer refuses.
    /// </summary>
    public static bool SurvivesText(PyValue value, int depth = 0)
    {
        if (depth > 64)
            return false;
        switch (value.Kind)
        {
            case PyKind.Float:
                return double.IsFinite(value.Float);
            case PyKind.Int:
                return value.IsSmallInt;
            case PyKind.Str:
                return SurvivesText((string)value.Reference!);
            case PyKind.List:
                foreach (var item in ((PyList)value.Reference!).Items)
                    if (!SurvivesText(item, depth + 1))
                        return false;
                return true;
            case PyKind.Dict:
                var dict = (PyDict)value.Reference!;
                for (var i = 0; i < dict.Count; i++)
                    if (!SurvivesText(dict.Keys[i], depth + 1) || !SurvivesText(dict.Values[i], depth + 1))
                        return false;
                return true;
            default:
                return true;
        }
    }

    private static bool SurvivesText(string text)
    {
        if (text.Length > Python.Syntax.PyParser.MaxSource / 16)
            return false;
        foreach (var c in text)
            if (c == '(')
                return false;
        return true;
    }
}
