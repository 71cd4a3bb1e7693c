using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Tests.Policy;

public sealed class BFloat16PolicyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fission-bf16-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task WeightsKeptAsBFloat16_SampleAndScoreButDoNotTrain()
    {
        using (var policy = TinyModels.Policy())
            await policy.SaveAsync(_folder, withOptimizer: false, default);
        using var frozen = TransformerPolicy.Load(_folder, options: new EngineOptions(2, KeepBFloat16: true));
        var request = new SampleRequest(TinyModels.Tokens(new Seed(1), 33), 2, 20, [], new SamplingOptions(), new Seed(2));

        var sample = (await frozen.SampleAsync(request, default))[0];
        var tokens = request.Prefix.AddRange(sample.Tokens);
        var batch = new TrainingBatch([new TrainingSequence(tokens, [.. tokens.Select(_ => 1f)], [], [], [])]);
        var loss = new LossOptions(LossKind.CrossEntropy);
        var scored = await frozen.ForwardAsync(batch, loss, default);

        Assert.All(sample.LogProbs, (logProb, i) => Assert.Equal(scored.LogProbs[0][33 + i], logProb, 1e-5f));
        await Assert.ThrowsAsync<InvalidOperationException>(() => frozen.ForwardBackwardAsync(batch, loss, default));
        await Assert.ThrowsAsync<InvalidOperationException>(() => frozen.OptimStepAsync(new AdamOptions(), default));
        await Assert.ThrowsAsync<InvalidOperationException>(() => frozen.SaveAsync(Path.Combine(_folder, "copy"), withOptimizer: false, default));
    }

    [Fact]
    public async Task OptimizerSettingsThatAreNoNumbers_AreRefused()
    {
        using var policy = TinyModels.Policy();

        await Assert.ThrowsAsync<ArgumentException>(() => policy.OptimStepAsync(new AdamOptions(float.NaN), default));
        await Assert.ThrowsAsync<ArgumentException>(() => policy.OptimStepAsync(new AdamOptions(Beta2: 1), default));
    }
}
