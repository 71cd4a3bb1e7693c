using FissionGrpo.Model.Decoding;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Tests.Policy;

/// <summary>What the loops allocate once they have met their sizes. One thread, so that the counter of this thread sees everything.</summary>
public sealed class AllocationTests
{
    [Theory]
    [InlineData(12)]
    [InlineData(60)]
    public void DecodingWithAFilledCache_AllocatesNothingPerToken(int samples)
    {
        const int Steps = 150;
        using var engine = TinyModels.Engine(threads: 1);
        using var loop = new DecodeLoop(engine, cacheBytes: samples << 17);
        for (var round = 1UL; round <= 4; round++)
        {
            Begin(loop, round);
            while (!loop.Idle)
                loop.Step();
            loop.WeightsChanged();
        }
        Begin(loop, 5);
        for (var i = 0; i < 20; i++)
            loop.Step();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Steps; i++)
            loop.Step();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.False(loop.Idle);
        Assert.True(allocated == 0, $"{allocated} bytes for {Steps * samples} tokens");

        void Begin(DecodeLoop loop, ulong seed) =>
            loop.Add(new DecodeRequest(new SampleRequest(TinyModels.Tokens(new Seed(seed), 40), samples, 300, [], new SamplingOptions(), new Seed(seed)), default));
    }

    [Fact]
    public void TrainingStep_AllocatesTheTreeTheTermsAndTheResult()
    {
        const double MostBytesPerToken = 100;
        using var engine = TinyModels.Engine(threads: 1);
        var batch = new TrainingBatch([.. Enumerable.Range(0, 16).Select(i =>
            new TrainingSequence(TinyModels.Tokens(new Seed((ulong)i), 200), [.. Enumerable.Repeat(1f, 200)], [], [], []))]);
        var loss = new LossOptions(LossKind.CrossEntropy, LossReduction.TokenMean);
        Step();
        Step();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Step();
        var perToken = (GC.GetAllocatedBytesForCurrentThread() - before) / (16 * 200.0);

        Assert.True(perToken < MostBytesPerToken, $"{perToken:F0} bytes a token");

        void Step()
        {
            _ = engine.Run(batch, loss, gradients: true);
            _ = engine.Step(new AdamOptions(1e-4f));
        }
    }
}
