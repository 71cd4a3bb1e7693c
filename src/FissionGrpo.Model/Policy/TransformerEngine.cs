using FissionGrpo.Model.Adapters;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Forward;
using FissionGrpo.Model.Losses;
using FissionGrpo.Model.Optimizer;
using FissionGrpo.Model.Weights;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Model.Policy;

/// <summary>The model and everything that computes with it, without queues or waiting: one caller at a time.</summary>
internal sealed class TransformerEngine : IDisposable
{
    /// <summary>Models above this train without packed copies of their weights: with so many rows per pass packing on the way costs a few percent, the copies two thirds more memory for weights.</summary>
    private const long MostPackedParameters = 100_000_000;

    private readonly PackedModel? _packedBackward;
    private readonly int _tokensPerPass;
    private readonly TensorArena _adapterRoom = new();

    public TransformerEngine(ModelWeights weights, EngineOptions options)
    {
        Weights = weights;
        Team = new ThreadTeam(options.Threads > 0 ? options.Threads : Environment.ProcessorCount);
        Packed = new PackedModel(weights, backward: false);
        Rope = new RopeTable(weights.Configuration);
        var unpacked = new UnpackedModel(weights);
        _packedBackward = weights.Layout.Count <= MostPackedParameters || weights.IsFrozen ? new PackedModel(weights, backward: true) : null;
        Pass = new TreePass(
            Team, weights, _packedBackward is null ? unpacked : Packed, _packedBackward is null ? unpacked : _packedBackward, Rope,
            options.ActivationBytes / sizeof(float));
        Adapters = options.Lora is null ? null : new LoraAdapters(weights, options.Lora);
        Optimizer = new OptimizerState(Adapters?.Parameters ?? (weights.IsFrozen ? ParameterSet.None : weights.Set), Team);
        _tokensPerPass = options.TokensPerPass > 0 ? options.TokensPerPass : TokensPerPass(weights.Configuration, options.ActivationBytes);
    }

    public ModelWeights Weights { get; }

    public ThreadTeam Team { get; }

    public PackedModel Packed { get; }

    public RopeTable Rope { get; }

    public TreePass Pass { get; }

    public OptimizerState Optimizer { get; }

    /// <summary>The adapters that are trained instead of the weights; null in full training.</summary>
    public LoraAdapters? Adapters { get; }

    /// <summary>Forward, and backward when asked, over a batch.</summary>
    /// <exception cref="NonFiniteException">The loss is NaN or infinite; accumulated gradients are cleared.</exception>
    public unsafe ForwardBackwardResult Run(TrainingBatch batch, LossOptions loss, bool gradients)
    {
        BatchCheck.Check(batch, loss, Weights.Configuration);
        if (gradients)
            _ = Weights.Set;
        var tally = new LossTally(batch, loss);
        var (computed, unrolled) = (0L, 0L);
        var sink = gradients ? Sink() : null;
        foreach (var group in TokenTree.Partition([.. batch.Sequences.Select(s => s.Tokens)], _tokensPerPass))
        {
            var tree = TokenTree.Build([.. group.Select(b => batch.Sequences[b].Tokens)]);
            var terms = new LossTerms(tree, group, loss, tally);
            if (gradients)
                Pass.ForwardBackward(tree, terms, loss.Temperature, sink!);
            else
                Pass.Forward(tree, terms, loss.Temperature);
            computed += tree.Rows;
            unrolled += tree.UnrolledTokens;
        }
        if (!double.IsFinite(tally.Loss))
        {
            Optimizer.ClearGradients();
            var weight = Weights.IsFrozen ? null : Weights.Set.FirstNonFinite(Weights.Values)?.Name;
            throw new NonFiniteException(
                weight ?? "loss",
                $"is NaN or infinite{(weight is null ? $" ({tally.FirstNonFinite ?? "the sum overflows"})" : ", and so is the loss")}. The step is stopped and the gradients are cleared.");
        }
        return tally.Result(computed, unrolled);
    }

    /// <summary>Clips, applies and clears the gradients.</summary>
    public OptimStepResult Step(AdamOptions adam)
    {
        AdamCheck.Check(adam);
        _ = Weights.Set;
        var norm = Optimizer.Apply(adam);
        WeightsChanged();
        return new OptimStepResult(norm);
    }

    /// <summary>Forgets everything derived from the old weights.</summary>
    public void WeightsChanged()
    {
        Adapters?.Merge(Team);
        Packed.Invalidate();
        _packedBackward?.Invalidate();
    }

    /// <summary>Writes the weights, or the adapters when those are trained.</summary>
    public void Save(string folder, bool withOptimizer) =>
        CheckpointFiles.ReplaceFolder(folder, fresh =>
        {
            if (Adapters is null)
                WeightsFile.Write(fresh, Weights);
            else
                AdapterFolder.Write(fresh, Adapters);
            if (withOptimizer)
                OptimizerFile.Write(fresh, Optimizer);
        });

    /// <summary>Writes the weights with the adapters merged into them.</summary>
    public void SaveMerged(string folder) => CheckpointFiles.ReplaceFolder(folder, fresh => WeightsFile.Write(fresh, Weights));

    /// <summary>Reads what <see cref="Save"/> wrote. When something is wrong with it, the model stays as it was.</summary>
    public void Load(string folder, bool withOptimizer)
    {
        using var moments = withOptimizer ? OptimizerFile.Open(folder, Optimizer.Trained) : null;
        if (Adapters is null)
            LoadWeights(folder);
        else
            AdapterFolder.ReadInto(folder, Adapters);
        Optimizer.ClearGradients();
        Optimizer.Forget();
        moments?.ReadInto(Optimizer);
        WeightsChanged();
    }

    /// <summary>Reads the optimizer's state alone.</summary>
    public void LoadOptimizer(string folder)
    {
        using var moments = OptimizerFile.Open(folder, Optimizer.Trained);
        moments.ReadInto(Optimizer);
    }

    private void LoadWeights(string folder)
    {
        using var opened = CheckpointFolder.Open(folder);
        if (!opened.Configuration.SameShape(Weights.Configuration))
            throw new CheckpointException(folder, null, "describes a model of another shape than the one that it is loaded into");
        opened.ReadInto(Weights);
    }

    public void Dispose()
    {
        Pass.Dispose();
        Packed.Dispose();
        _packedBackward?.Dispose();
        Rope.Dispose();
        Optimizer.Dispose();
        Adapters?.Dispose();
        _adapterRoom.Dispose();
        Team.Dispose();
        Weights.Dispose();
    }

    private unsafe ParameterGradients Sink() =>
        Adapters is null ? new FullGradients(Weights, Optimizer.Gradients()) : new LoraGradients(Adapters, Optimizer.Gradients(), _adapterRoom);

    private static int TokensPerPass(ModelConfiguration c, long activationBytes) =>
        (int)Math.Clamp(activationBytes / (sizeof(float) * c.Layers * BlockActivations.FloatsPerRow(c)), 512, 1 << 20);
}
