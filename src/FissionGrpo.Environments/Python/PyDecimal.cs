using System.Globalization;
using System.Numerics;

namespace FissionGrpo.Environments.Python;

/// <summary>A non-negative <c>decimal.Decimal</c>, as the square root of a number gives one.</summary>
internal sealed class PyDecimal(string digits, long exponent, bool isNegativeZero = false) : PyObject
{
    /// <summary>Above this many digits Python takes minutes or memory ends; the original's limit is far beyond.</summary>
    private const int MaxPrecision = 20000;

    public override string TypeName => "Decimal";

    public override string Repr => $"Decimal('{this}')";

    public override bool IsTrue => digits.AsSpan().ContainsAnyExcept('0');

    /// <summary>The root of the exact binary value, to this many significant digits, half to even.</summary>
    /// <exception cref="PyException">ValueError when the precision is out of range.</exception>
    public static PyDecimal SquareRoot(PyValue number, PyValue precision)
    {
        if (!precision.TryGetInt64(out _))
            throw new PyException("OverflowError", "Python int too large to convert to C ssize_t");
        if (precision.Big < 1 || precision.Big > 999999999999999999)
            throw PyException.ValueError("valid range for prec is [1, MAX_PREC]");
        if (number.IsFloat && !double.IsFinite(number.Float))
            return new PyDecimal(double.IsNaN(number.Float) ? "NaN" : "Infinity", 0);
        var (coefficient, exponent) = Exact(number);
        if (coefficient.IsZero)
            return new PyDecimal("0", 0, number.IsFloat && double.IsNegative(number.Float));
        if (precision.Big > MaxPrecision)
            throw new PyException("MemoryError", "");
        var digits = (int)precision.Big;

        // The algorithm of the decimal specification, as CPython's _pydecimal writes it.
        var e = exponent >> 1;
        var length = coefficient.ToString(CultureInfo.InvariantCulture).Length;
        int half;
        if ((exponent & 1) != 0)
        {
            coefficient *= 10;
            half = (length >> 1) + 1;
        }
        else
        {
            half = (length + 1) >> 1;
        }
        var shift = digits + 1 - half;
        var isExact = true;
        if (shift >= 0)
        {
            coefficient *= BigInteger.Pow(100, shift);
        }
        else
        {
            coefficient = BigInteger.DivRem(coefficient, BigInteger.Pow(100, -shift), out var remainder);
            isExact = remainder.IsZero;
        }
        e -= shift;
        var root = IntegerRoot(coefficient);
        if (isExact && root * root == coefficient)
        {
            root = shift >= 0 ? root / BigInteger.Pow(10, shift) : root * BigInteger.Pow(10, -shift);
            e += shift;
        }
        else if ((root % 5).IsZero)
        {
            root += 1;
        }
        return Rounded(root, e, digits);
    }

    public override string ToString()
    {
        if (!char.IsAsciiDigit(digits[0]))
            return digits;
        var left = exponent + digits.Length;
        var point = exponent <= 0 && left > -6 ? left : 1;
        var text = point <= 0 ? $"0.{new string('0', (int)-point)}{digits}"
            : point >= digits.Length ? digits.PadRight((int)point, '0')
            : $"{digits[..(int)point]}.{digits[(int)point..]}";
        var sign = isNegativeZero ? "-" : "";
        return left == point ? sign + text : $"{sign}{text}E{(left - point < 0 ? "" : "+")}{left - point}";
    }

    private static PyDecimal Rounded(BigInteger coefficient, long exponent, int digits)
    {
        var text = coefficient.ToString(CultureInfo.InvariantCulture);
        var drop = text.Length - digits;
        if (drop <= 0)
            return new PyDecimal(text, exponent);
        var unit = BigInteger.Pow(10, drop);
        var quotient = BigInteger.DivRem(coefficient, unit, out var remainder);
        var twice = (remainder * 2).CompareTo(unit);
        if (twice > 0 || (twice == 0 && !quotient.IsEven))
            quotient += 1;
        text = quotient.ToString(CultureInfo.InvariantCulture);
        return text.Length > digits ? new PyDecimal(text[..^1], exponent + drop + 1) : new PyDecimal(text, exponent + drop);
    }

    // Decimal(number): every binary fraction ends in decimal.
    private static (BigInteger Coefficient, int Exponent) Exact(PyValue number)
    {
        if (!number.IsFloat)
            return (number.Big, 0);
        var (mantissa, exponent) = PyFloat.Decompose(Math.Abs(number.Float));
        if (mantissa == 0)
            return (0, 0);
        while ((mantissa & 1) == 0 && exponent < 0)
        {
            mantissa >>= 1;
            exponent++;
        }
        return exponent >= 0 ? ((BigInteger)mantissa << exponent, 0) : (mantissa * BigInteger.Pow(5, -exponent), exponent);
    }

    /// <summary>floor(sqrt(n)).</summary>
    internal static BigInteger IntegerRoot(BigInteger n)
    {
        if (n.IsZero)
            return 0;
        var x = BigInteger.One << (int)((n.GetBitLength() + 1) / 2);
        while (true)
        {
            var next = (x + (n / x)) >> 1;
            if (next >= x)
                return x;
            x = next;
        }
    }
}
