using System.Globalization;

namespace FissionGrpo.Environments.Python.Syntax;

internal enum PyTokenKind : byte
{
    Name,
    Keyword,
    Number,
    String,
    Operator,
    Newline,
    Indent,
    End,
}

/// <summary>A token, its line, and how many brackets were open after it.</summary>
internal sealed record PyToken(PyTokenKind Kind, string Text, int Line, int Level);

/// <summary>CPython 3.11's tokenizer, as far as one expression needs it, with its errors. Tokens are made on demand.</summary>
internal sealed class PyTokenizer(string source)
{
    private const int MaxLevel = 200;

    private static readonly HashSet<string> Keywords = new(StringComparer.Ordinal)
    {
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
        "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try",
        "while", "with", "yield",
    };

    private static readonly string[] ThreeCharacters = ["**=", "//=", ">>=", "<<=", "..."];

    private static readonly string[] TwoCharacters =
        ["!=", "%=", "&=", "**", "*=", "+=", "-=", "->", "//", "/=", ":=", "<<", "<=", "<>", "==", ">=", ">>", "@=", "^=", "|="];

    private readonly Stack<(char Bracket, int Line)> _brackets = new();
    private int _at;
    private int _line = source.Length == 0 ? 0 : 1;
    private bool _atLineStart = true;

    public static bool IsKeyword(string name) => Keywords.Contains(name);

    /// <summary>The error of the source itself, whatever the parser thinks of it.</summary>
    public static PyException Error(string message, int line) => new("SyntaxError", $"{message} (<string>, line {line})");

    /// <summary>The innermost open bracket's error, when there is one.</summary>
    public PyException? Unclosed => _brackets.Count == 0 ? null : Error($"'{_brackets.Peek().Bracket}' was never closed", _brackets.Peek().Line);

    /// <summary>The line of the innermost open bracket; 0 when there is none.</summary>
    public int UnclosedLine => _brackets.Count == 0 ? 0 : _brackets.Peek().Line;

    /// <summary>The next token; the end mark again and again at the end.</summary>
    /// <exception cref="PyException">SyntaxError.</exception>
    public PyToken Next()
    {
        while (true)
        {
            var indented = false;
            if (_atLineStart)
            {
                _atLineStart = false;
                var column = 0;
                while (Peek() is ' ' or '\t' or '\f')
                {
                    column = Peek() == '\f' ? 0 : column + 1;
                    _at++;
                }
                indented = column > 0 && _brackets.Count == 0 && Peek() is not ('#' or '\n' or '\r');
            }
            if (indented)
                return Token(PyTokenKind.Indent, "");
            while (Peek() is ' ' or '\t' or '\f')
                _at++;
            if (Peek() == '#')
                while (_at < source.Length && Peek() is not ('\n' or '\r'))
                    _at++;
            if (_at >= source.Length)
                return _brackets.Count > 0 ? throw Unclosed! : Token(PyTokenKind.End, "");
            var c = source[_at];
            if (c is '\n' or '\r')
            {
                var isBlank = IsBlankLine();
                var newline = Token(PyTokenKind.Newline, "");
                SkipNewline();
                _atLineStart = true;
                if (isBlank || _brackets.Count > 0)
                    continue;
                return newline;
            }
            if (c == '\\')
            {
                _at++;
                if (Peek() is not ('\n' or '\r'))
                    throw Error("unexpected character after line continuation character", _line);
                SkipNewline();
                if (_at >= source.Length)
                    throw Error("unexpected EOF while parsing", _line);
                continue;
            }
            return Scan(c);
        }
    }

    private bool IsBlankLine()
    {
        var start = _at;
        while (start > 0 && source[start - 1] is not ('\n' or '\r'))
            start--;
        var line = source.AsSpan(start, _at - start).TrimStart(" \t\f");
        return line.Length == 0 || line[0] == '#';
    }

    private char Peek(int ahead = 0) => _at + ahead < source.Length ? source[_at + ahead] : '\0';

    private PyToken Token(PyTokenKind kind, string text, int? line = null) => new(kind, text, line ?? _line, _brackets.Count);

    private void SkipNewline()
    {
        if (Peek() == '\r' && Peek(1) == '\n')
            _at++;
        _at++;
        if (_at < source.Length)
            _line++;
    }

    private PyToken Scan(char c)
    {
        if (IsIdentifierStart(c))
            return NameOrString();
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek(1))))
            return Number();
        if (c is '\'' or '"')
            return String(_at);
        foreach (var three in ThreeCharacters)
            if (string.CompareOrdinal(source, _at, three, 0, 3) == 0)
                return Operator(three);
        foreach (var two in TwoCharacters)
            if (string.CompareOrdinal(source, _at, two, 0, 2) == 0)
                return Operator(two);
        if (c is '(' or '[' or '{')
        {
            if (_brackets.Count >= MaxLevel)
                throw Error("too many nested parentheses", _line);
            _brackets.Push((c, _line));
        }
        else if (c is ')' or ']' or '}')
        {
            Close(c);
        }
        else if (c < ' ' || c == '\x7f')
        {
            throw Error($"invalid non-printable character U+{(int)c:X4}", _line);
        }
        return Operator(c.ToString());
    }

    private PyToken Operator(string text)
    {
        _at += text.Length;
        return Token(PyTokenKind.Operator, text);
    }

    private void Close(char c)
    {
        if (_brackets.Count == 0)
            throw Error($"unmatched '{c}'", _line);
        var (open, line) = _brackets.Pop();
        if ((open, c) is ('(', ')') or ('[', ']') or ('{', '}'))
            return;
        throw Error($"closing parenthesis '{c}' does not match opening parenthesis '{open}'{(line == _line ? "" : $" on line {line}")}", _line);
    }

    private static bool IsIdentifierStart(char c) => char.IsAsciiLetter(c) || c == '_' || c >= 128;

    private static bool IsIdentifierPart(char c) => IsIdentifierStart(c) || char.IsAsciiDigit(c);

    private PyToken NameOrString()
    {
        var start = _at;
        bool sawB = false, sawU = false, sawR = false, sawF = false;
        while (true)
        {
            var c = Peek();
            if (!(sawB || sawU || sawF) && c is 'b' or 'B')
                sawB = true;
            else if (!(sawB || sawU || sawR || sawF) && c is 'u' or 'U')
                sawU = true;
            else if (!(sawR || sawU) && c is 'r' or 'R')
                sawR = true;
            else if (!(sawF || sawB || sawU) && c is 'f' or 'F')
                sawF = true;
            else
                break;
            _at++;
            if (Peek() is '\'' or '"')
                return String(start);
        }
        while (_at < source.Length && IsIdentifierPart(Peek()))
            _at++;
        var name = source[start.._at];
        Verify(name);
        return Token(Keywords.Contains(name) ? PyTokenKind.Keyword : PyTokenKind.Name, name);
    }

    // Everything above ASCII was taken for a letter; this finds what is none.
    private void Verify(string name)
    {
        for (var i = 0; i < name.Length; i += PyString.Width(name, i))
        {
            var point = PyString.CodePointAt(name, i);
            if (point < 128)
                continue;
            var category = CharUnicodeInfo.GetUnicodeCategory(point);
            var isStart = category is <= UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber;
            if (isStart || point == 0x2118 || point == 0x212E || (i > 0 && (point == 0xB7 || category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation)))
                continue;
            throw Error(
                PyString.IsPrintable(point) ? $"invalid character '{name.AsSpan(i, PyString.Width(name, i))}' (U+{point:X4})" : $"invalid non-printable character U+{point:X4}",
                _line);
        }
    }

    private PyToken String(int start)
    {
        var firstLine = _line;
        var quote = source[_at];
        var isTriple = Peek(1) == quote && Peek(2) == quote;
        _at += isTriple ? 3 : 1;
        while (true)
        {
            if (_at >= source.Length || (!isTriple && Peek() is '\n' or '\r' && !isTriple))
                throw Error($"unterminated {(isTriple ? "triple-quoted " : "")}string literal (detected at line {_line})", firstLine);
            var c = Peek();
            if (c == quote && (!isTriple || (Peek(1) == quote && Peek(2) == quote)))
                break;
            if (c == '\\')
            {
                _at++;
                if (_at >= source.Length)
                    continue;
                c = Peek();
            }
            if (c is '\n' or '\r')
                SkipNewline();
            else
                _at++;
        }
        _at += isTriple ? 3 : 1;
        return Token(PyTokenKind.String, source[start.._at], firstLine);
    }

    private PyToken Number()
    {
        var start = _at;
        if (Peek() == '0' && Peek(1) is 'x' or 'X' or 'o' or 'O' or 'b' or 'B')
        {
            Radix();
        }
        else
        {
            var leadingZero = Peek() == '0';
            var isPlain = true;
            if (Peek() != '.')
                DecimalTail();
            var whole = source.AsSpan(start, _at - start);
            if (Peek() == '.')
            {
                isPlain = false;
                _at++;
                if (char.IsAsciiDigit(Peek()))
                    DecimalTail();
            }
            if (Peek() is 'e' or 'E')
            {
                var sign = Peek(1) is '+' or '-';
                if (char.IsAsciiDigit(Peek(sign ? 2 : 1)))
                {
                    isPlain = false;
                    _at += sign ? 2 : 1;
                    DecimalTail();
                }
                else if (sign)
                {
                    throw Error("invalid decimal literal", _line);
                }
                else
                {
                    VerifyEnd("decimal");
                    return Token(PyTokenKind.Number, source[start.._at]);
                }
            }
            if (Peek() is 'j' or 'J')
            {
                _at++;
                VerifyEnd("imaginary");
            }
            else
            {
                if (isPlain && leadingZero && whole.ContainsAnyInRange('1', '9'))
                    throw Error("leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers", _line);
                VerifyEnd("decimal");
            }
        }
        return Token(PyTokenKind.Number, source[start.._at]);
    }

    private void Radix()
    {
        var (kind, isDigit) = char.ToLowerInvariant(Peek(1)) switch
        {
            'x' => ("hexadecimal", (Func<char, bool>)char.IsAsciiHexDigit),
            'o' => ("octal", c => c is >= '0' and <= '7'),
            _ => ("binary", c => c is '0' or '1'),
        };
        _at += 2;
        do
        {
            if (Peek() == '_')
                _at++;
            if (!isDigit(Peek()))
                throw Error(char.IsAsciiDigit(Peek()) ? $"invalid digit '{Peek()}' in {kind} literal" : $"invalid {kind} literal", _line);
            while (isDigit(Peek()))
                _at++;
        }
        while (Peek() == '_');
        if (char.IsAsciiDigit(Peek()))
            throw Error($"invalid digit '{Peek()}' in {kind} literal", _line);
        VerifyEnd(kind);
    }

    private void DecimalTail()
    {
        while (true)
        {
            while (char.IsAsciiDigit(Peek()))
                _at++;
            if (Peek() != '_')
                return;
            _at++;
            if (!char.IsAsciiDigit(Peek()))
                throw Error("invalid decimal literal", _line);
        }
    }

    // A number may touch one of these keywords (5and 6) and what is not ASCII, but no other name.
    private void VerifyEnd(string kind)
    {
        var c = Peek();
        var word = c switch
        {
            'a' => "and",
            'e' => "else",
            'f' => "for",
            'o' => "or",
            'n' => "not",
            _ => null,
        };
        if (word is not null && string.CompareOrdinal(source, _at, word, 0, word.Length) == 0 && !IsIdentifierPart(Peek(word.Length)))
            return;
        if (c == 'i' && Peek(1) is 'n' or 'f' or 's')
            return;
        if (c < 128 && IsIdentifierPart(c))
            throw Error($"invalid {kind} literal", _line);
    }
}
