namespace FissionGrpo.Fission;

/// <summary>Tokens of the error simulator.</summary>
/// <param name="Prompt">Tokens read: one prompt per diagnostic asked for, whether or not the engine shared its prefix.</param>
/// <param name="Sampled">Tokens written.</param>
public readonly record struct SimulatorTokens(long Prompt, long Sampled)
{
    /// <summary>Both together.</summary>
    public static SimulatorTokens operator +(SimulatorTokens a, SimulatorTokens b) => new(a.Prompt + b.Prompt, a.Sampled + b.Sampled);

    /// <summary>What came since.</summary>
    public static SimulatorTokens operator -(SimulatorTokens a, SimulatorTokens b) => new(a.Prompt - b.Prompt, a.Sampled - b.Sampled);
}

/// <summary>What has been written since a run began; kept in its checkpoints.</summary>
/// <param name="Tokens">Tokens of the simulator.</param>
/// <param name="Written">Diagnostics that could have been corrupted.</param>
/// <param name="Corrupted">Those that were.</param>
public readonly record struct SimulatorTally(SimulatorTokens Tokens, long Written, long Corrupted);
