using System.Collections.Immutable;

namespace FissionGrpo.Episodes;

/// <summary>A task: everything that is fixed before an episode is played.</summary>
/// <param name="Id">Unique in its world; the official id where there is one.</param>
/// <param name="World"><c>workshop</c>, <c>bfcl</c>, <c>tau-retail</c>, …</param>
/// <param name="Category">For tables: <c>base</c>, <c>miss_func</c>, …</param>
public abstract record EpisodeTask(string Id, string World, string Category)
{
    /// <summary>Instructions to the policy that precede the dialogue, tools not included; null when there are none.</summary>
    public abstract string? SystemPrompt { get; }

    /// <summary>
    /// The ground-truth calls y*, per user turn. A world whose user decides the turns as it goes has one entry with all the calls.
    /// </summary>
    public abstract ImmutableArray<ImmutableArray<ToolCall>> ExpectedCalls { get; }

    /// <summary>
    /// Whether the recorded calls bring a fresh environment back to where it was. False where somebody live (a language model, a person) plays the user:
    /// asked again, they would say something else.
    /// </summary>
    public virtual bool CanBeReplayed => true;

    /// <summary>
    /// Whether an episode that the limit of steps ends in its last turn is scored as it stands, as BFCL's official program does, rather than
    /// failed.
    /// </summary>
    public virtual bool IsScoredAtStepLimit => false;

    /// <summary>A fresh environment at the beginning of the task. The same task always starts in the same state.</summary>
    public abstract IEnvironment Start();

    /// <summary>
    /// A fresh environment for one trajectory. A world whose failures are occasional (a time-out, a session that expires: things that only some
    /// of a group's trajectories meet) draws them from this seed; every other world ignores it. The same seed gives the same environment.
    /// </summary>
    /// <param name="trajectorySeed">The 64 bits of the trajectory's own node in the run's tree of seeds.</param>
    public virtual IEnvironment Start(ulong trajectorySeed) => Start();
}
