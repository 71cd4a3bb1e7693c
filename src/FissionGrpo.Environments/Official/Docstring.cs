using System.Text.RegularExpressions;

namespace FissionGrpo.Environments.Official;

/// <summary>
/// A Python docstring in Google's style, as TAU2-bench's program reads it (docstring_parser): the first line, the rest up to the first section,
/// and the descriptions of the arguments.
/// </summary>
/// <param name="Description">Both parts of the description with an empty line between them; empty when there is none.</param>
/// <param name="Arguments">Description by argument.</param>
internal sealed partial record Docstring(string Description, IReadOnlyDictionary<string, string> Arguments)
{
    public static Docstring Read(string text)
    {
        text = Clean(text);
        var sections = Sections().Matches(text);
        var parts = (sections.Count == 0 ? text : text[..sections[0].Index]).Split('\n', 2);
        var rest = parts.Length > 1 ? parts[1].Trim() : "";
        var arguments = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < sections.Count; i++)
            if (sections[i].Groups[1].ValueSpan is "Args" or "Arguments" or "Parameters" or "Params")
                ReadArguments(text[(sections[i].Index + sections[i].Length)..(i + 1 < sections.Count ? sections[i + 1].Index : text.Length)], arguments);
        return new Docstring(rest.Length == 0 ? parts[0] : $"{parts[0]}\n\n{rest}", arguments);
    }

    private static void ReadArguments(string section, Dictionary<string, string> arguments)
    {
        var lines = section.Split('\n').SkipWhile(string.IsNullOrWhiteSpace).ToList();
        var indent = lines.Count == 0 ? 0 : Indent(lines[0]);
        for (var i = 0; i < lines.Count;)
        {
            var end = i + 1;
            while (end < lines.Count && (string.IsNullOrWhiteSpace(lines[end]) || Indent(lines[end]) != indent))
                end++;
            var first = lines[i];
            var colon = first.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                var more = Clean("\n" + string.Join('\n', lines[(i + 1)..end]));
                var description = first[(colon + 1)..];
                description = (description.StartsWith(' ') ? description[1..] : description) + (end > i + 1 ? "\n" + more : "");
                var named = first[..colon].Split('(')[0].Trim(); // "name (type)" is how a docstring may say a type
                arguments[named] = description.Trim('\n').TrimEnd();
            }
            i = end;
        }
    }

    /// <summary><c>inspect.cleandoc</c>: the common indentation of all lines but the first is taken off, empty lines at both ends go.</summary>
    public static string Clean(string text)
    {
        var lines = text.Replace("\t", "        ", StringComparison.Ordinal).Split('\n');
        var margin = lines.Skip(1).Where(l => !string.IsNullOrWhiteSpace(l)).Select(Indent).DefaultIfEmpty(0).Min();
        var kept = lines.Select((l, i) => i == 0 ? l.TrimStart(' ') : l.Length >= margin ? l[margin..] : "").ToList();
        while (kept.Count > 0 && kept[^1].Length == 0)
            kept.RemoveAt(kept.Count - 1);
        while (kept.Count > 0 && kept[0].Length == 0)
            kept.RemoveAt(0);
        return string.Join('\n', kept);
    }

    private static int Indent(string line) => line.Length - line.TrimStart(' ').Length;

    [GeneratedRegex(@"^(Arguments|Args|Parameters|Params|Raises|Exceptions|Except|Attributes|Examples|Example|Returns|Yields):[ \t\r\f\v]*$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Sections();
}
