using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Tests.Rows;

public sealed class FloatFormatsTests
{
    [Fact]
    public void EveryBFloat16_SurvivesTheRoundTrip()
    {
        var all = Enumerable.Range(0, 65_536).Select(i => (ushort)i).ToArray();
        var wide = new float[all.Length];
        var back = new ushort[all.Length];

        FloatFormats.BFloat16ToSingle(all, wide);
        FloatFormats.SingleToBFloat16(wide, back);

        for (var i = 0; i < all.Length; i++)
            Assert.True(back[i] == all[i] || (float.IsNaN(wide[i]) && float.IsNaN(FloatFormats.BFloat16ToSingle(back[i]))), $"{i:x4}");
    }

    [Fact]
    public void EveryHalf_SurvivesTheRoundTrip()
    {
        var all = Enumerable.Range(0, 65_536).Select(i => (ushort)i).ToArray();
        var wide = new float[all.Length];
        var back = new ushort[all.Length];

        FloatFormats.HalfToSingle(all, wide);
        FloatFormats.SingleToHalf(wide, back);

        for (var i = 0; i < all.Length; i++)
        {
            Assert.Equal((float)BitConverter.UInt16BitsToHalf(all[i]), wide[i]);
            Assert.True(back[i] == all[i] || float.IsNaN(wide[i]), $"{i:x4}");
        }
    }

    [Theory]
    [InlineData(1f, 0x3F80)]
    [InlineData(1.00390625f, 0x3F80)] // half way between 1 and the next: to even
    [InlineData(1.01171875f, 0x3F82)] // half way, the upper neighbour is even
    [InlineData(1.004f, 0x3F81)]
    [InlineData(3.4e38f, 0x7F80)]
    [InlineData(float.NegativeInfinity, 0xFF80)]
    public void SingleToBFloat16_RoundsToNearestEven(float value, int expected) => Assert.Equal(expected, FloatFormats.SingleToBFloat16(value));
}
