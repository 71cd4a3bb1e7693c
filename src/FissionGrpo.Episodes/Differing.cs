using System.Globalization;

namespace FissionGrpo.Episodes;

/// <summary>What differs between what is there and what was asked for, in words.</summary>
public static class Differing
{
    /// <summary>A few words that fit behind a file's name, without a full stop; null when nothing differs.</summary>
    /// <param name="members">What is compared: its name, what is there, and what was asked for.</param>
    public static string? InWords(params IEnumerable<(string Name, object? Here, object? Wanted)> members)
    {
        var words = members.Where(m => !Equals(m.Here, m.Wanted)).Select(m => $"its {m.Name} is {Shown(m.Here)}, expected {Shown(m.Wanted)}").ToArray();
        return words.Length == 0 ? null : string.Join("; ", words);

        static string Shown(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : "none";
    }
}
