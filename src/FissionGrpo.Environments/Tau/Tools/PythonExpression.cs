using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Tau.Tools;

/// <summary>
/// <c>str(round(float(eval(text)), 2))</c> of CPython 3.11 for texts over <c>0123456789+-*/(). </c>: the calculators of both benchmarks.
/// Even so few characters spell tuples, calls, ellipses and starred arguments, and each has its own error text. Nothing is evaluated by
/// anything but this class, and sizes are bounded: a power that would not fit into memory is an overflow.
/// </summary>
internal static class PythonExpression
{
    private static readonly PyValue NoItems = new PyTuple([]);

    /// <summary>The printed result.</summary>
    /// <exception cref="PyException">What CPython raises, or an overflow where a number grows beyond our bounds.</exception>
    public static string Evaluate(string text)
    {
        var value = Evaluate(new PythonExpressionParser(text).Parse());
        return PyFloat.Repr(PyFloat.Round(PyNumber.ToFloat(value), 2));
    }

    private static PyValue Evaluate(Node node) => node switch
    {
        Node.Number number => number.Value,
        Node.Ellipsis => PyEllipsis.Instance,
        Node.EmptyTuple => NoItems,
        Node.Unary { Minus: true } minus => PyNumber.Negate(Evaluate(minus.Operand)),
        Node.Unary plus => Plus(Evaluate(plus.Operand)),
        Node.Binary binary => Binary(binary.Operator, Evaluate(binary.Left), Evaluate(binary.Right)),
        Node.Call call => Call(Evaluate(call.Function), call),
        _ => throw new InvalidOperationException($"no value for {node}"),
    };

    private static PyValue Plus(PyValue value) => value.IsNumber || value.TryGet<PyComplex>(out _)
        ? value
        : throw PyException.TypeError($"bad operand type for unary +: '{value.TypeName}'");

    private static PyValue Binary(string sign, PyValue a, PyValue b)
    {
        try
        {
            return sign switch
            {
                "+" => PyNumber.Add(a, b),
                "-" => PyNumber.Subtract(a, b),
                "*" => PyNumber.Multiply(a, b),
                "/" => PyNumber.Divide(a, b),
                "//" => PyNumber.FloorDivide(a, b),
                _ => PyNumber.Power(a, b),
            };
        }
        catch (PyException error) when (error.Type is "MemoryError" or "ValueError")
        {
            // Beyond our bounds. CPython may go on, to fail when the result becomes a float.
            throw new PyException("OverflowError", "int too large to convert to float");
        }
    }

    /// <summary>Nothing here can be called; the arguments are evaluated first and may fail first.</summary>
    private static PyValue Call(PyValue function, Node.Call call)
    {
        if (call.Argument is not null)
        {
            var argument = Evaluate(call.Argument);
            if (call.Stars == 1 && argument.Kind is not PyKind.Tuple)
                throw PyException.TypeError($"{PyText.Str(function)} argument after * must be an iterable, not {argument.TypeName}");
            if (call.Stars == 2)
                throw PyException.TypeError($"{PyText.Str(function)} argument after ** must be a mapping, not {argument.TypeName}");
        }
        throw PyException.TypeError($"'{function.TypeName}' object is not callable");
    }
}
