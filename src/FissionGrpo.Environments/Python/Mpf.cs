using System.Globalization;
using System.Numerics;

namespace FissionGrpo.Environments.Python;

/// <summary>A binary float of any precision: mantissa * 2^exponent with an odd mantissa, or zero, infinite, or not a number.</summary>
internal readonly struct Mpf
{
    private const int Finite = 0;
    private const int Infinite = 1;
    private const int NotANumber = 2;

    private readonly int _kind;

    private Mpf(BigInteger mantissa, int exponent, int kind = Finite)
    {
        Mantissa = mantissa;
        Exponent = exponent;
        _kind = kind;
    }

    public static Mpf Zero => default;

    public static Mpf Infinity => new(1, 0, Infinite);

    public static Mpf NaN => new(0, 0, NotANumber);

    /// <summary>With its sign.</summary>
    public BigInteger Mantissa { get; }

    public int Exponent { get; }

    public bool IsNaN => _kind == NotANumber;

    public bool IsInfinite => _kind == Infinite;

    public bool IsZero => _kind == Finite && Mantissa.IsZero;

    public bool IsNegative => Mantissa.Sign < 0;

    public Mpf Negated => new(-Mantissa, Exponent, _kind);

    /// <summary>Exactly mantissa * 2^exponent.</summary>
    public static Mpf Of(BigInteger mantissa, int exponent)
    {
        if (mantissa.IsZero)
            return Zero;
        var zeros = (int)BigInteger.TrailingZeroCount(mantissa);
        return new Mpf(mantissa >> zeros, exponent + zeros);
    }

    /// <summary>numerator / denominator (positive), rounded to nearest even.</summary>
    public static Mpf Ratio(BigInteger numerator, BigInteger denominator, int bits)
    {
        if (numerator.IsZero)
            return Zero;
        var extra = bits + 4 + (int)denominator.GetBitLength() - (int)numerator.GetBitLength();
        extra = Math.Max(extra, 4);
        var quotient = BigInteger.DivRem(BigInteger.Abs(numerator) << extra, denominator, out var remainder);
        if (!remainder.IsZero)
            quotient = (quotient << 1) | 1;
        else
            quotient <<= 1;
        return Of(quotient * numerator.Sign, -extra - 1).Rounded(bits);
    }

    /// <summary>Rounded to this many bits: to nearest, ties to even.</summary>
    public Mpf Rounded(int bits)
    {
        var drop = (int)BigInteger.Abs(Mantissa).GetBitLength() - bits;
        if (_kind != Finite || drop <= 0)
            return this;
        var size = BigInteger.Abs(Mantissa);
        var quotient = size >> drop;
        var rest = size - (quotient << drop);
        var order = rest.CompareTo(BigInteger.One << (drop - 1));
        if (order > 0 || (order == 0 && !quotient.IsEven))
            quotient += 1;
        return Of(quotient * Mantissa.Sign, Exponent + drop);
    }

    /// <summary>Exactly.</summary>
    public static Mpf Multiply(Mpf a, Mpf b)
    {
        if (a._kind == Finite && b._kind == Finite)
            return Of(a.Mantissa * b.Mantissa, a.Exponent + b.Exponent);
        if (a.IsNaN || b.IsNaN || a.IsZero || b.IsZero)
            return NaN;
        return a.IsNegative == b.IsNegative ? Infinity : Infinity.Negated;
    }

    /// <summary>Cut towards zero at this many bits (mpmath's <c>round_fast</c>).</summary>
    public static Mpf Add(Mpf a, Mpf b, int bits)
    {
        if (a._kind != Finite || b._kind != Finite)
        {
            if (a.IsNaN || b.IsNaN || (a.IsInfinite && b.IsInfinite && a.IsNegative != b.IsNegative))
                return NaN;
            return a.IsInfinite ? a : b;
        }
        var exponent = Math.Min(a.Exponent, b.Exponent);
        var sum = (a.Mantissa << (a.Exponent - exponent)) + (b.Mantissa << (b.Exponent - exponent));
        var drop = (int)BigInteger.Abs(sum).GetBitLength() - bits;
        return drop <= 0 ? Of(sum, exponent) : Of((BigInteger.Abs(sum) >> drop) * sum.Sign, exponent + drop);
    }

    /// <summary>Rounded to nearest even.</summary>
    /// <exception cref="PyException">ZeroDivisionError, with an empty text as mpmath raises it.</exception>
    public static Mpf Divide(Mpf a, Mpf b, int bits)
    {
        if (b.IsZero)
            throw PyException.ZeroDivision("");
        if (a.IsNaN || b.IsNaN || (a.IsInfinite && b.IsInfinite))
            return NaN;
        if (a.IsZero || b.IsInfinite)
            return Zero;
        if (a.IsInfinite)
            return a.IsNegative == b.IsNegative ? Infinity : Infinity.Negated;
        var quotient = Ratio(a.Mantissa * b.Mantissa.Sign, BigInteger.Abs(b.Mantissa), bits);
        return new Mpf(quotient.Mantissa, quotient.Exponent + a.Exponent - b.Exponent);
    }

    /// <summary>mpmath's <c>to_str</c> with the digits that <c>repr</c> uses at this precision.</summary>
    public string ToText(int bits)
    {
        if (_kind != Finite)
            return IsNaN ? "nan" : IsNegative ? "-inf" : "+inf";
        if (IsZero)
            return "0.0";
        var shown = Math.Max(1, (int)Math.Round(bits / 3.3219280948873626, MidpointRounding.ToEven) - 1);
        shown = shown == 15 ? 17 : shown + 3;
        var (digits, exponent) = Digits(shown + 3);
        if (digits.Length > shown && digits[shown] >= '5')
        {
            var rounded = (BigInteger.Parse(digits.AsSpan(0, shown), NumberStyles.None, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);
            if (rounded.Length > shown)
            {
                rounded = rounded[..shown];
                exponent++;
            }
            digits = rounded;
        }
        else if (digits.Length > shown)
        {
            digits = digits[..shown];
        }
        var split = 1;
        var written = exponent;
        if (exponent > Math.Min(-(shown / 3), -5) && exponent < shown)
        {
            if (exponent < 0)
                digits = new string('0', -exponent) + digits;
            else
                split = exponent + 1;
            if (split > digits.Length)
                digits = digits.PadRight(split, '0');
            written = 0;
        }
        var text = $"{digits[..split]}.{digits[split..]}".TrimEnd('0');
        if (text[^1] == '.')
            text += "0";
        var sign = IsNegative ? "-" : "";
        return written == 0 ? sign + text : $"{sign}{text}e{(written > 0 ? "+" : "")}{written}";
    }

    // to_digits_exp: decimal digits of |x|, cut, and the exponent of the first.
    private (string Digits, int Exponent) Digits(int count)
    {
        var log2Of10 = Math.Log(10, 2);
        var mantissa = BigInteger.Abs(Mantissa);
        var precision = (int)(count * log2Of10) + 10;
        var fixedBits = Math.Max(precision - Exponent - (int)mantissa.GetBitLength(), 0);
        var fixedDigits = (int)((fixedBits / log2Of10) + 0.5);
        var offset = Exponent + fixedBits;
        var scaled = offset >= 0 ? mantissa << offset : mantissa >> -offset;
        var digits = ((scaled * BigInteger.Pow(10, fixedDigits)) >> fixedBits).ToString(CultureInfo.InvariantCulture);
        return (digits, digits.Length - fixedDigits - 1);
    }
}
