using System.Collections.Immutable;
using System.Text;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Python.Source;

/// <summary>One statement of a Python file, over as many lines as its brackets and quotes need, with the statements indented below it.</summary>
/// <param name="Text">The text without its indentation; a comment at its end may be left.</param>
/// <param name="Line">Its first line, counted from 1.</param>
/// <param name="Body">What is indented deeper directly below it.</param>
internal sealed record PyStatement(string Text, int Line, ImmutableArray<PyStatement> Body)
{
    private const int DeepestIndent = 100;

    /// <summary>Cuts a file into statements. Nothing is understood yet but strings, comments, brackets and indentation.</summary>
    /// <param name="path">The file's name, for messages.</param>
    /// <param name="source">Its text.</param>
    /// <exception cref="UserErrorException">It is nested too deeply, or ends inside a string or bracket.</exception>
    public static ImmutableArray<PyStatement> Read(string path, string source)
    {
        var open = new Stack<(int Indent, string Text, int Line, ImmutableArray<PyStatement>.Builder Body)>();
        open.Push((-1, "", 0, ImmutableArray.CreateBuilder<PyStatement>()));
        foreach (var (indent, text, line) in Lines(path, source))
        {
            while (open.Peek().Indent >= indent)
                Close(open);
            if (open.Count > DeepestIndent)
                throw new UserErrorException($"{path}, line {line}: more than {DeepestIndent} levels of indentation. That is no file of a benchmark.");
            open.Push((indent, text, line, ImmutableArray.CreateBuilder<PyStatement>()));
        }
        while (open.Count > 1)
            Close(open);
        return open.Pop().Body.ToImmutable();
    }

    private static void Close(Stack<(int Indent, string Text, int Line, ImmutableArray<PyStatement>.Builder Body)> open)
    {
        var (_, text, line, body) = open.Pop();
        open.Peek().Body.Add(new PyStatement(text, line, body.ToImmutable()));
    }

    private static IEnumerable<(int Indent, string Text, int Line)> Lines(string path, string source)
    {
        var line = 1;
        for (var at = 0; at < source.Length;)
        {
            var start = at;
            while (at < source.Length && source[at] is ' ' or '\t' or '\f' or '\ufeff')
                at++;
            var (indent, first, firstLine) = (at - start, at, line);
            var depth = 0;
            var hasContent = false;
            for (; at < source.Length && (depth > 0 || source[at] != '\n'); at = Next(source, at, ref line))
            {
                depth += source[at] is '(' or '[' or '{' ? 1 : source[at] is ')' or ']' or '}' ? -1 : 0;
                hasContent |= !char.IsWhiteSpace(source[at]) && source[at] != '#';
            }
            if (depth > 0)
                throw new UserErrorException($"{path}, line {firstLine}: a bracket or string that is opened here is never closed. The file is damaged; fetch it again.");
            if (hasContent)
                yield return (indent, source[first..at].TrimEnd(), firstLine);
            at++;
            line++;
        }
    }

    private static int Next(string source, int at, ref int line)
    {
        var next = After(source, at);
        line += source.AsSpan(at, next - at).Count('\n');
        return next;
    }

    /// <summary>The place after the string, comment, escaped line end or character at a place.</summary>
    public static int After(string text, int at)
    {
        switch (text[at])
        {
            case '\\':
                return Math.Min(at + (text.AsSpan(at).StartsWith("\\\r\n") ? 3 : 2), text.Length);
            case '#':
                var end = text.IndexOf('\n', at);
                return end < 0 ? text.Length : end;
            case '"' or '\'':
                return AfterString(text, at);
            default:
                return at + 1;
        }
    }

    private static int AfterString(string text, int at)
    {
        var quote = text[at];
        var isTriple = at + 2 < text.Length && text[at + 1] == quote && text[at + 2] == quote;
        for (at += isTriple ? 3 : 1; at < text.Length; at++)
        {
            if (text[at] == '\\')
                at++;
            else if (text[at] == '\n' && !isTriple)
                return at; // the parser says what is wrong with it
            else if (text[at] == quote && (!isTriple || (at + 2 < text.Length && text[at + 1] == quote && text[at + 2] == quote)))
                return at + (isTriple ? 3 : 1);
        }
        return text.Length;
    }

    /// <summary>The first place of a character outside strings, comments and brackets; -1 when there is none.</summary>
    public static int Find(string text, char wanted, int from = 0)
    {
        var depth = 0;
        for (var at = from; at < text.Length; at = After(text, at))
        {
            if (depth == 0 && text[at] == wanted)
                return at;
            depth += text[at] is '(' or '[' or '{' ? 1 : text[at] is ')' or ']' or '}' ? -1 : 0;
        }
        return -1;
    }

    /// <summary>Cuts a text at a character outside strings, comments and brackets; comments, and empty parts (after a last comma), are left out.</summary>
    public static IEnumerable<string> Split(string text, char separator)
    {
        for (var start = 0; start <= text.Length;)
        {
            var end = Find(text, separator, start);
            end = end < 0 ? text.Length : end;
            if (WithoutComments(text[start..end]).Trim() is { Length: > 0 } part)
                yield return part;
            start = end + 1;
        }
    }

    private static string WithoutComments(string text)
    {
        var kept = new StringBuilder(text.Length);
        for (int at = 0, next; at < text.Length; at = next)
        {
            next = After(text, at);
            if (text[at] != '#')
                kept.Append(text, at, next - at);
        }
        return kept.ToString();
    }

    /// <summary>The parts of <c>name = value</c> or <c>name: annotation = value</c>; null for any other statement.</summary>
    public (string Name, string? Annotation, string? Value)? Assignment
    {
        get
        {
            var end = FirstName.Length;
            var rest = end;
            while (rest < Text.Length && Text[rest] == ' ')
                rest++;
            if (end == 0 || char.IsAsciiDigit(Text[0]) || rest == Text.Length || Syntax.PyTokenizer.IsKeyword(Text[..end]))
                return null;
            if (Text[rest] == '=')
                return rest + 1 < Text.Length && Text[rest + 1] == '=' ? null : (Text[..end], null, Text[(rest + 1)..]);
            if (Text[rest] != ':')
                return null;
            var equals = Find(Text, '=', rest);
            return equals < 0 ? (Text[..end], Text[(rest + 1)..], null) : (Text[..end], Text[(rest + 1)..equals], Text[(equals + 1)..]);
        }
    }

    /// <summary>The letters, digits and underscores that it begins with.</summary>
    public string FirstName => new([.. Text.TakeWhile(c => char.IsAsciiLetterOrDigit(c) || c == '_')]);

    /// <summary>Whether it begins <c>class NAME</c> or <c>def NAME</c>.</summary>
    public bool Begins(string keyword, string name) =>
        Text.StartsWith($"{keyword} {name}", StringComparison.Ordinal)
        && Text.Length > keyword.Length + 1 + name.Length
        && Text[keyword.Length + 1 + name.Length] is '(' or ':' or ' ';

    /// <summary>The name of a class or function definition.</summary>
    public string DefinedName => Text.Split([' ', '(', ':'], 3)[1];

    /// <summary>What stands between the first brackets: parameters of a function, bases of a class.</summary>
    public IEnumerable<string> InBrackets
    {
        get
        {
            var start = Find(Text, '(');
            var end = start < 0 ? -1 : Find(Text, ')', start + 1);
            return end < 0 ? [] : Split(Text[(start + 1)..end], ',');
        }
    }
}
