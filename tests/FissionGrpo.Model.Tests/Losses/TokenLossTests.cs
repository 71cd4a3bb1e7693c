using FissionGrpo.Model.Losses;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Tests.Losses;

/// <summary>Losses by hand, and every slope against a difference.</summary>
public sealed class TokenLossTests
{
    private static readonly LossOptions Clip = new(LossKind.PolicyGradient, ClipLow: 0.2f, ClipHigh: 0.28f);

    [Theory]
    [InlineData(1.0, 1.0, -1.0, -1.0, 0)] // on policy: the plain gradient
    [InlineData(1.2, 1.0, -1.2, -1.2, 0)] // inside the band
    [InlineData(1.5, 1.0, -1.28, 0.0, 1)] // good token, already likelier: clipped high
    [InlineData(1.5, -1.0, 1.5, 1.5, 0)] // bad token made likelier: never clipped
    [InlineData(0.5, -1.0, 0.8, 0.0, -1)] // bad token, already rarer: clipped low
    [InlineData(0.5, 1.0, -0.5, -0.5, 0)] // good token made rarer: never clipped
    public void ClippedLoss_IsThePapers(double ratio, double advantage, double loss, double slope, int clip)
    {
        var result = TokenLoss.Clipped(Clip, Math.Log(ratio), advantage);

        Assert.Equal(loss, result.Loss, 1e-6);
        Assert.Equal(slope, result.Slope, 1e-6);
        Assert.Equal(clip, result.Clip);
    }

    [Fact]
    public void Cispo_KeepsTheGradientOfClippedTokens()
    {
        var result = TokenLoss.Of(Clip with { Kind = LossKind.ClippedImportanceSampling }, logProb: -1, oldLogProb: -2, advantage: 0.5);

        Assert.Equal(1.28 * 0.5, result.Loss, 1e-6);
        Assert.Equal(-1.28 * 0.5, result.Slope, 1e-6);
        Assert.Equal(1, result.Clip);
    }

    [Theory]
    [InlineData(KlEstimator.K1)]
    [InlineData(KlEstimator.K2)]
    [InlineData(KlEstimator.K3)]
    public void KlSlope_IsTheDerivative(KlEstimator estimator)
    {
        var rng = new SampleRng(new Seed(1));
        for (var i = 0; i < 100; i++)
        {
            var (logProb, reference) = (-3 * rng.NextDouble(), -3 * rng.NextDouble());

            var slope = TokenLoss.Kl(estimator, logProb, reference).Slope;

            Assert.Equal((TokenLoss.Kl(estimator, logProb + 1e-5, reference).Value - TokenLoss.Kl(estimator, logProb - 1e-5, reference).Value) / 2e-5, slope, 1e-6);
        }
    }

    [Theory]
    [InlineData(KlEstimator.K2)]
    [InlineData(KlEstimator.K3)]
    public void Kl_IsNeverNegativeAndNilWhenEqual(KlEstimator estimator)
    {
        Assert.Equal(0, TokenLoss.Kl(estimator, -1.5, -1.5).Value);
        Assert.True(TokenLoss.Kl(estimator, -1, -2).Value > 0);
        Assert.True(TokenLoss.Kl(estimator, -2, -1).Value > 0);
    }

    [Theory]
    [InlineData(2.0, 0.0, 5.0, 2.0)] // cut at the cap
    [InlineData(2.0, 0.0, 0.5, 0.5)] // below it
    [InlineData(0.0, 2.0, 5.0, 0.0)] // outside of the band: dropped
    [InlineData(0.0, 2.0, 0.4, 0.0)]
    [InlineData(0.0, 2.0, 1.5, 1.0)] // inside: kept as it is
    [InlineData(1.2, 2.0, 1.5, 1.2)] // both
    [InlineData(0.0, 0.0, 9.0, 1.0)] // neither
    public void Importance_CapsOrDrops(double cap, double band, double ratio, double expected)
    {
        var options = new LossOptions(ImportanceCap: (float)cap, ImportanceBand: (float)band);

        Assert.Equal(expected, TokenLoss.Importance(options, Math.Log(ratio), 0), 1e-6);
    }

    [Fact]
    public void ImportanceWeight_ScalesThePolicyGradientOfItsToken()
    {
        using var engine = TinyModels.Engine();
        var tokens = TinyModels.Tokens(new Seed(2), 3);
        var sequence = new TrainingSequence(tokens, [0, 0, 1], [0, 0, 1], [0, 0, -3], []) { SamplerLogProbs = [0, 0, -3.5f] };
        var plain = new LossOptions(LossKind.ClippedImportanceSampling, LossReduction.Sum);

        var loss = engine.Run(new TrainingBatch([sequence]), plain, gradients: false).Loss;
        var corrected = engine.Run(new TrainingBatch([sequence]), plain with { ImportanceCap = 10 }, gradients: false);

        Assert.Equal(loss * Math.Exp(0.5), corrected.Loss, 1e-6);
        Assert.Equal(Math.Exp(0.5), corrected.Metrics["importance_mean"], 1e-6);
    }
}
