using System.Collections.Immutable;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Python.Syntax;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>
/// Reads the prompting mode's <c>[f(a=1), g(b='x')]</c> and writes it again as the official program does: only keyword arguments survive, and
/// names, calls and subscripts given as values turn into texts.
/// </summary>
internal static class PromptingDecoder
{
    /// <summary>The calls as texts, <c>f(a=1, b='x')</c>.</summary>
    /// <exception cref="PyException">The answer is no list of calls.</exception>
    public static ImmutableArray<string> Decode(string answer)
    {
        var text = answer.Trim('`', '\n', ' ');
        if (!text.StartsWith('['))
            text = "[" + text;
        if (!text.EndsWith(']'))
            text += "]";
        var body = PyParser.ParseTree(text.Trim('[', ']', '\''));
        var calls = body switch
        {
            PyNode.Call call => [call],
            PyNode.Tuple tuple => tuple.Items,
            PyNode.List list => list.Items,
            PyNode.Set set => set.Items,
            _ => throw PyException.NoAttribute(default, "elts"),
        };
        return [.. calls.Select(item => item is PyNode.Call call ? Write(call) : throw new PyException("AssertionError", ""))];
    }

    private static string Write(PyNode.Call call) => Write(NameOf(call.Function), Arguments(call));

    private static string Write(string name, PyDict arguments)
    {
        var parts = new List<string>(arguments.Count);
        for (var i = 0; i < arguments.Count; i++)
            parts.Add($"{arguments.Keys[i]}={Nested(arguments.Values[i])}");
        return $"{name}({string.Join(", ", parts)})";
    }

    private static PyDict Arguments(PyNode.Call call)
    {
        var arguments = new PyDict(call.Keywords.Length);
        foreach (var keyword in call.Keywords)
            arguments[keyword.Name ?? "None"] = Resolve(keyword.Value);
        return arguments;
    }

    private static string NameOf(PyNode function)
    {
        var parts = new Stack<string>();
        while (function is PyNode.Attribute attribute)
        {
            parts.Push(attribute.Id);
            function = attribute.Value;
        }
        if (function is PyNode.Name name)
            parts.Push(name.Id);
        return string.Join('.', parts);
    }

    private static PyValue Resolve(PyNode value)
    {
        switch (value)
        {
            case PyNode.Constant { Value.Reference: PyEllipsis }:
                return "...";
            case PyNode.Constant constant:
                return constant.Value;
            case PyNode.Unary { Operand: PyNode.Constant operand }:
                return PyNumber.Negate(operand.Value);
            case PyNode.List list:
                return new PyList([.. list.Items.Select(Resolve)]);
            case PyNode.Tuple tuple:
                return new PyTuple([.. tuple.Items.Select(Resolve)]);
            case PyNode.Dict dict:
                var entries = new PyDict(dict.Entries.Length);
                foreach (var (key, item) in dict.Entries)
                    entries[key is null ? throw Unsupported() : Resolve(key)] = Resolve(item);
                return entries;
            case PyNode.Binary:
                PyBudget.Reset();
                return new PyEvaluator(_ => null).Evaluate(PyChecks.Checked(value, 1));
            case PyNode.Name name:
                return name.Id;
            case PyNode.Call { Keywords.Length: 0 } call:
                return PyUnparser.Text(call);
            case PyNode.Call call:
                return new PyDict((NameOf(call.Function), Arguments(call)));
            case PyNode.Subscript subscript:
                return PyUnparser.Text(subscript);
            default:
                throw Unsupported();
        }
    }

    private static PyException Unsupported() => new("Exception", "Unsupported AST type");

    // A dict whose values are all dicts is taken for a call, also an empty one.
    private static string Nested(PyValue value)
    {
        if (!value.TryGet<PyDict>(out var dict))
            return PyText.Repr(value);
        var isCall = true;
        foreach (var item in dict.Values)
            isCall &= item.Kind == PyKind.Dict;
        if (isCall)
            return dict.Count == 0 ? throw new PyException("IndexError", "list index out of range") : Write($"{dict.Keys[0]}", (PyDict)dict.Values[0].Reference!);
        var parts = new List<string>(dict.Count);
        for (var i = 0; i < dict.Count; i++)
            parts.Add($"'{dict.Keys[i]}': {Nested(dict.Values[i])}");
        return $"{{{string.Join(", ", parts)}}}";
    }
}
