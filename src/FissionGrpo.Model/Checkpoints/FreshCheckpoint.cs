using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Weights;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Checkpoints;

/// <summary>Checkpoints with random weights: to try a shape on a machine, or to pretrain from.</summary>
public static class FreshCheckpoint
{
    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>; the tokenizer is the caller's.</summary>
    /// <param name="folder">Made, or replaced as a whole.</param>
    /// <param name="configuration">The shape.</param>
    /// <param name="seed">Where the weights are drawn from.</param>
    /// <param name="bfloat16">Half the size, rounded; otherwise single precision.</param>
    /// <returns>The number of parameters.</returns>
    /// <exception cref="CheckpointException">No model can have this shape.</exception>
    public static long Write(string folder, ModelConfiguration configuration, Seed seed, bool bfloat16)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (configuration.Problem() is { } problem)
            throw new CheckpointException(Path.Combine(folder, ConfigurationFile.FileName), null, problem);
        using var weights = ModelWeights.Initialise(configuration, seed);
        CheckpointFiles.ReplaceFolder(folder, fresh => WeightsFile.Write(fresh, weights, bfloat16 ? TensorType.BF16 : TensorType.F32));
        return weights.Layout.Count;
    }
}
