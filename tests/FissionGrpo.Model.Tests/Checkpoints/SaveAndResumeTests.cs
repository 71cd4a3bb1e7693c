using System.Collections.Immutable;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Tests.Checkpoints;

public sealed class SaveAndResumeTests : IDisposable
{
    private static readonly AdamOptions Adam = new(1e-2f, WeightDecay: 0.1f);
    private readonly string _folder = Directory.CreateTempSubdirectory("fission-model-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ResumedRun_TakesTheSameStepsBitForBit()
    {
        var checkpoint = Path.Combine(_folder, "checkpoint");
        using var policy = TinyModels.Policy();
        await Train(policy, 3);
        await policy.SaveAsync(checkpoint, withOptimizer: true, default);
        var expected = await Train(policy, 3);

        using var resumed = TransformerPolicy.Load(checkpoint, withOptimizer: true);
        using var reloaded = TinyModels.Policy();
        await reloaded.LoadAsync(checkpoint, withOptimizer: true, default);

        Assert.Equal(expected.AsEnumerable(), await Train(resumed, 3));
        Assert.Equal(expected.AsEnumerable(), await Train(reloaded, 3));
    }

    [Fact]
    public async Task LoadingOtherWeights_ForgetsCachedPrefixes()
    {
        var checkpoint = Path.Combine(_folder, "checkpoint");
        var request = new SampleRequest(TinyModels.Tokens(new Seed(1), 50), 2, 20, [], new SamplingOptions(), new Seed(2));
        using var policy = TinyModels.Policy();
        await policy.SaveAsync(checkpoint, withOptimizer: false, default);
        var before = await policy.SampleAsync(request, default);
        await Train(policy, 2);
        var trained = await policy.SampleAsync(request, default);

        await policy.LoadAsync(checkpoint, withOptimizer: false, default);

        Assert.NotEqual(before[0].LogProbs.AsEnumerable(), trained[0].LogProbs);
        Assert.Equal(before[0].LogProbs.AsEnumerable(), (await policy.SampleAsync(request, default))[0].LogProbs);
    }

    [Fact]
    public async Task BrokenCheckpoint_LeavesTheModelAsItWas()
    {
        var checkpoint = Path.Combine(_folder, "checkpoint");
        using var policy = TinyModels.Policy();
        await Train(policy, 2);
        await policy.SaveAsync(checkpoint, withOptimizer: true, default);
        await Train(policy, 1);
        var weights = await File.ReadAllBytesAsync(Path.Combine(checkpoint, "model.safetensors"));
        BitConverter.TryWriteBytes(weights.AsSpan(weights.Length - 4), float.NaN);
        await File.WriteAllBytesAsync(Path.Combine(checkpoint, "model.safetensors"), weights);
        using var twin = TinyModels.Policy();
        await Train(twin, 2);
        await Train(twin, 1);

        await Assert.ThrowsAsync<CheckpointException>(() => policy.LoadAsync(checkpoint, withOptimizer: true, default));

        Assert.Equal((await Train(twin, 2)).AsEnumerable(), await Train(policy, 2));
    }

    [Fact]
    public async Task SavingOverACheckpoint_KeepsWhatOthersPutThere()
    {
        var checkpoint = Path.Combine(_folder, "checkpoint");
        using var policy = TinyModels.Policy();
        await policy.SaveAsync(checkpoint, withOptimizer: true, default);
        await File.WriteAllTextAsync(Path.Combine(checkpoint, "tokenizer.json"), "{}");

        await policy.SaveAsync(checkpoint, withOptimizer: false, default);

        Assert.Equal(
            ["config.json", "model.safetensors", "tokenizer.json"],
            Directory.EnumerateFiles(checkpoint).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal([checkpoint], Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task KillBetweenTheTwoRenames_LeavesTheOldCheckpointReadable()
    {
        var checkpoint = Path.Combine(_folder, "checkpoint");
        using var policy = TinyModels.Policy();
        await policy.SaveAsync(checkpoint, withOptimizer: true, default);
        Directory.Move(checkpoint, $"{checkpoint}.replaced");

        using (var found = TransformerPolicy.Load(checkpoint, withOptimizer: true))
            Assert.Equal(policy.Configuration.ParameterCount, found.Configuration.ParameterCount);
        await policy.SaveAsync(checkpoint, withOptimizer: true, default);

        Assert.Equal([checkpoint], Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void WrittenConfiguration_ReadsBackEqual()
    {
        var configuration = TinyModels.Qwen3 with
        {
            Family = ModelFamily.Llama, QkvBias = true, OutputBias = true, FeedForwardBias = true, BeginToken = 1, EndTokens = [2, 3], NormEpsilon = 1e-5f,
            Rope = new RopeOptions(500_000, new RopeScaling.Llama3(8, 1, 4, 8192)),
        };
        File.WriteAllBytes(Path.Combine(_folder, "config.json"), ConfigurationFile.Write(configuration));

        var read = ConfigurationFile.Read(_folder);

        Assert.Equal(configuration.EndTokens.AsEnumerable(), read.EndTokens);
        Assert.Equal(configuration with { EndTokens = default }, read with { EndTokens = default });
    }

    [Fact]
    public async Task ModelOfAnotherShape_IsNotLoadedInto()
    {
        using var small = TinyModels.Policy();
        using var other = TinyModels.Policy(configuration: TinyModels.Qwen3 with { Layers = 3 });
        await small.SaveAsync(Path.Combine(_folder, "small"), withOptimizer: false, default);

        await Assert.ThrowsAsync<CheckpointException>(() => other.LoadAsync(Path.Combine(_folder, "small"), withOptimizer: false, default));
    }

    private static async Task<ImmutableArray<double>> Train(TransformerPolicy policy, int steps)
    {
        var numbers = ImmutableArray.CreateBuilder<double>();
        for (var step = 0; step < steps; step++)
        {
            var tokens = TinyModels.Tokens(new Seed(4).Derive(step), 30);
            var batch = new TrainingBatch([new TrainingSequence(tokens, [.. tokens.Select(_ => 1f)], [], [], [])]);
            numbers.Add((await policy.ForwardBackwardAsync(batch, new LossOptions(LossKind.CrossEntropy, LossReduction.TokenMean), default)).Loss);
            numbers.Add((await policy.OptimStepAsync(Adam, default)).GradientNorm);
        }
        return numbers.ToImmutable();
    }
}
