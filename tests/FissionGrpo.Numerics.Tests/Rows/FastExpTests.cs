using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Tests.Rows;

public sealed class FastExpTests
{
    [Fact]
    public void NormalRange_IsWithinOneTenMillionth()
    {
        var x = Enumerable.Range(0, 400_001).Select(i => -87f + (i * (175.7f / 400_000))).ToArray();
        var y = new float[x.Length];

        FastExp.Exp(x, y);

        for (var i = 0; i < x.Length; i++)
            Assert.True(Math.Abs((y[i] / Math.Exp(x[i])) - 1) <= 1.2e-7, $"exp({x[i]:R}) = {y[i]:R}, {(y[i] / Math.Exp(x[i])) - 1:E2} off");
    }

    [Theory]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(-1e30f, 0)]
    [InlineData(-104.5f, 0)]
    [InlineData(0, 1)]
    [InlineData(-0f, 1)]
    [InlineData(89.5f, float.PositiveInfinity)]
    [InlineData(1e30f, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void Ends_AreAsExpected(float x, float expected)
    {
        foreach (var length in new[] { 1, 7, 16, 33 })
        {
            var y = new float[length];
            FastExp.Exp(Enumerable.Repeat(x, length).ToArray(), y);
            Assert.All(y, value => Assert.Equal(expected, value));
        }
    }

    [Fact]
    public void BelowTheNormalRange_LosesOnlyWhatTheFormatLoses()
    {
        var x = Enumerable.Range(0, 1000).Select(i => -103f + (i * 0.0155f)).ToArray();
        var y = new float[x.Length];

        FastExp.Exp(x, y);

        for (var i = 0; i < x.Length; i++)
            Assert.InRange(y[i], Math.Exp(x[i]) * (1 - 2e-7) - 1.5e-45, (Math.Exp(x[i]) * (1 + 2e-7)) + 1.5e-45);
    }
}
