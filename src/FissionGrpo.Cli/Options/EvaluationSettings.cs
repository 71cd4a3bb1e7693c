using System.ComponentModel.DataAnnotations;

namespace FissionGrpo.Cli.Options;

/// <summary>How a run is measured before and after training.</summary>
/// <param name="Tasks">Test tasks of each slice: held-out, in-distribution, unseen-errors.</param>
/// <param name="Samples">Tries of each task; 1 plays greedily, more at the training's temperature.</param>
/// <param name="Benchmarks">Also play the official tasks that the user has added.</param>
/// <param name="BenchmarkTasks">At most this many official tasks of each category.</param>
internal sealed record EvaluationSettings(
    [property: Range(1, 100_000)] int Tasks = 256,
    [property: Range(1, 1000)] int Samples = 1,
    bool Benchmarks = true,
    [property: Range(1, 100_000)] int BenchmarkTasks = 50);
