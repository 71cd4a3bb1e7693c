using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Faults;

/// <summary>
/// A task that is played with faults: for the injected recovery rate, where the fault is the same in every episode, and for robustness, where
/// each trajectory draws its own.
/// </summary>
/// <param name="Inner">The task.</param>
/// <param name="Options">What goes wrong, where, and how often.</param>
/// <param name="Seed">Where the draws come from when no trajectory seed is given.</param>
public sealed record FaultyTask(EpisodeTask Inner, FaultOptions Options, Seed Seed) : EpisodeTask(Inner.Id, Inner.World, Inner.Category)
{
    /// <inheritdoc/>
    public override string? SystemPrompt => Inner.SystemPrompt;

    /// <inheritdoc/>
    public override ImmutableArray<ImmutableArray<ToolCall>> ExpectedCalls => Inner.ExpectedCalls;

    /// <inheritdoc/>
    public override bool CanBeReplayed => Inner.CanBeReplayed;

    /// <inheritdoc/>
    public override bool IsScoredAtStepLimit => Inner.IsScoredAtStepLimit;

    /// <inheritdoc/>
    public override IEnvironment Start() => new FaultyEnvironment(Inner.Start(), Options.Draw(Seed.Derive(Id)));

    /// <inheritdoc/>
    public override IEnvironment Start(ulong trajectorySeed) =>
        new FaultyEnvironment(Inner.Start(trajectorySeed), Options.Draw(new Seed(trajectorySeed).Derive("faults").Derive(Id)));
}
