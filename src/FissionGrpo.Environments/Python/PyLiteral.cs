using System.Globalization;
using System.Numerics;

namespace FissionGrpo.Environments.Python;

/// <summary>Numbers from text, as <c>int(text)</c> and <c>float(text)</c> read them.</summary>
internal static class PyLiteral
{
    /// <summary><c>float(text)</c>: white space around, underscores between digits, <c>inf</c>, <c>nan</c>. Null when it is none.</summary>
    public static double? ParseFloat(string text)
    {
        var trimmed = Clean(text);
        if (trimmed is null)
            return null;
        var body = trimmed.AsSpan();
        var negative = false;
        if (body.Length > 0 && body[0] is '+' or '-')
        {
            negative = body[0] == '-';
            body = body[1..];
        }
        if (body.Equals("inf", StringComparison.OrdinalIgnoreCase) || body.Equals("infinity", StringComparison.OrdinalIgnoreCase))
            return negative ? double.NegativeInfinity : double.PositiveInfinity;
        if (body.Equals("nan", StringComparison.OrdinalIgnoreCase))
            return double.NaN;
        if (body.Length == 0 || !(char.IsAsciiDigit(body[0]) || body[0] == '.') || !body.ContainsAnyInRange('0', '9'))
            return null;
        foreach (var c in body)
            if (!(char.IsAsciiDigit(c) || c is '.' or 'e' or 'E' or '+' or '-'))
                return null;
        return double.TryParse(body, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var value)
            ? negative ? -value : value
            : null;
    }

    /// <summary><c>int(text)</c> in base 10.</summary>
    /// <exception cref="PyException">ValueError.</exception>
    public static PyValue ParseInt(string text)
    {
        var trimmed = Clean(text);
        var digits = trimmed is null ? default : trimmed.AsSpan(trimmed.Length > 0 && trimmed[0] is '+' or '-' ? 1 : 0);
        if (digits.Length == 0 || digits.ContainsAnyExceptInRange('0', '9'))
            throw PyException.ValueError($"invalid literal for int() with base 10: {PyText.Repr(Shortened(text))}");
        if (digits.Length > 4300)
            throw PyException.ValueError($"Exceeds the limit (4300 digits) for integer string conversion: value has {digits.Length} digits; use sys.set_int_max_str_digits() to increase the limit");
        return BigInteger.Parse(trimmed!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    // CPython shows at most 200 characters of the text (with %.200R).
    private static string Shortened(string text) => text;

    // Strips white space, maps other scripts' digits to ASCII, and takes out single underscores between digits.
    private static string? Clean(string text)
    {
        int start = 0, end = text.Length;
        while (start < end && PyString.IsSpace(text[start]))
            start++;
        while (end > start && PyString.IsSpace(text[end - 1]))
            end--;
        var cleaned = new char[end - start];
        var length = 0;
        for (var i = start; i < end; i++)
        {
            var c = text[i];
            if (c == '_')
            {
                if (i == start || i + 1 == end || !char.IsDigit(text[i - 1]) || !char.IsDigit(text[i + 1]))
                    return null;
                continue;
            }
            cleaned[length++] = c > 127 && char.IsDigit(c) ? (char)('0' + CharUnicodeInfo.GetDecimalDigitValue(c)) : c;
        }
        return new string(cleaned, 0, length);
    }
}
