using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Rewards;

/// <summary>
/// R_corr, in [0, 2]: 2 (α · 1[N = N*] + (1 − α) · F1). N and N* are the multisets of called and expected functions. F1 is the argument F1 of
/// each expected call with the call that is matched to it, averaged over the expected calls; an expected call without a match counts 0.
/// Only calls that succeeded count: a failed call changed nothing, and a recovery must be able to reach the full reward.
/// </summary>
/// <remarks>The paper averages "over matched calls"; counting the unmatched as 0 is ours, so that stopping early never pays.</remarks>
internal static class CorrectnessReward
{
    /// <summary>The largest value.</summary>
    public const float Largest = 2;

    public static float Of(ImmutableArray<ToolCall> called, ImmutableArray<ToolCall> expected, float alpha)
    {
        var sameFunctions = Names(called).SequenceEqual(Names(expected), StringComparer.Ordinal) ? 1f : 0f;
        return Largest * (alpha * sameFunctions + (1 - alpha) * MeanArgumentF1(called, expected));
    }

    /// <summary>Expected calls are matched in order, each with the best call of its function that is still free (the earliest of equals).</summary>
    private static float MeanArgumentF1(ImmutableArray<ToolCall> called, ImmutableArray<ToolCall> expected)
    {
        if (expected.IsEmpty)
            return called.IsEmpty ? 1 : 0;
        var taken = new bool[called.Length];
        var sum = 0f;

        // Exact matches first, so that a merely similar call does not take the place of the right one.
        var open = new List<ToolCall>();
        foreach (var call in expected)
            if (FindFree(called, taken, c => c.Equals(call)) is var exact and >= 0)
            {
                taken[exact] = true;
                sum += 1;
            }
            else
            {
                open.Add(call);
            }
        foreach (var call in open)
        {
            var (best, bestF1) = (-1, -1f);
            for (var i = 0; i < called.Length; i++)
                if (!taken[i] && called[i].Name == call.Name && ArgumentF1(called[i], call) is var f1 && f1 > bestF1)
                    (best, bestF1) = (i, f1);
            if (best < 0)
                continue;
            taken[best] = true;
            sum += bestF1;
        }
        return sum / expected.Length;
    }

    /// <summary>Harmonic mean of precision and recall over (name, value) pairs; 1 when neither call has arguments.</summary>
    internal static float ArgumentF1(ToolCall call, ToolCall expected)
    {
        var expectedPairs = Pairs(expected);
        var pairs = Pairs(call);
        if (pairs.Count + expectedPairs.Count == 0)
            return 1;
        var right = pairs.Count(expectedPairs.Contains);
        return 2f * right / (pairs.Count + expectedPairs.Count);

        static HashSet<(string, string)> Pairs(ToolCall call) => [.. call.Arguments.Select(a => (a.Name, JsonText.Compact(a.Value)))];
    }

    private static IEnumerable<string> Names(ImmutableArray<ToolCall> calls) => calls.Select(c => c.Name).Order(StringComparer.Ordinal);

    private static int FindFree(ImmutableArray<ToolCall> calls, bool[] taken, Func<ToolCall, bool> fits)
    {
        for (var i = 0; i < calls.Length; i++)
            if (!taken[i] && fits(calls[i]))
                return i;
        return -1;
    }
}
