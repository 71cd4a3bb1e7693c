using System.Collections.Immutable;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Episodes;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Workshop;

/// <summary>A generated task. The same options, split and number always give the same task.</summary>
/// <param name="Id">Names split and number: <c>workshop-train-17</c>.</param>
/// <param name="Category"><c>happy</c>, or class and blocker of the first failure that the obvious calls meet: <c>vehicle/doors</c>.</param>
/// <param name="Turns">What the user says, and the ground truth.</param>
/// <param name="Blockers">Ids of the blockers, in the order in which the obvious calls meet them.</param>
/// <param name="UnseenErrors">One of the blockers occurs in no demonstration.</param>
/// <param name="Scenario">The start state, as BFCL writes it: an object with one member per class.</param>
public sealed record WorkshopTask(
    string Id,
    string Category,
    ImmutableArray<WorkshopTurn> Turns,
    ImmutableArray<string> Blockers,
    bool UnseenErrors,
    string Scenario) : EpisodeTask(Id, "workshop", Category)
{
    /// <inheritdoc/>
    public override string? SystemPrompt => null;

    /// <inheritdoc/>
    public override ImmutableArray<ImmutableArray<ToolCall>> ExpectedCalls => [.. Turns.Select(t => t.Expected)];

    /// <summary>The tools on offer, in the order of the prompt.</summary>
    public ImmutableArray<ToolSpec> Tools { get; internal init; } = [];

    /// <summary>The world at the start. Every episode plays on a fork.</summary>
    internal BfclWorld Origin { get; init; } = null!;

    /// <summary>The failures of its own that a trajectory may meet, and how probable it is that it meets one of them.</summary>
    internal ImmutableArray<Drift> Drifts { get; init; } = [];

    internal double DriftRate { get; init; }

    /// <inheritdoc/>
    public override IEnvironment Start() => new WorkshopEnvironment(this, null);

    /// <inheritdoc/>
    public override IEnvironment Start(ulong trajectorySeed)
    {
        var rng = new SampleRng(new Seed(trajectorySeed).Derive("drift").Derive(Id));
        var drift = Drifts.Length > 0 && rng.Chance(DriftRate) ? rng.Pick(Drifts.AsSpan()) : null;
        return new WorkshopEnvironment(this, drift);
    }
}

/// <summary>One user turn.</summary>
/// <param name="Text">What the user says.</param>
/// <param name="Goals">How many things the user wants in it.</param>
/// <param name="Expected">y*: the calls that reach the goals, all of which succeed when made in this order.</param>
/// <param name="Reads">Results that must have been read in this turn, because the user asked for them.</param>
public sealed record WorkshopTurn(string Text, int Goals, ImmutableArray<ToolCall> Expected, ImmutableArray<string> Reads)
{
    /// <summary>The ground truth's world after the turn. Never changes.</summary>
    internal BfclWorld Truth { get; init; } = null!;

    /// <summary>What the oracle did, failed first calls included.</summary>
    internal ImmutableArray<OracleStep> Played { get; init; } = [];
}
