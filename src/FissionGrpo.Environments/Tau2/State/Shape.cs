using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;

namespace FissionGrpo.Environments.Tau2.State;

/// <summary>
/// The type of a field of a record, in the manner of pydantic 2: a value is converted where that loses nothing (<c>100</c> to <c>100.0</c>,
/// <c>"3"</c> to <c>3</c>) and refused otherwise.
/// </summary>
internal abstract class Shape
{
    public static readonly Shape Text = new TextShape();
    public static readonly Shape Whole = new WholeShape();
    public static readonly Shape Real = new RealShape();
    public static readonly Shape Truth = new TruthShape();

    public static Shape OneOf(params string[] options) => new LiteralShape(options, "literal_error");

    /// <summary>The same, where the original has an enumeration.</summary>
    public static Shape EnumOf(params string[] options) => new LiteralShape(options, "enum");

    public static Shape ListOf(Shape item) => new ListShape(item);

    public static Shape MapOf(Shape value) => new MapShape(value);

    public static Shape Optional(Shape shape) => new OptionalShape(shape);

    /// <summary>A record whose kind follows from one of its members.</summary>
    public static Shape ByMember(string member, Func<string, Model> choose) => new ChoiceShape(member, choose);

    public abstract Value Convert(Value value, string place, List<Problem> problems);

    private static Value Refuse(List<Problem> problems, string place, string kind, string message, Value value)
    {
        problems.Add(new Problem(place, kind, message, value));
        return value;
    }

    private static Value? Number(Value value) => value switch
    {
        Value.Int or Value.Float => value,
        Value.Bool b => b.Truth ? 1 : 0,
        _ => null,
    };

    private sealed class TextShape : Shape
    {
        public override Value Convert(Value value, string place, List<Problem> problems) =>
            value is Value.Text ? value : Refuse(problems, place, "string_type", "Input should be a valid string", value);
    }

    private sealed class WholeShape : Shape
    {
        // Longer texts, and floats from here on, are more than pydantic reads into an int.
        private const int MaxDigits = 4300;
        private const double Limit = 9223372036854775808.0;

        private static readonly SearchValues<char> DigitsAndUnderscore = SearchValues.Create("0123456789_");

        public override Value Convert(Value value, string place, List<Problem> problems)
        {
            if (value is Value.Text text)
            {
                if (Digits(text.Content) is not var (digits, isNegative))
                    return Refuse(problems, place, "int_parsing", "Input should be a valid integer, unable to parse string as an integer", value);
                if (digits.Length > MaxDigits)
                    return TooLarge(value, place, problems);
                var whole = BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
                return new Value.Int(isNegative ? -whole : whole);
            }
            return Number(value) switch
            {
                Value.Int whole => whole,
                Value.Float real when !double.IsFinite(real.Number) => Refuse(problems, place, "finite_number", "Input should be a finite number", value),
                Value.Float real when real.Number == Math.Floor(real.Number) => Math.Abs(real.Number) < Limit
                    ? new Value.Int(new BigInteger(real.Number))
                    : TooLarge(value, place, problems),
                Value.Float => Refuse(problems, place, "int_from_float", "Input should be a valid integer, got a number with a fractional part", value),
                _ => Refuse(problems, place, "int_type", "Input should be a valid integer", value),
            };
        }

        private static Value TooLarge(Value value, string place, List<Problem> problems) =>
            Refuse(problems, place, "int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size", value);

        /// <summary>ASCII digits after a sign, single underscores between them, then a fraction of zeros; leading zeros are left out.</summary>
        private static (string Digits, bool IsNegative)? Digits(string text)
        {
            var rest = text.AsSpan().Trim();
            var isNegative = rest.StartsWith("-");
            if (isNegative || rest.StartsWith("+"))
                rest = rest[1..];
            if (rest.IsEmpty || rest[0] == '_')
                return null;
            var number = rest[0] == '0' ? rest.TrimStart("0_") : rest;
            if (rest[^1] == '_' || number.Contains("__", StringComparison.Ordinal))
                return null;
            var point = number.IndexOf('.');
            if ((point > 0 || number.Length < rest.Length) && point >= 0 && point + 1 < number.Length && number[(point + 1)..].TrimStart('0').IsEmpty)
                number = number[..point];
            if (number.ContainsAnyExcept(DigitsAndUnderscore))
                return null;
            var digits = number.ToString().Replace("_", "", StringComparison.Ordinal);
            return (digits.Length == 0 ? "0" : digits, isNegative);
        }
    }

    private sealed class RealShape : Shape
    {
        private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789+-._eEiInNfFtTyYaA");

        public override Value Convert(Value value, string place, List<Problem> problems)
        {
            if (value is Value.Text text)
                return Parse(text.Content.AsSpan().Trim()) is { } parsed
                    ? new Value.Float(parsed)
                    : Refuse(problems, place, "float_parsing", "Input should be a valid number, unable to parse string as a number", value);
            return Number(value) switch
            {
                Value.Float real => real,
                Value.Int whole when double.IsFinite((double)whole.Number) => new Value.Float(PyNumber.ToDouble(whole.Number)),
                _ => Refuse(problems, place, "float_type", "Input should be a valid number", value),
            };
        }

        /// <summary>What Rust reads, ASCII only; underscores may stand anywhere inside, one at a time.</summary>
        private static double? Parse(ReadOnlySpan<char> text)
        {
            if (text.IsEmpty || text[0] == '_' || text[^1] == '_' || text.Contains("__", StringComparison.Ordinal) || text.ContainsAnyExcept(NumberCharacters))
                return null;
            return PyLiteral.ParseFloat(text.ToString().Replace("_", "", StringComparison.Ordinal));
        }
    }

    private sealed class TruthShape : Shape
    {
        private static readonly string[] Yes = ["1", "on", "t", "true", "y", "yes"];
        private static readonly string[] No = ["0", "off", "f", "false", "n", "no"];

        public override Value Convert(Value value, string place, List<Problem> problems)
        {
            if (value is Value.Bool)
                return value;
            var number = value switch
            {
                Value.Int whole => whole.Number,
                Value.Float real when double.IsInteger(real.Number) => new BigInteger(real.Number),
                _ => (BigInteger?)null,
            };
            bool? truth = value is Value.Text text ? Word(text.Content) : number == 1 ? true : number == 0 ? false : null;
            if (truth is { } known)
                return known;
            return value is Value.Text || (number >= long.MinValue && number <= long.MaxValue)
                ? Refuse(problems, place, "bool_parsing", "Input should be a valid boolean, unable to interpret input", value)
                : Refuse(problems, place, "bool_type", "Input should be a valid boolean", value);
        }

        private static bool? Word(string word) =>
            Yes.Contains(word, StringComparer.OrdinalIgnoreCase) ? true : No.Contains(word, StringComparer.OrdinalIgnoreCase) ? false : null;
    }

    private sealed class LiteralShape(string[] options, string refusal) : Shape
    {
        public override Value Convert(Value value, string place, List<Problem> problems) =>
            value is Value.Text text && options.Contains(text.Content)
                ? value
                : Refuse(problems, place, refusal, $"Input should be {Listed()}", value);

        private string Listed() => options.Length == 1
            ? $"'{options[0]}'"
            : $"{string.Join(", ", options.SkipLast(1).Select(option => $"'{option}'"))} or '{options[^1]}'";
    }

    private sealed class ListShape(Shape item) : Shape
    {
        public override Value Convert(Value value, string place, List<Problem> problems)
        {
            if (value is not Value.List list)
                return Refuse(problems, place, "list_type", "Input should be a valid list", value);
            var items = new Value[list.Items.Length];
            for (var i = 0; i < items.Length; i++)
                items[i] = item.Convert(list.Items[i], $"{place}.{i}", problems);
            return new Value.List(items);
        }
    }

    private sealed class MapShape(Shape item) : Shape
    {
        public override Value Convert(Value value, string place, List<Problem> problems)
        {
            if (value is not Value.Dict dict)
                return Refuse(problems, place, "dict_type", "Input should be a valid dictionary", value);
            var values = new Value[dict.Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = item.Convert(dict.Values[i], $"{place}.{dict.Keys[i]}", problems);
            return new Value.Dict(dict.Keys, values);
        }
    }

    private sealed class OptionalShape(Shape shape) : Shape
    {
        public override Value Convert(Value value, string place, List<Problem> problems) =>
            value is Value.Null ? value : shape.Convert(value, place, problems);
    }

    private sealed class ChoiceShape(string member, Func<string, Model> choose) : Shape
    {
        public override Value Convert(Value value, string place, List<Problem> problems) =>
            value is Value.Dict dict && dict.Find(member) is Value.Text kind
                ? choose(kind.Content).Convert(value, place, problems)
                : Refuse(problems, place, "model_type", "Input should be a valid dictionary", value);
    }
}

/// <summary>What is wrong with one value, in pydantic's words.</summary>
internal readonly record struct Problem(string Place, string Kind, string Message, Value Value);

/// <summary>A record: its fields in the order in which they are declared, printed and hashed; a field with a default may be missing.</summary>
internal sealed class Model(string name, params (string Name, Shape Shape, Value? Default)[] fields) : Shape
{
    private readonly string[] _names = [.. fields.Select(field => string.Intern(field.Name))];

    /// <summary>Members that the record does not have are an error instead of being left out.</summary>
    public bool IsClosed { get; init; }

    /// <summary>Whether a value is a record of this kind, not just an object with the same members.</summary>
    public bool HasMade(Value value) => value is Value.Dict dict && ReferenceEquals(dict.Keys, _names);

    /// <summary>The record made from an object.</summary>
    /// <exception cref="PyException">ValidationError, with pydantic's text.</exception>
    public Value.Dict Build(Value.Dict given)
    {
        var problems = new List<Problem>();
        var record = Convert(given, "", problems);
        return problems.Count == 0 ? (Value.Dict)record : throw new PyException("ValidationError", Explain(problems));
    }

    public override Value Convert(Value value, string place, List<Problem> problems)
    {
        if (value is not Value.Dict given)
        {
            problems.Add(new Problem(place, "model_type", $"Input should be a valid dictionary or instance of {name}", value));
            return value;
        }
        var values = new Value[fields.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            var at = place.Length == 0 ? fields[i].Name : $"{place}.{fields[i].Name}";
            if (given.Find(fields[i].Name) is { } member)
                values[i] = fields[i].Shape.Convert(member, at, problems);
            else if (fields[i].Default is { } missing)
                values[i] = missing;
            else
                problems.Add(new Problem(at, "missing", "Field required", value));
        }
        if (IsClosed)
        {
            foreach (var key in given.Keys)
                if (Array.IndexOf(_names, key) < 0)
                    problems.Add(new Problem(place.Length == 0 ? key : $"{place}.{key}", "extra_forbidden", "Extra inputs are not permitted", given.Find(key)!));
        }
        return new Value.Dict(_names, values);
    }

    private string Explain(List<Problem> problems)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{problems.Count} validation error{(problems.Count == 1 ? "" : "s")} for {name}");
        foreach (var (place, kind, message, value) in problems)
            text.Append(CultureInfo.InvariantCulture, $"\n{place}\n  {message} [type={kind}, input_value={Shortened(ValueText.Repr(value))}, input_type={value.TypeName}]\n    For further information visit https://errors.pydantic.dev/2.13/v/{kind}");
        return text.ToString();
    }

    /// <summary>pydantic shows the two ends of a long value.</summary>
    private static string Shortened(string repr) => repr.Length <= 50 ? repr : $"{repr[..25]}...{repr[^24..]}";
}
