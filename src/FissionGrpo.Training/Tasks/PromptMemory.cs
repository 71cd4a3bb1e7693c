using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Training;

/// <summary>What is remembered of a prompt.</summary>
/// <param name="AllRight">Visits in a row in which the whole group was right.</param>
/// <param name="Skips">How often it has been passed over since.</param>
/// <param name="AllWrong">Visits in a row in which nothing of the group was right.</param>
internal readonly record struct PromptRecord(int AllRight, int Skips, int AllWrong = 0);

/// <summary>
/// Passes over prompts that the policy gets right every time: their groups have no variance. For sources whose tasks come back. A prompt that is passed
/// over is looked at again now and then, for policies forget. Prompts that stay all wrong are not passed over unless that is asked for, to see what it
/// costs: fission lives on them. Not safe for several threads.
/// </summary>
/// <param name="allRightAfter">Visits in a row, all right, after which a prompt is passed over; 0 for never.</param>
/// <param name="allWrongAfter">Visits in a row, all wrong, after which a prompt is passed over; 0 for never.</param>
internal sealed class PromptMemory(int allRightAfter, int allWrongAfter = 0)
{
    /// <summary>Of so many times that a prompt could be passed over, it is looked at the last time.</summary>
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
        if (!_records.TryGetValue(key, out var record) || !(Reaches(record.AllRight, allRightAfter) || Reaches(record.AllWrong, allWrongAfter)))
            return false;
        var again = record.Skips + 1 >= LookAgainAfter;
        _records[key] = !again ? record with { Skips = record.Skips + 1 }
            : record.AllRight > 0 ? new PromptRecord(allRightAfter - 1, 0) : new PromptRecord(0, 0, allWrongAfter - 1);
        return !again;

        static bool Reaches(int visits, int after) => after > 0 && visits >= after;
    }

    /// <summary>Takes in what was played.</summary>
    public void Learn(ImmutableArray<RolloutGroup> groups)
    {
        foreach (var group in groups)
        {
            var played = group.Rollouts.Select(r => r.Trajectory).Where(t => t.Failure is null).ToArray();
            var right = played.Count(t => t.Score is { Correct: true });
            var known = _records.GetValueOrDefault(group.Key);
            if (allRightAfter > 0 && right > 0 && right == played.Length)
                _records[group.Key] = new PromptRecord(known.AllRight + 1, 0);
            else if (allWrongAfter > 0 && right == 0 && played.Length > 0)
                _records[group.Key] = new PromptRecord(0, 0, known.AllWrong + 1);
            else
                _records.Remove(group.Key);
        }
    }
}
