using System.Collections.Immutable;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Tests.Forward;

/// <summary>The hand-written backward pass against central differences, for every family and every optional bias, also those that no recording has.</summary>
public sealed class GradientTests
{
    public static TheoryData<string> Shapes => [.. ShapesByName.Keys];

    private static Dictionary<string, ModelConfiguration> ShapesByName { get; } = new()
    {
        ["qwen3 tied"] = TinyModels.Qwen3,
        ["qwen3 untied with biases"] = TinyModels.Qwen3 with { TiedEmbeddings = false, QkvBias = true, OutputBias = true },
        ["qwen2"] = TinyModels.Qwen3 with { Family = ModelFamily.Qwen2, QkvBias = true },
        ["llama with every bias"] = TinyModels.Qwen3 with { Family = ModelFamily.Llama, QkvBias = true, OutputBias = true, FeedForwardBias = true, KeyValueHeads = 4 },
        ["llama 3 rotation"] = TinyModels.Qwen3 with { Family = ModelFamily.Llama, KeyValueHeads = 1, Rope = new RopeOptions(500, new RopeScaling.Llama3(8, 1, 4, 32)) },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void EveryParameter_HasTheGradientOfFiniteDifferences(string shape)
    {
        using var engine = TinyModels.Engine(configuration: ShapesByName[shape]);
        var batch = Batch();
        var loss = new LossOptions(LossKind.CrossEntropy, LossReduction.TokenMean, Temperature: 0.9f);
        engine.Run(batch, loss, gradients: true);

        foreach (var parameter in engine.Weights.Layout.Parameters)
        {
            var (slope, difference) = Directional(engine, batch, loss, parameter);
            Assert.True(Math.Abs(slope - difference) <= 2e-3 + (0.02 * Math.Abs(slope)), $"{parameter.Name}: gradient says {slope:g4}, differences say {difference:g4}");
        }
    }

    /// <summary>The derivative along a random direction of one parameter: from the gradient, and from two losses.</summary>
    private static unsafe (double Slope, double Difference) Directional(TransformerEngine engine, TrainingBatch batch, LossOptions loss, Weights.Parameter parameter)
    {
        const double step = 4e-3;
        var rng = new SampleRng(new Seed(5).Derive(parameter.Name));
        var direction = new double[parameter.Count];
        var slope = 0.0;
        // Along the signs of the gradient every entry adds up; a random entry in eight is turned around, so that a wrong sign shows as well.
        for (var i = 0; i < direction.Length; i++)
        {
            var gradient = engine.Optimizer.Gradients()[parameter.Offset + i];
            direction[i] = (gradient < 0 ? -1 : 1) * (rng.Chance(0.125) ? -1 : 1) / Math.Sqrt(direction.Length);
            slope += direction[i] * gradient;
        }
        var values = engine.Weights.Values + parameter.Offset;
        var kept = new ReadOnlySpan<float>(values, direction.Length).ToArray();
        var up = Loss(+step);
        var down = Loss(-step);
        kept.CopyTo(new Span<float>(values, direction.Length));
        engine.WeightsChanged();
        return (slope, (up - down) / (2 * step));

        double Loss(double by)
        {
            for (var i = 0; i < direction.Length; i++)
                values[i] = (float)(kept[i] + (by * direction[i]));
            engine.WeightsChanged();
            return engine.Run(batch, loss, gradients: false).Loss;
        }
    }

    private static TrainingBatch Batch()
    {
        var prompt = TinyModels.Tokens(new Seed(1), 9);
        return new TrainingBatch(
        [
            Sequence(prompt.AddRange(TinyModels.Tokens(new Seed(2), 12))),
            Sequence(prompt.AddRange(TinyModels.Tokens(new Seed(3), 17))),
            Sequence(TinyModels.Tokens(new Seed(4), 21)),
        ]);
    }

    private static TrainingSequence Sequence(ImmutableArray<int> tokens) =>
        new(tokens, [.. tokens.Select((_, t) => t % 5 == 2 ? 0f : t % 7 == 1 ? 0.5f : 1f)], [], [], []);
}
