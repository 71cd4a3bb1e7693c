namespace FissionGrpo.Training;

/// <summary>What somebody meant who mistyped a name.</summary>
public static class Spelling
{
    private const int Far = 2;

    /// <summary><c> Did you mean group_size?</c>, with the space in front; empty when no known name is within two letters.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="known">What could have been.</param>
    public static string Suggestion(string name, IEnumerable<string> known) =>
        known.Select(k => (Name: k, Distance: Distance(name, k))).Where(k => k.Distance <= Far)
            .OrderBy(k => k.Distance).ThenBy(k => k.Name, StringComparer.Ordinal).Select(k => $" Did you mean {k.Name}?").FirstOrDefault() ?? "";

    /// <summary>Edits from one to the other: a letter more, less or other, or two neighbours in the wrong order.</summary>
    private static int Distance(string a, string b)
    {
        var (before, last, row) = (new int[b.Length + 1], Enumerable.Range(0, b.Length + 1).ToArray(), new int[b.Length + 1]);
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
            (before, last, row) = (last, row, before);
        }
        return last[b.Length];
    }
}
