using FissionGrpo.Model.Policy;

namespace FissionGrpo.Training;

/// <summary>
/// Measures the policy on tasks that it does not train on. The composition root implements it (Training does not know the benchmarks); the
/// run calls it before RL, every <see cref="TrainOptions.EvaluateEvery"/> steps, and after. It must not change the policy.
/// </summary>
public interface IRunEvaluator
{
    /// <summary>Evaluates and keeps the result wherever it keeps results (the run folder's <c>evaluations/</c>).</summary>
    /// <param name="moment"><c>before</c>, <c>step-000040</c>, <c>after</c>.</param>
    /// <param name="policy">The policy as it is now.</param>
    /// <param name="cancel">Stops it.</param>
    Task EvaluateAsync(string moment, IPolicy policy, CancellationToken cancel);
}
