using System.Numerics;

namespace FissionGrpo.Environments.Python;

/// <summary>A complex number: powers of negative floats give one, and it may then be printed or computed with.</summary>
internal sealed class PyComplex(double real, double imaginary) : PyObject
{
    public double Real => real;

    public double Imaginary => imaginary;

    public double Length => new Complex(real, imaginary).Magnitude;

    public override string TypeName => "complex";

    public override bool IsTrue => real != 0 || imaginary != 0;

    public override string Repr
    {
        get
        {
            var imaginaryText = Part(imaginary) + "j";
            if (real == 0 && !double.IsNegative(real))
                return imaginaryText;
            return imaginaryText[0] == '-' ? $"({Part(real)}{imaginaryText})" : $"({Part(real)}+{imaginaryText})";
        }
    }

    public override bool EqualTo(PyObject other) => other is PyComplex c && c.Real == real && c.Imaginary == imaginary;

    /// <summary>The result when at least one side is complex and the other a number; else null.</summary>
    public static PyValue? Operate(PyValue a, char op, PyValue b)
    {
        if (Pair(a, b) is not var (x, y))
            return null;
        switch (op)
        {
            case '+':
                return new PyComplex(x.Real + y.Real, x.Imaginary + y.Imaginary);
            case '-':
                return new PyComplex(x.Real - y.Real, x.Imaginary - y.Imaginary);
            case '*':
                return new PyComplex((x.Real * y.Real) - (x.Imaginary * y.Imaginary), (x.Real * y.Imaginary) + (x.Imaginary * y.Real));
            case '/' when y is { Real: 0, Imaginary: 0 }:
                throw PyException.ZeroDivision("complex division by zero");
            case '/':
                return Quotient(x, y);
            default:
                return null;
        }
    }

    // CPython's _Py_c_quot, operation by operation: scaled by the larger part of the divisor.
    private static PyComplex Quotient(PyComplex x, PyComplex y)
    {
        if (double.IsNaN(y.Real) || double.IsNaN(y.Imaginary))
            return new PyComplex(double.NaN, double.NaN);
        if (Math.Abs(y.Real) >= Math.Abs(y.Imaginary))
        {
            var ratio = y.Imaginary / y.Real;
            var size = y.Real + (y.Imaginary * ratio);
            return new PyComplex((x.Real + (x.Imaginary * ratio)) / size, (x.Imaginary - (x.Real * ratio)) / size);
        }
        else
        {
            var ratio = y.Real / y.Imaginary;
            var size = (y.Real * ratio) + y.Imaginary;
            return new PyComplex(((x.Real * ratio) + x.Imaginary) / size, ((x.Imaginary * ratio) - x.Real) / size);
        }
    }

    // Small whole exponents are multiplied out, as CPython does.
    private static PyComplex WholePower(PyComplex x, int exponent)
    {
        if (exponent <= 0)
            return Quotient(new PyComplex(1, 0), Positive(x, -exponent));
        return Positive(x, exponent);

        static PyComplex Positive(PyComplex x, int n)
        {
            var (result, factor) = (new PyComplex(1, 0), x);
            for (var mask = 1; mask > 0 && n >= mask; mask <<= 1)
            {
                if ((n & mask) != 0)
                    result = Product(result, factor);
                factor = Product(factor, factor);
            }
            return result;
        }

        static PyComplex Product(PyComplex a, PyComplex b) =>
            new((a.Real * b.Real) - (a.Imaginary * b.Imaginary), (a.Real * b.Imaginary) + (a.Imaginary * b.Real));
    }

    /// <summary>CPython's <c>_Py_c_pow</c>, operation by operation.</summary>
    public static PyValue? Power(PyValue a, PyValue b)
    {
        if (Pair(a, b) is not var (x, y))
            return null;
        if (y.Imaginary == 0 && y.Real == Math.Floor(y.Real) && Math.Abs(y.Real) <= 100 && (x.IsTrue || y.Real >= 0))
        {
            var power = WholePower(x, (int)y.Real);
            return double.IsFinite(power.Real) && double.IsFinite(power.Imaginary)
                ? power
                : throw new PyException("OverflowError", "complex exponentiation");
        }
        return Power(x, y);
    }

    public static PyValue? Power(PyComplex x, PyComplex y)
    {
        if (y is { Real: 0, Imaginary: 0 })
            return new PyComplex(1, 0);
        if (x is { Real: 0, Imaginary: 0 })
        {
            return y.Imaginary != 0 || y.Real < 0
                ? throw PyException.ZeroDivision("0.0 to a negative or complex power")
                : new PyComplex(0, 0);
        }
        var size = double.Hypot(x.Real, x.Imaginary);
        var length = Math.Pow(size, y.Real);
        var angle = Math.Atan2(x.Imaginary, x.Real);
        var phase = angle * y.Real;
        if (y.Imaginary != 0)
        {
            length *= Math.Exp(-angle * y.Imaginary);
            phase += y.Imaginary * Math.Log(size);
        }
        var result = new PyComplex(length * Math.Cos(phase), length * Math.Sin(phase));
        return double.IsFinite(result.Real) && double.IsFinite(result.Imaginary)
            ? result
            : throw new PyException("OverflowError", "complex exponentiation");
    }

    private static (PyComplex X, PyComplex Y)? Pair(PyValue a, PyValue b)
    {
        var x = a.Reference as PyComplex;
        var y = b.Reference as PyComplex;
        if (x is null && y is null)
            return null;
        x ??= a.IsNumber ? new PyComplex(PyNumber.ToDouble(a), 0) : null;
        y ??= b.IsNumber ? new PyComplex(PyNumber.ToDouble(b), 0) : null;
        return x is null || y is null ? null : (x, y);
    }

    // Inside a complex, whole numbers are written without ".0".
    private static string Part(double value)
    {
        var text = PyFloat.Repr(value);
        return text.EndsWith(".0", StringComparison.Ordinal) ? text[..^2] : text;
    }
}
