using System.Text;

namespace FissionGrpo.Environments.Python;

/// <summary>Attributes of built-in types: <c>'a'.upper</c>, <c>{}.get</c>, <c>[].append</c>.</summary>
internal static class PyTypeMethods
{
    /// <summary>Methods that change the value that they belong to: before one of them runs, nothing may be shared with another fork.</summary>
    public static readonly HashSet<string> Mutators = new(StringComparer.Ordinal)
    {
        "append", "extend", "insert", "pop", "remove", "sort", "reverse", "clear", "update", "setdefault", "popitem", "add", "discard",
    };

    /// <summary>The attribute.</summary>
    /// <exception cref="PyException">AttributeError.</exception>
    public static PyValue Get(PyValue value, string name)
    {
        if (value.Reference is IPyAttributes other && other.Attribute(name) is { } own)
            return own;
        if (value.IsNumber && OfNumber(value, name) is { } ofNumber)
            return ofNumber;
        return value.Reference switch
        {
            string text => OfString(text, name),
            PyDict dict => OfDict(dict, name),
            PyList list => OfList(list, name),
            PyTuple tuple => OfTuple(tuple, name),
            PySet set => OfSet(set, name),
            _ => null,
        } ?? throw PyException.NoAttribute(value, name);
    }

    /// <summary><c>dict.update(other)</c>.</summary>
    public static void Update(PyDict dict, PyValue other)
    {
        if (other.TryGet<PyDict>(out var entries))
        {
            for (var i = 0; i < entries.Count; i++)
                dict[entries.Keys[i]] = entries.Values[i];
            return;
        }
        var index = 0;
        foreach (var pair in PyBuiltins.Walk(other))
        {
            if (pair.Kind is not (PyKind.List or PyKind.Tuple or PyKind.Str))
                throw PyException.TypeError($"cannot convert dictionary update sequence element #{index} to a sequence");
            var items = PyOps.Iterate(pair).ToList();
            if (items.Count != 2)
                throw PyException.ValueError($"dictionary update sequence element #{index} has length {items.Count}; 2 is required");
            dict[items[0]] = items[1];
            index++;
        }
    }

    private static PyFunction Method(string owner, string name, int least, int most, PyFunction.Body body) => new(name, least, most, body, owner);

    private static PyObject? OfString(string s, string name)
    {
        return name switch
        {
            "lower" or "casefold" => M(0, 0, _ => PyString.Lower(s)),
            "upper" => M(0, 0, _ => PyString.Upper(s)),
            "title" => M(0, 0, _ => Title(s)),
            "capitalize" => M(0, 0, _ => s.Length == 0 ? "" : PyString.Upper(s[..PyString.Width(s, 0)]) + PyString.Lower(s[PyString.Width(s, 0)..])),
            "swapcase" => M(0, 0, _ => string.Concat(s.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)))),
            "strip" => M(0, 1, a => Strip(s, a, true, true)),
            "lstrip" => M(0, 1, a => Strip(s, a, true, false)),
            "rstrip" => M(0, 1, a => Strip(s, a, false, true)),
            "split" => M(0, 2, a => Split(s, a)),
            "splitlines" => M(0, 1, _ => Lines(s)),
            "join" => M(1, 1, a => PyMethods.Join(s, a[0])),
            "replace" => M(2, 3, a => Replace(s, a)),
            "startswith" => M(1, 1, a => Affix(s, a[0], "startswith", (text, part) => text.StartsWith(part, StringComparison.Ordinal))),
            "endswith" => M(1, 1, a => Affix(s, a[0], "endswith", (text, part) => text.EndsWith(part, StringComparison.Ordinal))),
            "find" => M(1, 1, a => Find(s, a[0])),
            "index" => M(1, 1, a => Find(s, a[0]) is var at and >= 0 ? at : throw PyException.ValueError("substring not found")),
            "count" => M(1, 1, a => Count(s, Required(a[0]))),
            "format" => new FormatMethod(s),
            "zfill" => M(1, 1, a => Pad(s, a, '0', zeroFill: true)),
            "ljust" => M(1, 2, a => Pad(s, a, ' ', left: true)),
            "rjust" => M(1, 2, a => Pad(s, a, ' ')),
            "isdigit" => M(0, 0, _ => PyMethods.IsDigit(s)),
            "isdecimal" => M(0, 0, _ => s.Length > 0 && s.All(char.IsDigit)),
            "isnumeric" => M(0, 0, _ => s.Length > 0 && s.All(char.IsNumber)),
            "isalpha" => M(0, 0, _ => s.Length > 0 && s.All(char.IsLetter)),
            "isalnum" => M(0, 0, _ => s.Length > 0 && s.All(c => char.IsLetter(c) || char.IsNumber(c))),
            "isspace" => M(0, 0, _ => s.Length > 0 && s.All(PyString.IsSpace)),
            "isupper" => M(0, 0, _ => s.Any(char.IsUpper) && !s.Any(char.IsLower)),
            "islower" => M(0, 0, _ => s.Any(char.IsLower) && !s.Any(char.IsUpper)),
            "removeprefix" => M(1, 1, a => Required(a[0]) is { Length: > 0 } p && s.StartsWith(p, StringComparison.Ordinal) ? s[p.Length..] : s),
            "removesuffix" => M(1, 1, a => Required(a[0]) is { Length: > 0 } p && s.EndsWith(p, StringComparison.Ordinal) ? s[..^p.Length] : s),
            _ => null,
        };

        PyObject M(int least, int most, PyFunction.Body body) => Method("str", name, least, most, body);
    }

    private static PyObject? OfDict(PyDict dict, string name)
    {
        return name switch
        {
            "get" => M(1, 2, a => dict.TryGetValue(a[0], out var value) ? value : a.Length > 1 ? a[1] : default),
            "keys" => M(0, 0, _ => new PyView("dict_keys", () => dict.Keys.ToArray(), true)),
            "values" => M(0, 0, _ => new PyView("dict_values", () => dict.Values.ToArray(), true)),
            "items" => M(0, 0, _ => new PyView("dict_items", () => Pairs(dict), true)),
            "copy" => M(0, 0, _ => dict.ShallowCopy()),
            "pop" => M(1, 2, a => Pop(dict, a)),
            "setdefault" => M(1, 2, a => SetDefault(dict, a)),
            "clear" => M(0, 0, _ => Then(() => Own(dict).Clear())),
            "update" => new UpdateMethod(dict),
            _ => null,
        };

        PyObject M(int least, int most, PyFunction.Body body) => Method("dict", name, least, most, body);
    }

    private static PyObject? OfList(PyList list, string name)
    {
        return name switch
        {
            "append" => M(1, 1, a => Then(() => Own(list).Add(a[0]))),
            "extend" => M(1, 1, a => Then(() => Own(list).AddRange(PyBuiltins.Walk(a[0]).ToArray()))),
            "insert" => M(2, 2, a => Then(() => Own(list).Insert(InsertionPoint(a[0], list.Count), a[1]))),
            "pop" => M(0, 1, a => PopAt(list, a)),
            "remove" => M(1, 1, a => Then(() => Own(list).RemoveAt(list.IndexOf(a[0]) is var at and >= 0 ? at : throw PyException.ValueError("list.remove(x): x not in list")))),
            "index" => M(1, 1, a => list.IndexOf(a[0]) is var at and >= 0 ? at : throw PyException.ValueError($"{PyText.Repr(a[0])} is not in list")),
            "count" => M(1, 1, a => list.Items.ToArray().Count(item => PyOps.EqualOrSame(item, a[0]))),
            "copy" => M(0, 0, _ => new PyList(list.Items)),
            "clear" => M(0, 0, _ => Then(() => Own(list).Clear())),
            "reverse" => M(0, 0, _ => Then(() => Reverse(Own(list)))),
            "sort" => new SortMethod(list),
            _ => null,
        };

        PyObject M(int least, int most, PyFunction.Body body) => Method("list", name, least, most, body);
    }

    private static PyFunction? OfTuple(PyTuple tuple, string name) => name switch
    {
        "index" => Method("tuple", name, 1, 1, a => new PyList(tuple.Items).IndexOf(a[0]) is var at and >= 0 ? at : throw PyException.ValueError("tuple.index(x): x not in tuple")),
        "count" => Method("tuple", name, 1, 1, a => tuple.Items.ToArray().Count(item => PyOps.EqualOrSame(item, a[0]))),
        _ => null,
    };

    private static PyFunction? OfSet(PySet set, string name) => name switch
    {
        "add" => Method("set", name, 1, 1, a => Then(() => set.Add(a[0]))),
        "discard" => Method("set", name, 1, 1, a => Then(() => set.Members.Remove(a[0]))),
        "remove" => Method("set", name, 1, 1, a => set.Members.Remove(a[0]) ? default(PyValue) : throw PyException.KeyError(a[0])),
        "copy" => Method("set", name, 0, 0, _ => set.Copy(new PyCopier())),
        _ => null,
    };

    private static PyValue? OfNumber(PyValue number, string name)
    {
        switch (name)
        {
            case "real" or "numerator" when number.IsInteger:
                return number.Big;
            case "real":
                return number;
            case "imag":
                return number.IsFloat ? (PyValue)0.0 : 0;
            case "denominator" when number.IsInteger:
                return 1;
            case "conjugate":
                return Method(number.TypeName, name, 0, 0, _ => number);
            case "is_integer" when number.IsFloat:
                return Method("float", name, 0, 0, _ => number.Float == Math.Floor(number.Float) && double.IsFinite(number.Float));
            case "bit_length" when number.IsInteger:
                return Method("int", name, 0, 0, _ => System.Numerics.BigInteger.Abs(number.Big).GetBitLength());
            default:
                return null;
        }
    }

    private static PyValue Then(Action action)
    {
        action();
        return default;
    }

    private static PyList Own(PyList list) => list.IsConstant ? throw PyException.TypeError("this list is part of the benchmark's constants") : list;

    private static PyDict Own(PyDict dict) => dict.IsConstant ? throw PyException.TypeError("this dict is part of the benchmark's constants") : dict;

    private static string Required(PyValue value) => value.TryGetString(out var text) ? text : throw PyException.TypeError($"must be str, not {value.TypeName}");

    private static PyValue[] Pairs(PyDict dict)
    {
        var pairs = new PyValue[dict.Count];
        for (var i = 0; i < pairs.Length; i++)
            pairs[i] = new PyTuple([dict.Keys[i], dict.Values[i]]);
        return pairs;
    }

    private static PyValue Pop(PyDict dict, PyValue[] arguments)
    {
        if (!dict.TryGetValue(arguments[0], out var value))
            return arguments.Length > 1 ? arguments[1] : throw PyException.KeyError(arguments[0]);
        Own(dict).Remove(arguments[0]);
        return value;
    }

    private static PyValue SetDefault(PyDict dict, PyValue[] arguments)
    {
        if (dict.TryGetValue(arguments[0], out var value))
            return value;
        var added = arguments.Length > 1 ? arguments[1] : default;
        Own(dict)[arguments[0]] = added;
        return added;
    }

    private static PyValue PopAt(PyList list, PyValue[] arguments)
    {
        if (list.Count == 0)
            throw new PyException("IndexError", "pop from empty list");
        var index = arguments.Length == 0 ? list.Count - 1 : InsertionPoint(arguments[0], int.MaxValue);
        if (index < 0)
            index += list.Count;
        if (index < 0 || index >= list.Count)
            throw new PyException("IndexError", "pop index out of range");
        var item = list[index];
        Own(list).RemoveAt(index);
        return item;
    }

    private static int InsertionPoint(PyValue index, int count)
    {
        if (!index.TryGetInt64(out var at))
            throw PyException.TypeError($"'{index.TypeName}' object cannot be interpreted as an integer");
        if (count == int.MaxValue)
            return (int)Math.Clamp(at, int.MinValue / 2, int.MaxValue / 2);
        return (int)Math.Clamp(at < 0 ? at + count : at, 0, count);
    }

    private static void Reverse(PyList list)
    {
        for (int i = 0, j = list.Count - 1; i < j; i++, j--)
            (list[i], list[j]) = (list[j], list[i]);
    }

    private static string Strip(string text, PyValue[] arguments, bool left, bool right)
    {
        Func<char, bool> isCut = PyString.IsSpace;
        if (arguments.Length > 0 && !arguments[0].IsNone)
        {
            var set = arguments[0].TryGetString(out var given) ? given : throw PyException.TypeError($"{(left && right ? "" : left ? "l" : "r")}strip arg must be None or str");
            isCut = c => set.Contains(c, StringComparison.Ordinal);
        }
        int start = 0, end = text.Length;
        while (left && start < end && isCut(text[start]))
            start++;
        while (right && end > start && isCut(text[end - 1]))
            end--;
        return text[start..end];
    }

    private static PyList Split(string text, PyValue[] arguments)
    {
        var limit = arguments.Length > 1 && arguments[1].TryGetInt64(out var most) && most >= 0 ? (int)Math.Min(most, int.MaxValue - 1) + 1 : int.MaxValue;
        var parts = new PyList();
        if (arguments.Length == 0 || arguments[0].IsNone)
        {
            foreach (var word in PyString.SplitWhitespace(text))
                parts.Add(word);
            return parts;
        }
        var separator = Required(arguments[0]);
        if (separator.Length == 0)
            throw PyException.ValueError("empty separator");
        foreach (var part in text.Split(separator, limit))
            parts.Add(part);
        PyBudget.Spend((parts.Count * 8L) + text.Length);
        return parts;
    }

    private static PyList Lines(string text)
    {
        var lines = new PyList();
        foreach (var line in PyString.SplitLines(text))
            lines.Add(line);
        return lines;
    }

    private static string Replace(string text, PyValue[] arguments)
    {
        var (from, to) = (Required(arguments[0]), Required(arguments[1]));
        if (arguments.Length > 2 || from.Length == 0)
            throw PyException.TooLarge("this kind of replacement");
        if ((long)text.Length / from.Length * Math.Max(1, to.Length) > PyNumber.MaxLength)
            throw PyException.TooLarge("the text");
        var replaced = text.Replace(from, to, StringComparison.Ordinal);
        PyBudget.Spend(replaced.Length);
        return replaced;
    }

    private static PyValue Affix(string text, PyValue part, string method, Func<string, string, bool> test)
    {
        if (part.TryGetString(out var single))
            return test(text, single);
        if (!part.TryGet<PyTuple>(out var several))
            throw PyException.TypeError($"{method} first arg must be str or a tuple of str, not {part.TypeName}");
        foreach (var one in several.Items)
            if (test(text, Required(one)))
                return true;
        return false;
    }

    private static int Find(string text, PyValue part)
    {
        var at = text.IndexOf(Required(part), StringComparison.Ordinal);
        return at <= 0 ? at : PyString.Length(text[..at]);
    }

    private static int Count(string text, string part)
    {
        if (part.Length == 0)
            return PyString.Length(text) + 1;
        var count = 0;
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + part.Length, StringComparison.Ordinal))
            count++;
        return count;
    }

    private static string Pad(string text, PyValue[] arguments, char fill, bool left = false, bool zeroFill = false)
    {
        if (!arguments[0].TryGetInt64(out var width))
            throw PyException.TypeError($"'{arguments[0].TypeName}' object cannot be interpreted as an integer");
        if (width > PyNumber.MaxLength)
            throw PyException.TooLarge("the text");
        PyBudget.Spend(Math.Max(0, width));
        if (arguments.Length > 1)
            fill = Required(arguments[1]) is [var c] ? c : throw PyException.TypeError("The fill character must be exactly one character long");
        var missing = (int)width - PyString.Length(text);
        if (missing <= 0)
            return text;
        var padding = new string(fill, missing);
        return zeroFill && text.Length > 0 && text[0] is '+' or '-' ? $"{text[0]}{padding}{text[1..]}" : left ? text + padding : padding + text;
    }

    private static string Title(string text)
    {
        var titled = new StringBuilder(text.Length);
        var inWord = false;
        foreach (var c in text)
        {
            titled.Append(inWord ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            inWord = char.IsLetter(c);
        }
        return titled.ToString();
    }

    private sealed class SortMethod(PyList list) : PyCallable
    {
        public override string TypeName => "builtin_function_or_method";

        public override string FunctionName => "list.sort()";

        public override PyValue Call(ReadOnlySpan<PyValue> arguments, ReadOnlySpan<Keyword> keywords)
        {
            if (arguments.Length > 0)
                throw PyException.TypeError("sort() takes no positional arguments");
            PyBuiltins.Sort(Own(list), keywords);
            return default;
        }
    }

    private sealed class UpdateMethod(PyDict dict) : PyCallable
    {
        public override string TypeName => "builtin_function_or_method";

        public override string FunctionName => "dict.update()";

        public override PyValue Call(ReadOnlySpan<PyValue> arguments, ReadOnlySpan<Keyword> keywords)
        {
            if (arguments.Length > 1)
                throw PyException.TypeError($"update expected at most 1 argument, got {arguments.Length}");
            if (arguments.Length == 1)
                Update(Own(dict), arguments[0]);
            foreach (var keyword in keywords)
                Own(dict)[keyword.Name] = keyword.Value;
            return default;
        }
    }

    private sealed class FormatMethod(string template) : PyCallable
    {
        public override string TypeName => "builtin_function_or_method";

        public override string FunctionName => "str.format()";

        public override PyValue Call(ReadOnlySpan<PyValue> arguments, ReadOnlySpan<Keyword> keywords) => PyFormat.Template(template, arguments, keywords);
    }
}

/// <summary>An object with attributes of its own.</summary>
internal interface IPyAttributes
{
    /// <summary>The attribute's value; null when there is none.</summary>
    PyValue? Attribute(string name);
}
