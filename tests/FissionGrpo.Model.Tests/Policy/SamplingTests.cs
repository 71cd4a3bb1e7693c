using System.Collections.Immutable;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Tests.Policy;

public sealed class SamplingTests
{
    private static SampleRequest Request(int seed, int prefix, int count = 3, int tokens = 20, SamplingOptions? sampling = null) =>
        new(TinyModels.Tokens(new Seed((ulong)seed), prefix), count, tokens, [5], sampling ?? new SamplingOptions(), new Seed((ulong)seed));

    [Fact]
    public async Task SampledLogProbs_EqualTheTrainersOnRaggedPrefixes()
    {
        using var policy = TinyModels.Policy();
        var requests = Enumerable.Range(1, 40).Select(i => Request(i, prefix: 1 + (i * 7 % 61), tokens: 1 + (i % 30), sampling: new SamplingOptions(i % 3 == 0 ? 0.7f : 1))).ToArray();

        var results = await Task.WhenAll(requests.Select(r => policy.SampleAsync(r, default)));

        for (var i = 0; i < requests.Length; i++)
        {
            foreach (var sample in results[i])
                Assert.True(await Gap(policy, requests[i], sample) < 1e-5, $"request {i}");
        }
    }

    [Fact]
    public async Task GreedySampling_ReportsTemperatureOneAndTakesTheLikeliest()
    {
        using var policy = TinyModels.Policy();
        var request = Request(1, 9, count: 2, sampling: new SamplingOptions(Temperature: 0));

        var results = await policy.SampleAsync(request, default);

        Assert.Equal(results[0].Tokens.AsEnumerable(), results[1].Tokens);
        Assert.True(await Gap(policy, request with { Sampling = new SamplingOptions() }, results[0]) < 1e-5);
    }

    [Fact]
    public async Task NeighboursThreadsAndCache_ChangeNoBit()
    {
        var request = Request(7, prefix: 37, count: 5, tokens: 40, sampling: new SamplingOptions(0.9f, TopK: 30, TopP: 0.95f));
        ImmutableArray<SampledTokens> alone;
        using (var policy = TinyModels.Policy(threads: 1))
            alone = await policy.SampleAsync(request, default);

        foreach (var threads in new[] { 1, 2, 3 })
        {
            using var policy = TinyModels.Policy(threads, cacheBytes: threads == 3 ? 0 : 64 << 20);
            var neighbours = Enumerable.Range(20, 30).Select(i => policy.SampleAsync(Request(i, 1 + (i % 50)), default)).ToArray();
            var crowded = await policy.SampleAsync(request, default);
            var cached = await policy.SampleAsync(request, default);
            await Task.WhenAll(neighbours);

            AssertSame(alone, crowded);
            AssertSame(alone, cached);
        }
    }

    [Fact]
    public async Task SecondTurn_ComputesOnlyWhatIsNew()
    {
        using var policy = TinyModels.Policy();
        var first = Request(3, prefix: 101, count: 1, tokens: 30) with { StopTokens = [] };
        var turn = (await policy.SampleAsync(first, default))[0];
        var computed = policy.TokensComputed;
        var second = first with { Prefix = [.. first.Prefix, .. turn.Tokens, .. TinyModels.Tokens(new Seed(99), 7)], MaxTokens = 1 };

        await policy.SampleAsync(second, default);

        // The last token of the first turn was drawn but never fed; the seven new ones follow it.
        Assert.Equal(8, policy.TokensComputed - computed);
    }

    [Fact]
    public async Task Group_ComputesItsPrefixOnce()
    {
        using var policy = TinyModels.Policy();

        var results = await policy.SampleAsync(Request(3, prefix: 90, count: 8, tokens: 5) with { StopTokens = [] }, default);

        Assert.Equal(90 + (8 * 4), policy.TokensComputed);
        Assert.True(results.Select(r => string.Join(' ', r.Tokens)).Distinct().Count() > 1);
    }

    [Fact]
    public async Task SimultaneousRequestsWithACommonPrefix_ComputeItOnce()
    {
        using var policy = TinyModels.Policy();
        var common = TinyModels.Tokens(new Seed(1), 96);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(i =>
            policy.SampleAsync(new SampleRequest([.. common, i, i + 1], 1, 1, [], new SamplingOptions(), new Seed((ulong)i)), default)));

        Assert.Equal(96 + (6 * 2), policy.TokensComputed);
    }

    [Fact]
    public async Task StopToken_EndsTheSampleAndIsPartOfIt()
    {
        using var policy = TinyModels.Policy();

        var results = await policy.SampleAsync(Request(5, prefix: 4, count: 30, tokens: 100) with { StopTokens = [5, 9] }, default);

        Assert.Contains(results, r => r.Stopped);
        Assert.All(results, r => Assert.Equal(r.Stopped, r.Tokens[^1] is 5 or 9));
        Assert.All(results, r => Assert.DoesNotContain(r.Tokens[..^1], t => t is 5 or 9));
        Assert.All(results, r => Assert.Equal(r.Tokens.Length, r.LogProbs.Length));
    }

    [Fact]
    public async Task CancelledRequest_EndsAndItsNeighboursGoOn()
    {
        using var policy = TinyModels.Policy();
        using var cancel = new CancellationTokenSource();
        var long1 = policy.SampleAsync(Request(1, 5, tokens: 500) with { StopTokens = [] }, cancel.Token);
        var other = policy.SampleAsync(Request(2, 5), default);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => long1);
        Assert.Equal(3, (await other).Length);
    }

    [Fact]
    public async Task RequestThatDoesNotFitTheModel_IsRefused()
    {
        using var policy = TinyModels.Policy();

        await Assert.ThrowsAsync<ArgumentException>(() => policy.SampleAsync(Request(1, 5, tokens: 600), default));
        await Assert.ThrowsAsync<ArgumentException>(() => policy.SampleAsync(Request(1, 5) with { Prefix = [TinyModels.Vocabulary] }, default));
        await Assert.ThrowsAsync<ArgumentException>(() => policy.SampleAsync(Request(1, 5) with { Prefix = [] }, default));
        await Assert.ThrowsAsync<ArgumentException>(() => policy.SampleAsync(Request(1, 5) with { Sampling = new SamplingOptions(float.NaN) }, default));
    }

    /// <summary>Largest distance between the sampler's and the trainer's log-probabilities.</summary>
    private static async Task<double> Gap(TransformerPolicy policy, SampleRequest request, SampledTokens sample)
    {
        var tokens = request.Prefix.AddRange(sample.Tokens);
        var mask = tokens.Select((_, t) => t < request.Prefix.Length ? 0f : 1f).ToImmutableArray();
        var batch = new TrainingBatch([new TrainingSequence(tokens, mask, [], [], [])]);
        var result = await policy.ForwardAsync(batch, new LossOptions(LossKind.CrossEntropy, Temperature: request.Sampling.Temperature), default);
        return sample.LogProbs.Select((l, i) => Math.Abs(l - result.LogProbs[0][request.Prefix.Length + i])).Max();
    }

    private static void AssertSame(ImmutableArray<SampledTokens> expected, ImmutableArray<SampledTokens> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Tokens.AsEnumerable(), actual[i].Tokens);
            Assert.Equal(expected[i].LogProbs.Select(BitConverter.SingleToInt32Bits), actual[i].LogProbs.Select(BitConverter.SingleToInt32Bits));
        }
    }
}
