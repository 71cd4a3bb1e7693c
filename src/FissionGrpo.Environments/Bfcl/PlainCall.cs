using System.Globalization;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>
/// Reads the calls that nearly all texts are, <c>name(a=1, b='x')</c> with literal arguments, without building a tree. Whatever is not
/// exactly that (a second parenthesis anywhere, an unusual literal, any mistake) is left to the real parser.
/// </summary>
internal ref struct PlainCall
{
    public const int MaxArguments = 16;

    private readonly ReadOnlySpan<char> _text;
    private readonly Span<PyValue> _positional;
    private readonly Span<Keyword> _keywords;
    private int _at;

    /// <param name="text">The call.</param>
    /// <param name="positional">Receives positional arguments; at least <see cref="MaxArguments"/> long.</param>
    /// <param name="keywords">Receives keyword arguments; at least <see cref="MaxArguments"/> long.</param>
    public PlainCall(ReadOnlySpan<char> text, Span<PyValue> positional, Span<Keyword> keywords)
    {
        _text = text;
        _positional = positional;
        _keywords = keywords;
    }

    public ReadOnlySpan<char> Name { get; private set; }

    public int PositionalCount { get; private set; }

    public int KeywordCount { get; private set; }

    /// <summary>Reads the part before the parenthesis.</summary>
    public bool TryReadName()
    {
        var paren = _text.IndexOf('(');
        if (paren < 0 || _text[(paren + 1)..].Contains('('))
            return false;
        var name = _text[..paren].TrimStart(" \t").TrimEnd(" \t");
        foreach (var c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                return false;
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            return false;
        Name = name;
        _at = paren + 1;
        return true;
    }

    /// <summary>Reads the arguments and the end.</summary>
    public bool TryReadArguments()
    {
        SkipBlanks();
        if (Accept(')'))
            return IsAtEnd();
        while (true)
        {
            if (PositionalCount + KeywordCount >= MaxArguments)
                return false;
            var start = _at;
            var name = Identifier();
            SkipBlanks();
            if (name.Length > 0 && Peek() == '=' && _at + 1 < _text.Length && _text[_at + 1] != '=')
            {
                if (IsKeyword(name))
                    return false;
                _at++;
                SkipBlanks();
                for (var i = 0; i < KeywordCount; i++)
                    if (name.SequenceEqual(_keywords[i].Name))
                        return false;
                if (!TryRead(0, out var value))
                    return false;
                _keywords[KeywordCount++] = new Keyword(Interned(name), value);
            }
            else
            {
                _at = start;
                if (KeywordCount > 0 || !TryRead(0, out var value))
                    return false;
                _positional[PositionalCount++] = value;
            }
            SkipBlanks();
            if (Accept(')'))
                return IsAtEnd();
            if (!Accept(','))
                return false;
            SkipBlanks();
            if (Accept(')'))
                return IsAtEnd();
        }
    }

    private static string Interned(ReadOnlySpan<char> name) => ParameterNames.Find(name) ?? name.ToString();

    private static bool IsKeyword(ReadOnlySpan<char> name) => name is "False" or "None" or "True" or "and" or "as" or "assert" or "async" or "await"
        or "break" or "class" or "continue" or "def" or "del" or "elif" or "else" or "except" or "finally" or "for" or "from" or "global" or "if"
        or "import" or "in" or "is" or "lambda" or "nonlocal" or "not" or "or" or "pass" or "raise" or "return" or "try" or "while" or "with" or "yield"
        or "__debug__";

    private readonly char Peek() => _at < _text.Length ? _text[_at] : '\0';

    private bool Accept(char c)
    {
        if (Peek() != c)
            return false;
        _at++;
        return true;
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t')
            _at++;
    }

    private bool IsAtEnd()
    {
        SkipBlanks();
        return _at == _text.Length;
    }

    private ReadOnlySpan<char> Identifier()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_'))
            _at++;
        return start < _text.Length && !char.IsAsciiDigit(_text[start]) ? _text[start.._at] : default;
    }

    private bool TryRead(int depth, out PyValue value)
    {
        value = default;
        if (depth > 16)
            return false;
        switch (Peek())
        {
            case '\'' or '"':
                return TryReadString(out value);
            case '[':
                return TryReadList(depth, out value);
            case '{':
                return TryReadDict(depth, out value);
            case 'T' or 'F' or 'N':
                var word = Identifier();
                if (word is "True")
                    value = true;
                else if (word is "False")
                    value = false;
                else if (word is not "None")
                    return false;
                return true;
            default:
                return TryReadNumber(out value);
        }
    }

    private bool TryReadString(out PyValue value)
    {
        var quote = _text[_at];
        var start = _at + 1;
        value = default;
        var end = _text[start..].IndexOfAny(quote, '\\', '\n');
        if (end < 0)
            return false;
        if (_text[start + end] == quote)
        {
            // Not a triple quote, and no second literal beside this one.
            _at = start + end + 1;
            if (end == 0 && Peek() == quote)
                return false;
            SkipBlanks();
            if (Peek() is '\'' or '"')
                return false;
            var raw = _text.Slice(start, end);
            if (raw.ContainsAny('\0', '\r') || HasSurrogate(raw))
                return false;
            value = raw.ToString();
            return true;
        }
        return TryReadEscaped(quote, start, out value);
    }

    private bool TryReadEscaped(char quote, int start, out PyValue value)
    {
        value = default;
        var text = new System.Text.StringBuilder();
        for (var i = start; i < _text.Length; i++)
        {
            var c = _text[i];
            if (c == quote)
            {
                _at = i + 1;
                SkipBlanks();
                value = text.ToString();
                return Peek() is not ('\'' or '"');
            }
            if (c is '\n' or '\r' or '\0' || char.IsSurrogate(c))
                return false;
            if (c == '\\')
            {
                if (++i >= _text.Length)
                    return false;
                switch (_text[i])
                {
                    case '\\' or '\'' or '"':
                        c = _text[i];
                        break;
                    case 'n':
                        c = '\n';
                        break;
                    case 't':
                        c = '\t';
                        break;
                    case 'r':
                        c = '\r';
                        break;
                    default:
                        return false;
                }
            }
            text.Append(c);
        }
        return false;
    }

    private static bool HasSurrogate(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return true;
            i++;
        }
        return false;
    }

    private bool TryReadNumber(out PyValue value)
    {
        value = default;
        var start = _at;
        if (Peek() is '-')
            _at++;
        var digits = _at;
        while (char.IsAsciiDigit(Peek()))
            _at++;
        var whole = _at - digits;
        if (whole is 0 or > 17 || (whole > 1 && _text[digits] == '0'))
            return false;
        var isFloat = false;
        if (Peek() == '.')
        {
            isFloat = true;
            _at++;
            while (char.IsAsciiDigit(Peek()))
                _at++;
        }
        if (Peek() is not (',' or ')' or ']' or '}' or ' ' or ':'))
            return false;
        var number = _text[start.._at];
        if (isFloat)
            value = double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);
        else
            value = long.Parse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return true;
    }

    private bool TryReadList(int depth, out PyValue value)
    {
        var list = new PyList();
        value = list;
        _at++;
        SkipBlanks();
        if (Accept(']'))
            return true;
        while (TryRead(depth + 1, out var item))
        {
            list.Add(item);
            SkipBlanks();
            if (Accept(']'))
                return true;
            if (!Accept(','))
                return false;
            SkipBlanks();
        }
        return false;
    }

    private bool TryReadDict(int depth, out PyValue value)
    {
        var dict = new PyDict();
        value = dict;
        _at++;
        SkipBlanks();
        if (Accept('}'))
            return true;
        while (Peek() is '\'' or '"' && TryRead(depth + 1, out var key))
        {
            SkipBlanks();
            if (!Accept(':'))
                return false;
            SkipBlanks();
            if (!TryRead(depth + 1, out var item))
                return false;
            dict[key] = item;
            SkipBlanks();
            if (Accept('}'))
                return true;
            if (!Accept(','))
                return false;
            SkipBlanks();
        }
        return false;
    }
}
