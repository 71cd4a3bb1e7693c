using FissionGrpo.Episodes;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>What is wrong with a step, before it is put into words.</summary>
/// <param name="Category">The failure category.</param>
/// <param name="Tool">The tool called; null when nothing was called.</param>
/// <param name="Parameter">The parameter at fault, where one is.</param>
/// <param name="Type">The type that the parameter wants, where that is the fault.</param>
/// <param name="Next">The tool that y* needs next, beside the failed call itself; null when there is none.</param>
/// <param name="Source">Where the right value can be found, when it is a value that is wrong.</param>
public sealed record Diagnosis(
    FailureCategory Category, string? Tool = null, string? Parameter = null, string? Type = null, string? Next = null, ValueSource Source = ValueSource.Unknown);

/// <summary>Where a right value can be found.</summary>
public enum ValueSource
{
    /// <summary>Nobody can tell.</summary>
    Unknown,

    /// <summary>In what the user said.</summary>
    Dialogue,

    /// <summary>In the environment's own message.</summary>
    ErrorText,

    /// <summary>In the result of another call, which has to be made first.</summary>
    AnotherCall,
}
