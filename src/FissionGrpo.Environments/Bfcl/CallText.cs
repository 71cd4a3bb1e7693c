using System.Text;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>What the official executor does to the text of a call before Python sees it (specification 3.2 and 3.3).</summary>
internal static class CallText
{
    private static readonly string[] Blocked = ["kill", "exit", "quit", "remove", "unlink", "popen", "Popen", "run"];

    /// <summary>
    /// Puts the instance's name before every method name that an opening parenthesis follows, and drops blanks before every such
    /// parenthesis: also inside string literals, because it works on text.
    /// </summary>
    /// <param name="text">The call.</param>
    /// <param name="instanceOf">The instance name for a method name; null when it is no method.</param>
    public static string Rewrite(string text, Func<string, string?> instanceOf)
    {
        StringBuilder? rewritten = null;
        var copied = 0;
        for (var paren = text.IndexOf('(', StringComparison.Ordinal); paren >= 0; paren = text.IndexOf('(', paren + 1))
        {
            var end = paren;
            while (end > copied && IsSpace(text[end - 1]))
                end--;
            var start = WordStart(text, end, copied);
            if (start == end || !(char.IsAsciiLetter(text[start]) || text[start] == '_'))
                continue;
            var name = text[start..end];
            var instance = instanceOf(name);
            if (instance is null && end == paren)
                continue;
            rewritten ??= new StringBuilder(text.Length + 64);
            rewritten.Append(text, copied, start - copied);
            if (instance is not null)
                rewritten.Append(instance).Append('.');
            rewritten.Append(name);
            copied = paren;
        }
        return rewritten is null ? text : rewritten.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>The blocked function that the rewritten text seems to call; null when it may go on.</summary>
    public static string? BlockedFunction(string rewritten)
    {
        var name = rewritten.AsSpan();
        var paren = name.IndexOf('(');
        if (paren >= 0)
            name = name[..paren];
        var dot = name.IndexOf('.');
        if (dot >= 0)
        {
            name = name[(dot + 1)..];
            dot = name.IndexOf('.');
            if (dot >= 0)
                name = name[..dot];
        }
        foreach (var blocked in Blocked)
            if (name.SequenceEqual(blocked))
                return blocked;
        return null;
    }

    /// <summary>A name for an instance, as the original makes it.</summary>
    public static string InstanceName(string owner, string className) =>
        $"{owner}_{className}_instance".Replace('-', '_').Replace('.', '_').Replace('/', '_').Replace(':', '_');

    private static bool IsSpace(char c) => PyString.IsSpace(c);

    // The beginning of the run of \w characters that ends here.
    private static int WordStart(string text, int end, int limit)
    {
        var start = end;
        while (start > limit)
        {
            var previous = start - 1;
            if (previous > limit && char.IsSurrogatePair(text[previous - 1], text[previous]))
                previous--;
            if (PyString.WordWidth(text, previous) == 0)
                break;
            start = previous;
        }
        return start;
    }
}
