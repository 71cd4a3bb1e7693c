using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Model.Adapters;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Policy;
using FissionGrpo.Model.Weights;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Tests.Adapters;

public sealed class LoraTests : IDisposable
{
    private static readonly LossOptions Loss = new(LossKind.CrossEntropy, LossReduction.TokenMean);
    private readonly string _folder = Directory.CreateTempSubdirectory("fission-lora-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public unsafe void EveryAdapter_HasTheGradientOfFiniteDifferences()
    {
        using var engine = Engine(new LoraOptions(3, 6));
        var rng = new SampleRng(new Seed(9));
        for (var i = 0L; i < engine.Adapters!.Parameters.Count; i++)
            engine.Adapters.Parameters.Values[i] += (float)(0.2 * rng.NextNormal());
        engine.WeightsChanged();
        engine.Run(Batch(), Loss, gradients: true);

        foreach (var parameter in engine.Adapters.Parameters.Parameters)
        {
            var (slope, difference) = Directional(engine, parameter);
            Assert.True(Math.Abs(slope - difference) <= 2e-3 + (0.02 * Math.Abs(slope)), $"{parameter.Name}: gradient says {slope:g4}, differences say {difference:g4}");
        }
        Assert.Equal(2 * 7 * 2, engine.Adapters.Parameters.Parameters.Length);
    }

    [Fact]
    public void FreshAdapters_ChangeNothing()
    {
        using var plain = Engine(null);
        using var adapted = Engine(new LoraOptions());

        Assert.Equal(plain.Run(Batch(), Loss, gradients: false).Loss, adapted.Run(Batch(), Loss, gradients: false).Loss);
    }

    [Fact]
    public async Task TrainedAdapters_SaveResumeAndMerge()
    {
        var (baseFolder, adapters, merged) = (Path.Combine(_folder, "base"), Path.Combine(_folder, "adapters"), Path.Combine(_folder, "merged"));
        using (var fresh = TinyModels.Policy())
            await fresh.SaveAsync(baseFolder, withOptimizer: false, default);
        var lora = new LoraOptions(4, 8, ["q_proj", "down_proj"], Seed: 5);
        using var policy = TransformerPolicy.Load(baseFolder, options: new EngineOptions(2, Lora: lora));
        var first = await Step(policy);
        for (var i = 0; i < 5; i++)
            await Step(policy);
        await policy.SaveAsync(adapters, withOptimizer: true, default);
        await policy.SaveMergedAsync(merged, default);
        var expected = await Step(policy);

        Assert.Equal(lora with { Seed = 0, Targets = default }, AdapterFolder.ReadOptions(adapters) with { Targets = default });
        Assert.Equal(Path.GetFullPath(baseFolder), JsonDocument.Parse(File.ReadAllText(Path.Combine(adapters, "adapter_config.json"))).RootElement.GetProperty("base_model_name_or_path").GetString());
        Assert.True(AdapterFolder.IsOne(adapters) && !AdapterFolder.IsOne(baseFolder));
        using var resumed = TransformerPolicy.Load(baseFolder, options: new EngineOptions(2, Lora: AdapterFolder.ReadOptions(adapters)));
        await resumed.LoadAsync(adapters, withOptimizer: true, default);
        using var whole = TransformerPolicy.Load(merged, options: new EngineOptions(2));

        Assert.Equal(expected, await Step(resumed));
        Assert.Equal(expected, await Step(whole), 1e-6);
        Assert.True(expected < first - 0.05, $"{first} to {expected}");
    }

    [Fact]
    public async Task AdaptersOfAnotherRank_AreRefused()
    {
        using var one = TransformerPolicy.Create(TinyModels.Qwen3, new Seed(1), new EngineOptions(1, Lora: new LoraOptions(2, 4)));
        using var other = TransformerPolicy.Create(TinyModels.Qwen3, new Seed(1), new EngineOptions(1, Lora: new LoraOptions(3, 4)));
        await one.SaveAsync(Path.Combine(_folder, "a"), withOptimizer: false, default);

        await Assert.ThrowsAsync<CheckpointException>(() => other.LoadAsync(Path.Combine(_folder, "a"), withOptimizer: false, default));
    }

    private static TransformerEngine Engine(LoraOptions? lora) =>
        new(ModelWeights.Initialise(TinyModels.Qwen3, new Seed(11)), new EngineOptions(2, Lora: lora));

    private static async Task<double> Step(TransformerPolicy policy)
    {
        var result = await policy.ForwardBackwardAsync(Batch(), Loss, default);
        await policy.OptimStepAsync(new AdamOptions(2e-2f), default);
        return result.Loss;
    }

    private static unsafe (double Slope, double Difference) Directional(TransformerEngine engine, Parameter parameter)
    {
        const double step = 4e-3;
        var values = engine.Adapters!.Parameters.Values + parameter.Offset;
        var gradient = new ReadOnlySpan<float>(engine.Optimizer.Gradients() + parameter.Offset, (int)parameter.Count).ToArray();
        var kept = new ReadOnlySpan<float>(values, gradient.Length).ToArray();
        double[] direction = [.. gradient.Select((g, i) => (g < 0 ? -1 : 1) * (i % 8 == 3 ? -1 : 1) / Math.Sqrt(gradient.Length))];
        var difference = (At(step) - At(-step)) / (2 * step);
        At(0);
        return (gradient.Zip(direction).Sum(p => p.First * p.Second), difference);

        double At(double by)
        {
            for (var i = 0; i < direction.Length; i++)
                values[i] = (float)(kept[i] + (by * direction[i]));
            engine.WeightsChanged();
            return engine.Run(Batch(), Loss, gradients: false).Loss;
        }
    }

    private static TrainingBatch Batch()
    {
        var prompt = TinyModels.Tokens(new Seed(1), 9);
        ImmutableArray<ImmutableArray<int>> sequences = [prompt.AddRange(TinyModels.Tokens(new Seed(2), 12)), prompt.AddRange(TinyModels.Tokens(new Seed(3), 17))];
        return new TrainingBatch([.. sequences.Select(tokens => new TrainingSequence(tokens, [.. tokens.Select(_ => 1f)], [], [], []))]);
    }
}
