namespace FissionGrpo.Ablation.Tests;

public sealed class PairedDifferenceTests
{
    [Theory]
    [InlineData(0.975, 1, 12.7062)] // from the printed tables
    [InlineData(0.975, 4, 2.7764)]
    [InlineData(0.975, 9, 2.2622)]
    [InlineData(0.8, 4, 0.9410)]
    [InlineData(0.975, 120, 1.9799)]
    [InlineData(0.025, 4, -2.7764)]
    public void Quantile_AgreesWithTheTables(double p, int degrees, double expected) =>
        Assert.Equal(expected, StudentT.Quantile(p, degrees), 1e-4);

    [Fact]
    public void FivePairs_GiveStudentsInterval()
    {
        var difference = PairedDifference.Of([(0.5, 0.4), (0.6, 0.4), (0.7, 0.6), (0.5, 0.5), (0.8, 0.6)])!;

        Assert.Equal(0.12, difference.Mean, 1e-12);
        Assert.Equal(0.083666, difference.Deviation, 1e-6);
        Assert.Equal(0.12 - 0.103885, difference.Low, 1e-5);
        Assert.Equal(0.12 + 0.103885, difference.High, 1e-5);
        Assert.Equal((2.77645 + 0.94096) * 0.083666 / Math.Sqrt(5), difference.Detectable, 1e-5);
    }

    /// <summary>Two seeds that happen to agree are no proof: without spread nothing is clear of zero.</summary>
    [Fact]
    public void EqualDifferences_ClaimNothing()
    {
        var difference = PairedDifference.Of([(0.5, 0.25), (0.75, 0.5)])!;

        Assert.Equal(0.25, difference.Mean);
        Assert.False(difference.IsClear);
    }

    [Fact]
    public void OnePair_SaysNothing() => Assert.Null(PairedDifference.Of([(1, 0)]));
}
