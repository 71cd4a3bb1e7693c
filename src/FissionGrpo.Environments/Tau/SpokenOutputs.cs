using System.Collections.Immutable;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;

namespace FissionGrpo.Environments.Tau;

/// <summary>
/// Which of the required outputs the agent has said so far. As in the benchmark, a message is lower-cased and loses all its commas, an
/// output is only lower-cased, so an output with a comma in it can never be said.
/// </summary>
internal readonly struct SpokenOutputs
{
    private readonly ImmutableArray<string> _missing;

    private SpokenOutputs(ImmutableArray<string> missing) => _missing = missing;

    public bool AreComplete => _missing.IsEmpty;

    public static SpokenOutputs NoneOf(ImmutableArray<string> outputs) => new([.. outputs.Select(PyString.Lower)]);

    public SpokenOutputs After(string message)
    {
        if (_missing.IsEmpty)
            return this;
        var heard = PyString.Lower(message).Replace(",", "", StringComparison.Ordinal);
        return new([.. _missing.Where(output => !heard.Contains(output, StringComparison.Ordinal))]);
    }
}
