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
