using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace FissionGrpo.Text.Templates;

/// <summary>How Python reads, rounds and formats numbers.</summary>
internal static partial class PythonFormat
{
    /// <summary>C's printf as Python's <c>%</c> has it, for <c>%s %r %d %i %u %f %x %X %o %c %%</c> with flags, width and precision.</summary>
    /// <param name="renderer">Pays for the text, and raises errors.</param>
    /// <param name="format">The text with the places.</param>
    /// <param name="values">What goes there.</param>
    /// <param name="mayBeLeft">Values without a place are no error (Python: when one mapping or list stands alone).</param>
    public static string Percent(TemplateRenderer renderer, string format, IReadOnlyList<Value> values, bool mayBeLeft = false)
    {
        var next = 0;
        var made = 0L;
        var text = Directives().Replace(format, match =>
        {
            if (match.Value == "%%")
                return "%";
            if (!match.Groups["kind"].Success)
                throw renderer.Error($"the format '{match.Value}' is not supported.");
            var value = next < values.Count ? values[next++] : throw renderer.Error("the format has more places than values.");
            var flags = match.Groups["flags"].Value;
            var width = Length("width") ?? 0;
            var precision = Length("precision");
            renderer.CheckGrowth(made + width, width);
            var kind = match.Groups["kind"].Value[0];
            var piece = kind switch
            {
                's' or 'r' => Cut(kind == 's' ? renderer.Show(value) : renderer.Repr(value), precision),
                'c' => Character(renderer, value),
                _ => Number(renderer, match.Value, kind, flags, precision, value),
            };
            var missing = Math.Max(0, width - TemplateMethods.Length(piece));
            made += piece.Length + missing;
            renderer.CheckGrowth(made, piece.Length);
            if (flags.Contains('-', StringComparison.Ordinal))
                return piece + new string(' ', missing);
            if (!flags.Contains('0', StringComparison.Ordinal) || kind is 's' or 'r' or 'c')
                return new string(' ', missing) + piece;
            var sign = piece[0] is '-' or '+' or ' ' ? 1 : 0;
            return piece[..sign] + new string('0', missing) + piece[sign..];

            int? Length(string group) => match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : null;
        });
        return next == values.Count || mayBeLeft ? text : throw renderer.Error("the format has fewer places than values.");
    }

    /// <summary><c>int(text, base)</c>; null when the text is no such number.</summary>
    public static BigInteger? WholeNumber(string text, int numberBase)
    {
        var match = WholeNumbers().Match(text);
        if (!match.Success || numberBase is < 2 or > 36)
            return null;
        var digits = match.Groups["digits"].Value.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
        if ((numberBase, digits) is (16, ['0', 'x', ..]) or (8, ['0', 'o', ..]) or (2, ['0', 'b', ..]))
            digits = digits[2..];
        if (digits.Length == 0)
            return null;
        var number = BigInteger.Zero;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiDigit(c) ? c - '0' : c - 'a' + 10;
            if (digit >= numberBase)
                return null;
            number = (number * numberBase) + digit;
        }
        return match.Groups["sign"].Value == "-" ? -number : number;
    }

    /// <summary><c>float(text)</c>; null when the text is no number.</summary>
    public static double? RealNumber(string text)
    {
        var trimmed = PythonStrings.Trim(text, null);
        if (NamedNumbers().Match(trimmed) is { Success: true } named)
            return named.Groups["nan"].Success ? double.NaN : trimmed[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        return RealNumbers().IsMatch(trimmed)
            ? double.Parse(trimmed.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture)
            : null;
    }

    /// <summary><c>round(number, precision)</c>: of the exact value, a tie to the even digit.</summary>
    public static double Round(double number, int precision)
    {
        if (!double.IsFinite(number) || number == 0)
            return number;
        var digits = Decimal(Math.Abs(number), precision);
        var rounded = double.Parse($"{digits}E{-precision}", NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.CopySign(rounded, number);
    }

    /// <summary><c>left / right</c> of whole numbers: the nearest floating-point number to the exact quotient.</summary>
    public static double Quotient(BigInteger left, BigInteger right)
    {
        if (left.GetBitLength() <= 53 && right.GetBitLength() <= 53)
            return (double)left / (double)right;
        var shift = (int)Math.Max(0, 66 - (left.GetBitLength() - right.GetBitLength()));
        var quotient = BigInteger.DivRem(BigInteger.Abs(left) << shift, BigInteger.Abs(right), out var remainder);
        if (!remainder.IsZero)
            quotient |= 1; // far below the last digit that counts: no tie
        var result = Math.ScaleB(Value.Rounded(quotient), -shift);
        return left.Sign * right.Sign < 0 ? -result : result;
    }

    /// <summary>The multiple of <paramref name="unit"/> that is nearest, of two the even one.</summary>
    public static BigInteger RoundTo(BigInteger number, BigInteger unit) => Nearest(number, unit) * unit;

    private static string Number(TemplateRenderer renderer, string directive, char kind, string flags, int? precision, Value value)
    {
        if (value is not (Value.Int or Value.Bool or Value.Float))
            throw renderer.Error($"the format '{directive}' needs a number, found a value of type {value.TypeName}.");
        if (kind is 'x' or 'X' or 'o' && value is Value.Float)
            throw renderer.Error($"the format '{directive}' needs a whole number, found a value of type {value.TypeName}.");
        if (value is Value.Float { Number: var special } && !double.IsFinite(special))
            throw renderer.Error($"the format '{directive}' needs a finite number.");
        string text;
        bool isNegative;
        if (kind is 'f' or 'F')
        {
            var real = Value.Real(value);
            isNegative = double.IsNegative(real);
            var places = precision ?? 6;
            var digits = Decimal(Math.Abs(real), places).ToString(CultureInfo.InvariantCulture).PadLeft(places + 1, '0');
            text = places == 0 ? digits : $"{digits[..^places]}.{digits[^places..]}";
        }
        else
        {
            var whole = value is Value.Float real ? new BigInteger(Math.Truncate(real.Number)) : Value.Whole(value);
            isNegative = whole.Sign < 0;
            var magnitude = BigInteger.Abs(whole);
            text = (kind switch
            {
                'x' => Hexadecimal(magnitude).ToLowerInvariant(),
                'X' => Hexadecimal(magnitude),
                'o' => Octal(magnitude),
                _ => magnitude.ToString(CultureInfo.InvariantCulture),
            }).PadLeft(precision ?? 0, '0');
        }
        var sign = isNegative ? "-" : flags.Contains('+', StringComparison.Ordinal) ? "+" : flags.Contains(' ', StringComparison.Ordinal) ? " " : "";
        return sign + text;
    }

    private static string Hexadecimal(BigInteger number) =>
        number.ToString("X", CultureInfo.InvariantCulture).TrimStart('0') is { Length: > 0 } digits ? digits : "0";

    private static string Octal(BigInteger number)
    {
        var digits = "";
        for (; number.Sign > 0; number >>= 3)
            digits = (char)('0' + (int)(number & 7)) + digits;
        return digits.Length > 0 ? digits : "0";
    }

    private static string Cut(string text, int? length) => length is { } most ? string.Concat(text.EnumerateRunes().Take(most)) : text;

    private static string Character(TemplateRenderer renderer, Value value) => value switch
    {
        Value.Str text when TemplateMethods.Length(text.Text) == 1 => text.Text,
        Value.Int whole when System.Text.Rune.TryCreate((int)BigInteger.Clamp(whole.Number, -1, 0x110000), out var rune) => rune.ToString(),
        _ => throw renderer.Error("the format '%c' needs one character."),
    };

    /// <summary>A number that is not negative times 10 to the <paramref name="places"/>, exactly, rounded to whole with a tie to the even one.</summary>
    private static BigInteger Decimal(double number, int places)
    {
        var bits = BitConverter.DoubleToInt64Bits(number);
        var exponent = (int)(bits >> 52);
        BigInteger numerator = (bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52);
        var power = Math.Max(exponent, 1) - 1075;
        var denominator = BigInteger.One;
        if (power >= 0)
            numerator <<= power;
        else
            denominator <<= -power;
        if (places >= 0)
            numerator *= BigInteger.Pow(10, places);
        else
            denominator *= BigInteger.Pow(10, -places);
        return Nearest(numerator, denominator);
    }

    private static BigInteger Nearest(BigInteger numerator, BigInteger denominator)
    {
        var isNegative = numerator.Sign < 0;
        var quotient = BigInteger.DivRem(BigInteger.Abs(numerator), denominator, out var remainder);
        var half = (2 * remainder).CompareTo(denominator);
        if (half > 0 || (half == 0 && !quotient.IsEven))
            quotient++;
        return isNegative ? -quotient : quotient;
    }

    [GeneratedRegex(@"%(?:%|(?<flags>[-+ 0]*)(?<width>\d{1,6})?(?:\.(?<precision>\d{1,3}))?(?<kind>[srdiufFxXoc])|.?)", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Directives();

    [GeneratedRegex(@"^\s*(?<sign>[-+]?)(?<digits>[0-9A-Za-z](_?[0-9A-Za-z])*)\s*$", RegexOptions.ExplicitCapture)]
    private static partial Regex WholeNumbers();

    [GeneratedRegex(@"^[-+]?((inf(inity)?)|(?<nan>nan))$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex NamedNumbers();

    [GeneratedRegex(@"^[-+]?([0-9](_?[0-9])*(\.([0-9](_?[0-9])*)?)?|\.[0-9](_?[0-9])*)([eE][-+]?[0-9](_?[0-9])*)?$", RegexOptions.ExplicitCapture)]
    private static partial Regex RealNumbers();
}
