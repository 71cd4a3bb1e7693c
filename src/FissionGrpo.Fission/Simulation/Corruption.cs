using System.Collections.Immutable;
using FissionGrpo.Seeds;

namespace FissionGrpo.Fission;

/// <summary>
/// A worse simulator, for ablations: a share of the diagnostics are those of another failure of the same batch. Fluent, plausible, and about something
/// else. Applied after the leak audit, which would otherwise undo some of it; what stands in place passes the audit too. The share is exact over a run:
/// what one batch cannot give (a single failure has no other to borrow from) the next ones make up for.
/// </summary>
/// <param name="share">The share, 0 to 1.</param>
/// <param name="leaks">The leak audit.</param>
internal sealed class Corruption(float share, Func<Failure, string, bool> leaks)
{
    /// <summary>Diagnostics that could have been corrupted so far.</summary>
    public long Written { get; set; }

    /// <summary>Those that were.</summary>
    public long Corrupted { get; set; }

    /// <summary>Replaces diagnostics of the batch.</summary>
    /// <param name="failures">The failures.</param>
    /// <param name="diagnostics">Their diagnostics, changed here.</param>
    /// <param name="among">Which may be replaced: those without a fixed message.</param>
    /// <param name="seed">Where the choice is drawn from.</param>
    /// <returns>The indices of those replaced.</returns>
    public IReadOnlyCollection<int> Apply(ImmutableArray<Failure> failures, Diagnostic?[] diagnostics, int[] among, Seed seed)
    {
        if (share == 0)
            return [];
        var candidates = among.Where(i => diagnostics[i] is not null).ToArray();
        var originals = diagnostics.ToArray();
        Written += candidates.Length;
        var owed = (long)decimal.Floor((decimal)share * Written) - Corrupted;
        var rng = new SampleRng(seed);
        var order = candidates.ToArray();
        rng.Shuffle<int>(order);
        var replaced = new List<int>();
        foreach (var i in order)
        {
            if (owed <= replaced.Count)
                break;
            var donors = candidates.Where(j => originals[j]!.Text != originals[i]!.Text).ToArray();
            rng.Shuffle<int>(donors);
            if (donors.Select(j => originals[j]).FirstOrDefault(d => !leaks(failures[i], d!.Text)) is not { } borrowed)
                continue;
            diagnostics[i] = borrowed;
            replaced.Add(i);
        }
        Corrupted += replaced.Count;
        return replaced;
    }
}
