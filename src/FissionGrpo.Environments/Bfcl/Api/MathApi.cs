using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl.Api;

/// <summary><c>MathAPI</c>: stateless arithmetic (specification section 7). Logarithms are mpmath's, square roots are decimal's.</summary>
internal sealed class MathApi(BfclConstants constants) : ApiClass(Type, constants)
{
    private const string NotNumbers = "Both inputs must be numbers";
    private const string NotAllNumbers = "All elements in the list must be numbers";

    private static readonly Dictionary<string, PyValue> Meters = new()
    {
        ["km"] = 1000, ["m"] = 1, ["cm"] = 0.01, ["mm"] = 0.001, ["um"] = 1e-6, ["nm"] = 1e-9,
    };

    public static readonly new ApiType Type = new(
        "MathAPI",
        [],
        new MethodTable<MathApi>("MathAPI")
            .Reads("logarithm", (_, a) => Logarithm(a[0], a[1], a[2]), Required("value"), Required("base"), Required("precision"))
            .Reads("mean", (_, a) => Mean(a[0]), Required("numbers"))
            .Reads("standard_deviation", (_, a) => StandardDeviation(a[0]), Required("numbers"))
            .Reads("si_unit_conversion", (_, a) => ConvertSi(a[0], a[1], a[2]), Required("value"), Required("unit_in"), Required("unit_out"))
            .Reads("imperial_si_conversion", (m, a) => m.ConvertImperial(a[0], a[1], a[2]), Required("value"), Required("unit_in"), Required("unit_out"))
            .Reads("add", (_, a) => Try(NotNumbers, PyNumber.Add, a[0], a[1]), Required("a"), Required("b"))
            .Reads("subtract", (_, a) => Try(NotNumbers, PyNumber.Subtract, a[0], a[1]), Required("a"), Required("b"))
            .Reads("multiply", (_, a) => a[0].IsNumber && a[1].IsNumber ? Result(PyNumber.Multiply(a[0], a[1])) : Error(NotNumbers), Required("a"), Required("b"))
            .Reads("divide", (_, a) => PyOps.Equals(a[1], 0) ? Error("Cannot divide by zero") : Try(NotNumbers, PyNumber.Divide, a[0], a[1]), Required("a"), Required("b"))
            .Reads("power", (_, a) => Try(NotNumbers, static (x, y, _) => PyNumber.Power(x, y), a[0], a[1]), Required("base"), Required("exponent"))
            .Reads("square_root", (_, a) => SquareRoot(a[0], a[1]), Required("number"), Required("precision"))
            .Reads("absolute_value", (_, a) => Try("Input must be a number", static (x, _, _) => PyNumber.Absolute(x), a[0], default), Required("number"))
            .Reads("round_number", (_, a) => Try("First input must be a number, second input must be an integer", static (x, n, _) => PyNumber.Round(x, n), a[0], a[1]),
                Required("number"), Optional("decimal_places", 0))
            .Reads("percentage", (_, a) => Percentage(a[0], a[1]), Required("part"), Required("whole"))
            .Reads("min_value", (_, a) => Aggregate("find minimum", PyMethods.Min, a[0]), Required("numbers"))
            .Reads("max_value", (_, a) => Aggregate("find maximum", PyMethods.Max, a[0]), Required("numbers"))
            .Reads("sum_values", (_, a) => Aggregate("calculate sum", PyNumber.Sum, a[0]), Required("numbers"))
            .Build(),
        constants => new MathApi(constants));

    private static PyDict Result(PyValue value) => new(("result", value));

    private static PyDict Try(string error, Func<PyValue, PyValue, string, PyValue> operation, PyValue a, PyValue b)
    {
        try
        {
            return Result(operation(a, b, "+"));
        }
        catch (PyException e) when (e.Type == "TypeError")
        {
            return Error(error);
        }
    }

    private static PyDict Aggregate(string what, Func<PyValue, PyValue> aggregate, PyValue numbers)
    {
        if (!PyOps.IsTrue(numbers))
            return Error($"Cannot {what} of an empty list");
        try
        {
            return Result(aggregate(numbers));
        }
        catch (PyException e) when (e.Type == "TypeError")
        {
            return Error(NotAllNumbers);
        }
    }

    private static PyDict Mean(PyValue numbers) => Aggregate("calculate mean", MeanOf, numbers);

    private static PyValue MeanOf(PyValue numbers) => PyNumber.Divide(PyNumber.Sum(numbers), PyMethods.Length(numbers));

    private static PyDict StandardDeviation(PyValue numbers) => Aggregate(
        "calculate standard deviation",
        static numbers =>
        {
            var mean = MeanOf(numbers);
            PyValue squares = 0;
            foreach (var number in PyOps.Iterate(numbers))
                squares = PyNumber.Add(squares, PyNumber.Power(PyNumber.Subtract(number, mean), 2));
            return Math.Sqrt(PyNumber.ToFloat(PyNumber.Divide(squares, PyMethods.Length(numbers))));
        },
        numbers);

    private static PyDict Unsupported(PyValue from, PyValue to) => Error($"Conversion from '{from}' to '{to}' is not supported");

    private static PyDict ConvertSi(PyValue value, PyValue from, PyValue to)
    {
        if (!value.IsNumber)
            return Error("Value must be a number");
        PyOps.RequireHashable(from);
        if (!from.TryGetString(out var a) || !Meters.TryGetValue(a, out var factor))
            return Unsupported(from, to);
        PyOps.RequireHashable(to);
        return to.TryGetString(out var b) && Meters.TryGetValue(b, out var target)
            ? Converted(() => PyNumber.Multiply(PyNumber.Multiply(value, factor), PyNumber.Divide(1, target)))
            : Unsupported(from, to);
    }

    private PyDict ConvertImperial(PyValue value, PyValue from, PyValue to)
    {
        if (!value.IsNumber)
            return Error("Value must be a number");
        if (PyOps.Equals(from, to))
            return Result(value);
        var key = $"{from}_to_{to}";
        if (key == "celsius_to_fahrenheit")
            return Converted(() => PyNumber.Add(PyNumber.Multiply(value, 1.8), 32));
        if (key == "fahrenheit_to_celsius")
            return Converted(() => PyNumber.Multiply(PyNumber.Subtract(value, 32), 5.0 / 9.0));
        return Constants.Table("MathAPI.imperial_si").TryGetValue(key, out var factor)
            ? Converted(() => PyNumber.Multiply(value, factor))
            : Unsupported(from, to);
    }

    private static PyDict Converted(Func<PyValue> conversion)
    {
        try
        {
            return Result(conversion());
        }
        catch (PyException e) when (e.Type == "OverflowError")
        {
            return Error("Conversion resulted in a value too large to represent");
        }
    }

    private static PyDict Percentage(PyValue part, PyValue whole) => PyOps.Equals(whole, 0)
        ? Error("Whole value cannot be zero")
        : Try(NotNumbers, static (a, b, _) => PyNumber.Multiply(PyNumber.Divide(a, b), 100), part, whole);

    private static PyDict SquareRoot(PyValue number, PyValue precision)
    {
        const string NoNumber = "Input must be a number or computation resulted in an invalid operation";
        try
        {
            if (PyOps.Less(number, 0))
                return Error("Cannot calculate square root of a negative number");
        }
        catch (PyException e) when (e.Type == "TypeError")
        {
            return Error(NoNumber);
        }
        if (!precision.IsInteger || !number.IsNumber)
            return Error(NoNumber);
        return Result(PyDecimal.SquareRoot(number, precision));
    }

    private static PyDict Logarithm(PyValue value, PyValue @base, PyValue precision)
    {
        try
        {
            return Result(Mpmath.LogQuotient(value, @base, PyNumber.ToInt(precision)));
        }
        catch (PyException e)
        {
            return Error(e.Message);
        }
    }
}
