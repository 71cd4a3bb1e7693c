using System.Collections.Frozen;
using System.Numerics;

namespace FissionGrpo.Environments.Python;

/// <summary>
/// The builtins that an expression may use. What reaches files, code or the interpreter (<c>open</c>, <c>eval</c>, <c>__import__</c>, …) does
/// not exist here.
/// </summary>
internal static class PyBuiltins
{
    private static readonly FrozenDictionary<string, PyObject> All = Make().ToFrozenDictionary(StringComparer.Ordinal);

    public static PyObject? Find(string name) => All.GetValueOrDefault(name);

    /// <summary><c>type(v)</c>.</summary>
    public static PyObject TypeOf(PyValue value) =>
        All.GetValueOrDefault(value.TypeName) as PyType ?? new PyType(value.TypeName, 0, 3, (_, _) => throw PyException.TypeError($"cannot create '{value.TypeName}' instances"));

    private static Dictionary<string, PyObject> Make()
    {
        var all = new Dictionary<string, PyObject>();
        Function("abs", 1, 1, a => PyNumber.Absolute(a[0]));
        Function("all", 1, 1, a => Walk(a[0]).All(PyOps.IsTrue));
        Function("any", 1, 1, a => Walk(a[0]).Any(PyOps.IsTrue));
        Function("ascii", 1, 1, a => PyFormat.Ascii(a[0]));
        Function("bin", 1, 1, a => Radix(a[0], 2, "0b"));
        Function("callable", 1, 1, a => a[0].Reference is PyCallable);
        Function("chr", 1, 1, a => Chr(a[0]));
        Function("divmod", 2, 2, a => !a[0].IsNumber || !a[1].IsNumber ? throw PyNumber.Unsupported("divmod()", a[0], a[1]) : new PyTuple([PyNumber.FloorDivide(a[0], a[1]), PyNumber.Modulo(a[0], a[1])]));
        Function("format", 1, 2, a => PyFormat.Format(a[0], a.Length > 1 ? PyMethods.Text(a[1], "format") : ""));
        Function("hex", 1, 1, a => Radix(a[0], 16, "0x"));
        Function("isinstance", 2, 2, a => IsInstance(a[0], a[1]));
        Function("len", 1, 1, a => a[0].TryGet<PyRange>(out var range) ? range.Count : PyMethods.Length(a[0]));
        Function("oct", 1, 1, a => Radix(a[0], 8, "0o"));
        Function("ord", 1, 1, a => Ord(a[0]));
        Function("pow", 2, 3, a => a.Length == 2 ? PyNumber.Power(a[0], a[1]) : ModularPower(a[0], a[1], a[2]));
        Function("repr", 1, 1, a => PyText.Repr(a[0]));
        Function("round", 1, 2, a => PyNumber.Round(a[0], a.Length > 1 ? a[1] : (PyValue?)null));
        Function("sum", 1, 2, a => Walk(a[0]).Aggregate(a.Length > 1 ? a[1] : 0, (sum, item) => PyNumber.Add(sum, item)));
        all["print"] = new Keyworded("print", (_, k) => Print(k));
        all["max"] = new Keyworded("max", (a, k) => Extreme("max", ">", a, k));
        all["min"] = new Keyworded("min", (a, k) => Extreme("min", "<", a, k));
        all["sorted"] = new Keyworded("sorted", Sorted);
        Type("bool", 0, 1, (a, _) => a.Length > 0 && PyOps.IsTrue(a[0]));
        Type("dict", 0, 1, Dict);
        Type("float", 0, 1, (a, _) => a.Length == 0 ? 0.0 : PyNumber.ToFloat(a[0]));
        Type("int", 0, 2, (a, _) => a.Length == 0 ? 0 : a.Length == 1 ? PyNumber.ToInt(a[0]) : IntInBase(a[0], a[1]));
        Type("list", 0, 1, (a, _) => new PyList(a.Length == 0 ? [] : Walk(a[0]).ToArray().AsSpan()));
        Type("set", 0, 1, (a, _) => SetOf(a));
        Type("str", 0, 1, (a, _) => a.Length == 0 ? "" : PyText.Str(a[0]));
        Type("tuple", 0, 1, (a, _) => new PyTuple(a.Length == 0 ? [] : Walk(a[0]).ToArray()));
        Type("type", 1, 1, (a, _) => TypeOf(a[0]));
        Type("range", 1, 3, (a, _) => Range(a));
        Type("enumerate", 1, 1, (a, _) => Iterator("enumerate", () => Walk(a[0]).Select((item, i) => (PyValue)new PyTuple([i, item]))));
        Type("reversed", 1, 1, (a, _) => Iterator("reversed", () => Walk(a[0]).Reverse()));
        Type("zip", 0, 64, (a, _) => Iterator("zip", () => Zip(a)));
        Type("map", 2, 2, (a, _) => Iterator("map", () => Walk(a[1]).Select(item => Invoke(a[0], item))));
        Type("filter", 2, 2, (a, _) => Iterator("filter", () => Walk(a[1]).Where(item => PyOps.IsTrue(a[0].IsNone ? item : Invoke(a[0], item)))));
        Type("NoneType", 0, 0, (_, _) => default);
        all["Ellipsis"] = PyEllipsis.Instance;
        return all;

        void Function(string name, int least, int most, PyFunction.Body body) => all[name] = new PyFunction(name, least, most, body);

        void Type(string name, int least, int most, Func<PyValue[], Keyword[], PyValue> make) => all[name] = new PyType(name, least, most, make);
    }

    /// <summary>The items, each paid for.</summary>
    public static IEnumerable<PyValue> Walk(PyValue iterable)
    {
        var items = PyOps.Iterate(iterable);
        return Paid(items);

        static IEnumerable<PyValue> Paid(IEnumerable<PyValue> items)
        {
            foreach (var item in items)
            {
                PyBudget.Spend(8);
                yield return item;
            }
        }
    }

    public static PyValue Invoke(PyValue function, params ReadOnlySpan<PyValue> arguments) => function.TryGet<PyCallable>(out var callable)
        ? callable.Call(arguments, [])
        : throw PyException.TypeError($"'{function.TypeName}' object is not callable");

    private static PyView Iterator(string name, Func<IEnumerable<PyValue>> items) => new(name, items, isPrinted: false);

    private static IEnumerable<PyValue> Zip(PyValue[] sources)
    {
        var walks = sources.Select(s => Walk(s).GetEnumerator()).ToList();
        while (walks.Count > 0 && walks.TrueForAll(w => w.MoveNext()))
            yield return new PyTuple([.. walks.Select(w => w.Current)]);
    }

    private static PyValue Extreme(string name, string op, PyValue[] arguments, Keyword[] keywords)
    {
        if (arguments.Length == 0)
            throw PyException.TypeError($"{name} expected at least 1 argument, got 0");
        var items = arguments.Length == 1 ? Walk(arguments[0]) : arguments;
        PyValue? fallback = null, key = null;
        foreach (var keyword in keywords)
        {
            if (keyword.Name == "default")
                fallback = keyword.Value;
            else if (keyword.Name == "key")
                key = keyword.Value;
            else
                throw PyException.TypeError($"'{keyword.Name}' is an invalid keyword argument for {name}()");
        }
        PyValue? best = null, bestKey = null;
        foreach (var item in items)
        {
            var rank = key is { IsNone: false } function ? Invoke(function, item) : item;
            if (bestKey is { } known && !PyOps.Compare(rank, op, known))
                continue;
            (best, bestKey) = (item, rank);
        }
        return best ?? fallback ?? throw PyException.ValueError($"{name}() arg is an empty sequence");
    }

    private static PyValue Sorted(PyValue[] arguments, Keyword[] keywords)
    {
        if (arguments.Length != 1)
            throw PyException.TypeError($"sorted expected 1 argument, got {arguments.Length}");
        var list = new PyList(Walk(arguments[0]).ToArray().AsSpan());
        Sort(list, keywords);
        return list;
    }

    /// <summary><c>list.sort</c>: stable.</summary>
    public static void Sort(PyList list, ReadOnlySpan<Keyword> keywords)
    {
        PyValue key = default;
        var descending = false;
        foreach (var keyword in keywords)
        {
            if (keyword.Name == "key")
                key = keyword.Value;
            else if (keyword.Name == "reverse")
                descending = PyOps.IsTrue(keyword.Value);
            else
                throw PyException.TypeError($"'{keyword.Name}' is an invalid keyword argument for sort()");
        }
        var keyed = new (PyValue Key, PyValue Item)[list.Count];
        for (var i = 0; i < keyed.Length; i++)
            keyed[i] = (key.IsNone ? list[i] : Invoke(key, list[i]), list[i]);
        // Insertion by binary search on "less than" alone, like Python's: any order that the comparisons allow, and stable.
        var order = new List<(PyValue Key, PyValue Item)>(keyed.Length);
        if (descending)
            Array.Reverse(keyed);
        foreach (var entry in keyed)
        {
            PyBudget.Spend(8 + (order.Count / 8));
            int low = 0, high = order.Count;
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (PyOps.Less(entry.Key, order[middle].Key))
                    high = middle;
                else
                    low = middle + 1;
            }
            order.Insert(low, entry);
        }
        if (descending)
            order.Reverse();
        for (var i = 0; i < order.Count; i++)
            list[i] = order[i].Item;
    }

    // Nothing is printed, but a mistake is one.
    private static PyValue Print(Keyword[] keywords)
    {
        foreach (var keyword in keywords)
            if (keyword.Name is not ("sep" or "end" or "file" or "flush"))
                throw PyException.TypeError($"'{keyword.Name}' is an invalid keyword argument for print()");
        return default;
    }

    private static PyValue Dict(PyValue[] arguments, Keyword[] keywords)
    {
        var dict = new PyDict();
        if (arguments.Length > 0)
            PyTypeMethods.Update(dict, arguments[0]);
        foreach (var keyword in keywords)
            dict[keyword.Name] = keyword.Value;
        return dict;
    }

    private static PySet SetOf(PyValue[] arguments)
    {
        var set = new PySet();
        if (arguments.Length > 0)
            foreach (var item in Walk(arguments[0]))
                set.Add(item);
        return set;
    }

    private static PyRange Range(PyValue[] arguments)
    {
        if (arguments.Length is 0 or > 3)
            throw PyException.TypeError(arguments.Length == 0 ? "range expected at least 1 argument, got 0" : $"range expected at most 3 arguments, got {arguments.Length}");
        var numbers = new long[arguments.Length];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!arguments[i].IsInteger)
                throw PyException.TypeError($"'{arguments[i].TypeName}' object cannot be interpreted as an integer");
            numbers[i] = arguments[i].TryGetInt64(out var small) ? Math.Clamp(small, -(1L << 60), 1L << 60) : throw PyException.TooLarge("the range");
        }
        if (numbers is [_, _, 0])
            throw PyException.ValueError("range() arg 3 must not be zero");
        return numbers.Length == 1 ? new PyRange(0, numbers[0], 1) : new PyRange(numbers[0], numbers[1], numbers.Length == 3 ? numbers[2] : 1);
    }

    private static bool IsInstance(PyValue value, PyValue type)
    {
        if (type.TryGet<PyTuple>(out var several))
        {
            foreach (var one in several.Items)
                if (IsInstance(value, one))
                    return true;
            return false;
        }
        return type.TryGet<PyType>(out var single)
            ? single.Name == value.TypeName || (single.Name == "int" && value.IsBool) || single.Name == "object"
            : throw PyException.TypeError("isinstance() arg 2 must be a type, a tuple of types, or a union");
    }

    private static string Radix(PyValue value, int radix, string prefix)
    {
        if (!value.IsInteger)
            throw PyException.TypeError($"'{value.TypeName}' object cannot be interpreted as an integer");
        return $"{(value.Big.Sign < 0 ? "-" : "")}{prefix}{PyFormat.Digits(BigInteger.Abs(value.Big), radix)}";
    }

    private static string Chr(PyValue value)
    {
        if (!value.IsInteger)
            throw PyException.TypeError($"'{value.TypeName}' object cannot be interpreted as an integer");
        if (!value.TryGetInt64(out var point) || point is < 0 or > 0x10FFFF)
            throw PyException.ValueError("chr() arg not in range(0x110000)");
        return PyString.FromCodePoints([(int)point]);
    }

    private static PyValue Ord(PyValue value)
    {
        if (!value.TryGetString(out var text))
            throw PyException.TypeError($"ord() expected string of length 1, but {value.TypeName} found");
        var length = PyString.Length(text);
        return length == 1 ? PyString.CodePointAt(text, 0) : throw PyException.TypeError($"ord() expected a character, but string of length {length} found");
    }

    private static PyValue ModularPower(PyValue a, PyValue b, PyValue modulus)
    {
        if (!a.IsInteger || !b.IsInteger || !modulus.IsInteger)
            throw PyException.TypeError("pow() 3rd argument not allowed unless all arguments are integers");
        if (modulus.Big.IsZero)
            throw PyException.ValueError("pow() 3rd argument cannot be 0");
        if (b.Big.Sign < 0)
            throw PyException.ValueError("base is not invertible for the given modulus");
        var power = BigInteger.ModPow(a.Big, b.Big, modulus.Big);
        return !power.IsZero && power.Sign != modulus.Big.Sign ? power + modulus.Big : power;
    }

    private static PyValue IntInBase(PyValue text, PyValue radix)
    {
        if (!text.TryGetString(out var digits))
            throw PyException.TypeError("int() can't convert non-string with explicit base");
        if (!radix.TryGetInt64(out var @base) || @base is not 0 and (< 2 or > 36))
            throw PyException.ValueError("int() base must be >= 2 and <= 36, or 0");
        var body = digits.Trim().ToLowerInvariant();
        var negative = body.StartsWith('-');
        body = body.TrimStart('-', '+');
        foreach (var (prefix, value) in new[] { ("0x", 16L), ("0o", 8L), ("0b", 2L) })
        {
            if (!body.StartsWith(prefix, StringComparison.Ordinal) || (@base != 0 && @base != value))
                continue;
            body = body[2..];
            @base = value;
        }
        if (@base == 0)
            @base = 10;
        var result = BigInteger.Zero;
        PyBudget.Spend((long)body.Length * body.Length / 64);
        foreach (var c in body)
        {
            var digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetterLower(c) ? c - 'a' + 10 : 99;
            if (digit >= @base)
                throw PyException.ValueError($"invalid literal for int() with base {radix}: {PyText.Repr(text)}");
            result = (result * @base) + digit;
        }
        return body.Length == 0 ? throw PyException.ValueError($"invalid literal for int() with base {radix}: {PyText.Repr(text)}") : negative ? -result : result;
    }

    private sealed class Keyworded(string name, Func<PyValue[], Keyword[], PyValue> body) : PyCallable
    {
        public override string TypeName => "builtin_function_or_method";

        public override string FunctionName => $"{name}()";

        public override string Repr => $"<built-in function {name}>";

        public override PyValue Call(ReadOnlySpan<PyValue> arguments, ReadOnlySpan<Keyword> keywords) => body(arguments.ToArray(), keywords.ToArray());
    }
}
