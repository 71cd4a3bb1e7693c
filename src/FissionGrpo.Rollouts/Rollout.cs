using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Rollouts;

/// <summary>Where trajectories begin: a task, and the user turn from which the policy plays.</summary>
/// <param name="Task">The task.</param>
/// <param name="Turn">The first turn that the policy plays itself, from 0; the turns before it are the ground truth, by replay. 0 for unit <c>episode</c>.</param>
public sealed record RolloutStart(EpisodeTask Task, int Turn = 0)
{
    /// <summary>Names the prompt: siblings share it.</summary>
    public string Key => Turn == 0 ? Task.Id : $"{Task.Id}#{Turn}";
}

/// <summary>A played trajectory with what is needed to go back into it.</summary>
/// <param name="Task">The task played.</param>
/// <param name="TrajectorySeed">What the environment's occasional failures were drawn from.</param>
/// <param name="Trajectory">What was sampled, executed and judged.</param>
/// <param name="BeforeStep">
/// The environment as it was before each step's calls were executed, one per step, so that the trajectory can be forked there. Fork them
/// before use: several recoveries may start from one.
/// </param>
public sealed record Rollout(EpisodeTask Task, ulong TrajectorySeed, Trajectory Trajectory, ImmutableArray<IEnvironment> BeforeStep)
{
    /// <summary>How often the episode was started: more than 1 when something outside the policy failed.</summary>
    public int Attempts { get; init; } = 1;
}

/// <summary>The siblings from one prompt (G) or one corrective context (G').</summary>
/// <param name="Key">The prompt's or context's key.</param>
/// <param name="Rollouts">All siblings in order, failed rollouts included.</param>
public sealed record RolloutGroup(string Key, ImmutableArray<Rollout> Rollouts)
{
    /// <summary>The group as a record without live environments.</summary>
    public TrajectoryGroup ToTrajectories() => new(Key, [.. Rollouts.Select(r => r.Trajectory)]);
}
