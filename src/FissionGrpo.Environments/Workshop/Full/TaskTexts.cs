using System.Text;
using FissionGrpo.Environments.Bfcl;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>The texts of a set of tasks, for measuring how much of other tasks occurs in them.</summary>
internal sealed class TaskTexts
{
    private readonly HashSet<string> _turnTruths = new(StringComparer.Ordinal);
    private readonly Dictionary<int, HashSet<string>> _grams = KnownTasks.GramLengths.ToDictionary(n => n, _ => new HashSet<string>(StringComparer.Ordinal));

    public TaskTexts(IEnumerable<BfclProblem> problems)
    {
        foreach (var problem in problems)
        {
            _turnTruths.UnionWith(problem.GroundTruth.Where(t => !t.IsEmpty).Select(t => TruthOf(t)));
            foreach (var turn in problem.UserTurns.OfType<string>())
                foreach (var (n, grams) in _grams)
                    grams.UnionWith(GramsOf(turn, n));
        }
    }

    /// <summary>Of the turns with expected calls, the share that expects exactly what one of these does. Calls without values of the task's own make some of that unavoidable.</summary>
    public double SharedTurnTruths(IEnumerable<BfclProblem> problems) =>
        problems.SelectMany(p => p.GroundTruth).Where(t => !t.IsEmpty).Select(t => _turnTruths.Contains(TruthOf(t)) ? 1.0 : 0).DefaultIfEmpty().Average();

    /// <summary>Of the runs of n words in user turns, the share that also stands in one of these.</summary>
    public double SharedGrams(IEnumerable<BfclProblem> problems, int n) =>
        problems.SelectMany(p => p.UserTurns.OfType<string>()).SelectMany(t => GramsOf(t, n)).Select(g => _grams[n].Contains(g) ? 1.0 : 0).DefaultIfEmpty().Average();

    /// <summary>Lower-case letters and digits, everything else one blank.</summary>
    public static string Normal(string text)
    {
        var normal = new StringBuilder(text.Length);
        foreach (var c in text)
            if (char.IsLetterOrDigit(c))
                normal.Append(char.ToLowerInvariant(c));
            else if (normal.Length > 0 && normal[^1] != ' ')
                normal.Append(' ');
        return normal.ToString().TrimEnd();
    }

    /// <summary>All expected calls, turn by turn.</summary>
    public static string TruthOf(BfclProblem problem) => string.Join('\n', problem.GroundTruth.Where(t => !t.IsEmpty).Select(t => TruthOf(t)));

    private static string TruthOf(IEnumerable<string> calls) => Normal(string.Join(" ; ", calls));

    private static IEnumerable<string> GramsOf(string text, int n)
    {
        var words = Normal(text).Split(' ');
        for (var i = 0; i + n <= words.Length; i++)
            yield return string.Join(' ', words.AsSpan(i, n)!);
    }
}
