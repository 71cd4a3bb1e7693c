using System.Collections.Immutable;
using System.Diagnostics;
using FissionGrpo.Benchmarks.Kernels;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Decoding;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Benchmarks;

/// <summary>
/// What a prompt costs of which the cache already holds the beginning: 4,096 tokens of history and 64 new ones, computed from nothing, computed behind the cached history,
/// and the 64 alone; in turn, up to the first sampled token.
/// </summary>
internal static class WarmPrefixTimings
{
    private const int History = 4096;
    private const int New = 64;
    private const int Rounds = 7;

    public static async Task Run(int threads)
    {
        var configuration = ModelConfiguration.Qwen3(4096, 256, 6, 8, 4, 32, 768, 8192);
        using var policy = TransformerPolicy.Create(configuration, new Seed(1), new EngineOptions(threads));
        var names = new[] { $"{History:N0} + {New} tokens, nothing cached", $"the same with {History:N0} cached", $"{New} tokens alone" };
        var (times, computed) = (names.Select(_ => new List<double>()).ToArray(), new long[names.Length]);
        for (var round = 0; round <= Rounds; round++)
        {
            var history = Draw(1000 + round, History);
            var prompts = new[] { history.AddRange(Draw(2000 + round, New)), history.AddRange(Draw(3000 + round, New)), Draw(4000 + round, New) };
            for (var i = 0; i < prompts.Length; i++)
            {
                var (before, watch) = (policy.TokensComputed, Stopwatch.StartNew());
                await policy.SampleAsync(new SampleRequest(prompts[i], 1, 1, [], new SamplingOptions(), new Seed(1)), default);
                if (round > 0)
                    times[i].Add(watch.Elapsed.TotalMilliseconds);
                computed[i] = policy.TokensComputed - before;
            }
        }
        for (var i = 0; i < names.Length; i++)
            Console.WriteLine($"prefill, {names[i]}: {Measure.Median(times[i]):N1} ms median, {times[i].Min():N1} best, {computed[i]:N0} tokens computed");

        ImmutableArray<int> Draw(int seed, int count)
        {
            var rng = new SampleRng(new Seed((ulong)seed));
            return [.. Enumerable.Range(0, count).Select(_ => rng.Next(configuration.VocabularySize))];
        }
    }
}
