namespace FissionGrpo.Environments.Python;

/// <summary>A keyword argument of a call.</summary>
internal readonly record struct Keyword(string Name, PyValue Value);

/// <summary>Something that can be called.</summary>
internal abstract class PyCallable : PyObject
{
    /// <summary>What messages about its starred arguments call it: module and qualified name with parentheses.</summary>
    public abstract string FunctionName { get; }

    public abstract PyValue Call(ReadOnlySpan<PyValue> arguments, ReadOnlySpan<Keyword> keywords);
}

/// <summary>A built-in function, or a method of a built-in type with the value that it belongs to.</summary>
internal sealed class PyFunction(string name, int least, int most, PyFunction.Body body, string? owner = null) : PyCallable
{
    public delegate PyValue Body(PyValue[] arguments);

    public override string TypeName => "builtin_function_or_method";

    public override string FunctionName => owner is null ? $"{name}()" : $"{owner}.{name}()";

    public override string Repr => owner is null ? $"<built-in function {name}>" : $"<built-in method {name} of {owner} object>";

    public override PyValue Call(ReadOnlySpan<PyValue> arguments, ReadOnlySpan<Keyword> keywords)
    {
        var shown = owner is null ? name : $"{owner}.{name}";
        if (keywords.Length > 0)
            throw PyException.TypeError($"{shown}() takes no keyword arguments");
        if (arguments.Length < least || arguments.Length > most)
            throw PyException.TypeError(Mismatch(shown, arguments.Length));
        return body(arguments.ToArray());
    }

    private string Mismatch(string shown, int given)
    {
        if (most == 0)
            return $"{shown}() takes no arguments ({given} given)";
        if (least == 1 && most == 1)
            return $"{shown}() takes exactly one argument ({given} given)";
        var (word, bound) = given < least ? ("at least", least) : ("at most", most);
        if (least == most)
            return $"{name} expected {least} arguments, got {given}";
        return $"{name} expected {word} {bound} argument{(bound == 1 ? "" : "s")}, got {given}";
    }
}

/// <summary>A type: it prints as a class and makes values when called.</summary>
internal sealed class PyType(string name, int least, int most, Func<PyValue[], Keyword[], PyValue> make) : PyCallable
{
    public string Name => name;

    public override string TypeName => "type";

    public override string FunctionName => $"{name}()";

    public override string Repr => $"<class '{name}'>";

    public override PyValue Call(ReadOnlySpan<PyValue> arguments, ReadOnlySpan<Keyword> keywords)
    {
        if (name == "type" && arguments.Length != 1)
            throw PyException.TypeError("type() takes 1 or 3 arguments");
        if (arguments.Length < least || arguments.Length > most)
        {
            var (word, bound) = arguments.Length < least ? ("at least", least) : ("at most", most);
            throw PyException.TypeError($"{name} expected {word} {bound} argument{(bound == 1 ? "" : "s")}, got {arguments.Length}");
        }
        return make(arguments.ToArray(), keywords.ToArray());
    }
}

/// <summary><c>range(…)</c>, never materialised.</summary>
internal sealed class PyRange(long start, long stop, long step) : PyObject, IPyIterable, IPySubscriptable
{
    public long Count => step > 0 ? Math.Max(0, (stop - start + step - 1) / step) : Math.Max(0, (start - stop - step - 1) / -step);

    public override string TypeName => "range";

    public override string Repr => step == 1 ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})";

    public override bool IsTrue => Count > 0;

    public IEnumerable<PyValue> Items()
    {
        for (long i = 0, n = Count; i < n; i++)
            yield return start + (i * step);
    }

    public PyValue At(PyValue key) => start + (PyOps.Index(key, (int)Math.Min(Count, int.MaxValue), "range object") * step);
}

/// <summary>A view of a dict, or an iterator: something to walk once more than to look at.</summary>
internal sealed class PyView(string typeName, Func<IEnumerable<PyValue>> items, bool isPrinted) : PyObject, IPyIterable
{
    public override string TypeName => typeName;

    public override bool IsHashable => typeName is not ("dict_keys" or "dict_items");

    public override string Repr
    {
        get
        {
            if (!isPrinted)
                return $"<{typeName} object>";
            var list = new PyList();
            foreach (var item in items())
                list.Add(item);
            return $"{typeName}({PyText.Repr(list)})";
        }
    }

    public IEnumerable<PyValue> Items() => items();
}
