using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace FissionGrpo.Text.Templates;

/// <summary>A value of a template: those of Python that a chat template meets. Immutable but for <see cref="Space"/>.</summary>
internal abstract class Value
{
    /// <summary>Python's <c>bool(value)</c>.</summary>
    public virtual bool IsTrue => true;

    /// <summary>The name of the type in error messages.</summary>
    public abstract string TypeName { get; }

    public static Value Of(bool value) => value ? Bool.True : Bool.False;

    public static Value Of(string value) => new Str(value);

    public static Value Of(long value) => new Int(value);

    /// <summary>A JSON value; numbers remember their spelling.</summary>
    public static Value Of(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => DictOf(json),
        JsonValueKind.Array => new List([.. json.EnumerateArray().Select(Of)]),
        JsonValueKind.String => new Str(json.GetString()!),
        JsonValueKind.Number when json.GetRawText().AsSpan().IndexOfAny(".eE") < 0 =>
            new Int(BigInteger.Parse(json.GetRawText(), CultureInfo.InvariantCulture), json.GetRawText()),
        JsonValueKind.Number => new Float(json.GetDouble(), json.GetRawText()),
        JsonValueKind.True => Bool.True,
        JsonValueKind.False => Bool.False,
        JsonValueKind.Null => None.Instance,
        _ => new Undefined("a missing value"),
    };

    private static Dict DictOf(JsonElement json)
    {
        var members = new OrderedDictionary<Value, Value>(PythonEquality.Instance);
        foreach (var member in json.EnumerateObject())
            members[new Str(member.Name)] = Of(member.Value);
        return new Dict(members);
    }

    internal sealed class Undefined(string what) : Value
    {
        /// <summary>What was looked for, for the error when it is used.</summary>
        public string What { get; } = what;

        public override bool IsTrue => false;

        public override string TypeName => "Undefined";
    }

    internal sealed class None : Value
    {
        public static readonly None Instance = new();

        public override bool IsTrue => false;

        public override string TypeName => "None";
    }

    internal sealed class Bool : Value
    {
        public static readonly Bool True = new();
        public static readonly Bool False = new();

        public override bool IsTrue => ReferenceEquals(this, True);

        public override string TypeName => "bool";
    }

    /// <summary>A whole number; from JSON with its spelling (<c>-0</c>).</summary>
    internal sealed class Int(BigInteger number, string? text = null) : Value
    {
        public BigInteger Number { get; } = number;

        public string Text => text ?? Number.ToString(CultureInfo.InvariantCulture);

        public override bool IsTrue => !Number.IsZero;

        public override string TypeName => "int";
    }

    /// <summary>A floating-point number; from JSON with its spelling.</summary>
    internal sealed class Float(double number, string? text = null) : Value
    {
        public double Number { get; } = number;

        public string Text => text ?? PythonText.Repr(Number);

        public override bool IsTrue => Number != 0;

        public override string TypeName => "float";
    }

    /// <summary>A string. Its length, indices and slices count code points.</summary>
    internal sealed class Str(string text) : Value
    {
        public string Text { get; } = text;

        public override bool IsTrue => Text.Length > 0;

        public override string TypeName => "str";
    }

    internal enum ListKind
    {
        List,
        Tuple,

        /// <summary>What some filters give: it can be looped over, has no length and always counts as true.</summary>
        Generator,
    }

    internal sealed class List(IReadOnlyList<Value> items, ListKind kind = ListKind.List) : Value
    {
        public IReadOnlyList<Value> Items { get; } = items;

        public ListKind Kind { get; } = kind;

        public override bool IsTrue => Items.Count > 0 || Kind == ListKind.Generator;

        public override string TypeName => Kind switch { ListKind.List => "list", ListKind.Tuple => "tuple", _ => "generator" };
    }

    internal sealed class Dict(OrderedDictionary<Value, Value> members) : Value
    {
        public OrderedDictionary<Value, Value> Members { get; } = members;

        public override bool IsTrue => Members.Count > 0;

        public override string TypeName => "dict";
    }

    /// <summary>The one thing that a template can change: <c>namespace(...)</c>.</summary>
    internal sealed class Space(Dictionary<string, Value> members) : Value
    {
        public Dictionary<string, Value> Members { get; } = members;

        public override string TypeName => "namespace";
    }

    /// <summary>A function, a method bound to its object, or a macro.</summary>
    internal sealed class Callable(string name, Func<Arguments, Value> body) : Value
    {
        public string Name { get; } = name;

        public Func<Arguments, Value> Body { get; } = body;

        public override string TypeName => "function";
    }

    /// <summary>The <c>loop</c> variable.</summary>
    internal sealed class Loop(IReadOnlyList<Value> items, int depth, Func<Value, Value>? recurse) : Value
    {
        public IReadOnlyList<Value> Items { get; } = items;

        public int Index { get; set; }

        /// <summary>1, and one more for each call of a recursive loop.</summary>
        public int Depth { get; } = depth;

        /// <summary>Runs a recursive loop over other items; null for ordinary loops.</summary>
        public Func<Value, Value>? Recurse { get; } = recurse;

        /// <summary>What <c>loop.changed(...)</c> was last asked.</summary>
        public List? LastAsked { get; set; }

        public override string TypeName => "loop";
    }

    /// <summary>Python's <c>==</c> of scalars and flat tuples, with <c>1 == 1.0 == True</c>: for the keys of dictionaries.</summary>
    internal sealed class PythonEquality : IEqualityComparer<Value>
    {
        public static readonly PythonEquality Instance = new();

        public bool Equals(Value? left, Value? right) => (left, right) switch
        {
            (Str a, Str b) => a.Text == b.Text,
            (Int or Bool, Int or Bool) => Whole(left) == Whole(right),
            (Int or Bool or Float, Int or Bool or Float) => Real(left) == Real(right),
            (None, None) => true,
            (Undefined, Undefined) => true,
            (List { Kind: ListKind.Tuple } a, List { Kind: ListKind.Tuple } b) => a.Items.SequenceEqual(b.Items, this),
            _ => ReferenceEquals(left, right),
        };

        public int GetHashCode(Value value) => value switch
        {
            Str s => s.Text.GetHashCode(StringComparison.Ordinal),
            Int or Bool or Float => Real(value).GetHashCode(),
            None => 1,
            List tuple => tuple.Items.Count,
            _ => RuntimeHelpers.GetHashCode(value),
        };
    }

    /// <summary>A whole number or a truth value as a whole number.</summary>
    public static BigInteger Whole(Value value) => value is Int i ? i.Number : value.IsTrue ? 1 : 0;

    /// <summary>A number or a truth value as a floating-point number.</summary>
    public static double Real(Value value) => value is Float f ? f.Number : (double)Whole(value);
}

/// <summary>The arguments of a call.</summary>
/// <param name="Positional">By position.</param>
/// <param name="Named">By name.</param>
internal sealed record Arguments(IReadOnlyList<Value> Positional, IReadOnlyDictionary<string, Value> Named)
{
    public static readonly Arguments Empty = new([], new Dictionary<string, Value>());

    /// <summary>The argument at a position or of a name; null when neither is given.</summary>
    public Value? At(int index, string name) =>
        index < Positional.Count ? Positional[index] : Named.GetValueOrDefault(name);
}

/// <summary>How Python spells values.</summary>
internal static class PythonText
{
    /// <summary><c>repr(float)</c>: the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on.</summary>
    public static string Repr(double number)
    {
        if (double.IsNaN(number))
            return "nan";
        if (double.IsInfinity(number))
            return number > 0 ? "inf" : "-inf";
        var scientific = number.ToString("E16", CultureInfo.InvariantCulture);
        var shortest = number.ToString("R", CultureInfo.InvariantCulture);
        if (number == 0)
            return double.IsNegative(number) ? "-0.0" : "0.0";
        var exponent = int.Parse(scientific.AsSpan(scientific.IndexOf('E', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var digits = string.Concat(shortest.TakeWhile(c => c != 'E').Where(char.IsAsciiDigit)).TrimStart('0').TrimEnd('0');
        var sign = number < 0 ? "-" : "";
        if (exponent is < -4 or >= 16)
            return $"{sign}{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)}";
        if (exponent < 0)
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        return digits.Length <= exponent + 1
            ? $"{sign}{digits.PadRight(exponent + 1, '0')}.0"
            : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    /// <summary><c>repr(str)</c>.</summary>
    public static string Repr(string text)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var result = new StringBuilder().Append(quote);
        foreach (var rune in text.EnumerateRunes())
            result.Append(rune.Value switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\\' => "\\\\",
                var c when c == quote => "\\" + quote,
                var c when IsPrintable(rune) => rune.ToString(),
                var c and < 0x100 => $"\\x{c:x2}",
                var c and < 0x10000 => $"\\u{c:x4}",
                var c => $"\\U{c:x8}",
            });
        return result.Append(quote).ToString();
    }

    /// <summary><c>str.isspace()</c> of one character.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
