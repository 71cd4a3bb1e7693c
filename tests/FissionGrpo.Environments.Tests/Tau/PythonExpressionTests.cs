using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.Tools;
using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Environments.Tests.Tau;

public sealed class PythonExpressionTests
{
    [Theory]
    [InlineData("2 + 2", "4.0")]
    [InlineData("7//2 - -3", "6.0")]
    [InlineData("2**3**2", "512.0")]
    [InlineData("-2**2", "-4.0")]
    [InlineData("2.675", "2.67")]
    [InlineData("0.125", "0.12")]
    [InlineData("100000000000000000000*3", "3e+20")]
    [InlineData("10**400/10**399", "10.0")]
    [InlineData("-0.001", "-0.0")]
    public void Arithmetic_IsPythons(string text, string expected) => Assert.Equal(expected, PythonExpression.Evaluate(text));

    [Theory]
    [InlineData("", "invalid syntax (<string>, line 0)")]
    [InlineData("1 +", "invalid syntax (<string>, line 1)")]
    [InlineData("(1 2)", "invalid syntax. Perhaps you forgot a comma? (<string>, line 1)")]
    [InlineData("(1 2", "'(' was never closed (<string>, line 1)")]
    [InlineData("(1 * * (", "invalid syntax (<string>, line 1)")]
    [InlineData("2 3 )", "unmatched ')' (<string>, line 1)")]
    [InlineData("(*1)", "cannot use starred expression here (<string>, line 1)")]
    [InlineData("1 1 007", "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers (<string>, line 1)")]
    [InlineData("2(3)", "'int' object is not callable")]
    [InlineData("2(*1)", "2 argument after * must be an iterable, not int")]
    [InlineData("()", "float() argument must be a string or a real number, not 'tuple'")]
    [InlineData("...", "float() argument must be a string or a real number, not 'ellipsis'")]
    [InlineData("(-8)**.5", "float() argument must be a string or a real number, not 'complex'")]
    [InlineData("1/0", "division by zero")]
    [InlineData("1.0//0", "float floor division by zero")]
    [InlineData("9**9**9", "int too large to convert to float")]
    [InlineData("10.0**400", "(34, 'Numerical result out of range')")]
    public void Errors_HavePythonsText(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<PyException>(() => PythonExpression.Evaluate(text)).Message);

    [Fact]
    public void AnyText_HasAResultOrAnError()
    {
        var texts = Gen.Elements("0123456789+-*/(). ".ToCharArray()).ArrayOf().Select(characters => new string(characters)).ToArbitrary();

        Prop.ForAll(texts, text =>
        {
            try
            {
                return PythonExpression.Evaluate(text).Length > 0;
            }
            catch (PyException error)
            {
                return error.Message.Length > 0;
            }
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData('-')]
    [InlineData('(')]
    [InlineData('9')]
    public void VeryLongText_EndsQuickly(char character) => Assert.Throws<PyException>(() => PythonExpression.Evaluate(new string(character, 1_000_000)));
}
