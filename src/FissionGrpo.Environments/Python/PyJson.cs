using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace FissionGrpo.Environments.Python;

/// <summary>
/// <c>json.loads</c>: Python's dialect (NaN and Infinity, lone surrogates, the last of repeated keys wins, raw control characters refused),
/// with a bound on depth.
/// </summary>
internal sealed class PyJson
{
    private const int MaxDepth = 900;

    private readonly string _text;
    private int _at;

    private PyJson(string text)
    {
        _text = text;
    }

    /// <exception cref="PyException">JSONDecodeError with Python's message and position, RecursionError when nested too deep.</exception>
    public static PyValue Loads(string text)
    {
        if (text.StartsWith('\ufeff'))
            throw Error("Unexpected UTF-8 BOM (decode using utf-8-sig)", text, 0);
        var parser = new PyJson(text);
        parser.SkipBlanks();
        var value = parser.Value(0);
        parser.SkipBlanks();
        return parser._at == text.Length ? value : throw Error("Extra data", text, parser._at);
    }

    /// <summary>The Python value of a parsed JSON value; integers stay integers and <c>1.0</c> stays a float.</summary>
    public static PyValue From(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String when !element.GetRawText().Contains('\\', StringComparison.Ordinal) => element.GetString(),
        JsonValueKind.Null or JsonValueKind.Undefined => default,
        JsonValueKind.Number when element.TryGetInt64(out var small) && !element.GetRawText().AsSpan().ContainsAny('.', 'e', 'E') => small,
        _ => Loads(element.GetRawText()),
    };

    private static PyException Error(string message, string text, int at)
    {
        var line = 1 + text.AsSpan(0, at).Count('\n');
        var column = at - text.AsSpan(0, at).LastIndexOf('\n');
        return new PyException("JSONDecodeError", $"{message}: line {line} column {column} (char {at})");
    }

    private PyException Error(string message, int at) => Error(message, _text, at);

    private void SkipBlanks()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\n' or '\r')
            _at++;
    }

    private PyValue Value(int depth)
    {
        if (depth > MaxDepth)
            throw new PyException("RecursionError", "maximum recursion depth exceeded while decoding a JSON value");
        if (_at >= _text.Length)
            throw Error("Expecting value", _at);
        switch (_text[_at])
        {
            case '"':
                _at++;
                return String();
            case '{':
                return Object(depth);
            case '[':
                return Array(depth);
            default:
                foreach (var (word, value) in Words)
                {
                    if (string.CompareOrdinal(_text, _at, word, 0, word.Length) == 0)
                    {
                        _at += word.Length;
                        return value;
                    }
                }
                return Number();
        }
    }

    private static readonly (string Word, PyValue Value)[] Words =
    [
        ("null", default), ("true", true), ("false", false), ("NaN", double.NaN), ("Infinity", double.PositiveInfinity), ("-Infinity", double.NegativeInfinity),
    ];

    private PyValue Number()
    {
        var start = _at;
        var at = _at;
        if (at < _text.Length && _text[at] == '-')
            at++;
        if (at >= _text.Length || !char.IsAsciiDigit(_text[at]))
            throw Error("Expecting value", start);
        if (_text[at] == '0')
            at++;
        else
            at = Digits(at);
        var isFloat = false;
        if (at + 1 < _text.Length && _text[at] == '.' && char.IsAsciiDigit(_text[at + 1]))
        {
            isFloat = true;
            at = Digits(at + 1);
        }
        if (at + 1 < _text.Length && _text[at] is 'e' or 'E')
        {
            var digits = _text[at + 1] is '+' or '-' ? at + 2 : at + 1;
            if (digits < _text.Length && char.IsAsciiDigit(_text[digits]))
            {
                isFloat = true;
                at = Digits(digits);
            }
        }
        _at = at;
        var number = _text.AsSpan(start, at - start);
        if (isFloat)
            return double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (number.Length <= 18)
            return long.Parse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return PyLiteral.ParseInt(number.ToString());
    }

    private int Digits(int at)
    {
        while (at < _text.Length && char.IsAsciiDigit(_text[at]))
            at++;
        return at;
    }

    private PyValue Array(int depth)
    {
        _at++;
        var list = new PyList();
        SkipBlanks();
        if (_at < _text.Length && _text[_at] == ']')
        {
            _at++;
            return list;
        }
        while (true)
        {
            list.Add(Value(depth + 1));
            SkipBlanks();
            if (_at < _text.Length && _text[_at] == ']')
            {
                _at++;
                return list;
            }
            if (_at >= _text.Length || _text[_at] != ',')
                throw Error("Expecting ',' delimiter", _at);
            _at++;
            SkipBlanks();
        }
    }

    private PyValue Object(int depth)
    {
        _at++;
        var dict = new PyDict();
        SkipBlanks();
        if (_at < _text.Length && _text[_at] == '}')
        {
            _at++;
            return dict;
        }
        while (true)
        {
            if (_at >= _text.Length || _text[_at] != '"')
                throw Error("Expecting property name enclosed in double quotes", _at);
            _at++;
            var key = String();
            SkipBlanks();
            if (_at >= _text.Length || _text[_at] != ':')
                throw Error("Expecting ':' delimiter", _at);
            _at++;
            SkipBlanks();
            dict[key] = Value(depth + 1);
            SkipBlanks();
            if (_at < _text.Length && _text[_at] == '}')
            {
                _at++;
                return dict;
            }
            if (_at >= _text.Length || _text[_at] != ',')
                throw Error("Expecting ',' delimiter", _at);
            _at++;
            SkipBlanks();
        }
    }

    private string String()
    {
        var start = _at - 1;
        StringBuilder? text = null;
        while (true)
        {
            var run = _at;
            while (_at < _text.Length && _text[_at] is not ('"' or '\\') && _text[_at] >= ' ')
                _at++;
            if (_at >= _text.Length)
                throw Error("Unterminated string starting at", start);
            var span = _text.AsSpan(run, _at - run);
            if (_text[_at] == '"')
            {
                _at++;
                return text is null ? span.ToString() : text.Append(span).ToString();
            }
            (text ??= new StringBuilder()).Append(span);
            if (_text[_at] != '\\')
                throw Error("Invalid control character at", _at);
            if (++_at >= _text.Length)
                throw Error("Unterminated string starting at", start);
            var escape = _text[_at];
            if (escape == 'u')
            {
                text.Append(Unit());
                continue;
            }
            text.Append(escape switch
            {
                '"' or '\\' or '/' => escape,
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                _ => throw Error("Invalid \\escape", _at - 1),
            });
            _at++;
        }
    }

    // "u" is the current character. A pair of surrogates falls together by itself in UTF-16.
    private char Unit()
    {
        if (_at + 4 < _text.Length && _text.AsSpan(_at + 1, 4).IndexOfAnyExcept(HexDigits) < 0)
        {
            var unit = (char)int.Parse(_text.AsSpan(_at + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            _at += 5;
            return unit;
        }
        throw Error("Invalid \\uXXXX escape", _at);
    }

    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");
}
