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
                var quotient = new Complex(x.Real, x.Imaginary) / new Complex(y.Real, y.Imaginary);
                return new PyComplex(quotient.Real, quotient.Imaginary);
            default:
                return null;
        }
    }

    /// <summary>CPython's <c>_Py_c_pow</c>, operation by operation.</summary>
    public static PyValue? Power(PyValue a, PyValue b)
    {
        if (Pair(a, b) is not var (x, y))
            return null;
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
