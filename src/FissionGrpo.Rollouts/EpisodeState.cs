using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Rollouts;

/// <summary>
/// An episode at the moment when the policy is about to reply: the live environment, the tokens so far, and the steps that led here. A
/// trajectory can be continued from it, any number of times: who plays on forks it first.
/// </summary>
/// <param name="Task">The task.</param>
/// <param name="TrajectorySeed">What the environment's occasional failures are drawn from.</param>
/// <param name="Environment">The world as it is now. Fork it before executing anything.</param>
/// <param name="Unit">How much of the task is played.</param>
/// <param name="FirstTurn">The first turn that a policy played live.</param>
/// <param name="Turn">The turn that the next reply belongs to.</param>
/// <param name="Tokens">The prefix of the next reply. Nothing in it is trained on.</param>
/// <param name="PriorSteps">The steps since <paramref name="FirstTurn"/> began; empty at a fresh start.</param>
public sealed record EpisodeState(
    EpisodeTask Task,
    ulong TrajectorySeed,
    IEnvironment Environment,
    TrajectoryUnit Unit,
    int FirstTurn,
    int Turn,
    TokenSequence Tokens,
    ImmutableArray<Step> PriorSteps)
{
    /// <summary>Set when this is a corrective context.</summary>
    public FissionOrigin? Origin { get; init; }

    /// <summary>An independent copy.</summary>
    public EpisodeState Fork() => this with { Environment = Environment.Fork() };
}
