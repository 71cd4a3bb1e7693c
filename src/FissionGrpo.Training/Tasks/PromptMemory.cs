using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Training;

/// <summary>What is remembered of a prompt.</summary>
/// <param name="AllRight">Visits in a row in which the whole group was right.</param>
/// <param name="Skips">How often it has been passed over since.</param>
internal readonly record struct PromptRecord(int AllRight, int Skips);

/// <summary>
/// Passes over prompts that the policy gets right every time: their groups have no variance. For sources whose tasks come back. A prompt that is passed
/// over is looked at again now and then, for policies forget. Prompts that stay all wrong are never passed over: fission lives on them. Not safe for
/// several threads.
/// </summary>
/// <param name="after">Visits in a row, all right, after which a prompt is passed over.</param>
internal sealed class PromptMemory(int after)
{
    /// <summary>Times that a prompt is passed over before it is looked at again.</summary>
    private const int LookAgainAfter = 8;

    private readonly SortedDictionary<string, PromptRecord> _records = new(StringComparer.Ordinal);

    /// <summary>What is remembered; set when a run goes on.</summary>
    public ImmutableSortedDictionary<string, PromptRecord> Records
    {
        get => _records.ToImmutableSortedDictionary(StringComparer.Ordinal);
        set
        {
            _records.Clear();
            foreach (var (key, record) in value)
                _records[key] = record;
        }
    }

    /// <summary>Whether to pass over the prompt this time.</summary>
    public bool Skips(string key)
    {
        if (!_records.TryGetValue(key, out var record) || record.AllRight < after)
            return false;
        var again = record.Skips + 1 >= LookAgainAfter;
        _records[key] = again ? new PromptRecord(after - 1, 0) : record with { Skips = record.Skips + 1 };
        return !again;
    }

    /// <summary>Takes in what was played.</summary>
    public void Learn(ImmutableArray<RolloutGroup> groups)
    {
        foreach (var group in groups)
        {
            var played = group.Rollouts.Select(r => r.Trajectory).Where(t => t.Failure is null).ToArray();
            if (played.Length > 0 && played.All(t => t.Score is { Correct: true }))
                _records[group.Key] = new PromptRecord(_records.GetValueOrDefault(group.Key).AllRight + 1, 0);
            else
                _records.Remove(group.Key);
        }
    }
}
