using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Workshop;

/// <summary>
/// One pool of words and one of numbers for every slot of every tool: when each slot has a small pool of its own, a tiny model memorises
/// values instead of learning to copy them. What is held out is therefore the pair of slot and value, not the value.
/// </summary>
internal static class Values
{
    /// <summary>None is part of another, so that a search by substring finds one.</summary>
    public static readonly string[] Words =
    [
        "amber", "birch", "cedar", "delta", "ember", "flint", "grove", "hazel", "iris", "jade",
        "karma", "lotus", "maple", "nova", "olive", "pearl", "quartz", "raven", "sage", "tulip",
        "umbra", "velvet", "willow", "xenon", "yarrow", "zephyr", "atlas", "bravo", "coral", "dune",
        "echo", "fable", "ginger", "harbor", "indigo", "jasper", "kiwi", "lemon", "mango", "nectar",
    ];

    /// <summary>10 to 69.</summary>
    public static readonly int[] Numbers = [.. Enumerable.Range(10, 60)];

    private static readonly Seed HoldOut = new(0x5EED_0F_7E57);

    /// <summary>
    /// Whether the pair belongs to the held-out split: one in five by hash, the same in every run and for every seed.
    /// </summary>
    public static bool IsHeldOut(string slot, string value) => HoldOut.Derive(slot).Derive(value).Value % 5 == 0;

    /// <summary>
    /// Those of a slot's candidates that one side of the split may use. With two or more candidates neither side is empty: where the hash
    /// puts all on one side, the one with the smallest hash changes sides.
    /// </summary>
    public static T[] Allowed<T>(string slot, IReadOnlyList<T> candidates, bool heldOut)
        where T : notnull
    {
        var text = candidates.Select(c => c.ToString()!).ToArray();
        var away = Array.ConvertAll(text, t => IsHeldOut(slot, t));
        if (away.Length > 1 && Array.TrueForAll(away, a => a == away[0]))
        {
            var odd = Array.IndexOf(text, text.MinBy(t => HoldOut.Derive(slot).Derive(t).Value));
            away[odd] = !away[odd];
        }
        return [.. candidates.Where((_, i) => away.Length == 1 || away[i] == heldOut)];
    }
}
