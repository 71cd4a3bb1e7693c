using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace FissionGrpo.Environments.Python;

/// <summary>
/// As much of mpmath 1.3 as logarithms need: binary floats of any precision, rounded to nearest even, their texts, and the complex results
/// that negative arguments give. The value of every logarithm is computed with guard bits beyond mpmath's own, then rounded once.
/// </summary>
internal static partial class Mpmath
{
    private const double BitsPerDigit = 3.3219280948873626;

    /// <summary>The original would go on for hours; its out-of-memory text is empty.</summary>
    private const int MaxDigits = 5000;

    private static readonly ConcurrentDictionary<int, BigInteger> Ln2ByBits = new();
    private static readonly ConcurrentDictionary<int, BigInteger> PiByBits = new();

    /// <summary><c>mp.dps = precision; log(value) / log(base)</c>.</summary>
    /// <exception cref="PyException">TypeError for what is no number, ZeroDivisionError (with an empty text) for base 1.</exception>
    public static PyObject LogQuotient(PyValue value, PyValue @base, PyValue precision)
    {
        var digits = (double)BigInteger.Min(BigInteger.Max(precision.Big, -1000), MaxDigits) + 1;
        var bits = Math.Max(1, (int)Math.Round(digits * BitsPerDigit, MidpointRounding.ToEven));
        var isTooPrecise = precision.Big > MaxDigits;
        var (x, xImaginary) = Log(Affordable(Convert(value, bits)), bits);
        var (y, yImaginary) = Log(Affordable(Convert(@base, bits)), bits);
        if (xImaginary is null && yImaginary is null)
            return new MpfValue(Mpf.Divide(x, y, bits), bits);
        var (real, imaginary) = yImaginary is { } d
            ? Divide(x, xImaginary ?? Mpf.Zero, y, d, bits)
            : (Mpf.Divide(x, y, bits), Mpf.Divide(xImaginary!.Value, y, bits));
        return new MpcValue(real, imaginary, bits);

        // Only the logarithms of 0, 1, inf and nan cost nothing.
        Mpf Affordable(Mpf x) => isTooPrecise && !x.IsZero && !x.IsNaN && !x.IsInfinite && !(x.Mantissa.IsOne && x.Exponent == 0)
            ? throw new PyException("MemoryError", "")
            : x;
    }

    // mpc_div: the inner sums are cut, not rounded, at ten guard bits.
    private static (Mpf Real, Mpf Imaginary) Divide(Mpf a, Mpf b, Mpf c, Mpf d, int bits)
    {
        var working = bits + 10;
        var size = Mpf.Add(Mpf.Multiply(c, c), Mpf.Multiply(d, d), working);
        var t = Mpf.Add(Mpf.Multiply(a, c), Mpf.Multiply(b, d), working);
        var u = Mpf.Add(Mpf.Multiply(b, c), Mpf.Multiply(a, d).Negated, working);
        return (Mpf.Divide(t, size, bits), Mpf.Divide(u, size, bits));
    }

    private static Mpf Convert(PyValue value, int bits)
    {
        if (value.IsInteger)
            return Mpf.Of(value.Big, 0);
        if (value.IsFloat)
        {
            var number = value.Float;
            if (!double.IsFinite(number))
                return double.IsNaN(number) ? Mpf.NaN : number > 0 ? Mpf.Infinity : Mpf.Infinity.Negated;
            var (mantissa, exponent) = PyFloat.Decompose(number);
            return Mpf.Of(mantissa, exponent);
        }
        if (value.TryGetString(out var text))
        {
            if (FromText(text, bits) is { } parsed)
                return parsed;
            if (PyString.Lower(text).Contains('j', StringComparison.Ordinal) && !ComplexText().IsMatch(PyString.Lower(text).Replace(" ", "", StringComparison.Ordinal)))
                throw new PyException("AttributeError", "'NoneType' object has no attribute 'group'");
        }
        throw PyException.TypeError($"cannot create mpf from {PyText.Repr(value)}");
    }

    private static Mpf? FromText(string given, int bits)
    {
        var text = PyString.Lower(given).Trim();
        switch (text)
        {
            case "inf" or "+inf":
                return Mpf.Infinity;
            case "-inf":
                return Mpf.Infinity.Negated;
            case "nan":
                return Mpf.NaN;
        }
        try
        {
            if (text.Split('/') is [var p, var q])
            {
                var (n, d) = (PyLiteral.ParseInt(p.TrimEnd('l')).Big, PyLiteral.ParseInt(q.TrimEnd('l')).Big);
                return d.IsZero ? throw PyException.ZeroDivision("") : Mpf.Ratio(n * d.Sign, BigInteger.Abs(d), bits);
            }
            text = text.TrimEnd('l');
            if (PyLiteral.ParseFloat(text) is null)
                return null;
            var parts = text.Split('e');
            var exponent = parts.Length > 1 ? (long)PyLiteral.ParseInt(parts[1]).Big : 0;
            var mantissa = parts[0].Split('.');
            var digits = mantissa[0];
            if (mantissa.Length == 2)
            {
                var fraction = mantissa[1].TrimEnd('0');
                exponent -= fraction.Length;
                digits += fraction;
            }
            if (Math.Abs(exponent) > 20000)
                throw new PyException("MemoryError", "");
            var integer = PyLiteral.ParseInt(digits).Big;
            return exponent >= 0
                ? Mpf.Of(integer * BigInteger.Pow(10, (int)exponent), 0).Rounded(bits)
                : Mpf.Ratio(integer, BigInteger.Pow(10, (int)-exponent), bits);
        }
        catch (PyException e) when (e.Type == "ValueError")
        {
            return null;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    // The logarithm; its imaginary part is pi for negative numbers, else null.
    private static (Mpf Real, Mpf? Imaginary) Log(Mpf x, int bits)
    {
        if (x.IsNaN)
            return (x, null);
        if (x.IsZero)
            return (Mpf.Infinity.Negated, null);
        if (x.IsNegative)
            return (Log(x.Negated, bits).Real, Mpf.Of(Pi(bits + 64), -bits - 64).Rounded(bits));
        if (x.IsInfinite)
            return (x, null);
        if (x.Mantissa.IsOne && x.Exponent == 0)
            return (Mpf.Zero, null);
        // Near 1 the leading bits cancel: as many more are computed.
        var extra = 0;
        var magnitude = x.Exponent + (int)x.Mantissa.GetBitLength();
        if (magnitude is 0 or 1)
        {
            var distance = x.Mantissa - (BigInteger.One << -x.Exponent);
            extra = -x.Exponent - (int)BigInteger.Abs(distance).GetBitLength() + 2;
        }
        var working = bits + extra + 64;
        return (Mpf.Of(LogFixed(x, working), -working).Rounded(bits), null);
    }

    // ln(x) * 2^working. x = f * 2^k with f in [1/2, 1); square roots bring f near 1, then ln f = 2 artanh((f-1)/(f+1)).
    private static BigInteger LogFixed(Mpf x, int working)
    {
        var roots = 8 + (int)Math.Sqrt(working) / 3;
        var guard = working + (2 * roots) + 16;
        var length = (int)x.Mantissa.GetBitLength();
        var k = x.Exponent + length;
        var shift = guard - length;
        var f = shift >= 0 ? x.Mantissa << shift : x.Mantissa >> -shift;
        for (var i = 0; i < roots; i++)
            f = PyDecimal.IntegerRoot(f << guard);
        var one = BigInteger.One << guard;
        var t = ((f - one) << guard) / (f + one);
        var square = (t * t) >> guard;
        var sum = BigInteger.Zero;
        var power = t;
        for (var n = 1; !power.IsZero && power != BigInteger.MinusOne; n += 2)
        {
            sum += power / n;
            power = (power * square) >> guard;
        }
        var log = (sum << (roots + 1)) + (k * Ln2(guard));
        return log >> (guard - working);
    }

    // ln 2 = 18 artanh(1/26) - 2 artanh(1/4801) + 8 artanh(1/8749)
    private static BigInteger Ln2(int bits) => Ln2ByBits.GetOrAdd(bits, static b =>
        ((18 * Artanh(26, b + 16)) - (2 * Artanh(4801, b + 16)) + (8 * Artanh(8749, b + 16))) >> 16);

    private static BigInteger Artanh(int inverse, int bits)
    {
        var power = (BigInteger.One << bits) / inverse;
        var square = (long)inverse * inverse;
        var sum = power;
        for (var n = 3; !power.IsZero; n += 2)
        {
            power /= square;
            sum += power / n;
        }
        return sum;
    }

    // Machin: pi = 16 arctan(1/5) - 4 arctan(1/239)
    private static BigInteger Pi(int bits) => PiByBits.GetOrAdd(bits, static b =>
        ((16 * Arctan(5, b + 16)) - (4 * Arctan(239, b + 16))) >> 16);

    private static BigInteger Arctan(int inverse, int bits)
    {
        var power = (BigInteger.One << bits) / inverse;
        var square = (long)inverse * inverse;
        var sum = power;
        for (var n = 3; !power.IsZero; n += 2)
        {
            power = -power / square;
            sum += power / n;
        }
        return sum;
    }

    [GeneratedRegex(@"^\(?([\+\-]?\d*(\.\d*)?(e[\+\-]?\d+)?)??([\+\-]?\d*(\.\d*)?(e[\+\-]?\d+)?j)?\)?$", RegexOptions.NonBacktracking)]
    private static partial Regex ComplexText();
}

/// <summary>A real result.</summary>
internal sealed class MpfValue(Mpf value, int bits) : PyObject
{
    public override string TypeName => "mpf";

    public override string Repr => $"mpf('{value.ToText(bits)}')";

    public override bool IsTrue => !value.IsZero;
}

/// <summary>A complex result.</summary>
internal sealed class MpcValue(Mpf real, Mpf imaginary, int bits) : PyObject
{
    public override string TypeName => "mpc";

    public override string Repr => $"mpc(real='{real.ToText(bits)}', imag='{imaginary.ToText(bits)}')";
}
