using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Seeds;

namespace FissionGrpo.Fission;

/// <summary>
/// S_phi: writes the diagnostic f of a failure, which reads like a runtime error. Batches; whatever it takes from the policy's world it only
/// reads. May throw or be slow: <see cref="CorrectiveContexts"/> guards it.
/// </summary>
public interface IErrorSimulator
{
    /// <summary>One diagnostic per failure, in order; null where the simulator has nothing to say.</summary>
    /// <param name="failures">The failures.</param>
    /// <param name="seed">Where wording is drawn from; another seed gives another wording.</param>
    /// <param name="cancel">Stops waiting.</param>
    Task<ImmutableArray<Diagnostic?>> DiagnoseAsync(ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel);

    /// <summary>Tokens read and written so far, where that is counted; set when a run goes on.</summary>
    SimulatorTokens Tokens
    {
        get => default;
        set { }
    }
}

/// <summary>A diagnostic.</summary>
/// <param name="Text">What the policy will read.</param>
/// <param name="Category">The failure category that it conveys; null when nobody says.</param>
public sealed record Diagnostic(string Text, FailureCategory? Category)
{
    /// <summary>Why there is none, where the simulator can tell: its reply was cut off, its view of the world failed. The text does not count then.</summary>
    public string? Fault { get; init; }

    /// <summary>Under which of <see cref="SimulatorFault"/>'s names a fault is counted.</summary>
    public string FaultKind { get; init; } = SimulatorFault.Nonsense;

    /// <summary>No diagnostic, with the reason.</summary>
    public static Diagnostic None(string fault, string kind = SimulatorFault.Nonsense) => new("", null) { Fault = fault, FaultKind = kind };
}
