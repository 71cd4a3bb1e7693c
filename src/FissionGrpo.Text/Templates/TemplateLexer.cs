using System.Globalization;
using System.Text;

namespace FissionGrpo.Text.Templates;

/// <summary>
/// Cuts a template into tokens, with white space treated as Jinja2 does under <c>trim_blocks</c> and <c>lstrip_blocks</c>, which is how chat
/// templates are meant: the newline after a block or comment is dropped, and so are the blanks before one that begins a line.
/// </summary>
internal sealed class TemplateLexer
{
    private static readonly string[] Operators =
        ["//", "**", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    private readonly string _source;
    private readonly List<TemplateToken> _tokens = [];
    private int _at;
    private int _line = 1;
    private int _countedTo;

    private TemplateLexer(string source)
    {
        // All newlines are one character, and one at the very end does not count.
        _source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (_source.EndsWith('\n'))
            _source = _source[..^1];
    }

    public static List<TemplateToken> Read(string source)
    {
        var lexer = new TemplateLexer(source);
        lexer.ReadAll();
        return lexer._tokens;
    }

    private void ReadAll()
    {
        var dataStart = 0;
        var lineStarting = true; // what was read before the data ended with a newline
        while (true)
        {
            var open = FindTag(_at);
            if (open < 0)
            {
                AddData(_source[dataStart..]);
                Add(TokenKind.End, "");
                return;
            }
            var kind = _source[open + 1];
            var sign = open + 2 < _source.Length ? _source[open + 2] : '\0';
            var data = _source[dataStart..open];
            if (sign == '-')
                data = PythonStrings.TrimEnd(data, null);
            else if (sign != '+' && kind != '{')
                data = WithoutIndent(data, lineStarting);
            AddData(data);
            MoveTo(open);
            _at = open + 2 + (sign is '-' or '+' ? 1 : 0);
            switch (kind)
            {
                case '#':
                    var close = _source.IndexOf("#}", _at, StringComparison.Ordinal);
                    if (close < 0)
                        throw Error("a comment is not closed.");
                    var closeSign = close > _at ? _source[close - 1] : '\0';
                    _at = close;
                    EndTag("#}", closeSign);
                    break;
                case '%' when TryReadRaw(ref dataStart):
                    break;
                case '%':
                    Add(TokenKind.BlockBegin, "{%");
                    ReadExpression("%}");
                    break;
                default:
                    Add(TokenKind.OutputBegin, "{{");
                    ReadExpression("}}");
                    break;
            }
            dataStart = _at;
            lineStarting = _at > 0 && _source[_at - 1] == '\n';
            MoveTo(_at);
        }
    }

    private int FindTag(int from)
    {
        for (var i = _source.IndexOf('{', from); i >= 0 && i + 1 < _source.Length; i = _source.IndexOf('{', i + 1))
            if (_source[i + 1] is '{' or '%' or '#')
                return i;
        return -1;
    }

    /// <summary>lstrip_blocks: drops blanks between the start of the line and the tag.</summary>
    private static string WithoutIndent(string data, bool lineStarting)
    {
        var lineStart = data.LastIndexOf('\n') + 1;
        return (lineStart > 0 || lineStarting) && string.IsNullOrWhiteSpace(data[lineStart..]) ? data[..lineStart] : data;
    }

    /// <summary>Steps over the end of a tag and the white space that it swallows.</summary>
    private void EndTag(string mark, char sign)
    {
        _at += mark.Length;
        if (sign == '-')
            while (_at < _source.Length && PythonText.IsSpace(_source[_at]))
                _at++;
        else if (sign != '+' && mark != "}}" && _at < _source.Length && _source[_at] == '\n')
            _at++; // trim_blocks
    }

    /// <summary><c>{% raw %}…{% endraw %}</c>: everything between is text.</summary>
    private bool TryReadRaw(ref int dataStart)
    {
        var at = _at;
        if (!TakeWord(ref at, "raw") || !TakeClose(ref at, out var sign) || sign == '+')
            return false;
        _at = at;
        while (sign == '-' && _at < _source.Length && PythonText.IsSpace(_source[_at]))
            _at++; // trim_blocks does not reach into a raw block
        var start = _at;
        for (var open = _source.IndexOf("{%", _at, StringComparison.Ordinal); open >= 0; open = _source.IndexOf("{%", open + 2, StringComparison.Ordinal))
        {
            at = open + 2;
            var openSign = at < _source.Length && _source[at] is '-' or '+' ? _source[at++] : '\0';
            if (!TakeWord(ref at, "endraw") || !TakeClose(ref at, out var closeSign))
                continue;
            var data = _source[start..open];
            AddData(openSign == '-' ? PythonStrings.TrimEnd(data, null) : openSign == '+' ? data : WithoutIndent(data, lineStarting: start > 0 && _source[start - 1] == '\n'));
            _at = at - 2;
            EndTag("%}", closeSign);
            dataStart = _at;
            return true;
        }
        throw Error("a raw block is not closed.");
    }

    private bool TakeWord(ref int at, string word)
    {
        while (at < _source.Length && PythonText.IsSpace(_source[at]))
            at++;
        if (!_source.AsSpan(at).StartsWith(word))
            return false;
        at += word.Length;
        while (at < _source.Length && PythonText.IsSpace(_source[at]))
            at++;
        return true;
    }

    private bool TakeClose(ref int at, out char sign)
    {
        sign = at < _source.Length && _source[at] is '-' or '+' ? _source[at++] : '\0';
        if (!_source.AsSpan(at).StartsWith("%}"))
            return false;
        at += 2;
        return true;
    }

    private void ReadExpression(string end)
    {
        var brackets = 0; // "}}" inside of a dict literal closes brackets, not the tag
        while (true)
        {
            while (_at < _source.Length && PythonText.IsSpace(_source[_at]))
                _at++;
            MoveTo(_at);
            if (_at >= _source.Length)
                throw Error("a tag is not closed.");
            var rest = _source.AsSpan(_at);
            if (brackets == 0 && rest.StartsWith(end))
            {
                Add(end == "%}" ? TokenKind.BlockEnd : TokenKind.OutputEnd, end);
                EndTag(end, '\0');
                return;
            }
            if (brackets == 0 && rest.Length > end.Length && (rest[0] == '-' || (rest[0] == '+' && end == "%}")) && rest[1..].StartsWith(end))
            {
                Add(end == "%}" ? TokenKind.BlockEnd : TokenKind.OutputEnd, end);
                var sign = rest[0];
                _at++;
                EndTag(end, sign);
                return;
            }
            if (rest[0] is '"' or '\'')
                ReadString(rest[0]);
            else if (char.IsAsciiDigit(rest[0]))
                ReadNumber();
            else if (char.IsLetter(rest[0]) || rest[0] == '_')
                ReadName();
            else
                ReadOperator(ref brackets);
        }
    }

    private void ReadOperator(ref int brackets)
    {
        foreach (var candidate in Operators)
        {
            if (!_source.AsSpan(_at).StartsWith(candidate))
                continue;
            brackets += candidate switch { "(" or "[" or "{" => 1, ")" or "]" or "}" => -1, _ => 0 };
            if (brackets < 0)
                throw Error($"'{candidate}' closes nothing.");
            Add(TokenKind.Operator, candidate);
            _at += candidate.Length;
            return;
        }
        throw Error($"there is a character that does not belong here: U+{(int)_source[_at]:X4}.");
    }

    private void ReadName()
    {
        var start = _at;
        while (_at < _source.Length && (char.IsLetterOrDigit(_source[_at]) || _source[_at] == '_'))
            _at++;
        Add(TokenKind.Name, _source[start.._at]);
    }

    private void ReadNumber()
    {
        var start = _at;
        var isFloat = false;
        Digits();
        if (_at + 1 < _source.Length && _source[_at] == '.' && char.IsAsciiDigit(_source[_at + 1]))
        {
            isFloat = true;
            _at++;
            Digits();
        }
        if (_at < _source.Length && _source[_at] is 'e' or 'E')
        {
            var exponent = _at + 1;
            if (exponent < _source.Length && _source[exponent] is '+' or '-')
                exponent++;
            if (exponent < _source.Length && char.IsAsciiDigit(_source[exponent]))
            {
                isFloat = true;
                _at = exponent;
                Digits();
            }
        }
        Add(isFloat ? TokenKind.Float : TokenKind.Integer, _source[start.._at].Replace("_", "", StringComparison.Ordinal));

        void Digits()
        {
            while (_at < _source.Length && (char.IsAsciiDigit(_source[_at]) || (_source[_at] == '_' && _at + 1 < _source.Length && char.IsAsciiDigit(_source[_at + 1]))))
                _at++;
        }
    }

    private void ReadString(char quote)
    {
        var text = new StringBuilder();
        for (var i = _at + 1; i < _source.Length; i++)
        {
            var c = _source[i];
            if (c == quote)
            {
                Add(TokenKind.Text, text.ToString());
                _at = i + 1;
                return;
            }
            if (c == '\\' && i + 1 < _source.Length)
                i = ReadEscape(i + 1, text);
            else
                text.Append(c);
        }
        throw Error("a string is not closed.");
    }

    /// <summary>Reads what follows a backslash, as Python does; returns the index of its last character.</summary>
    private int ReadEscape(int at, StringBuilder text)
    {
        var c = _source[at];
        switch (c)
        {
            case '\n': break;
            case 'n': text.Append('\n'); break;
            case 'r': text.Append('\r'); break;
            case 't': text.Append('\t'); break;
            case 'a': text.Append('\a'); break;
            case 'b': text.Append('\b'); break;
            case 'f': text.Append('\f'); break;
            case 'v': text.Append('\v'); break;
            case '\\' or '\'' or '"': text.Append(c); break;
            case 'x': return Hex(2);
            case 'u': return Hex(4);
            case 'U': return Hex(8);
            case >= '0' and <= '7':
                var value = 0;
                var last = at;
                for (var i = at; i < at + 3 && i < _source.Length && _source[i] is >= '0' and <= '7'; last = i++)
                    value = (value * 8) + _source[i] - '0';
                text.Append((char)value);
                return last;
            default: text.Append('\\').Append(c); break;
        }
        return at;

        int Hex(int digits)
        {
            if (at + digits >= _source.Length || !uint.TryParse(_source.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var point) || point > 0x10FFFF)
                throw Error($"'\\{c}' needs {digits} hexadecimal digits of a code point.");
            text.Append(Rune.TryCreate(point, out var rune) ? rune.ToString() : throw Error($"'\\{c}{_source.AsSpan(at + 1, digits)}' is half a character, which no output can hold."));
            return at + digits;
        }
    }

    private void AddData(string data)
    {
        if (data.Length > 0)
            Add(TokenKind.Data, data);
    }

    private void Add(TokenKind kind, string value) => _tokens.Add(new TemplateToken(kind, value, _line));

    private void MoveTo(int position)
    {
        for (; _countedTo < position; _countedTo++)
            if (_source[_countedTo] == '\n')
                _line++;
    }

    private ChatTemplateException Error(string problem) => new(problem, _line);
}
