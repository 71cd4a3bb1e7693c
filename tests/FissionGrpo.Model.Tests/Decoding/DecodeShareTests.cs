using System.Collections.Immutable;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Decoding;
using FissionGrpo.Model.Policy;
using FissionGrpo.Numerics.Attention;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Tests.Decoding;

/// <summary>Many sequences are decoded in shares and halves whose attention goes on between products; one by one they are not. Nobody may tell the difference.</summary>
public sealed class DecodeShareTests
{
    private static readonly ModelConfiguration Wide =
        ModelConfiguration.Qwen3(TinyModels.Vocabulary, channels: 64, layers: 3, heads: 8, keyValueHeads: 4, headSize: 32, feedForwardChannels: 72, maxPositions: 512)
            with { InitializerRange = 0.25f };

    [Theory]
    [InlineData(1, false, 1)]
    [InlineData(1, true, 2)]
    [InlineData(2, false, 3)]
    [InlineData(2, true, 4)]
    [InlineData(3, true, 5)]
    public async Task ManySequences_GiveTheBitsOfEachAlone(int threads, bool wide, int seed)
    {
        var rng = new SampleRng(new Seed((ulong)seed));
        var configuration = wide ? Wide : TinyModels.Qwen3;
        var common = TinyModels.Tokens(new Seed(77), 70);
        var requests = Enumerable.Range(0, 48 * threads).Select(Random).ToArray();
        using var engine = TinyModels.Engine(threads, configuration);
        using var loop = new DecodeLoop(engine, cacheBytes: 256 << 20);

        var (crowded, cancelled) = RunTogether(loop, requests, rng);

        Assert.Equal(PagedAttention.ReadsRowsByThemselves, loop.StepsInShares > 10);
        loop.WeightsChanged();
        for (var i = 0; i < requests.Length; i++)
        {
            if (cancelled.Contains(i))
            {
                Assert.True(crowded[i].IsCanceled);
                continue;
            }
            Assert.True(crowded[i].IsCompletedSuccessfully, $"request {i} was left over");
            if (i % 5 == 0)
                AssertSame(RunAlone(loop, requests[i]), await crowded[i]);
        }

        SampleRequest Random(int i)
        {
            var own = TinyModels.Tokens(new Seed((ulong)(1000 + i)), 1 + rng.Next(60));
            var prefix = rng.Next(3) == 0 ? [.. common[..(40 + rng.Next(30))], .. own] : own;
            var sampling = new SamplingOptions(rng.Next(4) == 0 ? 0 : 0.8f, TopK: rng.Next(2) * 20);
            return new SampleRequest(prefix, 1 + rng.Next(3), 20 + rng.Next(80), rng.Next(2) == 0 ? [5] : [], sampling, new Seed((ulong)i));
        }
    }

    [Fact]
    public void FailureAmongMany_LeavesTheLoopFit()
    {
        using var engine = TinyModels.Engine(threads: 1);
        using var loop = new DecodeLoop(engine, cacheBytes: 16 << 20);
        var requests = Enumerable.Range(0, 64).Select(i => new SampleRequest(TinyModels.Tokens(new Seed((ulong)i), 9), 1, 30, [], new SamplingOptions(), new Seed((ulong)i))).ToArray();
        var expected = RunAlone(loop, requests[3]);
        var failing = requests.Select(r => Add(loop, r, default)).ToArray();
        for (var step = 0; step < 8; step++)
            loop.Step();
        Assert.Equal(PagedAttention.ReadsRowsByThemselves, loop.StepsInShares > 0);

        loop.FailAll(new InvalidOperationException("no memory"));

        Assert.All(failing, r => Assert.True(r.IsFaulted));
        Assert.True(loop.Idle);
        AssertSame(expected, RunAlone(loop, requests[3]));
    }

    private static (Task<ImmutableArray<SampledTokens>>[] Results, HashSet<int> Cancelled) RunTogether(DecodeLoop loop, SampleRequest[] requests, SampleRng rng)
    {
        var sources = requests.Select(_ => new CancellationTokenSource()).ToArray();
        var results = requests.Select((r, i) => Add(loop, r, sources[i].Token)).ToArray();
        var cancelled = new HashSet<int>();
        for (var step = 0; !loop.Idle; step++)
        {
            loop.Step();
            var victim = rng.Next(requests.Length);
            if (step % 9 == 8 && !results[victim].IsCompleted)
            {
                sources[victim].Cancel();
                cancelled.Add(victim);
            }
        }
        foreach (var source in sources)
            source.Dispose();
        return (results, cancelled);
    }

    private static ImmutableArray<SampledTokens> RunAlone(DecodeLoop loop, SampleRequest request)
    {
        var result = Add(loop, request, default);
        while (!loop.Idle)
            loop.Step();
        return result.Result;
    }

    private static Task<ImmutableArray<SampledTokens>> Add(DecodeLoop loop, SampleRequest request, CancellationToken cancel)
    {
        var decode = new DecodeRequest(request, cancel);
        loop.Add(decode);
        return decode.Result;
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
