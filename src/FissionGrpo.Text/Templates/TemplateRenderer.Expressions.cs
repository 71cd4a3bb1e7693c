using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Text.Templates;

/// <summary>The expressions of a template, with Python's meaning.</summary>
internal sealed partial class TemplateRenderer
{
    private const int DeepestValue = 100;
    private const int MostBits = 4096;

    /// <summary><c>str(value)</c>.</summary>
    public string Show(Value value) => value switch
    {
        Value.Undefined => "",
        Value.Str text => text.Text,
        _ => Repr(value),
    };

    /// <summary><c>repr(value)</c>.</summary>
    public string Repr(Value value)
    {
        var text = new StringBuilder();
        AppendRepr(value, text, 0);
        CheckLength(text.Length);
        return text.ToString();
    }

    /// <summary><c>json.dumps(value, ensure_ascii=False)</c>, indented when asked.</summary>
    public string Json(Value value, string? indent)
    {
        var text = new StringBuilder();
        AppendJson(value, text, indent, 0);
        CheckLength(text.Length);
        return text.ToString();
    }

    /// <summary>What a loop over the value visits.</summary>
    public IReadOnlyList<Value> Items(Value value)
    {
        IReadOnlyList<Value> items = value switch
        {
            Value.List list => list.Items,
            Value.Dict dict => [.. dict.Members.Keys],
            Value.Str text => [.. text.Text.EnumerateRunes().Select(r => Value.Of(r.ToString()))],
            Value.Undefined => [],
            _ => throw Error($"a value of type {value.TypeName} cannot be looped over."),
        };
        Charge(items.Count / 8);
        return items;
    }

    /// <summary>Python's <c>==</c>.</summary>
    public bool AreEqual(Value left, Value right, int depth = 0)
    {
        Charge(1);
        CheckDepth(depth);
        return (left, right) switch
        {
            (Value.List a, Value.List b) => a.Kind == b.Kind && a.Items.Count == b.Items.Count && a.Items.Zip(b.Items).All(p => AreEqual(p.First, p.Second, depth + 1)),
            (Value.Dict a, Value.Dict b) => a.Members.Count == b.Members.Count
                && a.Members.All(m => b.Members.TryGetValue(m.Key, out var other) && AreEqual(m.Value, other, depth + 1)),
            _ => Value.PythonEquality.Instance.Equals(left, right),
        };
    }

    /// <summary>Python's order; an error for values without one.</summary>
    public int Compare(Value left, Value right, int depth = 0)
    {
        Charge(1);
        CheckDepth(depth);
        switch (left, right)
        {
            case (Value.Str a, Value.Str b):
                return CompareCodePoints(a.Text, b.Text);
            case (Value.Int or Value.Bool, Value.Int or Value.Bool):
                return Value.Whole(left).CompareTo(Value.Whole(right));
            case (Value.Int or Value.Bool or Value.Float, Value.Int or Value.Bool or Value.Float):
                return Value.Real(left).CompareTo(Value.Real(right));
            case (Value.List a, Value.List b) when a.Kind == b.Kind:
                for (var i = 0; i < a.Items.Count && i < b.Items.Count; i++)
                    if (!AreEqual(a.Items[i], b.Items[i], depth + 1))
                        return Compare(a.Items[i], b.Items[i], depth + 1);
                return a.Items.Count.CompareTo(b.Items.Count);
            default:
                throw Error($"values of types {left.TypeName} and {right.TypeName} have no order.");
        }
    }

    /// <summary>Python's <c>item in container</c>.</summary>
    public bool Contains(Value container, Value item)
    {
        switch (container)
        {
            case Value.Str text when item is Value.Str part:
                Charge(1 + (text.Text.Length / 64));
                return text.Text.Contains(part.Text, StringComparison.Ordinal);
            case Value.Dict dict:
                return dict.Members.ContainsKey(Key(item));
            case Value.List or Value.Undefined:
                return Items(container).Any(i => AreEqual(i, item));
            default:
                throw Error($"'in' looks for a value of type {item.TypeName} in one of type {container.TypeName}.");
        }
    }

    /// <summary>A value as the key of a dictionary.</summary>
    public Value Key(Value value) => IsScalar(value) || (value is Value.List { Kind: Value.ListKind.Tuple } tuple && tuple.Items.All(IsScalar))
        ? value
        : throw Error($"a value of type {value.TypeName} cannot be a key.");

    /// <summary><c>value.name</c>: a method or member before an item of that name.</summary>
    public Value Attribute(Value target, string name)
    {
        if (target is Value.Undefined undefined)
            throw Error($"{undefined.What} is not defined.");
        return target switch
        {
            Value.Space space => space.Members.GetValueOrDefault(name),
            Value.Loop loop => TemplateFunctions.LoopMember(this, loop, name),
            _ => TemplateMethods.Find(this, target, name),
        } ?? (target is Value.Dict dict && dict.Members.TryGetValue(Value.Of(name), out var member) ? member : new Value.Undefined($"'{name}' of a value of type {target.TypeName}"));
    }

    /// <summary><c>value[key]</c>: an item before a method of that name.</summary>
    public Value Item(Value target, Value key)
    {
        switch (target, key)
        {
            case (Value.Undefined undefined, _):
                throw Error($"{undefined.What} is not defined.");
            case (Value.Dict dict, _) when (IsScalar(key) || key is Value.List { Kind: Value.ListKind.Tuple }) && dict.Members.TryGetValue(Key(key), out var member):
                return member;
            case (Value.List { Kind: not Value.ListKind.Generator } or Value.Str, Value.Int or Value.Bool):
                var items = target is Value.List list ? list.Items : Items(target);
                var index = Value.Whole(key) < 0 ? Value.Whole(key) + items.Count : Value.Whole(key);
                return index >= 0 && index < items.Count ? items[(int)index] : new Value.Undefined($"item {Value.Whole(key)} of a {target.TypeName}");
            case (_, Value.Str name):
                return Attribute(target, name.Text);
            default:
                return new Value.Undefined($"an item of a value of type {target.TypeName}");
        }
    }

    public Value Call(Value target, Arguments arguments)
    {
        Charge(1);
        return target switch
        {
            Value.Callable callable => callable.Body(arguments),
            Value.Loop { Recurse: { } recurse } when arguments.At(0, "iterable") is { } items => recurse(items),
            Value.Undefined undefined => throw Error($"{undefined.What} is not defined."),
            _ => throw Error($"a value of type {target.TypeName} cannot be called."),
        };
    }

    private Value Evaluate(Expression expression, Scope scope, Value? filtered = null)
    {
        Charge(1);
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw Error("the template is nested too deeply.");
        switch (expression)
        {
            case Expression.Constant constant:
                return constant.Value;
            case Expression.Variable variable:
                return scope.Find(variable.Name) ?? new Value.Undefined($"'{variable.Name}'");
            case Expression.ListOf list:
                return new Value.List([.. list.Items.Select(i => Evaluate(i, scope))], list.Kind);
            case Expression.DictOf dict:
                var members = new OrderedDictionary<Value, Value>(Value.PythonEquality.Instance);
                foreach (var (key, value) in dict.Members)
                    members[Key(Evaluate(key, scope))] = Evaluate(value, scope);
                return new Value.Dict(members);
            case Expression.Attribute attribute:
                return Attribute(Evaluate(attribute.Target, scope), attribute.Name);
            case Expression.Item item:
                return Item(Evaluate(item.Target, scope), Evaluate(item.Key, scope));
            case Expression.Slice slice:
                return SliceOf(slice, scope);
            case Expression.Call call:
                return Call(Evaluate(call.Target, scope), ArgumentsOf(call.Arguments, scope));
            case Expression.Filter filter:
                var target = filter.Target is null ? filtered! : Evaluate(filter.Target, scope, filtered);
                return TemplateFilters.Apply(this, filter.Name, target, ArgumentsOf(filter.Arguments, scope));
            case Expression.Test test:
                return Value.Of(TemplateTests.Holds(this, test.Name, Evaluate(test.Target, scope), ArgumentsOf(test.Arguments, scope)) != test.Negated);
            case Expression.Unary unary:
                return UnaryOf(unary.Operator, Evaluate(unary.Operand, scope));
            case Expression.Binary { Operator: "and" } and:
                return Evaluate(and.Left, scope) is { IsTrue: false } no ? no : Evaluate(and.Right, scope);
            case Expression.Binary { Operator: "or" } or:
                return Evaluate(or.Left, scope) is { IsTrue: true } yes ? yes : Evaluate(or.Right, scope);
            case Expression.Binary binary:
                return Arithmetic(binary.Operator, Evaluate(binary.Left, scope), Evaluate(binary.Right, scope));
            case Expression.Comparison comparison:
                return Value.Of(Holds(comparison, scope));
            case Expression.Conditional conditional:
                return Evaluate(conditional.Condition, scope).IsTrue ? Evaluate(conditional.Then, scope)
                    : conditional.Otherwise is null ? new Value.Undefined("an 'if' expression without 'else'")
                    : Evaluate(conditional.Otherwise, scope);
            default:
                throw new InvalidOperationException($"no case for {expression.GetType().Name}");
        }
    }

    private Arguments ArgumentsOf(CallArguments written, Scope scope, (string Name, Value Value)? extra = null)
    {
        if (ReferenceEquals(written, CallArguments.None) && extra is null)
            return Arguments.Empty;
        var positional = written.Positional.Select(a => Evaluate(a, scope)).ToList();
        if (written.Spread is not null)
            positional.AddRange(Items(Evaluate(written.Spread, scope)));
        var named = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var (name, value) in written.Named)
            named[name] = Evaluate(value, scope);
        if (written.NamedSpread is not null)
        {
            if (Evaluate(written.NamedSpread, scope) is not Value.Dict dict)
                throw Error("'**' needs a dictionary.");
            foreach (var (key, value) in dict.Members)
                named[Show(key)] = value;
        }
        if (extra is var (extraName, extraValue))
            named[extraName] = extraValue;
        return new Arguments(positional, named);
    }

    private bool Holds(Expression.Comparison comparison, Scope scope)
    {
        var left = Evaluate(comparison.First, scope);
        foreach (var (name, expression) in comparison.Rest)
        {
            var right = Evaluate(expression, scope);
            var holds = name switch
            {
                "==" => AreEqual(left, right),
                "!=" => !AreEqual(left, right),
                "in" => Contains(right, left),
                "not in" => !Contains(right, left),
                _ => Ordered(name, left, right),
            };
            if (!holds)
                return false;
            left = right;
        }
        return true;
    }

    private bool Ordered(string name, Value left, Value right)
    {
        RefuseUndefined(left);
        RefuseUndefined(right);
        if (left is Value.Float { Number: double.NaN } || right is Value.Float { Number: double.NaN })
            return false;
        var order = Compare(left, right);
        return name switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };
    }

    private Value UnaryOf(string name, Value operand)
    {
        if (name == "not")
            return Value.Of(!operand.IsTrue);
        RefuseUndefined(operand);
        return operand switch
        {
            Value.Float real => new Value.Float(name == "-" ? -real.Number : real.Number),
            Value.Int or Value.Bool => new Value.Int(name == "-" ? -Value.Whole(operand) : Value.Whole(operand)),
            _ => throw Error($"'{name}' needs a number, found a value of type {operand.TypeName}."),
        };
    }

    public Value Arithmetic(string name, Value left, Value right)
    {
        if (name == "~")
            return Text(Show(left) + Show(right));
        RefuseUndefined(left);
        RefuseUndefined(right);
        switch (name, left, right)
        {
            case ("+", Value.Str a, Value.Str b):
                CheckLength((long)a.Text.Length + b.Text.Length);
                return Value.Of(a.Text + b.Text);
            case ("+", Value.List a, Value.List b) when a.Kind == b.Kind && a.Kind != Value.ListKind.Generator:
                Charge(a.Items.Count + b.Items.Count);
                return new Value.List([.. a.Items, .. b.Items], a.Kind);
            case ("*", Value.Str or Value.List, Value.Int or Value.Bool):
                return Repeat(left, Value.Whole(right));
            case ("*", Value.Int or Value.Bool, Value.Str or Value.List):
                return Repeat(right, Value.Whole(left));
            case ("%", Value.Str format, _):
                return Text(TemplateFilters.Format(this, format.Text, right is Value.List { Kind: Value.ListKind.Tuple } tuple ? tuple.Items : [right]));
            case (_, Value.Int or Value.Bool, Value.Int or Value.Bool):
                return Whole(name, Value.Whole(left), Value.Whole(right));
            case (_, Value.Int or Value.Bool or Value.Float, Value.Int or Value.Bool or Value.Float):
                return new Value.Float(Real(name, Value.Real(left), Value.Real(right)));
            default:
                throw Error($"'{name}' does not work on values of types {left.TypeName} and {right.TypeName}.");
        }
    }

    private Value Whole(string name, BigInteger left, BigInteger right)
    {
        if (name is "/" or "//" or "%" && right.IsZero)
            throw Error("division by zero.");
        switch (name)
        {
            case "/":
                return new Value.Float((double)left / (double)right);
            case "//" or "%":
                // Python rounds down, and the remainder has the divisor's sign.
                var quotient = BigInteger.DivRem(left, right, out var remainder);
                if (!remainder.IsZero && (remainder.Sign < 0) != (right.Sign < 0))
                    (quotient, remainder) = (quotient - 1, remainder + right);
                return new Value.Int(name == "%" ? remainder : quotient);
            case "**" when right.Sign < 0:
                return left.IsZero ? throw Error("division by zero.") : new Value.Float(Math.Pow((double)left, (double)right));
            case "**" when left.GetBitLength() * (double)right > MostBits && !left.IsZero && !left.IsOne:
                throw Error("the result of '**' is too large.");
            case "**":
                return new Value.Int(left.IsZero || left.IsOne ? (right.IsZero ? 1 : left) : BigInteger.Pow(left, (int)right));
        }
        var result = name switch { "+" => left + right, "-" => left - right, _ => left * right };
        return result.GetBitLength() > MostBits ? throw Error("a whole number is too large.") : new Value.Int(result);
    }

    private double Real(string name, double left, double right)
    {
        if (name is "/" or "//" or "%" && right == 0)
            throw Error("division by zero.");
        return name switch
        {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "//" => Math.Floor(left / right),
            "%" => left - (Math.Floor(left / right) * right),
            _ => Math.Pow(left, right),
        };
    }

    private Value Repeat(Value value, BigInteger times)
    {
        var count = times.Sign < 0 ? 0 : times > int.MaxValue ? throw Error("a value is repeated too often.") : (int)times;
        if (value is Value.Str text)
        {
            CheckLength((long)text.Text.Length * count);
            return Value.Of(string.Concat(Enumerable.Repeat(text.Text, text.Text.Length == 0 ? 0 : count)));
        }
        var list = (Value.List)value;
        Charge((long)list.Items.Count * count);
        return new Value.List([.. Enumerable.Repeat(list.Items, list.Items.Count == 0 ? 0 : count).SelectMany(i => i)], list.Kind);
    }

    private Value SliceOf(Expression.Slice slice, Scope scope)
    {
        var target = Evaluate(slice.Target, scope);
        RefuseUndefined(target);
        if (target is not (Value.Str or Value.List { Kind: not Value.ListKind.Generator }))
            return new Value.Undefined($"a slice of a value of type {target.TypeName}");
        var items = Items(target);
        var step = Bound(slice.Step) ?? 1;
        if (step == 0)
            throw Error("the step of a slice is 0.");
        // Python's slice.indices
        var (lowest, highest) = step > 0 ? (0, items.Count) : (-1, items.Count - 1);
        var start = Place(Bound(slice.Start), step > 0 ? lowest : highest);
        var stop = Place(Bound(slice.Stop), step > 0 ? highest : lowest);
        var taken = new List<Value>();
        for (long i = start; step > 0 ? i < stop : i > stop; i += step)
            taken.Add(items[(int)i]);
        Charge(taken.Count / 8);
        return target is Value.List list ? new Value.List(taken, list.Kind) : Text(string.Concat(taken.Select(t => ((Value.Str)t).Text)));

        int? Bound(Expression? expression)
        {
            if (expression is null || Evaluate(expression, scope) is not { } value || value is Value.None)
                return null;
            return value is Value.Int or Value.Bool
                ? (int)BigInteger.Clamp(Value.Whole(value), -int.MaxValue, int.MaxValue)
                : throw Error($"a slice needs whole numbers, found a value of type {value.TypeName}.");
        }

        int Place(int? bound, int otherwise) =>
            bound is not { } given ? otherwise : Math.Clamp(given < 0 ? given + items.Count : given, lowest, highest);
    }

    private void AppendRepr(Value value, StringBuilder text, int depth)
    {
        Charge(1);
        CheckDepth(depth);
        switch (value)
        {
            case Value.None: text.Append("None"); break;
            case Value.Bool: text.Append(value.IsTrue ? "True" : "False"); break;
            case Value.Int whole: text.Append(whole.Text); break;
            case Value.Float real: text.Append(real.Text); break;
            case Value.Str str:
                Charge(str.Text.Length / 16);
                text.Append(PythonText.Repr(str.Text));
                break;
            case Value.Undefined: text.Append("Undefined"); break;
            case Value.List { Kind: not Value.ListKind.Generator } list:
                var (open, close) = list.Kind == Value.ListKind.Tuple ? ('(', list.Items.Count == 1 ? ",)" : ")") : ('[', "]");
                text.Append(open);
                for (var i = 0; i < list.Items.Count; i++)
                {
                    text.Append(i > 0 ? ", " : "");
                    AppendRepr(list.Items[i], text, depth + 1);
                }
                text.Append(close);
                break;
            case Value.Dict dict:
                text.Append('{');
                var separator = "";
                foreach (var (key, member) in dict.Members)
                {
                    text.Append(separator);
                    AppendRepr(key, text, depth + 1);
                    text.Append(": ");
                    AppendRepr(member, text, depth + 1);
                    separator = ", ";
                }
                text.Append('}');
                break;
            default:
                throw Error($"a value of type {value.TypeName} has no text.");
        }
        if (text.Length > LongestText)
            throw Error($"the template makes a text of more than {LongestText} characters.");
    }

    private void AppendJson(Value value, StringBuilder text, string? indent, int depth)
    {
        Charge(1);
        CheckDepth(depth);
        switch (value)
        {
            case Value.None: text.Append("null"); break;
            case Value.Bool: text.Append(value.IsTrue ? "true" : "false"); break;
            case Value.Int whole: text.Append(whole.Text); break;
            case Value.Float { Number: double.NaN }: text.Append("NaN"); break;
            case Value.Float real when double.IsInfinity(real.Number): text.Append(real.Number > 0 ? "Infinity" : "-Infinity"); break;
            case Value.Float real: text.Append(real.Text); break;
            case Value.Str str: Quote(str.Text); break;
            case Value.List { Kind: not Value.ListKind.Generator } list:
                text.Append('[');
                for (var i = 0; i < list.Items.Count; i++)
                {
                    Separate(i, depth + 1);
                    AppendJson(list.Items[i], text, indent, depth + 1);
                }
                Close(list.Items.Count, ']');
                break;
            case Value.Dict dict:
                text.Append('{');
                var count = 0;
                foreach (var (key, member) in dict.Members)
                {
                    Separate(count++, depth + 1);
                    if (key is Value.Str name)
                        Quote(name.Text);
                    else
                        Quote(Json(key, null));
                    text.Append(": ");
                    AppendJson(member, text, indent, depth + 1);
                }
                Close(count, '}');
                break;
            case Value.Undefined undefined:
                throw Error($"{undefined.What} is not defined, so it has no JSON.");
            default:
                throw Error($"a value of type {value.TypeName} has no JSON.");
        }
        if (text.Length > LongestText)
            throw Error($"the template makes a text of more than {LongestText} characters.");

        void Quote(string content)
        {
            Charge(content.Length / 16);
            text.Append('"');
            PythonJson.AppendEscaped(content, text);
            text.Append('"');
        }

        void Separate(int index, int level)
        {
            if (indent is null)
                text.Append(index > 0 ? ", " : "");
            else
                NewLine(index > 0 ? "," : "", level);
        }

        void Close(int count, char bracket)
        {
            if (indent is not null && count > 0)
                NewLine("", depth);
            text.Append(bracket);
        }

        void NewLine(string before, int level)
        {
            CheckLength((long)indent!.Length * level);
            text.Append(before).Append('\n');
            for (var i = 0; i < level; i++)
                text.Append(indent);
        }
    }

    private void RefuseUndefined(Value value)
    {
        if (value is Value.Undefined undefined)
            throw Error($"{undefined.What} is not defined.");
    }

    private void CheckDepth(int depth)
    {
        if (depth > DeepestValue)
            throw Error($"a value is nested more than {DeepestValue} deep.");
    }

    private static bool IsScalar(Value value) => value is Value.Str or Value.Int or Value.Float or Value.Bool or Value.None;

    private static int CompareCodePoints(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
            return left.Length.CompareTo(right.Length);
        var (a, b) = (left[common], right[common]);
        // A surrogate stands for a code point above all others of its length.
        return char.IsSurrogate(a) == char.IsSurrogate(b) ? a.CompareTo(b) : char.IsSurrogate(a) ? 1 : -1;
    }
}
