using System.Numerics;

namespace FissionGrpo.Environments.Python;

/// <summary>Arithmetic as CPython 3.11 does it, with its error texts. Results are bounded in size.</summary>
internal static class PyNumber
{
    /// <summary>The longest text, list or tuple that an operator may make.</summary>
    public const int MaxLength = 1 << 22;

    /// <summary>The widest int: far above the 4300 digits that Python agrees to print.</summary>
    public const int MaxBits = 1 << 18;

    /// <summary>Order of two numbers, exact between int and float; null when one is nan.</summary>
    public static int? Compare(PyValue a, PyValue b)
    {
        if (a.TryGetInt64(out var x) && b.TryGetInt64(out var y))
            return x.CompareTo(y);
        if (a.IsFloat && b.IsFloat)
            return double.IsNaN(a.Float) || double.IsNaN(b.Float) ? null : a.Float.CompareTo(b.Float);
        if (a.IsFloat)
            return -Compare(b, a);
        if (!b.IsFloat)
            return a.Big.CompareTo(b.Big);
        var f = b.Float;
        if (double.IsNaN(f))
            return null;
        if (double.IsInfinity(f))
            return f > 0 ? -1 : 1;
        if (a.TryGetInt64(out x) && Math.Abs(x) <= 1L << 53)
            return ((double)x).CompareTo(f);
        var whole = Math.Floor(f);
        var order = a.Big.CompareTo(new BigInteger(whole));
        return order == 0 && whole != f ? -1 : order;
    }

    /// <summary>The number as a float, correctly rounded.</summary>
    /// <exception cref="PyException">OverflowError.</exception>
    public static double ToDouble(PyValue number)
    {
        if (number.IsFloat)
            return number.Float;
        if (number.TryGetInt64(out var small))
            return small;
        var value = Ratio(number.Big, BigInteger.One);
        return double.IsInfinity(value) ? throw new PyException("OverflowError", "int too large to convert to float") : value;
    }

    public static PyValue Add(PyValue a, PyValue b, string op = "+")
    {
        if (a.TryGetInt64(out var x) && b.TryGetInt64(out var y))
        {
            var sum = unchecked(x + y);
            return ((x ^ sum) & (y ^ sum)) < 0 ? (PyValue)((BigInteger)x + y) : sum;
        }
        if (a.IsNumber && b.IsNumber)
            return a.IsFloat || b.IsFloat ? ToDouble(a) + ToDouble(b) : Bounded(a.Big + b.Big);
        switch (a.Reference)
        {
            case string s:
                return b.TryGetString(out var t)
                    ? s.Length + t.Length <= MaxLength ? s + t : throw PyException.TooLarge("the text")
                    : throw PyException.TypeError($"can only concatenate str (not \"{b.TypeName}\") to str");
            case PyList p when b.TryGet<PyList>(out var q):
                var list = new PyList(Fits((long)p.Count + q.Count));
                list.AddRange(p.Items);
                list.AddRange(q.Items);
                return list;
            case PyTuple p when b.TryGet<PyTuple>(out var q):
                _ = Fits((long)p.Count + q.Count);
                return new PyTuple([.. p.Items, .. q.Items]);
            case PyBytes bytes:
                return bytes.Add(b);
            case PyList or PyTuple:
                throw PyException.TypeError($"can only concatenate {a.TypeName} (not \"{b.TypeName}\") to {a.TypeName}");
            default:
                return PyComplex.Operate(a, '+', b) ?? throw Unsupported(op, a, b);
        }
    }

    public static PyValue Subtract(PyValue a, PyValue b, string op = "-")
    {
        if (a.TryGetInt64(out var x) && b.TryGetInt64(out var y))
        {
            var difference = unchecked(x - y);
            return ((x ^ y) & (x ^ difference)) < 0 ? (PyValue)((BigInteger)x - y) : difference;
        }
        if (a.IsNumber && b.IsNumber)
            return a.IsFloat || b.IsFloat ? ToDouble(a) - ToDouble(b) : Bounded(a.Big - b.Big);
        if (a.TryGet<PySet>(out var p) && b.TryGet<PySet>(out var q))
        {
            var rest = new PySet();
            foreach (var member in p.Members.Keys)
                if (!q.Members.ContainsKey(member))
                    rest.Add(member);
            return rest;
        }
        return PyComplex.Operate(a, '-', b) ?? throw Unsupported(op, a, b);
    }

    public static PyValue Multiply(PyValue a, PyValue b, string op = "*")
    {
        if (a.IsNumber && b.IsNumber)
        {
            if (a.IsFloat || b.IsFloat)
                return ToDouble(a) * ToDouble(b);
            if (a.TryGetInt64(out var x) && b.TryGetInt64(out var y) && Math.BigMul(x, y, out var low) is var high && high == low >> 63)
                return low;
            if (a.Big.GetBitLength() + b.Big.GetBitLength() > MaxBits)
                throw PyException.TooLarge("the int");
            return a.Big * b.Big;
        }
        if (IsSequence(a))
            return b.IsInteger ? Repeat(a, b) : throw PyException.TypeError($"can't multiply sequence by non-int of type '{b.TypeName}'");
        if (IsSequence(b))
            return a.IsInteger ? Repeat(b, a) : throw PyException.TypeError($"can't multiply sequence by non-int of type '{a.TypeName}'");
        return PyComplex.Operate(a, '*', b) ?? throw Unsupported(op, a, b);
    }

    public static PyValue Divide(PyValue a, PyValue b, string op = "/")
    {
        if (!a.IsNumber || !b.IsNumber)
            return PyComplex.Operate(a, '/', b) ?? throw Unsupported(op, a, b);
        if (a.IsFloat || b.IsFloat)
        {
            var divisor = ToDouble(b);
            var dividend = ToDouble(a);
            return divisor == 0 ? throw PyException.ZeroDivision("float division by zero") : dividend / divisor;
        }
        if (b.TryGetInt64(out var y) && y == 0)
            throw PyException.ZeroDivision("division by zero");
        if (a.TryGetInt64(out var x) && Math.Abs((double)x) <= 1L << 53 && Math.Abs((double)y) <= 1L << 53 && b.TryGetInt64(out _))
            return (double)x / y;
        var quotient = Ratio(a.Big, b.Big);
        return double.IsInfinity(quotient) ? throw new PyException("OverflowError", "integer division result too large for a float") : quotient;
    }

    public static PyValue FloorDivide(PyValue a, PyValue b)
    {
        if (!a.IsNumber || !b.IsNumber)
            throw Unsupported("//", a, b);
        if (a.IsFloat || b.IsFloat)
        {
            double dividend = ToDouble(a), divisor = ToDouble(b);
            if (divisor == 0)
                throw PyException.ZeroDivision("float floor division by zero");
            var (floor, _) = FloatDivMod(dividend, divisor);
            return floor;
        }
        if (b.Big.IsZero)
            throw PyException.ZeroDivision("integer division or modulo by zero");
        var quotient = BigInteger.DivRem(a.Big, b.Big, out var remainder);
        return !remainder.IsZero && remainder.Sign != b.Big.Sign ? quotient - 1 : quotient;
    }

    public static PyValue Modulo(PyValue a, PyValue b)
    {
        if (!a.IsNumber || !b.IsNumber)
            throw Unsupported("%", a, b);
        if (a.IsFloat || b.IsFloat)
        {
            double dividend = ToDouble(a), divisor = ToDouble(b);
            return divisor == 0 ? throw PyException.ZeroDivision("float modulo") : FloatDivMod(dividend, divisor).Remainder;
        }
        if (b.Big.IsZero)
            throw PyException.ZeroDivision("integer modulo by zero");
        var rest = BigInteger.Remainder(a.Big, b.Big);
        return !rest.IsZero && rest.Sign != b.Big.Sign ? rest + b.Big : rest;
    }

    /// <summary><c>a ** b</c>.</summary>
    public static PyValue Power(PyValue a, PyValue b)
    {
        if (!a.IsNumber || !b.IsNumber)
            return PyComplex.Power(a, b) ?? throw PyException.TypeError($"unsupported operand type(s) for ** or pow(): '{a.TypeName}' and '{b.TypeName}'");
        if (!a.IsFloat && !b.IsFloat && b.Big.Sign >= 0)
        {
            var (@base, exponent) = (a.Big, b.Big);
            if (exponent.IsZero || @base.IsOne)
                return 1;
            if (@base.IsZero)
                return 0;
            if (@base == BigInteger.MinusOne)
                return exponent.IsEven ? 1 : -1;
            if (exponent > MaxBits || (@base.GetBitLength() - 1) * (long)exponent > MaxBits)
                throw PyException.ValueError(PyText.TooManyDigits);
            return BigInteger.Pow(@base, (int)exponent);
        }
        double x = ToDouble(a), y = ToDouble(b);
        if (x == 0 && y < 0)
            throw PyException.ZeroDivision("0.0 cannot be raised to a negative power");
        if (x < 0 && double.IsFinite(x) && double.IsFinite(y) && y != Math.Floor(y))
            return PyComplex.Power(new PyComplex(x, 0), new PyComplex(y, 0))!.Value;
        var power = Math.Pow(x, y);
        if (double.IsInfinity(power) && double.IsFinite(x) && double.IsFinite(y))
            throw new PyException("OverflowError", "(34, 'Numerical result out of range')");
        return power;
    }

    public static PyValue Negate(PyValue value)
    {
        if (value.IsFloat)
            return -value.Float;
        if (value.IsInteger)
            return -value.Big;
        return value.TryGet<PyComplex>(out var complex) ? new PyComplex(-complex.Real, -complex.Imaginary)
            : throw PyException.TypeError($"bad operand type for unary -: '{value.TypeName}'");
    }

    /// <summary><c>abs(v)</c>.</summary>
    public static PyValue Absolute(PyValue value)
    {
        if (value.IsFloat)
            return Math.Abs(value.Float);
        if (value.IsInteger)
            return BigInteger.Abs(value.Big);
        return value.TryGet<PyComplex>(out var complex) ? complex.Length : throw PyException.TypeError($"bad operand type for abs(): '{value.TypeName}'");
    }

    /// <summary><c>round(number)</c> or <c>round(number, digits)</c>.</summary>
    public static PyValue Round(PyValue number, PyValue? digits)
    {
        if (!number.IsNumber)
            throw PyException.TypeError($"type {number.TypeName} doesn't define __round__ method");
        if (digits is not { IsNone: false } given)
            return number.IsFloat ? PyFloat.RoundToInteger(number.Float) : number.Big;
        if (!given.IsInteger)
            throw PyException.TypeError($"'{given.TypeName}' object cannot be interpreted as an integer");
        var places = given.TryGetInt64(out var small) ? Math.Clamp(small, -100000, 100000) : given.Big.Sign * 100000;
        if (number.IsFloat)
            return PyFloat.Round(number.Float, places);
        if (places >= 0)
            return number.Big;
        if (-places > number.Big.GetBitLength())
            return 0;
        var unit = BigInteger.Pow(10, (int)-places);
        var quotient = BigInteger.DivRem(BigInteger.Abs(number.Big), unit, out var remainder);
        var twice = (remainder * 2).CompareTo(unit);
        if (twice > 0 || (twice == 0 && !quotient.IsEven))
            quotient += 1;
        return quotient * unit * number.Big.Sign;
    }

    /// <summary><c>sum(items)</c>: left to right from the int 0, without compensation (Python 3.11).</summary>
    public static PyValue Sum(PyValue items)
    {
        PyValue sum = 0;
        foreach (var item in PyOps.Iterate(items))
            sum = Add(sum, item);
        return sum;
    }

    /// <summary><c>float(v)</c>.</summary>
    public static double ToFloat(PyValue value)
    {
        if (value.IsNumber)
            return ToDouble(value);
        if (value.TryGetString(out var text))
            return PyLiteral.ParseFloat(text) ?? throw PyException.ValueError($"could not convert string to float: {PyText.Repr(value)}");
        if (value.TryGet<PyBytes>(out var bytes))
            return PyLiteral.ParseFloat(bytes.ToString()) ?? throw PyException.ValueError($"could not convert string to float: {bytes.Repr}");
        throw PyException.TypeError($"float() argument must be a string or a real number, not '{value.TypeName}'");
    }

    /// <summary><c>int(v)</c>.</summary>
    public static PyValue ToInt(PyValue value)
    {
        if (value.IsInteger)
            return value.Big;
        if (value.IsFloat)
        {
            if (double.IsNaN(value.Float))
                throw PyException.ValueError("cannot convert float NaN to integer");
            if (double.IsInfinity(value.Float))
                throw new PyException("OverflowError", "cannot convert float infinity to integer");
            return new BigInteger(Math.Truncate(value.Float));
        }
        if (value.TryGetString(out var text))
            return PyLiteral.ParseInt(text);
        if (value.TryGet<PyBytes>(out var bytes))
        {
            try
            {
                return PyLiteral.ParseInt(bytes.ToString());
            }
            catch (PyException)
            {
                throw PyException.ValueError($"invalid literal for int() with base 10: {bytes.Repr}");
            }
        }
        throw PyException.TypeError($"int() argument must be a string, a bytes-like object or a real number, not '{value.TypeName}'");
    }

    /// <summary>numerator / denominator, correctly rounded; infinite when it is out of range.</summary>
    internal static double Ratio(BigInteger numerator, BigInteger denominator)
    {
        if (numerator.IsZero)
            return 0;
        var negative = numerator.Sign != denominator.Sign;
        numerator = BigInteger.Abs(numerator);
        denominator = BigInteger.Abs(denominator);
        var shift = (int)(numerator.GetBitLength() - denominator.GetBitLength()) - 55;
        shift = Math.Max(shift, -1076);
        if (shift >= 0)
            denominator <<= shift;
        else
            numerator <<= -shift;
        var quotient = BigInteger.DivRem(numerator, denominator, out var remainder);
        var extra = Math.Max((int)quotient.GetBitLength() - 53, shift < -1074 ? -1074 - shift : 0);
        if (extra > 0)
        {
            var mask = (BigInteger.One << extra) - 1;
            var low = quotient & mask;
            quotient >>= extra;
            var half = BigInteger.One << (extra - 1);
            if (low > half || (low == half && (!remainder.IsZero || !quotient.IsEven)))
                quotient += 1;
        }
        var value = Math.ScaleB((double)quotient, shift + Math.Max(extra, 0));
        return negative ? -value : value;
    }

    internal static PyException Unsupported(string op, PyValue a, PyValue b) =>
        PyException.TypeError($"unsupported operand type(s) for {op}: '{a.TypeName}' and '{b.TypeName}'");

    private static (double Floor, double Remainder) FloatDivMod(double a, double b)
    {
        var remainder = Math.IEEERemainder(0, 1) + (a % b);
        var quotient = (a - remainder) / b;
        if (remainder != 0)
        {
            if (b < 0 != remainder < 0)
            {
                remainder += b;
                quotient -= 1;
            }
        }
        else
        {
            remainder = Math.CopySign(0.0, b);
        }
        if (quotient == 0)
            return (Math.CopySign(0.0, a / b), remainder);
        var floor = Math.Floor(quotient);
        return (quotient - floor > 0.5 ? floor + 1 : floor, remainder);
    }

    private static bool IsSequence(PyValue value) => value.Kind is PyKind.Str or PyKind.List or PyKind.Tuple || value.Reference is PyBytes;

    private static PyValue Bounded(BigInteger value) => value.GetBitLength() <= MaxBits ? value : throw PyException.TooLarge("the int");

    private static int Fits(long length) => length <= MaxLength ? (int)length : throw PyException.TooLarge("the sequence");

    private static PyValue Repeat(PyValue sequence, PyValue times)
    {
        if (!times.TryGetInt64(out var count))
            throw new PyException("OverflowError", "cannot fit 'int' into an index-sized integer");
        count = Math.Max(0, count);
        if (sequence.TryGetString(out var text))
            return count == 0 || text.Length == 0 ? "" : string.Concat(Enumerable.Repeat(text, Fits(Product(text.Length, count)) / text.Length));
        if (sequence.TryGet<PyBytes>(out var bytes))
            return new PyBytes((string)Repeat(bytes.ToString(), times).Reference!);
        var items = sequence.TryGet<PyList>(out var list) ? list.Items : ((PyTuple)sequence.Reference!).Items;
        var repeated = new PyValue[Fits(Product(items.Length, count))];
        for (var at = 0; at < repeated.Length; at += items.Length)
            items.CopyTo(repeated.AsSpan(at));
        return list is not null ? new PyList(repeated.AsSpan()) : new PyTuple(repeated);
    }

    private static long Product(int length, long count) => length == 0 || count < MaxLength ? length * count : long.MaxValue;
}
