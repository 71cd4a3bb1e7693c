using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Python.Syntax;

namespace FissionGrpo.Environments.Tau.Tools;

/// <summary>
/// <c>str(round(float(eval(text)), 2))</c> for texts over <c>0123456789+-*/(). </c>: the calculators of both benchmarks. Even so few characters
/// spell tuples, calls, ellipses and starred arguments, and each has its own error text.
/// </summary>
internal static class PythonExpression
{
    /// <summary>The printed result.</summary>
    /// <exception cref="PyException">What CPython raises, or an overflow where a number grows beyond our bounds.</exception>
    public static string Evaluate(string text)
    {
        try
        {
            PyBudget.Reset();
            return PyFloat.Repr(PyFloat.Round(PyNumber.ToFloat(new PyEvaluator(_ => null).Evaluate(PyParser.Parse(text))), 2));
        }
        catch (PyException error) when (error.Type is "MemoryError" || (error.Type is "ValueError" && error.Message == PyText.TooManyDigits))
        {
            // Beyond our bounds. CPython may go on, to fail when the result becomes a float.
            throw new PyException("OverflowError", "int too large to convert to float");
        }
    }
}
