using System.Text;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau2;

/// <summary>What has been said and called, by either side: a list that grows at one end and that forks share.</summary>
/// <param name="Before">What came before; null at the beginning.</param>
/// <param name="Side">Who spoke or called.</param>
/// <param name="Call">The call; null for something said.</param>
/// <param name="Text">What was said, or the call's result.</param>
internal sealed record Tau2Record(Tau2Record? Before, Tau2Side Side, ToolCall? Call, string Text)
{
    public static bool Any(Tau2Record? last, Func<Tau2Record, bool> condition)
    {
        for (var entry = last; entry is not null; entry = entry.Before)
            if (condition(entry))
                return true;
        return false;
    }

    /// <summary>The conversation from its beginning, as a judge reads it.</summary>
    public static string Transcript(Tau2Record? last)
    {
        var entries = new Stack<Tau2Record>();
        for (var entry = last; entry is not null; entry = entry.Before)
            entries.Push(entry);
        var text = new StringBuilder();
        foreach (var entry in entries)
        {
            var who = entry.Side is Tau2Side.Agent ? "agent" : "customer";
            text.Append(who).Append(entry.Call is null ? $": {entry.Text}" : $" calls {entry.Call}\nresult: {entry.Text}").Append('\n');
        }
        return text.ToString();
    }
}
