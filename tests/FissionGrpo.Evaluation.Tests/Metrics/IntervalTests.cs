using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Evaluation.Metrics;

public class IntervalTests
{
    /// <summary>Wilson's interval for 15 of 50 as published in textbooks (Brown, Cai and DasGupta 2001): [0.191, 0.438].</summary>
    [Fact]
    public void FifteenOfFifty_HasTheTextbookInterval()
    {
        var interval = Interval.Wilson(15, 50);

        Assert.Equal(0.1910, interval.Low, 4);
        Assert.Equal(0.4375, interval.High, 4);
    }

    [Theory]
    [InlineData(0, 10, 0, 0.2775)]
    [InlineData(10, 10, 0.7225, 1)]
    [InlineData(0, 0, 0, 1)]
    public void Extremes_KeepAWidth(int successes, int trials, double low, double high)
    {
        var interval = Interval.Wilson(successes, trials);

        Assert.Equal(low, interval.Low, 4);
        Assert.Equal(high, interval.High, 4);
    }

    [Fact]
    public void AnyCount_LiesInItsIntervalAndMirrors() => Prop.ForAll(
        Gen.Choose(1, 500).SelectMany(n => Gen.Choose(0, n).Select(c => (c, n))).ToArbitrary(),
        pair =>
        {
            var interval = Interval.Wilson(pair.c, pair.n);
            var mirror = Interval.Wilson(pair.n - pair.c, pair.n);
            return interval.Contains((double)pair.c / pair.n)
                && interval.Low >= 0 && interval.High <= 1
                && Math.Abs(1 - mirror.High - interval.Low) < 1e-9;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void MoreSuccessesThanTrials_AreRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => Interval.Wilson(3, 2));
}
