using System.Buffers;
using System.Globalization;
using System.Text;

namespace FissionGrpo.Text.Tokenization;

/// <summary>
/// A split pattern of a tokenizer file as .NET understands it. The files mean Oniguruma's dialect (Ruby's syntax, Unicode's classes); where .NET
/// would read the same letters otherwise, they are rewritten, and what has no counterpart is an error rather than a guess.
/// </summary>
internal sealed class SplitPattern
{
    /// <summary>What Oniguruma counts as a word's characters; .NET leaves out spacing marks and numerals, and adds joiners at borders.</summary>
    private const string Word = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u00B2\u00B3\u00B9\u00BC-\u00BE\u24B6-\u24E9";

    private static readonly SearchValues<char> Interval = SearchValues.Create("0123456789,");

    private readonly string _pattern;
    private readonly StringBuilder _result = new();
    private readonly List<(char First, char Last)> _characters = [];
    private readonly Stack<(bool Folds, int Start)> _groups = new();
    private bool _folds;
    private int _at;
    private int _atom = -1; // where the last thing that a quantifier can follow begins in the result

    private SplitPattern(string pattern)
    {
        _pattern = pattern;
        if (pattern.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            throw NotSupported("a character beyond the basic plane");
        while (_at < pattern.Length)
            ReadNext();
    }

    /// <summary>Rewrites a pattern.</summary>
    /// <param name="pattern">As the file has it.</param>
    /// <param name="characters">The characters and ranges beyond ASCII that it names one by one.</param>
    /// <exception cref="ArgumentException">The pattern has what .NET has no counterpart for.</exception>
    public static string ForDotNet(string pattern, out IReadOnlyList<(char First, char Last)> characters)
    {
        var read = new SplitPattern(pattern);
        characters = read._characters;
        return read._result.ToString();
    }

    private char Ahead(int count) => _at + count < _pattern.Length ? _pattern[_at + count] : '\0';

    private static ArgumentException NotSupported(string what) => new($"{what} is not supported");

    private void ReadNext()
    {
        var c = _pattern[_at];
        switch (c)
        {
            case '\\':
                _atom = _result.Length;
                ReadEscape(inClass: false);
                break;
            case '[':
                _atom = _result.Length;
                ReadClass();
                break;
            case '(':
                ReadGroup();
                break;
            case ')':
                _result.Append(c);
                _at++;
                if (_groups.TryPop(out var group))
                    (_folds, _atom) = (group.Folds, group.Start);
                break;
            case '*' or '+' or '?':
                ReadQuantifier(1);
                break;
            case '{' when IsInterval(out var length):
                ReadQuantifier(length);
                break;
            case '|' or '^' or '$':
                _result.Append(c);
                _at++;
                _atom = -1;
                break;
            default:
                _atom = _result.Length;
                AppendLetter(c, inClass: false);
                _at++;
                break;
        }
    }

    private bool IsInterval(out int length)
    {
        var end = _pattern.IndexOf('}', _at);
        length = end - _at + 1;
        return end > _at + 1 && _pattern.AsSpan(_at + 1, length - 2).IndexOfAnyExcept(Interval) < 0;
    }

    private void ReadQuantifier(int length)
    {
        var quantifier = _pattern.Substring(_at, length).Replace("{,", "{0,", StringComparison.Ordinal);
        _at += length;
        var after = Ahead(0);
        if (after == '+' && _atom >= 0)
        {
            // "a++" gives nothing back; "a{2}+" is a repeated repetition.
            _at++;
            _result.Insert(_atom, length == 1 ? "(?>" : "(?:").Append(quantifier).Append(length == 1 ? ")" : ")+");
            return;
        }
        _result.Append(quantifier);
        if (after == '?')
        {
            _result.Append(after);
            _at++;
        }
    }

    private void ReadGroup()
    {
        var folds = _folds;
        var start = _result.Length;
        if (Ahead(1) != '?')
        {
            _groups.Push((folds, start));
            _result.Append('(');
            _at++;
            return;
        }
        // The group's own letters (i, <name>, =, !) are not text.
        var end = _at + 2;
        while (end < _pattern.Length && _pattern[end] is not (':' or ')' or '=' or '!' or '>'))
            end++;
        if (end == _pattern.Length)
            throw NotSupported("a group that is not closed");
        var head = _pattern[(_at + 2)..end];
        if (_pattern[end] is ':' or ')' && head.AsSpan().IndexOfAnyExcept("i-") >= 0)
            throw NotSupported($"the option '(?{head}'");
        if (_pattern[end] is ':' or ')' && head.Length > 0)
            _folds = !head.Contains('-', StringComparison.Ordinal);
        _result.Append(_pattern, _at, end + 1 - _at);
        _at = end + 1;
        if (_pattern[end] == ')')
            _atom = -1; // (?i) has no body: what it turns on lasts to the end of the group around it
        else
            _groups.Push((folds, start));
    }

    private void ReadClass()
    {
        _result.Append('[');
        _at++;
        if (Ahead(0) == '^')
        {
            _result.Append('^');
            _at++;
        }
        var isFirst = true;
        for (; ; isFirst = false)
        {
            var c = Ahead(0);
            if (_at >= _pattern.Length)
                throw NotSupported("a class that is not closed");
            if (c == ']' && !isFirst)
                break;
            if (c == '[')
                throw NotSupported(Ahead(1) == ':' ? "a POSIX class such as [:alpha:]" : "a class inside of a class");
            if (c == '&' && Ahead(1) == '&')
                throw NotSupported("'&&' in a class");
            if (ReadMember() is not { } first)
                continue;
            if (Ahead(0) != '-' || Ahead(1) is ']' or '\0')
            {
                Name(first, first);
                continue;
            }
            _result.Append('-');
            _at++;
            if (Ahead(0) is '[')
                throw NotSupported("a class inside of a class");
            if (ReadMember() is { } last)
                Name(first, last);
        }
        _result.Append(']');
        _at++;
    }

    /// <summary>One character of a class, or null for what stands for many.</summary>
    private char? ReadMember()
    {
        if (Ahead(0) == '\\')
            return ReadEscape(inClass: true);
        var c = _pattern[_at++];
        // A range of letters is folded by .NET; a single s or k has kin beyond ASCII.
        if (Ahead(0) == '-' || _pattern[_at - 2] == '-')
            _result.Append(c);
        else
            AppendLetter(c, inClass: true);
        return c;
    }

    /// <summary>An escape; gives the character that it stands for, or null for a set.</summary>
    private char? ReadEscape(bool inClass)
    {
        var c = Ahead(1);
        switch (c)
        {
            case '\0':
                throw NotSupported("a backslash at the end");
            case 'p' or 'P' when Ahead(2) == '{' && _pattern.IndexOf('}', _at) is > 0 and var close:
                _result.Append(_pattern, _at, close + 1 - _at);
                _at = close + 1;
                return null;
            case 'w' or 'W' when !inClass:
                _result.Append(c == 'w' ? $"[{Word}]" : $"[^{Word}]");
                break;
            case 'w':
                _result.Append(Word);
                break;
            case 'W':
                throw NotSupported(@"\W in a class");
            case 'b' when !inClass:
                _result.Append($"(?:(?<=[{Word}])(?![{Word}])|(?<![{Word}])(?=[{Word}]))");
                break;
            case 'B' when !inClass:
                _result.Append($"(?:(?<=[{Word}])(?=[{Word}])|(?<![{Word}])(?![{Word}]))");
                break;
            case 's' or 'S' or 'd' or 'D':
                _result.Append('\\').Append(c);
                break;
            case 'x' when Ahead(2) == '{' && _pattern.IndexOf('}', _at) is > 0 and var end:
                return Point(_pattern.AsSpan((_at + 3)..end), end + 1);
            case 'x':
                return Point(_pattern.AsSpan(Math.Min(_at + 2, _pattern.Length), Math.Min(2, _pattern.Length - _at - 2)), _at + 4);
            case 'u':
                return Point(_pattern.AsSpan(Math.Min(_at + 2, _pattern.Length), Math.Min(4, _pattern.Length - _at - 2)), _at + 6);
            case 't' or 'n' or 'r' or 'f' or 'v' or 'a' or 'e':
                _result.Append('\\').Append(c);
                _at += 2;
                return c switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', 'v' => '\v', 'a' => '\a', _ => '\u001B' };
            case 'A' or 'z' or 'Z' or 'G' when !inClass:
                _result.Append('\\').Append(c);
                break;
            default:
                if (char.IsAsciiLetterOrDigit(c))
                    throw NotSupported($"the escape '\\{c}'");
                _result.Append('\\').Append(c);
                _at += 2;
                return c;
        }
        _at += 2;
        return null;
    }

    private char Point(ReadOnlySpan<char> digits, int next)
    {
        if (!int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var point) || point is < 0 or > 0xFFFF)
            throw NotSupported($"the character of number '{digits}'");
        _result.Append($"\\u{point:X4}");
        _at = next;
        Name((char)point, (char)point);
        return (char)point;
    }

    private void Name(char first, char last)
    {
        if (last > '\u007F')
            _characters.Add((first, last));
    }

    /// <summary>
    /// A letter of the pattern. Under <c>(?i)</c> the reference folds case as Unicode does, .NET as its own table does: U+017F (long s) is an s and
    /// U+212A (Kelvin) a k. Other letters of ASCII have no such kin, so writing out these two makes both agree.
    /// </summary>
    private void AppendLetter(char c, bool inClass)
    {
        if (!inClass)
            Name(c, c);
        _result.Append((_folds, inClass, c) switch
        {
            (true, false, 's' or 'S') => "[sS\u017F]",
            (true, true, 's' or 'S') => "sS\u017F",
            (true, false, 'k' or 'K') => "[kK\u212A]",
            (true, true, 'k' or 'K') => "kK\u212A",
            _ => c.ToString(),
        });
    }
}
