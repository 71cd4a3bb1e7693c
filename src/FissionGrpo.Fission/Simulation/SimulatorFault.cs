using System.Collections.Immutable;

namespace FissionGrpo.Fission;

/// <summary>Why an answer of the error simulator cannot be used; the names under which they are counted.</summary>
public static class SimulatorFault
{
    /// <summary>The simulator threw: an endpoint that is gone, a bug.</summary>
    public const string Exception = "exception";

    /// <summary>It did not answer in time.</summary>
    public const string TimeOut = "time_out";

    /// <summary>What it answered is no diagnostic: blank, cut off, a tool call, too few answers.</summary>
    public const string Nonsense = "nonsense";

    /// <summary>It had nothing to say.</summary>
    public const string Silence = "silence";

    /// <summary>The leak audit stopped the diagnostic.</summary>
    public const string Leak = "leak";
}

/// <summary>Counts by kind, each with its first cause. Not safe for several threads.</summary>
public sealed class FaultLog
{
    private readonly SortedDictionary<string, (int Count, string Cause)> _faults = new(StringComparer.Ordinal);

    /// <summary>How often each kind occurred.</summary>
    public ImmutableSortedDictionary<string, int> Counts => _faults.ToImmutableSortedDictionary(f => f.Key, f => f.Value.Count, StringComparer.Ordinal);

    /// <summary>The first cause of each kind.</summary>
    public ImmutableSortedDictionary<string, string> Causes => _faults.ToImmutableSortedDictionary(f => f.Key, f => f.Value.Cause, StringComparer.Ordinal);

    /// <summary>How often one kind occurred.</summary>
    public int Of(string kind) => _faults.GetValueOrDefault(kind).Count;

    /// <summary>Counts.</summary>
    public void Add(string kind, string cause, int count = 1) =>
        _faults[kind] = _faults.TryGetValue(kind, out var known) ? (known.Count + count, known.Cause) : (count, cause);
}
