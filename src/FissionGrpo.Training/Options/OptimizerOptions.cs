using System.ComponentModel.DataAnnotations;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Training;

/// <summary>AdamW and its learning rate, which goes linearly from <paramref name="LearningRate"/> to <paramref name="FinalLearningRate"/>.</summary>
/// <param name="LearningRate">At the first step after the warm-up.</param>
/// <param name="FinalLearningRate">At the end.</param>
/// <param name="WarmUpSteps">Steps over which the rate rises from 0.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Decoupled decay.</param>
/// <param name="ClipNorm">Gradients are scaled down to this norm; 0 turns it off.</param>
public sealed record OptimizerOptions(
    [property: Range(0f, 1f, ErrorMessage = "6e-4 for the embedded model, 1e-6 for a real one.")] float LearningRate = 6e-4f,
    [property: Range(0f, 1f, ErrorMessage = "0 lets the rate fall to nothing.")] float FinalLearningRate = 0f,
    [property: Range(0, 1_000_000, ErrorMessage = "0 starts at the full rate.")] int WarmUpSteps = 0,
    [property: Range(0f, 0.9999999f, ErrorMessage = "Try 0.9.")] float Beta1 = 0.9f,
    [property: Range(0f, 0.9999999f, ErrorMessage = "Try 0.99.")] float Beta2 = 0.99f,
    [property: Range(0f, 1f, ErrorMessage = "Try 1e-8.")] float Epsilon = 1e-8f,
    [property: Range(0f, 10f, ErrorMessage = "Try 0.")] float WeightDecay = 0f,
    [property: Range(0f, 1e6f, ErrorMessage = "Try 1.")] float ClipNorm = 1f)
{
    /// <summary>The optimizer's settings at a place between the beginning (0) and the end (1) of training.</summary>
    /// <param name="step">Optimizer steps done.</param>
    /// <param name="progress">Share of the steps or of the token budget that is done, 0 to 1.</param>
    /// <param name="scale">A factor on the learning rate.</param>
    public AdamOptions At(int step, double progress, float scale = 1)
    {
        var rate = LearningRate + (FinalLearningRate - LearningRate) * Math.Clamp(progress, 0, 1);
        if (step < WarmUpSteps)
            rate *= (step + 1) / (double)WarmUpSteps;
        return new AdamOptions((float)(rate * scale), Beta1, Beta2, Epsilon, WeightDecay, ClipNorm);
    }
}
