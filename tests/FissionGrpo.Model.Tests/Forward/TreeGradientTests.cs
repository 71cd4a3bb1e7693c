using System.Collections.Immutable;
using FissionGrpo.Model.Forward;
using FissionGrpo.Model.Losses;
using FissionGrpo.Model.Policy;
using FissionGrpo.Model.Weights;
using FissionGrpo.Seeds;
using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Model.Tests.Forward;

/// <summary>A tree's loss, log-probabilities and gradient are those of its unrolled sequences, whatever the tree, the loss and the cuts.</summary>
public sealed class TreeGradientTests
{
    private static readonly LossOptions[] Losses =
    [
        new(LossKind.CrossEntropy, LossReduction.TokenMean),
        new(LossKind.PolicyGradient, LossReduction.SequenceMean, KlCoefficient: 0.1f),
        new(LossKind.PolicyGradient, LossReduction.TokenMean, KlCoefficient: 0.1f, Kl: KlEstimator.K2, Temperature: 0.8f),
        new(LossKind.PolicyGradient, LossReduction.Constant, Constant: 20),
        new(LossKind.SequencePolicyGradient, LossReduction.SequenceMean, KlCoefficient: 0.1f, Kl: KlEstimator.K1),
        new(LossKind.SequencePolicyGradient, LossReduction.Sum),
        new(LossKind.ClippedImportanceSampling, LossReduction.TokenMean),
        new(LossKind.PolicyGradient, LossReduction.SequenceMean, ImportanceCap: 1.5f, ImportanceBand: 3),
    ];

    [Fact]
    public void RandomTree_HasTheGradientOfItsUnrolledSequences()
    {
        using var shared = TinyModels.Engine();
        using var alone = TinyModels.Engine(tokensPerPass: 1);
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var batch = RandomBatch(new Seed((ulong)seed));
            var loss = Losses[seed % Losses.Length];
            var tree = Run(shared, batch, loss, out var treeGradient);
            var unrolled = Run(alone, batch, loss, out var unrolledGradient);

            Assert.True(tree.Metrics["tokens_computed"] <= unrolled.Metrics["tokens_computed"]);
            Assert.Equal(unrolled.Loss, tree.Loss, 1e-5 * Math.Max(1, Math.Abs(unrolled.Loss)));
            for (var b = 0; b < batch.Sequences.Length; b++)
                Assert.All(tree.LogProbs[b].Zip(unrolled.LogProbs[b]), pair => Assert.Equal(pair.Second, pair.First, 2e-5));
            Assert.True(Distance(unrolledGradient, treeGradient) < 2e-5, $"gradients differ by {Distance(unrolledGradient, treeGradient)}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Fact]
    public void ThreadCount_ChangesNoBitOfTheGradient()
    {
        var batch = RandomBatch(new Seed(8));
        using var one = TinyModels.Engine(threads: 1);
        using var three = TinyModels.Engine(threads: 3);

        var first = Run(one, batch, Losses[1], out var expected);
        var second = Run(three, batch, Losses[1], out var actual);

        Assert.Equal(first.Loss, second.Loss);
        Assert.True(expected.AsSpan().SequenceEqual(actual));
    }

    [Fact]
    public void RecomputedActivations_ChangeNoBitOfTheGradient()
    {
        var batch = RandomBatch(new Seed(8));
        using var kept = TinyModels.Engine();
        using var recomputed = TinyModels.Engine(tokensPerPass: 10_000, activationBytes: 4);

        Run(kept, batch, Losses[1], out var expected);
        Run(recomputed, batch, Losses[1], out var actual);

        Assert.True(expected.AsSpan().SequenceEqual(actual));
    }

    // Enough rows that they go through the stages in chunks, with one thread and with several. Weights that are not packed take them together, and here their logits in two parts.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void RowsInChunks_ChangeNoBitOfTheGradient(int threads)
    {
        var batch = WithTerms(Enumerable.Range(0, 9).Select(i => TinyModels.Tokens(new Seed((ulong)i), 95 + i)), new SampleRng(new Seed(5)));
        using var engine = TinyModels.Engine(threads);

        Run(engine, batch, Losses[1], out var expected);
        var actual = RunUnpacked(engine, batch, Losses[1], mostLogits: 700 * TinyModels.Vocabulary);

        Assert.True(expected.AsSpan().SequenceEqual(actual));
    }

    [Fact]
    public void UnpackedWeights_ChangeNoBitOfTheGradient()
    {
        var batch = RandomBatch(new Seed(8));
        using var engine = TinyModels.Engine();

        Run(engine, batch, Losses[4], out var expected);
        var actual = RunUnpacked(engine, batch, Losses[4], mostLogits: 3 * TinyModels.Vocabulary);

        // The chunks of logits are smaller here, so the output projection's gradient is summed in another order.
        Assert.True(Distance(expected, actual) < 1e-6);
    }

    [Fact]
    public void NonFiniteWeight_StopsTheStepAndIsNamed()
    {
        using var engine = TinyModels.Engine();
        var down = engine.Weights.Layout.Parameters.First(p => p.Name.EndsWith("1.mlp.down_proj.weight", StringComparison.Ordinal));
        unsafe
        {
            engine.Weights.Values[down.Offset + 3] = float.NaN;
        }

        var stopped = Assert.Throws<NonFiniteException>(() => engine.Run(RandomBatch(new Seed(1)), Losses[0], gradients: true));

        Assert.Equal(down.Name, stopped.Tensor);
    }

    [Fact]
    public void NonFiniteLoss_NamesTheTokenAndItsInputs()
    {
        using var engine = TinyModels.Engine();
        var tokens = TinyModels.Tokens(new Seed(1), 6);
        float[] old = [0, -1, -2, float.NegativeInfinity, -1, -1];
        var sequence = new TrainingSequence(tokens, [.. tokens.Select(_ => 1f)], [.. tokens.Select(_ => -1f)], [.. old], []);

        var stopped = Assert.Throws<NonFiniteException>(() => engine.Run(new TrainingBatch([sequence]), Losses[1] with { KlCoefficient = 0 }, gradients: true));

        Assert.Contains("sequence 0, token 3", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NonFiniteGradient_StopsTheStepAndLeavesTheWeights()
    {
        using var engine = TinyModels.Engine();
        engine.Run(RandomBatch(new Seed(1)), Losses[0], gradients: true);
        unsafe
        {
            engine.Optimizer.Gradients()[engine.Weights.Layout.FinalNorm] = float.PositiveInfinity;
            var before = engine.Weights.Values[0];

            var stopped = Assert.Throws<NonFiniteException>(() => engine.Step(new AdamOptions()));

            Assert.Contains("model.norm.weight", stopped.Message, StringComparison.Ordinal);
            Assert.Equal(before, engine.Weights.Values[0]);
            Assert.Equal(0f, engine.Optimizer.Gradients()[engine.Weights.Layout.FinalNorm]);
        }
    }

    private static unsafe ForwardBackwardResult Run(TransformerEngine engine, TrainingBatch batch, LossOptions loss, out float[] gradient)
    {
        engine.Optimizer.ClearGradients();
        var result = engine.Run(batch, loss, gradients: true);
        gradient = new ReadOnlySpan<float>(engine.Optimizer.Gradients(), (int)engine.Weights.Layout.Count).ToArray();
        return result;
    }

    private static unsafe float[] RunUnpacked(TransformerEngine engine, TrainingBatch batch, LossOptions loss, long mostLogits)
    {
        var unpacked = new UnpackedModel(engine.Weights);
        using var pass = new TreePass(engine.Team, engine.Weights, unpacked, unpacked, engine.Rope, mostActivations: long.MaxValue, mostLogits);
        var tree = TokenTree.Build([.. batch.Sequences.Select(s => s.Tokens)]);
        var terms = new LossTerms(tree, [.. Enumerable.Range(0, batch.Sequences.Length)], loss, new LossTally(batch, loss));
        var gradient = new float[engine.Weights.Layout.Count];
        fixed (float* g = gradient)
            pass.ForwardBackward(tree, terms, loss.Temperature, new FullGradients(engine.Weights, g));
        return gradient;
    }

    private static double Distance(float[] expected, float[] actual)
    {
        var (difference, norm) = (0.0, 1e-30);
        for (var i = 0; i < expected.Length; i++)
        {
            difference += Math.Pow((double)expected[i] - actual[i], 2);
            norm += Math.Pow(expected[i], 2);
        }
        return Math.Sqrt(difference / norm);
    }

    /// <summary>Sequences that continue random beginnings of earlier ones: duplicates, prefixes of each other, branches at any depth, several roots.</summary>
    private static TrainingBatch RandomBatch(Seed seed)
    {
        var rng = new SampleRng(seed);
        var sequences = new List<ImmutableArray<int>>();
        var count = rng.Next(1, 8);
        for (var s = 0; s < count; s++)
        {
            var beginning = s == 0 || rng.Chance(0.2) ? [] : sequences[rng.Next(s)];
            var tokens = beginning[..rng.Next(beginning.Length + 1)].AddRange(TinyModels.Tokens(seed.Derive(s), rng.Next(25)));
            sequences.Add(tokens.IsEmpty ? [rng.Next(TinyModels.Vocabulary)] : tokens);
        }
        // At least one sequence has targets.
        sequences.Add(TinyModels.Tokens(seed.Derive("last"), 5));
        return WithTerms(sequences, rng);
    }

    private static TrainingBatch WithTerms(IEnumerable<ImmutableArray<int>> sequences, SampleRng rng) =>
        new([.. sequences.Select(tokens => new TrainingSequence(
            tokens,
            [.. tokens.Select(_ => rng.Chance(0.3) ? 0f : rng.Chance(0.2) ? 0.5f : 1f)],
            [.. tokens.Select(_ => (float)rng.NextNormal())],
            [.. tokens.Select(_ => (float)(-4.2 + (0.5 * rng.NextNormal())))],
            [.. tokens.Select(_ => (float)(-4.2 + (0.5 * rng.NextNormal())))])
        {
            SamplerLogProbs = [.. tokens.Select(_ => (float)(-4.2 + (0.5 * rng.NextNormal())))],
        })]);
}
