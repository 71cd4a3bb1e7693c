using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

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

    /// <summary>What a loop over the value visits.</summary>
    public IReadOnlyList<Value> Items(Value value)
    {
        IReadOnlyList<Value> items = value switch
        {
            Value.List list => list.Items,
            Value.Dict dict => [.. dict.Members.Keys],
            Value.Str text => Characters(text.Text),
            Value.Undefined => [],
            _ => throw Error($"a value of type {value.TypeName} cannot be looped over."),
        };
        Charge(items.Count / 8);
        return items;
    }

    /// <summary>A string for each, many times as large as the text: paid for beforehand.</summary>
    private List<Value> Characters(string text)
    {
        Charge(text.Length);
        return [.. text.EnumerateRunes().Select(r => Value.Of(r.ToString()))];
    }

    /// <summary>Python's <c>==</c>.</summary>
    public bool AreEqual(Value left, Value right, int depth = 0)
    {
        Charge(1);
        CheckDepth(depth);
        if ((left, right) is (Value.Str one, Value.Str two) && one.Text.Length == two.Text.Length)
            ChargeText(left);
        return (left, right) switch
        {
            (Value.List a, Value.List b) => a.Kind == b.Kind && a.Items.Count == b.Items.Count && a.Items.Zip(b.Items).All(p => AreEqual(p.First, p.Second, depth + 1)),
            (Value.Dict a, Value.Dict b) => a.Members.Count == b.Members.Count
                && a.Members.All(m => b.Members.TryGetValue(Key(m.Key), out var other) && AreEqual(m.Value, other, depth + 1)),
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
                ChargeText(a.Text.Length < b.Text.Length ? a : b);
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
    public Value Key(Value value)
    {
        ChargeText(value);
        if (value is Value.List { Kind: Value.ListKind.Tuple } tuple)
            ChargeTexts(tuple.Items);
        return IsHashable(value) ? value : throw Error($"a value of type {value.TypeName} cannot be a key.");
    }

    /// <summary><c>value.name</c>: a method or member before an item of that name.</summary>
    public Value Attribute(Value target, string name) =>
        OwnAttribute(target, name)
        ?? (target is Value.Dict dict && dict.Members.TryGetValue(Value.Of(name), out var member) ? member : new Value.Undefined($"'{name}' of a value of type {target.TypeName}"));

    /// <summary>A method or member; null when the type has none of that name.</summary>
    public Value? OwnAttribute(Value target, string name) => target switch
    {
        Value.Undefined undefined => throw Error($"{undefined.What} is not defined."),
        Value.Space space => space.Members.GetValueOrDefault(name),
        Value.Loop loop => TemplateFunctions.LoopMember(this, loop, name),
        _ => TemplateMethods.Find(this, RefuseMarkup(target), name),
    };

    /// <summary><c>value[key]</c>: an item before a method of that name.</summary>
    public Value Item(Value target, Value key)
    {
        RefuseMarkup(target);
        switch (target, key)
        {
            case (Value.Undefined undefined, _):
                throw Error($"{undefined.What} is not defined.");
            case (Value.Dict dict, _) when IsHashable(key) && dict.Members.TryGetValue(Key(key), out var member):
                return member;
            case (Value.List { Kind: not Value.ListKind.Generator } or Value.Str, Value.Int or Value.Bool):
                ChargeText(target);
                var count = target is Value.List list ? list.Items.Count : TemplateMethods.Length(((Value.Str)target).Text);
                var index = Value.Whole(key) < 0 ? Value.Whole(key) + count : Value.Whole(key);
                if (index < 0 || index >= count)
                    return new Value.Undefined($"item {Value.Whole(key)} of a {target.TypeName}");
                return target is Value.Str text ? Value.Of(text.Text.EnumerateRunes().ElementAt((int)index).ToString()) : ((Value.List)target).Items[(int)index];
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
            Charge(dict.Members.Count);
            foreach (var (key, value) in dict.Members)
                named[Key(key) is Value.Str name ? name.Text : throw Error("'**' needs strings as keys.")] = value;
        }
        if (extra is var (extraName, extraValue))
            named[extraName] = extraValue;
        ChargeTexts(positional);
        ChargeTexts(named.Values);
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

    /// <summary>Python's <c>&lt;</c>, <c>&lt;=</c>, <c>&gt;</c>, <c>&gt;=</c>.</summary>
    public bool Ordered(string name, Value left, Value right)
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
        var isMarkup = left is Value.Str { IsMarkup: true } || right is Value.Str { IsMarkup: true };
        RefuseUndefined(left);
        RefuseUndefined(right);
        switch (name, left, right)
        {
            case ("+", Value.Str, Value.Str) when isMarkup:
                var escaped = TemplateFilters.Escaped(this, left) + TemplateFilters.Escaped(this, right);
                return new Value.Str(Text(escaped).Text, isMarkup: true);
            case (not "+", _, _) when isMarkup:
                throw Error($"'{name}' on a text from escape or safe is not supported.");
            case ("+", Value.Str a, Value.Str b):
                CheckLength((long)a.Text.Length + b.Text.Length);
                return Value.Of(a.Text + b.Text);
            case ("+", Value.List a, Value.List b) when a.Kind == b.Kind && a.Kind is Value.ListKind.List or Value.ListKind.Tuple:
                Charge(a.Items.Count + b.Items.Count);
                return new Value.List([.. a.Items, .. b.Items], a.Kind);
            case ("*", Value.Str or Value.List { Kind: Value.ListKind.List or Value.ListKind.Tuple }, Value.Int or Value.Bool):
                return Repeat(left, Value.Whole(right));
            case ("*", Value.Int or Value.Bool, Value.Str or Value.List { Kind: Value.ListKind.List or Value.ListKind.Tuple }):
                return Repeat(right, Value.Whole(left));
            case ("%", Value.Str format, _):
                return Text(right is Value.List { Kind: Value.ListKind.Tuple } tuple
                    ? PythonFormat.Percent(this, format.Text, tuple.Items)
                    : PythonFormat.Percent(this, format.Text, [right], mayBeLeft: right is Value.Dict or Value.List));
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
                return new Value.Float(PythonFormat.Quotient(left, right));
            case "//" or "%":
                // Python rounds down, and the remainder has the divisor's sign.
                var quotient = BigInteger.DivRem(left, right, out var remainder);
                if (!remainder.IsZero && (remainder.Sign < 0) != (right.Sign < 0))
                    (quotient, remainder) = (quotient - 1, remainder + right);
                return new Value.Int(name == "%" ? remainder : quotient);
            case "**" when right.Sign < 0:
                return new Value.Float(Power(Value.Rounded(left), Value.Rounded(right)));
            case "**" when left.IsZero || BigInteger.Abs(left).IsOne:
                return new Value.Int(right.IsEven && !left.IsZero || right.IsZero ? 1 : left);
            case "**" when BigInteger.Abs(left).GetBitLength() * (double)right > MostBits:
                throw Error("the result of '**' is too large.");
            case "**":
                return new Value.Int(BigInteger.Pow(left, (int)right));
        }
        var result = name switch { "+" => left + right, "-" => left - right, _ => left * right };
        return result.GetBitLength() > MostBits ? throw Error("a whole number is too large.") : new Value.Int(result);
    }

    private double Real(string name, double left, double right)
    {
        if (name is "/" or "//" or "%" && right == 0)
            throw Error("division by zero.");
        switch (name)
        {
            case "+":
                return left + right;
            case "-":
                return left - right;
            case "*":
                return left * right;
            case "/":
                return left / right;
            case "**":
                return Power(left, right);
        }
        // Python's float_divmod: the remainder is exact and has the divisor's sign, also when it is zero.
        var remainder = left % right;
        var quotient = (left - remainder) / right;
        if (remainder == 0)
            remainder = double.CopySign(0, right);
        else if ((remainder < 0) != (right < 0))
            (remainder, quotient) = (remainder + right, quotient - 1);
        if (name == "%")
            return remainder;
        var floor = Math.Floor(quotient);
        return quotient == 0 ? double.CopySign(0, left / right) : quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private double Power(double left, double right)
    {
        if (left == 0 && right < 0)
            throw Error("division by zero.");
        if (left < 0 && double.IsFinite(left) && double.IsFinite(right) && Math.Floor(right) != right)
            throw Error("a root of a negative number is not supported.");
        var result = Math.Pow(left, right);
        return double.IsInfinity(result) && double.IsFinite(left) && double.IsFinite(right) ? throw Error("the result of '**' is too large.") : result;
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
        RefuseMarkup(target);
        if (target is not (Value.Str or Value.List { Kind: not Value.ListKind.Generator }))
            return slice.Target is Expression.Constant // Jinja2 works constants out beforehand, and is milder then
                ? new Value.Undefined($"a slice of a value of type {target.TypeName}")
                : throw Error($"a value of type {target.TypeName} cannot be sliced.");
        ChargeText(target);
        var runes = target is Value.Str text ? text.Text.EnumerateRunes().ToArray() : [];
        var items = target is Value.List list ? list.Items : [];
        var count = runes.Length + items.Count; // one of them is empty
        var step = Bound(slice.Step) ?? 1;
        if (step == 0)
            throw Error("the step of a slice is 0.");
        // Python's slice.indices
        var (lowest, highest) = step > 0 ? (0, count) : (-1, count - 1);
        var start = Place(Bound(slice.Start), step > 0 ? lowest : highest);
        var stop = Place(Bound(slice.Stop), step > 0 ? highest : lowest);
        var (taken, characters) = (new List<Value>(), new StringBuilder());
        for (long i = start; step > 0 ? i < stop : i > stop; i += step)
        {
            if (target is Value.List)
                taken.Add(items[(int)i]);
            else
                characters.Append(runes[i]);
        }
        Charge(taken.Count / 8);
        return target is Value.List whole ? new Value.List(taken, whole.Kind) : Text(characters.ToString());

        int? Bound(Expression? expression)
        {
            if (expression is null || Evaluate(expression, scope) is not { } value || value is Value.None)
                return null;
            return value is Value.Int or Value.Bool
                ? (int)BigInteger.Clamp(Value.Whole(value), -int.MaxValue, int.MaxValue)
                : throw Error($"a slice needs whole numbers, found a value of type {value.TypeName}.");
        }

        int Place(int? bound, int otherwise) =>
            bound is not { } given ? otherwise : Math.Clamp(given < 0 ? given + count : given, lowest, highest);
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
            case Value.Str { IsMarkup: true }:
                RefuseMarkup(value);
                break;
            case Value.Str str:
                Charge(str.Text.Length / 16);
                text.Append(PythonText.Repr(str.Text));
                break;
            case Value.Undefined: text.Append("Undefined"); break;
            case Value.List { Kind: Value.ListKind.Range }:
                throw Error("a range has no text, expected one turned into a list.");
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

    public void RefuseUndefined(Value value)
    {
        if (value is Value.Undefined undefined)
            throw Error($"{undefined.What} is not defined.");
    }

    /// <summary>A text from <c>escape</c> or <c>safe</c> escapes in Python whatever its methods add to it.</summary>
    private Value RefuseMarkup(Value value) => value is Value.Str { IsMarkup: true } ? throw Error("a text from escape or safe can be printed and added to others; more is not supported.") : value;

    public void CheckDepth(int depth)
    {
        if (depth > DeepestValue)
            throw Error($"a value is nested more than {DeepestValue} deep.");
    }

    private static bool IsHashable(Value value) => value switch
    {
        Value.List { Kind: Value.ListKind.List } or Value.Dict => false,
        Value.List { Kind: Value.ListKind.Tuple } tuple => tuple.Items.All(i => i is not Value.List && IsHashable(i)),
        _ => true,
    };

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
