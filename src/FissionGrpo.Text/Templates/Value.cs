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

    /// <summary>A JSON value.</summary>
    /// <param name="json">Any value.</param>
    /// <param name="keepSpelling">Numbers are written as they were (<c>1.50</c>, <c>-0</c>); otherwise as Python writes what it has read.</param>
    public static Value Of(JsonElement json, bool keepSpelling = false)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new OrderedDictionary<Value, Value>(PythonEquality.Instance);
                foreach (var member in json.EnumerateObject())
                    members[new Str(member.Name)] = Of(member.Value, keepSpelling);
                return new Dict(members);
            case JsonValueKind.Array:
                return new List([.. json.EnumerateArray().Select(i => Of(i, keepSpelling))]);
            case JsonValueKind.String:
                return new Str(json.GetString()!);
            case JsonValueKind.Number:
                var text = json.GetRawText();
                return text.AsSpan().IndexOfAny(".eE") < 0
                    ? new Int(BigInteger.Parse(text, CultureInfo.InvariantCulture), keepSpelling ? text : null)
                    : new Float(json.GetDouble(), keepSpelling ? text : null);
            case JsonValueKind.True:
            case JsonValueKind.False:
                return Of(json.GetBoolean());
            case JsonValueKind.Null:
                return None.Instance;
            default:
                return new Undefined("a missing value");
        }
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

    internal sealed class Int(BigInteger number, string? spelling = null) : Value
    {
        public BigInteger Number { get; } = number;

        public string Text => spelling ?? Number.ToString(CultureInfo.InvariantCulture);

        public override bool IsTrue => !Number.IsZero;

        public override string TypeName => "int";
    }

    internal sealed class Float(double number, string? spelling = null) : Value
    {
        public double Number { get; } = number;

        public string Text => spelling ?? PythonText.Repr(Number);

        public override bool IsTrue => Number != 0;

        public override string TypeName => "float";
    }

    /// <summary>A string. Its length, indices and slices count code points.</summary>
    internal sealed class Str(string text, bool isMarkup = false) : Value
    {
        public string Text { get; } = text;

        /// <summary>From <c>escape</c> or <c>safe</c>: what is put beside it is escaped, as Python's Markup has it.</summary>
        public bool IsMarkup { get; } = isMarkup;

        public override bool IsTrue => Text.Length > 0;

        public override string TypeName => "str";
    }

    internal enum ListKind
    {
        List,
        Tuple,

        /// <summary>What <c>range</c> gives: a sequence that cannot be added to others and has no text.</summary>
        Range,

        /// <summary>What some filters give: it can be looped over, has no length and always counts as true.</summary>
        Generator,
    }

    internal class List(IReadOnlyList<Value> items, ListKind kind = ListKind.List) : Value
    {
        public IReadOnlyList<Value> Items { get; } = items;

        public ListKind Kind { get; } = kind;

        public override bool IsTrue => Items.Count > 0 || Kind == ListKind.Generator;

        public override string TypeName => Kind switch { ListKind.List => "list", ListKind.Tuple => "tuple", ListKind.Range => "range", _ => "generator" };
    }

    /// <summary>What <c>groupby</c> gives: a pair whose parts have names too.</summary>
    internal sealed class Group(Value key, List items) : List([key, items], ListKind.Tuple);

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
    internal sealed class Callable(string name, Func<Arguments, Value> body, IReadOnlyList<string>? parameters = null) : Value
    {
        public string Name { get; } = name;

        /// <summary>The names of a macro's parameters; null for anything but a macro.</summary>
        public IReadOnlyList<string>? Parameters { get; } = parameters;

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
            List { Kind: ListKind.Tuple } tuple => tuple.Items.Aggregate(tuple.Items.Count, (hash, item) => unchecked((hash * 31) + GetHashCode(item))),
            Undefined => 2,
            _ => RuntimeHelpers.GetHashCode(value),
        };
    }

    /// <summary>A whole number or a truth value as a whole number.</summary>
    public static BigInteger Whole(Value value) => value is Int i ? i.Number : value.IsTrue ? 1 : 0;

    /// <summary>A number or a truth value as a floating-point number.</summary>
    public static double Real(Value value) => value is Float f ? f.Number : Rounded(Whole(value));

    /// <summary>The nearest floating-point number; .NET's own conversion of large numbers cuts digits off.</summary>
    public static double Rounded(BigInteger number) => number.GetBitLength() <= 53
        ? (double)number
        : double.Parse(number.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
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
        if (number == 0)
            return double.IsNegative(number) ? "-0.0" : "0.0";
        // The shortest digits, and where their point stands.
        var shortest = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture);
        var mark = shortest.IndexOf('E', StringComparison.Ordinal);
        var mantissa = mark < 0 ? shortest : shortest[..mark];
        var power = mark < 0 ? 0 : int.Parse(shortest.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var point = mantissa.IndexOf('.', StringComparison.Ordinal) is >= 0 and var at ? at : mantissa.Length;
        var all = mantissa.Replace(".", "", StringComparison.Ordinal);
        var digits = all.TrimStart('0');
        var exponent = power + point - 1 - (all.Length - digits.Length);
        digits = digits.TrimEnd('0');
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

    /// <summary><c>str.isprintable()</c> of one character.</summary>
    public static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
