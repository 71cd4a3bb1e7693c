using System.Globalization;
using System.Numerics;

namespace FissionGrpo.Environments.Python;

/// <summary>Float texts and roundings as CPython makes them: correctly rounded on the exact binary value, ties to even.</summary>
internal static class PyFloat
{
    private static readonly double[] PowersOfTen = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

    /// <summary><c>repr(x)</c>: the shortest text that reads back as the same value.</summary>
    public static string Repr(double value)
    {
        if (value == Math.Truncate(value) && Math.Abs(value) < 1e15 && (value != 0 || !double.IsNegative(value)))
            return string.Create(CultureInfo.InvariantCulture, $"{(long)value}.0");
        if (double.IsNaN(value))
            return "nan";
        if (double.IsInfinity(value))
            return value > 0 ? "inf" : "-inf";
        // States hold few different numbers, and their digits take longer than everything else about a call.
        var bits = BitConverter.DoubleToInt64Bits(value);
        var recent = _recent ??= new (long, string)[RecentTexts];
        ref var entry = ref recent[(int)(((ulong)bits * 0x9E3779B97F4A7C15UL) >> 56)];
        if (entry.Bits != bits || entry.Text is null)
            entry = (bits, Digits(value));
        return entry.Text;
    }

    private const int RecentTexts = 256;

    [ThreadStatic]
    private static (long Bits, string Text)[]? _recent;

    private static string Digits(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        // Without an exponent, .NET and Python write the same digits.
        if (!text.Contains('E', StringComparison.Ordinal) && text.Contains('.', StringComparison.Ordinal))
            return text;
        var (digits, exponent) = Scientific(text);
        var sign = double.IsNegative(value) ? "-" : "";
        if (exponent is < -4 or >= 16)
        {
            var fraction = digits.Length > 1 ? $".{digits[1..]}" : "";
            return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }
        if (exponent < 0)
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        return digits.Length <= exponent + 1
            ? $"{sign}{digits.PadRight(exponent + 1, '0')}.0"
            : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    // The significant digits and the decimal exponent of the first one, whatever notation .NET has chosen.
    private static (string Digits, int Exponent) Scientific(string text)
    {
        var e = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = e < 0 ? 0 : int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = (e < 0 ? text : text[..e]).TrimStart('-');
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        exponent += (point < 0 ? mantissa.Length : point) - 1;
        var leadingZeros = digits.Length - digits.TrimStart('0').Length;
        digits = digits[leadingZeros..].TrimEnd('0');
        return digits.Length == 0 ? ("0", 0) : (digits, exponent - leadingZeros);
    }

    /// <summary><c>format(x, '.2f')</c> and its like.</summary>
    public static string Fixed(double value, int decimals)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        if (decimals is >= 0 and <= 9 && TryRoundNear(value, decimals, out _))
            return value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var scaled = RoundScaled(Math.Abs(value), decimals).ToString(CultureInfo.InvariantCulture);
        if (decimals > 0)
        {
            scaled = scaled.PadLeft(decimals + 1, '0');
            scaled = $"{scaled[..^decimals]}.{scaled[^decimals..]}";
        }
        return double.IsNegative(value) ? "-" + scaled : scaled;
    }

    /// <summary><c>round(x, digits)</c> of a float.</summary>
    /// <exception cref="PyException">OverflowError when the rounded value is out of range.</exception>
    public static double Round(double value, long digits)
    {
        if (!double.IsFinite(value) || value == 0 || digits > 323)
            return value;
        if (digits < -309)
            return double.IsNegative(value) ? -0.0 : 0.0;
        if (digits is >= 0 and <= 9 && TryRoundNear(value, (int)digits, out var near))
            return near;
        var scaled = RoundScaled(Math.Abs(value), (int)digits);
        var rounded = double.Parse($"{scaled}E{-digits}", NumberStyles.Float, CultureInfo.InvariantCulture);
        if (double.IsInfinity(rounded))
            throw new PyException("OverflowError", "rounded value too large to represent");
        return double.IsNegative(value) ? -rounded : rounded;
    }

    /// <summary>
    /// The common case: a number of moderate size that is not near the middle between two results. The product below is off by less than
    /// 1e-7, so its nearest integer is certain, and an integer below 2^53 divided by an exact power of ten is correctly rounded.
    /// </summary>
    private static bool TryRoundNear(double value, int digits, out double rounded)
    {
        var scale = PowersOfTen[digits];
        var scaled = value * scale;
        var nearest = Math.Round(scaled);
        rounded = nearest / scale;
        return Math.Abs(scaled) is < 1e8 and >= 1 && Math.Abs(Math.Abs(scaled - nearest) - 0.5) > 1e-6;
    }

    /// <summary><c>round(x)</c>: an int, ties to even.</summary>
    public static BigInteger RoundToInteger(double value)
    {
        if (double.IsNaN(value))
            throw PyException.ValueError("cannot convert float NaN to integer");
        if (double.IsInfinity(value))
            throw new PyException("OverflowError", "cannot convert float infinity to integer");
        return new BigInteger(Math.Round(value, MidpointRounding.ToEven));
    }

    /// <summary>The finite value as mantissa * 2^exponent, exactly; the sign is the mantissa's.</summary>
    public static (long Mantissa, int Exponent) Decompose(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var mantissa = bits & 0xFFFFFFFFFFFFF;
        if (exponent == 0)
            exponent = 1;
        else
            mantissa |= 1L << 52;
        return (bits < 0 ? -mantissa : mantissa, exponent - 1075);
    }

    /// <summary>value * 10^digits, rounded to an integer, ties to even.</summary>
    private static BigInteger RoundScaled(double value, int digits)
    {
        var (mantissa, exponent) = Decompose(value);
        BigInteger numerator = mantissa;
        var denominator = BigInteger.One;
        if (digits >= 0)
            numerator *= BigInteger.Pow(10, digits);
        else
            denominator = BigInteger.Pow(10, -digits);
        if (exponent >= 0)
            numerator <<= exponent;
        else
            denominator <<= -exponent;
        var quotient = BigInteger.DivRem(numerator, denominator, out var remainder);
        var twice = (remainder << 1).CompareTo(denominator);
        return twice > 0 || (twice == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }
}
