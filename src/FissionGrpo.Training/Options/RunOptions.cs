using FissionGrpo.Fission;
using FissionGrpo.Rewards;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Training;

/// <summary>Everything that decides a training run, beside the world that it trains on. The same options on the same machine kind give the same bits.</summary>
/// <param name="Seed">The root of the run's tree of seeds.</param>
/// <param name="Policy">The model.</param>
/// <param name="WarmStart">Supervised fine-tuning before RL.</param>
/// <param name="Rollout">How trajectories are sampled.</param>
/// <param name="Reward">The composite reward.</param>
/// <param name="Grpo">Groups, advantages, objective.</param>
/// <param name="Optimizer">AdamW and its schedule.</param>
/// <param name="Fission">Stages 2 and 3.</param>
/// <param name="Simulator">The error simulator.</param>
/// <param name="Train">Length and bookkeeping.</param>
public sealed record RunOptions(
    ulong Seed = 1,
    PolicyOptions? Policy = null,
    WarmStartOptions? WarmStart = null,
    RolloutOptions? Rollout = null,
    RewardOptions? Reward = null,
    GrpoOptions? Grpo = null,
    OptimizerOptions? Optimizer = null,
    FissionOptions? Fission = null,
    SimulatorOptions? Simulator = null,
    TrainOptions? Train = null)
{
    /// <summary>The model.</summary>
    public PolicyOptions Policy { get; init; } = Policy ?? new();

    /// <summary>Supervised fine-tuning before RL.</summary>
    public WarmStartOptions WarmStart { get; init; } = WarmStart ?? new();

    /// <summary>How trajectories are sampled.</summary>
    public RolloutOptions Rollout { get; init; } = Rollout ?? new();

    /// <summary>The composite reward.</summary>
    public RewardOptions Reward { get; init; } = Reward ?? new();

    /// <summary>Groups, advantages, objective.</summary>
    public GrpoOptions Grpo { get; init; } = Grpo ?? new();

    /// <summary>AdamW and its schedule.</summary>
    public OptimizerOptions Optimizer { get; init; } = Optimizer ?? new();

    /// <summary>Stages 2 and 3.</summary>
    public FissionOptions Fission { get; init; } = Fission ?? new();

    /// <summary>The error simulator.</summary>
    public SimulatorOptions Simulator { get; init; } = Simulator ?? new();

    /// <summary>Length and bookkeeping.</summary>
    public TrainOptions Train { get; init; } = Train ?? new();
}
