using System.ComponentModel.DataAnnotations;

namespace FissionGrpo.Training;

/// <summary>How long a run is and what it keeps.</summary>
/// <param name="Steps">Training steps; a step is stages 1 to 3. 0 trains nothing: the run ends with the policy that it began with.</param>
/// <param name="MaxSampledTokens">Training ends when the policy has sampled this many tokens, whatever the steps: equal budgets for unequal arms. 0 means no budget.</param>
/// <param name="CheckpointEvery">Steps between checkpoints.</param>
/// <param name="KeepCheckpoints">Checkpoints kept; older ones are removed.</param>
/// <param name="EvaluateEvery">Steps between evaluations; 0 evaluates before and after only.</param>
/// <param name="TrajectoriesEvery">Steps between those whose trajectories are written to trajectories.jsonl; 0 writes none, 1 all (half a megabyte a step of the default run).</param>
/// <param name="TaskPool">Training goes round the first so many tasks of its source, as with a data set of that size; 0 uses every task that the source has.</param>
public sealed record TrainOptions(
    [property: Range(0, 10_000_000, ErrorMessage = "Try 180.")] int Steps = 180,
    [property: Range(0L, 1_000_000_000_000L, ErrorMessage = "0 means no budget.")] long MaxSampledTokens = 0,
    [property: Range(1, 1_000_000, ErrorMessage = "Try 10.")] int CheckpointEvery = 10,
    [property: Range(1, 1_000_000, ErrorMessage = "Try 2.")] int KeepCheckpoints = 2,
    [property: Range(0, 1_000_000, ErrorMessage = "0 evaluates before and after only.")] int EvaluateEvery = 0,
    [property: Range(0, 1_000_000, ErrorMessage = "0 writes none; try 5.")] int TrajectoriesEvery = 5,
    [property: Range(0, 1_000_000_000, ErrorMessage = "0 uses every task that the source has.")] int TaskPool = 0);
