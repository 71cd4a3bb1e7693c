using System.Numerics;
using FissionGrpo.Environments.Python.Syntax;

namespace FissionGrpo.Environments.Python;

/// <summary>
/// Evaluates a parsed expression over values of ours: names are what <paramref name="resolve"/> gives and the harmless builtins. Nothing of the
/// host is reachable. Steps and memory are bounded by <see cref="PyBudget"/>.
/// </summary>
/// <param name="resolve">The value of a name; null when there is none.</param>
internal sealed class PyEvaluator(Func<string, PyValue?> resolve)
{
    private readonly Dictionary<string, PyValue> _locals = new(StringComparer.Ordinal);

    public PyValue Evaluate(PyNode node)
    {
        PyBudget.Spend(16);
        if (!System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new PyException("RecursionError", "maximum recursion depth exceeded");
        switch (node)
        {
            case PyNode.Constant constant:
                return constant.Value;
            case PyNode.Name name:
                return Lookup(name.Id);
            case PyNode.Joined joined:
                return string.Concat(joined.Parts.Select(part => PyText.Str(Evaluate(part))));
            case PyNode.Formatted formatted:
                var value = PyFormat.Converted(Evaluate(formatted.Value), formatted.Conversion);
                return PyFormat.Format(value, formatted.Spec is null ? "" : (string)Evaluate(formatted.Spec).Reference!);
            case PyNode.Tuple tuple:
                return new PyTuple([.. Spread(tuple.Items)]);
            case PyNode.List list:
                return new PyList(Spread(list.Items).ToArray().AsSpan());
            case PyNode.Set set:
                var members = new PySet();
                foreach (var member in Spread(set.Items))
                    members.Add(member);
                return members;
            case PyNode.Dict dict:
                return Dict(dict);
            case PyNode.Call call:
                return Call(call);
            case PyNode.Attribute attribute:
                return PyTypeMethods.Get(Evaluate(attribute.Value), attribute.Id);
            case PyNode.Subscript subscript:
                var container = Evaluate(subscript.Value);
                return PyOps.Subscript(container, Evaluate(subscript.Index));
            case PyNode.Slice slice:
                return new PySlice(OrNone(slice.Start), OrNone(slice.Stop), OrNone(slice.Step));
            case PyNode.Unary unary:
                return Unary(unary.Operator, Evaluate(unary.Operand));
            case PyNode.Binary binary:
                var left = Evaluate(binary.Left);
                return Binary(left, binary.Operator, Evaluate(binary.Right));
            case PyNode.Logical logical:
                return Logical(logical);
            case PyNode.Comparison comparison:
                return Comparison(comparison);
            case PyNode.Conditional conditional:
                return Evaluate(PyOps.IsTrue(Evaluate(conditional.Test)) ? conditional.Then : conditional.Else);
            case PyNode.Assignment assignment:
                return _locals[assignment.Target] = Evaluate(assignment.Value);
            case PyNode.Comprehension comprehension:
                return Comprehension(comprehension);
            case PyNode.Lambda:
                return new LambdaValue();
            case PyNode.Starred:
                throw PyTokenizer.Error("can't use starred expression here", 1);
            default:
                throw new InvalidOperationException($"no evaluation for {node.GetType().Name}");
        }
    }

    private PyValue Lookup(string name)
    {
        if (_locals.TryGetValue(name, out var local))
            return local;
        if (resolve(name) is { } known)
            return known;
        return PyBuiltins.Find(name) is { } builtin ? builtin : throw new PyException("NameError", $"name '{Shown(name)}' is not defined");

        // Messages show two hundred bytes of a name.
        static string Shown(string name) => name.Length <= 66 ? name : System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(name).AsSpan()[..Math.Min(200, System.Text.Encoding.UTF8.GetByteCount(name))]);
    }

    private PyValue OrNone(PyNode? node) => node is null ? default : Evaluate(node);

    private List<PyValue> Spread(IEnumerable<PyNode> items)
    {
        var values = new List<PyValue>();
        foreach (var item in items)
        {
            if (item is not PyNode.Starred starred)
            {
                values.Add(Evaluate(item));
                continue;
            }
            var unpacked = Evaluate(starred.Value);
            if (!IsIterable(unpacked))
                throw PyException.TypeError($"Value after * must be an iterable, not {unpacked.TypeName}");
            values.AddRange(PyBuiltins.Walk(unpacked));
        }
        return values;
    }

    private static bool IsIterable(PyValue value) =>
        value.Kind is PyKind.Str or PyKind.List or PyKind.Tuple or PyKind.Dict or PyKind.Set || value.Reference is IPyIterable;

    private PyDict Dict(PyNode.Dict node)
    {
        var dict = new PyDict(node.Entries.Length);
        var pending = new List<(PyValue Key, PyValue Value)>();
        foreach (var (key, value) in node.Entries)
        {
            // Entries in a row are evaluated before the first is hashed (in the original, up to fifteen): which error comes first depends on it.
            if (key is not null)
            {
                var name = Evaluate(key);
                pending.Add((name, Evaluate(value)));
                continue;
            }
            Flush();
            var merged = Evaluate(value);
            if (!merged.TryGet<PyDict>(out _))
                throw PyException.TypeError($"'{merged.TypeName}' object is not a mapping");
            PyTypeMethods.Update(dict, merged);
        }
        Flush();
        return dict;

        void Flush()
        {
            foreach (var (key, value) in pending)
                dict[key] = value;
            pending.Clear();
        }
    }

    private PyValue Call(PyNode.Call call)
    {
        var function = Evaluate(call.Function);
        var called = function.TryGet<PyCallable>(out var callable) ? callable.FunctionName : PyText.Str(function);
        // A single starred argument is unpacked by the call itself, after the keywords; several are put into a list before them.
        PyValue? only = call.Positional is [PyNode.Starred { Value: var single }] ? Evaluate(single) : (PyValue?)null;
        var positional = only is null ? Spread(call.Positional).ToArray() : [];
        var keywords = new List<Keyword>(call.Keywords.Length);
        foreach (var argument in call.Keywords)
        {
            var value = Evaluate(argument.Value);
            if (argument.Name is not null)
            {
                AddKeyword(argument.Name, value);
                continue;
            }
            if (!value.TryGet<PyDict>(out var mapping))
                throw PyException.TypeError($"{called} argument after ** must be a mapping, not {value.TypeName}");
            for (var i = 0; i < mapping.Count; i++)
            {
                var name = mapping.Keys[i].TryGetString(out var text) ? text : throw PyException.TypeError("keywords must be strings");
                AddKeyword(name, mapping.Values[i]);
            }
        }
        if (only is { } spread)
        {
            positional = IsIterable(spread)
                ? [.. PyBuiltins.Walk(spread)]
                : throw PyException.TypeError($"{called} argument after * must be an iterable, not {spread.TypeName}");
        }
        return callable is not null
            ? callable.Call(positional, keywords.ToArray())
            : throw PyException.TypeError($"'{function.TypeName}' object is not callable");

        void AddKeyword(string name, PyValue value)
        {
            if (keywords.Exists(k => k.Name == name))
                throw PyException.TypeError($"{called} got multiple values for keyword argument '{name}'");
            keywords.Add(new Keyword(name, value));
        }
    }

    private static PyValue Unary(string op, PyValue operand)
    {
        switch (op)
        {
            case "not":
                return !PyOps.IsTrue(operand);
            case "-":
                return PyNumber.Negate(operand);
            case "+" when operand.IsFloat || operand.Reference is PyComplex:
                return operand;
            case "+" when operand.IsInteger:
                return operand.Big;
            case "~" when operand.IsInteger:
                return -operand.Big - 1;
            default:
                throw PyException.TypeError($"bad operand type for unary {op}: '{operand.TypeName}'");
        }
    }

    private static PyValue Binary(PyValue a, string op, PyValue b)
    {
        var result = op switch
        {
            "+" => PyNumber.Add(a, b),
            "-" => PyNumber.Subtract(a, b),
            "*" => PyNumber.Multiply(a, b),
            "/" => PyNumber.Divide(a, b),
            "//" => PyNumber.FloorDivide(a, b),
            "%" when a.Kind == PyKind.Str => PercentFormat(a, b),
            "%" => PyNumber.Modulo(a, b),
            "**" => PyNumber.Power(a, b),
            _ => Bits(a, op, b),
        };
        PyBudget.Spend(result.Reference switch
        {
            string text => text.Length,
            PyList list => list.Count * 8L,
            PyTuple tuple => tuple.Count * 8L,
            PyBigInt big => (long)big.Value.GetBitLength() / 4,
            _ => 0,
        });
        return result;
    }

    // "%s" and its like for one value or a tuple; anything more exotic is refused.
    private static string PercentFormat(PyValue template, PyValue values)
    {
        var arguments = values.TryGet<PyTuple>(out var tuple) ? tuple.Items.ToArray() : [values];
        var text = new System.Text.StringBuilder();
        var next = 0;
        var source = (string)template.Reference!;
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] != '%')
            {
                text.Append(source[i]);
                continue;
            }
            var end = i + 1;
            while (end < source.Length && source[end] is '.' or (>= '0' and <= '9'))
                end++;
            if (end >= source.Length)
                throw PyException.ValueError("incomplete format");
            var (spec, type) = (source[(i + 1)..end], source[end]);
            i = end;
            if (type == '%')
            {
                text.Append('%');
                continue;
            }
            if (next >= arguments.Length)
                throw PyException.TypeError("not enough arguments for format string");
            var value = arguments[next++];
            if (type is 'd' or 'i' or 'f' or 'e' or 'g' or 'x' && !value.IsNumber)
            {
                throw PyException.TypeError(type is 'd' or 'i' ? $"%{type} format: a real number is required, not {value.TypeName}" : type == 'x'
                    ? $"%x format: an integer is required, not {value.TypeName}" : $"must be real number, not {value.TypeName}");
            }
            text.Append(type switch
            {
                's' => PyFormat.Format(PyText.Str(value), spec.Length == 0 ? "" : ">" + spec),
                'r' => PyText.Repr(value),
                'd' or 'i' => PyFormat.Format(PyNumber.ToInt(value), spec + "d"),
                'f' or 'e' or 'g' => PyFormat.Format(PyNumber.ToDouble(value), spec + type),
                'x' => PyFormat.Format(value, spec + "x"),
                _ => throw PyException.ValueError($"unsupported format character '{type}' (0x{(int)type:x}) at index {end}"),
            });
        }
        if (next < arguments.Length && values.Reference is not PyDict)
            throw PyException.TypeError("not all arguments converted during string formatting");
        return text.ToString();
    }

    private static PyValue Bits(PyValue a, string op, PyValue b)
    {
        if (op == "|" && a.TryGet<PyDict>(out var left) && b.TryGet<PyDict>(out _))
        {
            var merged = left.ShallowCopy();
            PyTypeMethods.Update(merged, b);
            return merged;
        }
        if (!a.IsInteger || !b.IsInteger || op == "@")
            throw PyNumber.Unsupported(op, a, b);
        if (op is "<<" or ">>" && b.Big.Sign < 0)
            throw PyException.ValueError("negative shift count");
        if (op == "<<" && !a.Big.IsZero && b.Big + a.Big.GetBitLength() > PyNumber.MaxBits)
            throw PyException.TooLarge("the int");
        var result = op switch
        {
            "|" => a.Big | b.Big,
            "&" => a.Big & b.Big,
            "^" => a.Big ^ b.Big,
            "<<" => a.Big.IsZero ? 0 : a.Big << (int)b.Big,
            _ => b.Big > PyNumber.MaxBits ? a.Big.Sign < 0 ? -1 : 0 : a.Big >> (int)b.Big,
        };
        return a.IsBool && b.IsBool && op is "|" or "&" or "^" ? !result.IsZero : result;
    }

    private PyValue Logical(PyNode.Logical node)
    {
        PyValue value = default;
        foreach (var operand in node.Operands)
        {
            value = Evaluate(operand);
            if (PyOps.IsTrue(value) != node.IsAnd)
                break;
        }
        return value;
    }

    private PyValue Comparison(PyNode.Comparison node)
    {
        var left = Evaluate(node.First);
        PyValue result = true;
        foreach (var (op, rightNode) in node.Rest)
        {
            var right = Evaluate(rightNode);
            result = op switch
            {
                "==" => PyOps.Equals(left, right),
                "!=" => !PyOps.Equals(left, right),
                "in" => PyOps.Contains(right, left),
                "not in" => !PyOps.Contains(right, left),
                "is" => left.Is(right),
                "is not" => !left.Is(right),
                _ => PyOps.Compare(left, op, right),
            };
            if (!PyOps.IsTrue(result))
                break;
            left = right;
        }
        return result;
    }

    private PyValue Comprehension(PyNode.Comprehension node)
    {
        var saved = new Dictionary<string, PyValue>(_locals);
        try
        {
            switch (node.Bracket)
            {
                case '{' when node.Value is not null:
                    var dict = new PyDict();
                    Loop(node.Clauses, 0, () =>
                    {
                        var key = Evaluate(node.Element);
                        dict[key] = Evaluate(node.Value);
                    });
                    return dict;
                case '{':
                    var set = new PySet();
                    Loop(node.Clauses, 0, () => set.Add(Evaluate(node.Element)));
                    return set;
                default:
                    var list = new PyList();
                    Loop(node.Clauses, 0, () => list.Add(Evaluate(node.Element)));
                    return node.Bracket == '[' ? list : new PyView("generator", () => list.Items.ToArray(), isPrinted: false);
            }
        }
        finally
        {
            _locals.Clear();
            foreach (var (name, value) in saved)
                _locals[name] = value;
        }
    }

    private void Loop(System.Collections.Immutable.ImmutableArray<PyNode.Clause> clauses, int level, Action body)
    {
        if (level == clauses.Length)
        {
            body();
            return;
        }
        foreach (var item in PyBuiltins.Walk(Evaluate(clauses[level].Source)))
        {
            Assign(clauses[level].Target, item);
            var passes = true;
            foreach (var condition in clauses[level].Conditions)
                passes = passes && PyOps.IsTrue(Evaluate(condition));
            if (passes)
                Loop(clauses, level + 1, body);
        }
    }

    private void Assign(PyNode target, PyValue value)
    {
        if (target is PyNode.Name name)
        {
            _locals[name.Id] = value;
            return;
        }
        var targets = ((PyNode.Tuple)target).Items;
        if (!IsIterable(value))
            throw PyException.TypeError($"cannot unpack non-iterable {value.TypeName} object");
        var items = PyBuiltins.Walk(value).Take(targets.Length + 1).ToList();
        if (items.Count < targets.Length)
            throw PyException.ValueError($"not enough values to unpack (expected {targets.Length}, got {items.Count})");
        if (items.Count > targets.Length)
            throw PyException.ValueError($"too many values to unpack (expected {targets.Length})");
        for (var i = 0; i < targets.Length; i++)
            Assign(targets[i], items[i]);
    }

    /// <summary>A lambda can be made, not called: nothing that takes one needs it for a benchmark call.</summary>
    private sealed class LambdaValue : PyObject
    {
        public override string TypeName => "function";

        public override string Repr => "<function <lambda>>";
    }
}
