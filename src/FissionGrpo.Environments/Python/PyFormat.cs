using System.Globalization;
using System.Numerics;
using System.Text;

namespace FissionGrpo.Environments.Python;

/// <summary><c>format(value, spec)</c> and <c>str.format</c> for the specifications in common use, with bounded widths.</summary>
internal static class PyFormat
{
    /// <summary><c>ascii(v)</c>.</summary>
    public static string Ascii(PyValue value)
    {
        var text = new StringBuilder();
        foreach (var point in PyString.ToCodePoints(PyText.Repr(value)))
        {
            if (point < 128)
                text.Append((char)point);
            else
                text.Append(CultureInfo.InvariantCulture, $"{(point < 0x100 ? $"\\x{point:x2}" : point < 0x10000 ? $"\\u{point:x4}" : $"\\U{point:x8}")}");
        }
        return text.ToString();
    }

    /// <summary>Digits of a non-negative integer.</summary>
    public static string Digits(BigInteger value, int radix)
    {
        if (value.IsZero)
            return "0";
        PyBudget.Spend(value.GetBitLength() * value.GetBitLength() / 64);
        var digits = new StringBuilder();
        for (; !value.IsZero; value /= radix)
            digits.Insert(0, "0123456789abcdef"[(int)(value % radix)]);
        return digits.ToString();
    }

    /// <summary><c>[[fill]align][sign][0][width][,][.precision][type]</c>.</summary>
    /// <exception cref="PyException">ValueError.</exception>
    public static string Format(PyValue value, string spec)
    {
        if (spec.Length == 0)
            return PyText.Str(value);
        var at = 0;
        char fill = ' ', align = '\0';
        if (spec.Length > 1 && spec[1] is '<' or '>' or '^' or '=')
        {
            (fill, align) = (spec[0], spec[1]);
            at = 2;
        }
        else if (spec[0] is '<' or '>' or '^' or '=')
        {
            align = spec[at++];
        }
        var sign = at < spec.Length && spec[at] is '+' or '-' or ' ' ? spec[at++] : '-';
        if (at < spec.Length && spec[at] == '0')
        {
            fill = '0';
            align = align == '\0' ? '=' : align;
            at++;
        }
        var width = Number(spec, ref at) ?? 0;
        var groups = at < spec.Length && spec[at] is ',' or '_' ? spec[at++] : '\0';
        int? precision = null;
        if (at < spec.Length && spec[at] == '.')
        {
            at++;
            precision = Number(spec, ref at) ?? throw PyException.ValueError("Format specifier missing precision");
        }
        var type = at < spec.Length ? spec[at++] : '\0';
        if (at < spec.Length)
            throw PyException.ValueError($"Invalid format specifier '{spec}' for object of type '{value.TypeName}'");
        if (width > 100_000 || precision > 10_000)
            throw PyException.TooLarge("the format width");
        PyBudget.Spend(width);
        var body = value.IsNumber && !(value.IsBool && type == '\0') ? NumberText(value, type, precision, groups, sign) : Text(value, type, precision);
        return Pad(body, width, fill, align == '\0' ? value.IsNumber ? '>' : '<' : align);
    }

    /// <summary><c>template.format(*arguments, **keywords)</c>: fields by position, number or name, with <c>[key]</c> after it.</summary>
    public static string Template(string template, ReadOnlySpan<PyValue> arguments, ReadOnlySpan<Keyword> keywords)
    {
        var text = new StringBuilder();
        var next = 0;
        for (var at = 0; at < template.Length; at++)
        {
            var c = template[at];
            if (c is '{' or '}' && at + 1 < template.Length && template[at + 1] == c)
            {
                text.Append(c);
                at++;
                continue;
            }
            if (c == '}')
                throw PyException.ValueError("Single '}' encountered in format string");
            if (c != '{')
            {
                text.Append(c);
                continue;
            }
            var end = template.IndexOf('}', at);
            if (end < 0)
                throw PyException.ValueError(at + 1 == template.Length ? "Single '{' encountered in format string" : "expected '}' before end of string");
            var field = template[(at + 1)..end];
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            var spec = colon < 0 ? "" : field[(colon + 1)..];
            var name = colon < 0 ? field : field[..colon];
            var conversion = '\0';
            if (name.Length > 1 && name[^2] == '!')
            {
                conversion = name[^1];
                name = name[..^2];
            }
            var value = Field(name, ref next, arguments, keywords);
            text.Append(Format(Converted(value, conversion), spec));
            PyBudget.Spend(16);
            if (text.Length > PyNumber.MaxLength)
                throw PyException.TooLarge("the text");
            at = end;
        }
        return text.ToString();
    }

    /// <summary>What <c>!r</c>, <c>!s</c> and <c>!a</c> make of a value.</summary>
    public static PyValue Converted(PyValue value, char conversion) => conversion switch
    {
        'r' => PyText.Repr(value),
        's' => PyText.Str(value),
        'a' => Ascii(value),
        _ => value,
    };

    private static PyValue Field(string path, ref int next, ReadOnlySpan<PyValue> arguments, ReadOnlySpan<Keyword> keywords)
    {
        var bracket = path.IndexOf('[', StringComparison.Ordinal);
        var name = bracket < 0 ? path : path[..bracket];
        PyValue value;
        if (name.Length == 0 || int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            var index = name.Length == 0 ? next++ : int.Parse(name, CultureInfo.InvariantCulture);
            value = index < arguments.Length ? arguments[index] : throw new PyException("IndexError", $"Replacement index {index} out of range for positional args tuple");
        }
        else
        {
            value = default;
            var found = false;
            foreach (var keyword in keywords)
                if (keyword.Name == name)
                    (value, found) = (keyword.Value, true);
            if (!found)
                throw PyException.KeyError(name);
        }
        while (bracket >= 0)
        {
            var close = path.IndexOf(']', bracket);
            if (close < 0)
                throw PyException.ValueError("Missing ']' in format string");
            var key = path[(bracket + 1)..close];
            value = PyOps.Subscript(value, int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : key);
            bracket = path.IndexOf('[', close);
        }
        return value;
    }

    private static int? Number(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        if (at == start)
            return null;
        return int.TryParse(text.AsSpan(start, at - start), CultureInfo.InvariantCulture, out var number) ? number : throw PyException.ValueError("Too many decimal digits in format string");
    }

    private static string Text(PyValue value, char type, int? precision)
    {
        if (value.Kind != PyKind.Str)
            throw PyException.TypeError($"unsupported format string passed to {value.TypeName}.__format__");
        if (type is not ('\0' or 's'))
            throw PyException.ValueError($"Unknown format code '{type}' for object of type 'str'");
        var text = (string)value.Reference!;
        return precision is { } most && most < PyString.Length(text) ? PyString.FromCodePoints(PyString.ToCodePoints(text).AsSpan(0, most)) : text;
    }

    private static string NumberText(PyValue value, char type, int? precision, char groups, char sign)
    {
        string body;
        if (value.IsInteger && type is '\0' or 'd' or 'n')
            body = PyText.Digits(BigInteger.Abs(value.Big));
        else if (value.IsInteger && type is 'x' or 'X' or 'o' or 'b')
            body = Digits(BigInteger.Abs(value.Big), type == 'b' ? 2 : type == 'o' ? 8 : 16);
        else if (type is 'f' or 'F')
            body = PyFloat.Fixed(Math.Abs(PyNumber.ToDouble(value)), precision ?? 6);
        else if (type == '%')
            body = PyFloat.Fixed(Math.Abs(PyNumber.ToDouble(value) * 100), precision ?? 6) + "%";
        else if (type is 'e' or 'E' or 'g' or 'G')
            body = General(Math.Abs(PyNumber.ToDouble(value)), type, precision ?? 6);
        else if (type == '\0' && value.IsFloat)
            body = precision is null ? PyFloat.Repr(Math.Abs(value.Float)) : General(Math.Abs(value.Float), 'g', precision.Value);
        else
            throw PyException.ValueError($"Unknown format code '{type}' for object of type '{value.TypeName}'");
        if (type is 'X' or 'E' or 'G')
            body = body.ToUpperInvariant();
        if (groups != '\0')
            body = Grouped(body, groups);
        var isNegative = value.IsFloat ? double.IsNegative(value.Float) : value.Big.Sign < 0;
        return isNegative ? "-" + body : sign == '-' ? body : sign + body;
    }

    private static string General(double value, char type, int precision)
    {
        var isScientific = type is 'e' or 'E';
        var digits = isScientific ? precision : Math.Max(1, precision) - 1;
        var text = value.ToString($"e{digits}", CultureInfo.InvariantCulture);
        var e = text.IndexOf('e', StringComparison.Ordinal);
        var exponent = int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = text[..e];
        if (isScientific)
            return $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        if (exponent >= -4 && exponent <= digits)
        {
            var plain = PyFloat.Fixed(value, Math.Max(0, digits - exponent));
            return plain.Contains('.', StringComparison.Ordinal) ? plain.TrimEnd('0').TrimEnd('.') : plain;
        }
        if (mantissa.Contains('.', StringComparison.Ordinal))
            mantissa = mantissa.TrimEnd('0').TrimEnd('.');
        return $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    private static string Grouped(string body, char separator)
    {
        var end = body.AsSpan().IndexOfAnyExceptInRange('0', '9');
        end = end < 0 ? body.Length : end;
        var text = new StringBuilder(body);
        for (var at = end - 3; at > 0; at -= 3)
            text.Insert(at, separator);
        return text.ToString();
    }

    private static string Pad(string body, int width, char fill, char align)
    {
        var missing = width - PyString.Length(body);
        if (missing <= 0)
            return body;
        return align switch
        {
            '<' => body + new string(fill, missing),
            '^' => new string(fill, missing / 2) + body + new string(fill, missing - (missing / 2)),
            '=' when body[0] is '-' or '+' or ' ' => body[0] + new string(fill, missing) + body[1..],
            _ => new string(fill, missing) + body,
        };
    }
}
