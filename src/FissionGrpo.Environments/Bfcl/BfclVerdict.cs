using System.Collections.Immutable;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>The official checker's verdict on a trajectory.</summary>
/// <param name="IsValid">The task is solved.</param>
/// <param name="ErrorType">The benchmark's own word, like <c>multi_turn:instance_state_mismatch</c>; null when valid.</param>
/// <param name="ErrorMessage">The benchmark's own sentence; null when valid, and for the two that the program words itself.</param>
public sealed record BfclVerdict(bool IsValid, string? ErrorType = null, string? ErrorMessage = null)
{
    /// <summary>The verdict of a solved task.</summary>
    public static readonly BfclVerdict Valid = new(true);

    /// <summary>Of a state mismatch: the attributes of the first differing class.</summary>
    public ImmutableArray<string> DifferingAttributes { get; init; } = [];

    /// <summary>Of a response mismatch: the ground truth's results that the model never got.</summary>
    public ImmutableArray<string> MissingItems { get; init; } = [];
}
