using System.Collections.Immutable;

namespace FissionGrpo.Episodes;

/// <summary>
/// A task played by someone who knows how: what a supervised warm start learns from. It is played through the same rollout code as the
/// policy's own trajectories, against the live environment, so its tokens are those that the policy would have had to sample.
/// </summary>
/// <param name="Task">The task.</param>
/// <param name="Turns">The replies of each user turn, in order. A reply without calls ends its turn; the last one of a turn has none.</param>
public sealed record Demonstration(EpisodeTask Task, ImmutableArray<ImmutableArray<DemonstratedReply>> Turns);

/// <summary>One reply of a demonstration.</summary>
/// <param name="Text">Free text; empty beside calls as a rule.</param>
/// <param name="Calls">The calls; empty in the reply that ends the turn.</param>
/// <param name="Diagnostic">Shown in place of the result of the first failed call, as the error simulator would; null shows the environment's own message.</param>
/// <param name="Train">False for a reply that is shown and not learned: a mistake that should not be imitated.</param>
public sealed record DemonstratedReply(string Text, ImmutableArray<ToolCall> Calls, string? Diagnostic = null, bool Train = true);

/// <summary>What a demonstration shows.</summary>
public enum DemonstrationKind
{
    /// <summary>Nothing fails.</summary>
    HappyPath,

    /// <summary>A call fails with the environment's own message, and the next ones mend it.</summary>
    Recovery,

    /// <summary>A call fails, a diagnostic stands in place of the message, and the next ones mend it.</summary>
    DiagnosedRecovery,
}
