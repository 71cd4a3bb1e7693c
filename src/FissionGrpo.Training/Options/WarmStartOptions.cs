using System.ComponentModel.DataAnnotations;

namespace FissionGrpo.Training;

/// <summary>Supervised fine-tuning on demonstrations, before anything is explored.</summary>
/// <param name="Steps">Optimizer steps; 0 skips the warm start.</param>
/// <param name="BatchSize">Demonstrations in a step.</param>
/// <param name="LearningRate">At the start.</param>
/// <param name="FinalLearningRate">At the end; a cosine lies between.</param>
/// <param name="RecoveryShare">Share of demonstrations in which a call fails and is mended, with the environment's own message.
/// A steep control: the warm start must know of recoveries and leave most of them to RL (docs/results.md).</param>
/// <param name="DiagnosedShare">Share of demonstrations in which a diagnostic stands in place of the message, so that f is readable later.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="WeightDecay">Decoupled decay.</param>
/// <param name="CacheFolder">Where warm starts are kept by the hash of what made them; null uses the user's cache folder, an empty text keeps none.</param>
public sealed record WarmStartOptions(
    [property: Range(0, 1_000_000, ErrorMessage = "Try 1500; 0 skips the warm start.")] int Steps = 1500,
    [property: Range(1, 4096, ErrorMessage = "Try 24.")] int BatchSize = 24,
    [property: Range(0f, 1f, ErrorMessage = "Try 0.002.")] float LearningRate = 2e-3f,
    [property: Range(0f, 1f, ErrorMessage = "Try 0.0001.")] float FinalLearningRate = 1e-4f,
    [property: Range(0f, 1f, ErrorMessage = "A share; try 0.005.")] float RecoveryShare = 0.005f,
    [property: Range(0f, 1f, ErrorMessage = "A share; try 0.005.")] float DiagnosedShare = 0.005f,
    [property: Range(0f, 0.9999999f, ErrorMessage = "Try 0.95.")] float Beta2 = 0.95f,
    [property: Range(0f, 10f, ErrorMessage = "Try 0.01.")] float WeightDecay = 0.01f,
    string? CacheFolder = null);
