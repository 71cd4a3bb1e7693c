using System.Collections.Immutable;
using System.Diagnostics;
using FissionGrpo.Benchmarks.Kernels;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Benchmarks;

/// <summary>
/// End-to-end timings of the engine: <c>-- engine [tiny|small] [threads] [train] [contended] [groups] [decode] [single] [prefill] [warm]</c> (without parts all of them), or <c>-- engine big FOLDER [threads] [sequences]</c>. Medians of several rounds, with the processor time per wall time beside them, so that a
/// crowded machine shows.
/// </summary>
internal static class EngineTimings
{
    private const int Rounds = 5;

    public static async Task<int> Run(string[] args)
    {
        if (args is ["big", .. var rest])
            return await Big(rest);
        var tiny = args is ["tiny", ..];
        var threads = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 2;
        var parts = args.Skip(2).ToArray();
        bool Wanted(string part) => parts.Length == 0 || parts.Contains(part);
        // "small" is the 5.8M-parameter Qwen3 of the compute notes; "tiny" is the size of the embedded default.
        var configuration = tiny
            ? ModelConfiguration.Qwen3(1024, 96, 4, 4, 2, 24, 256, 4096)
            : ModelConfiguration.Qwen3(4096, 256, 6, 8, 4, 32, 768, 4096);
        Console.WriteLine($"{configuration.ParameterCount:N0} parameters, {threads} threads");
        // A cache of one round's size: from the second round on its pages are reused, as they are in training, where every optimizer step empties the cache.
        using var policy = TransformerPolicy.Create(configuration, new Seed(1), new EngineOptions(threads, CacheBytes: 128 << 20));

        if (Wanted("train"))
            await Train(policy, "train, dense 16 x 256", Dense(configuration, 16, 256), DenseFlops(configuration, 256));
        if (Wanted("contended"))
            await Contended(configuration);
        if (Wanted("groups"))
        {
            await Train(policy, "train, groups: 600 shared, G 8, 100 each, two levels", Groups(configuration, share: true));
            await Train(policy, "train, the same, nothing shared", Groups(configuration, share: false));
        }
        if (Wanted("decode"))
        {
            await Decode(policy, "decode, 64 sequences to 256", 64, 16, 240);
        }
        if (Wanted("single"))
            await Decode(policy, "decode, 1 sequence to 256", 1, 16, 240);
        if (Wanted("prefill"))
            await Decode(policy, "prefill, 1 x 2048", 1, 2048, 1);
        if (Wanted("warm"))
            await WarmPrefixTimings.Run(threads);
        return 0;
    }

    /// <summary>
    /// <c>-- engine big FOLDER [threads] [sequences]</c>: a model of the 0.6B shape with random weights is saved, sampled from, trained for a step and loaded again as
    /// bfloat16; the largest resident memory stands behind every line. With 0 sequences it only loads (a folder that does not exist is made first) and decodes.
    /// </summary>
    private static async Task<int> Big(string[] args)
    {
        var folder = args[0];
        var threads = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 2;
        var sequences = args.Length > 2 ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : 1;
        var configuration = ModelConfiguration.Qwen3(151_936, 1024, 28, 16, 8, 128, 3072);
        if (sequences > 0)
        {
            using var policy = await Timed("created", () => Task.FromResult(TransformerPolicy.Create(configuration, new Seed(1), new EngineOptions(threads))));
            await Timed("sampled 4 x 8 tokens", () => policy.SampleAsync(new SampleRequest(Tokens(configuration, 1, 64), 4, 8, [], new SamplingOptions(), new Seed(1)), default));
            var batch = Dense(configuration, sequences, 2048);
            await Timed($"forward and backward of {sequences} x 2,048 tokens", () => policy.ForwardBackwardAsync(batch, new LossOptions(LossKind.CrossEntropy, LossReduction.TokenMean), default));
            await Timed("optimizer step", () => policy.OptimStepAsync(new AdamOptions(1e-5f), default));
            await Timed("saved", async () =>
            {
                await policy.SaveAsync(folder, withOptimizer: false, default);
                return true;
            });
        }
        else if (!Directory.Exists(folder))
        {
            using var fresh = TransformerPolicy.Create(configuration, new Seed(1), new EngineOptions(threads));
            await fresh.SaveAsync(folder, withOptimizer: false, default);
        }
        using var frozen = await Timed("loaded as bfloat16", () => Task.FromResult(TransformerPolicy.Load(folder, options: new EngineOptions(threads, KeepBFloat16: true))));
        await SingleStream(frozen, threads);
        await Decode(frozen, "decode, 8 sequences, bfloat16", 8, 16, 32);
        return 0;
    }

    /// <summary>Bytes of weights that one sequence reads per second while it decodes, beside what one core reads from memory: long and short draws in turn, their difference is the decoding alone.</summary>
    private static async Task SingleStream(TransformerPolicy policy, int threads)
    {
        const int Short = 4;
        const int Long = 36;
        var bytes = 2.0 * policy.Configuration.ParameterCount;
        var (seconds, bandwidths) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            var (few, many) = (await Draw(Short, round), await Draw(Long, round));
            bandwidths.Add(Measure.ReadBandwidth());
            if (round > 0)
                seconds.Add((many - few) / (Long - Short));
        }
        var (token, bandwidth) = (Measure.Median(seconds), Measure.Median(bandwidths));
        Console.WriteLine(
            $"decode, 1 sequence, bfloat16, {threads} threads: {1 / token:N1} tokens a second of {(threads == 1 ? "processor time" : "the clock")}, {bytes / token / 1e9:N1} GB/s of weights; one core reads {bandwidth:N1} GB/s from memory: {bytes / token / 1e9 / bandwidth:P0}");

        async Task<double> Draw(int tokens, int round)
        {
            var (watch, processor) = (Stopwatch.StartNew(), ProcessorTime());
            await policy.SampleAsync(new SampleRequest(Tokens(policy.Configuration, (100 * round) + tokens, 16), 1, tokens, [], new SamplingOptions(), new Seed(1)), default);
            return threads == 1 ? ProcessorTime() - processor : watch.Elapsed.TotalSeconds;
        }
    }

    /// <summary>The training step and decoding on one thread and on two where others compete for the cores.</summary>
    private static async Task Contended(ModelConfiguration configuration)
    {
        if (!OperatingSystem.IsLinux())
            return;
        TransformerPolicy Create(int threads) => TransformerPolicy.Create(configuration, new Seed(1), new EngineOptions(threads, CacheBytes: 128 << 20));
        var batch = Dense(configuration, 16, 256);
        await ContendedTimings.Run("training step", async (policy, _) =>
        {
            await policy.ForwardBackwardAsync(batch, new LossOptions(LossKind.CrossEntropy, LossReduction.TokenMean), default);
            await policy.OptimStepAsync(new AdamOptions(1e-5f), default);
        }, Create);
        await ContendedTimings.Run("decoding, 16 sequences to 256", (policy, round) => Sample(policy, round, 16, 16, 240), Create);
    }

    private static async Task<T> Timed<T>(string name, Func<Task<T>> work)
    {
        var watch = Stopwatch.StartNew();
        var result = await work();
        using var process = Process.GetCurrentProcess();
        Console.WriteLine($"{name}: {watch.Elapsed.TotalSeconds:N1} s, peak memory {process.PeakWorkingSet64 / (double)(1 << 30):N2} GiB");
        return result;
    }

    private static TrainingBatch Dense(ModelConfiguration c, int sequences, int length) =>
        new([.. Enumerable.Range(0, sequences).Select(i => Sequence(Tokens(c, i, length), 0))]);

    /// <summary>A group of 8 with a common prompt; two of its members are forked at their middle into 8 recoveries each.</summary>
    private static TrainingBatch Groups(ModelConfiguration c, bool share)
    {
        var sequences = new List<TrainingSequence>();
        var prompt = Tokens(c, 1, 600);
        for (var g = 0; g < 8; g++)
        {
            var member = prompt.AddRange(Tokens(c, 100 + g, 100));
            sequences.Add(Sequence(member, 600));
            for (var f = 0; g < 2 && f < 8; f++)
                sequences.Add(Sequence(member[..650].AddRange(Tokens(c, 1000 + (10 * g) + f, 100)), 650));
        }
        // A different first token gives every sequence a root of its own.
        return new([.. sequences.Select((s, i) => share ? s : s with { Tokens = s.Tokens.SetItem(0, i) })]);
    }

    private static TrainingSequence Sequence(ImmutableArray<int> tokens, int prompt) =>
        new(tokens, [.. tokens.Select((_, t) => t < prompt ? 0f : 1f)], [], [], []);

    private static ImmutableArray<int> Tokens(ModelConfiguration c, int seed, int count)
    {
        var rng = new SampleRng(new Seed((ulong)seed));
        return [.. Enumerable.Range(0, count).Select(_ => rng.Next(c.VocabularySize))];
    }

    /// <summary>
    /// Multiply-adds that a training step cannot do without, times two, per token: three products of every matrix's size for each row (the head's only where a token is predicted), and
    /// causal attention with two products forward and four backward. The backward pass's second computation of the scores does not count.
    /// </summary>
    private static double DenseFlops(ModelConfiguration c, int length)
    {
        var matrices = (double)c.Layers * c.Channels * ((2 * c.QueryChannels) + (2 * c.KeyValueChannels) + (3 * c.FeedForwardChannels));
        var head = (double)c.VocabularySize * c.Channels * (length - 1) / length;
        var attention = (double)c.Layers * c.QueryChannels * (length + 1) / 2 * 2;
        return 2 * 3 * (matrices + head + attention);
    }

    private static async Task Train(TransformerPolicy policy, string name, TrainingBatch batch, double flops = 0)
    {
        var loss = new LossOptions(LossKind.CrossEntropy, LossReduction.TokenMean);
        var metrics = default(ForwardBackwardResult);
        await Report(name, () => batch.Sequences.Sum(s => (long)s.Tokens.Length), async () =>
        {
            metrics = await policy.ForwardBackwardAsync(batch, loss, default);
            await policy.OptimStepAsync(new AdamOptions(1e-5f), default);
        }, flops);
        Console.WriteLine($"    {metrics!.Metrics["tokens_computed"]} of {metrics.Metrics["tokens_unrolled"]} tokens computed");
    }

    private static async Task Decode(TransformerPolicy policy, string name, int sequences, int prefix, int tokens)
    {
        var round = 0;
        if (tokens == 1)
            await Report(name, () => (long)sequences * prefix, () => Sample(policy, ++round, sequences, prefix, 1));
        else
            await Report(name, () => (long)sequences * tokens, () => Sample(policy, ++round, sequences, prefix, tokens), prefill: () => Sample(policy, ++round, sequences, prefix, 1), firstTokens: sequences);
    }

    private static Task<ImmutableArray<SampledTokens>[]> Sample(TransformerPolicy policy, int round, int sequences, int prefix, int tokens) =>
        Task.WhenAll(Enumerable.Range(0, sequences).Select(i => policy.SampleAsync(
            new SampleRequest(Tokens(policy.Configuration, (round * 1000) + i, prefix), 1, tokens, [], new SamplingOptions(), new Seed((ulong)i)), default)));

    // Decoding reads its keys and values from memory, so what a core reads from there in the same minute is printed too. What it takes to the first token of every sequence is
    // timed in the same rounds, and taken off in a line of its own.
    private static async Task Report(string name, Func<long> tokens, Func<Task> work, double flopsPerToken = 0, Func<Task>? prefill = null, long firstTokens = 0)
    {
        var warmUp = Stopwatch.StartNew();
        await work();
        var first = warmUp.Elapsed.TotalSeconds;
        var (times, processorTimes, peaks, prefills, bandwidths) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var allocated = 0L;
        if (prefill is not null)
            await prefill();
        for (var i = 0; i < Rounds; i++)
        {
            peaks.Add(Measure.Peak());
            if (prefill is not null)
                bandwidths.Add(Measure.ReadBandwidth());
            var processor = ProcessorTime();
            if (prefill is not null)
            {
                await prefill();
                prefills.Add(ProcessorTime() - processor);
            }
            var allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
            processor = ProcessorTime();
            var watch = Stopwatch.StartNew();
            await work();
            times.Add(watch.Elapsed.TotalSeconds);
            processorTimes.Add(ProcessorTime() - processor);
            allocated += GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore;
        }
        var (seconds, processorSeconds, peak) = (Measure.Median(times), Measure.Median(processorTimes), Measure.Median(peaks));
        Console.WriteLine($"{name}: {tokens() / seconds:N0} tokens/s median, {tokens() / times.Min():N0} best, {seconds * 1000:N1} ms (the first {first * 1000:N0}, the second {times[0] * 1000:N0}), {tokens() / processorSeconds:N0} tokens per processor second");
        Console.Write($"    cpu/wall {processorSeconds / seconds:F2}, {allocated / Rounds / 1024:N0} KiB allocated a round, peak {peak:N0} GFLOP/s a core");
        Console.WriteLine($", {tokens() / processorSeconds * 117 / peak:N0} tokens per processor second per 117 GFLOP/s");
        if (prefill is not null)
        {
            var toFirst = Measure.Median(prefills);
            var rate = (tokens() - firstTokens) / (processorSeconds - toFirst);
            Console.WriteLine($"    after the first tokens, which took {toFirst * 1000:N1} ms: {rate:N0} tokens per processor second, {rate * 117 / peak:N0} per 117 GFLOP/s; one core reads {Measure.Median(bandwidths):N1} GB/s from memory");
        }
        if (flopsPerToken > 0)
            Console.WriteLine($"    {flopsPerToken / 1e6:N2} MFLOP a token, {tokens() * flopsPerToken / 1e9 / seconds / peak:F2} cores' peak by the clock, {tokens() * flopsPerToken / 1e9 / processorSeconds / peak:P0} of the peak by processor time");
    }

    private static double ProcessorTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime.TotalSeconds;
    }
}
