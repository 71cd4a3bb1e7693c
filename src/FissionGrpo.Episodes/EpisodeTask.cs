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

    /// <summary>A fresh environment at the beginning of the task. The same task always starts in the same state.</summary>
    public abstract IEnvironment Start();
}
