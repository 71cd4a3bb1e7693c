using System.Text.Json;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;

namespace FissionGrpo.Environments.Tests.Tau2;

public sealed class ShapeTests
{
    [Theory]
    [InlineData("""{"payment_id": "a", "amount": 3}""", """{"payment_id": "a", "amount": 3}""")]
    [InlineData("""{"amount": 250.0, "payment_id": "a", "more": 1}""", """{"payment_id": "a", "amount": 250}""")]
    [InlineData("""{"payment_id": "a", "amount": " 1_000.00 "}""", """{"payment_id": "a", "amount": 1000}""")]
    [InlineData("""{"payment_id": "a", "amount": true}""", """{"payment_id": "a", "amount": 1}""")]
    public void WhatLosesNothing_IsConvertedAndOrderedAsDeclared(string given, string expected) =>
        Assert.Equal(expected, ValueText.Json(AirlineShapes.Payment.Build(Read(given))));

    [Theory]
    [InlineData("""{"payment_id": "a", "amount": 250.5}""", "1 validation error for Payment\namount\n  Input should be a valid integer, got a number with a fractional part [type=int_from_float, input_value=250.5, input_type=float]")]
    [InlineData("""{"payment_id": 7, "amount": "x"}""", "2 validation errors for Payment\npayment_id\n  Input should be a valid string [type=string_type, input_value=7, input_type=int]")]
    [InlineData("""{"amount": 1}""", "1 validation error for Payment\npayment_id\n  Field required [type=missing, input_value={'amount': 1}, input_type=dict]")]
    public void WhatDoesNotFit_IsExplainedAsByPydantic(string given, string beginning) =>
        Assert.StartsWith(beginning, Assert.Throws<PyException>(() => AirlineShapes.Payment.Build(Read(given))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"+0_7.00\"", "7")]
    [InlineData("\"\u00a012\"", "12")]
    [InlineData("\"-0__4\"", "-4")]
    [InlineData("\"1_.0\"", "1")]
    [InlineData("\"00.0\"", "0")]
    [InlineData("9e17", "900000000000000000")]
    [InlineData("\"\u0663\"", "int_parsing")]
    [InlineData("\"3.\"", "int_parsing")]
    [InlineData("\"1__0\"", "int_parsing")]
    [InlineData("\"+-1\"", "int_parsing")]
    [InlineData("1e22", "int_parsing_size")]
    [InlineData("-9223372036854775808.0", "int_parsing_size")]
    public void WholeNumber_IsReadOrRefusedAsByPydantic(string json, string expected) => Assert.Equal(expected, Read(Shape.Whole, json));

    [Theory]
    [InlineData("\"3._5\"", "3.5")]
    [InlineData("\" 1e_1 \"", "10.0")]
    [InlineData("\"-.5e1\"", "-5.0")]
    [InlineData("\"1_\"", "float_parsing")]
    [InlineData("\"\uff13\"", "float_parsing")]
    [InlineData("\"\\u001f3\"", "float_parsing")]
    [InlineData("null", "float_type")]
    public void RealNumber_IsReadOrRefusedAsByPydantic(string json, string expected) => Assert.Equal(expected, Read(Shape.Real, json));

    [Fact]
    public void WholeNumberBeyondAllFloats_IsNoRealNumber() => Assert.Equal("float_type", Read(Shape.Real, "1" + new string('0', 400)));

    [Fact]
    public void WholeNumberOfMoreDigitsThanPythonReads_IsRefused() => Assert.Equal("int_parsing_size", Read(Shape.Whole, $"\"{new string('9', 4301)}\""));

    [Theory]
    [InlineData("\"Off\"", "false")]
    [InlineData("1.0", "true")]
    [InlineData("0", "false")]
    [InlineData("\"true \"", "bool_parsing")]
    [InlineData("2", "bool_parsing")]
    [InlineData("0.5", "bool_type")]
    [InlineData("null", "bool_type")]
    [InlineData("100000000000000000000", "bool_type")]
    public void Truth_IsReadOrRefusedAsByPydantic(string json, string expected) => Assert.Equal(expected, Read(Shape.Truth, json));

    [Fact]
    public void NameOfNoAccessPoint_IsRefusedAsOfAnEnumeration() =>
        Assert.Contains("Input should be 'internet' or 'broken' [type=enum, input_value='x'", Assert.Throws<PyException>(() => Phone.ApnSettings.Build(Read("""{"apn_name": "x"}"""))).Message, StringComparison.Ordinal);

    private static string Read(Shape shape, string json)
    {
        var problems = new List<Problem>();
        var value = shape.Convert(JsonReading.ToValue(JsonDocument.Parse(json).RootElement), "x", problems);
        return problems.Count > 0 ? problems[0].Kind : ValueText.Json(value);
    }

    [Fact]
    public void LongValue_IsShownByItsEnds()
    {
        var given = Value.Dict.Of(("payment_id", "a"), ("amount", new string('x', 100)));

        Assert.Contains($"input_value='{new string('x', 24)}...{new string('x', 23)}',", Assert.Throws<PyException>(() => AirlineShapes.Payment.Build(given)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ClosedRecord_RefusesWhatItDoesNotHave() =>
        Assert.Contains("Extra inputs are not permitted", Assert.Throws<PyException>(() => Phone.ApnSettings.Build(Read("""{"apn": 1}"""))).Message, StringComparison.Ordinal);

    [Fact]
    public void RecordAndObject_AreToldApart()
    {
        var given = Read("""{"payment_id": "a", "amount": 3}""");

        Assert.True(AirlineShapes.Payment.HasMade(AirlineShapes.Payment.Build(given)));
        Assert.False(AirlineShapes.Payment.HasMade(given));
    }

    private static Value.Dict Read(string json) => (Value.Dict)JsonReading.ToValue(JsonDocument.Parse(json).RootElement);
}
