using System.Numerics;

namespace FissionGrpo.Evaluation.Metrics;

public class PassAtKTests
{
    [Theory]
    [InlineData(4, 2, 1, 0.5, 0.5)]
    [InlineData(4, 2, 2, 5.0 / 6, 1.0 / 6)]
    [InlineData(5, 0, 3, 0, 0)]
    [InlineData(5, 5, 5, 1, 1)]
    [InlineData(5, 4, 2, 1, 0.6)]
    public void SmallCases_AreAsByHand(int tries, int successes, int k, double any, double all)
    {
        Assert.Equal(any, PassAtK.AnyOf(tries, successes, k), 12);
        Assert.Equal(all, PassAtK.AllOf(tries, successes, k), 12);
    }

    [Fact]
    public void EveryCase_EqualsTheBinomials()
    {
        for (var n = 1; n <= 24; n++)
            for (var c = 0; c <= n; c++)
                for (var k = 1; k <= n; k++)
                {
                    Assert.Equal(1 - (double)Choose(n - c, k) / (double)Choose(n, k), PassAtK.AnyOf(n, c, k), 12);
                    Assert.Equal((double)Choose(c, k) / (double)Choose(n, k), PassAtK.AllOf(n, c, k), 12);
                }
    }

    [Fact]
    public void FewerTriesThanK_AreRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => PassAtK.AnyOf(3, 1, 4));

    private static BigInteger Choose(int n, int k)
    {
        if (k > n)
            return 0;
        var result = BigInteger.One;
        for (var i = 0; i < k; i++)
            result = result * (n - i) / (i + 1);
        return result;
    }
}
