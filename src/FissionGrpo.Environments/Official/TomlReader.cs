using System.Globalization;
using System.Text;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Official;

/// <summary>
/// TOML as far as databases need it: tables, lists of tables, dotted names, texts, numbers, booleans, lists, dates (as texts). Everything
/// else (inline tables, multi-line texts) is refused with its line.
/// </summary>
internal sealed class TomlReader
{
    private const int DeepestList = 50;

    private readonly string _path;
    private readonly string _text;
    private int _at;

    private TomlReader(string path, string text)
    {
        _path = path;
        _text = text;
    }

    /// <exception cref="UserErrorException">The text is not of this kind.</exception>
    public static PyDict Read(string path, string text) => new TomlReader(path, text).Document();

    private PyDict Document()
    {
        var root = new PyDict();
        var table = root;
        while (Skip())
        {
            if (_text[_at] != '[')
            {
                Entry(table);
                continue;
            }
            var isList = At(1) == '[';
            _at += isList ? 2 : 1;
            table = Header(root, Names(), isList);
            Expect(']');
            if (isList)
                Expect(']');
        }
        return root;
    }

    /// <summary>A name that stands for a list of tables means its last one.</summary>
    private PyDict Header(PyDict root, List<string> names, bool isList)
    {
        var table = root;
        for (var i = 0; i < names.Count; i++)
        {
            var starts = isList && i == names.Count - 1;
            if (!table.TryGetValue(names[i], out var next))
                next = table[names[i]] = starts ? new PyList() : new PyDict();
            if (starts)
                (next.Reference as PyList ?? throw Wrong($"'{names[i]}' is no list of tables")).Add(new PyDict());
            table = next.Reference as PyDict ?? (next.Reference is PyList { Count: > 0 } list ? list[list.Count - 1].Reference as PyDict : null) ?? throw Wrong($"'{names[i]}' is no table");
        }
        return table;
    }

    private void Entry(PyDict table)
    {
        var names = Names();
        Expect('=');
        table = Header(table, names[..^1], isList: false);
        if (table.ContainsKey(names[^1]))
            throw Wrong($"'{names[^1]}' is given twice");
        table[names[^1]] = Value(0);
        SkipBlanks();
        if (_at < _text.Length && At() is not ('\n' or '#'))
            throw Wrong("something follows the value on its line");
    }

    private List<string> Names()
    {
        var names = new List<string>();
        do
        {
            SkipBlanks();
            var start = _at;
            if (At() is '"' or '\'')
            {
                names.Add(Text());
            }
            else
            {
                while (char.IsAsciiLetterOrDigit(At()) || At() is '_' or '-')
                    _at++;
                names.Add(_at > start ? _text[start.._at] : throw Wrong("expected a name"));
            }
            SkipBlanks();
        }
        while (At() == '.' && _at++ >= 0);
        return names;
    }

    private PyValue Value(int depth)
    {
        if (depth > DeepestList)
            throw Wrong($"lists are nested more than {DeepestList} deep");
        SkipBlanks();
        if (At() is '"' or '\'')
            return Text();
        if (At() == '[')
            return List(depth);
        var start = _at;
        while (_at < _text.Length && At() is not (',' or ']' or '#' or '\n'))
            _at++;
        return _text[start.._at].Trim() switch
        {
            "true" => true,
            "false" => false,
            var word when word.Length > 9 && word[4] == '-' && char.IsAsciiDigit(word[0]) => word,
            var word when long.TryParse(word.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
            var word when word.Length > 0 && (char.IsAsciiDigit(word[^1]) || word is "inf" or "-inf" or "nan") && PyLiteral.ParseFloat(word) is { } number => number,
            var word => throw Wrong($"'{word}' is no text, number, boolean, date or list"),
        };
    }

    private PyList List(int depth)
    {
        var list = new PyList();
        _at++;
        while (Skip() && At() != ']')
        {
            list.Add(Value(depth + 1));
            if (Skip() && At() == ',')
                _at++;
            else if (At() != ']')
                throw Wrong("expected ',' or ']'");
        }
        Expect(']');
        return list;
    }

    private string Text()
    {
        var quote = At();
        if (At(1) == quote && At(2) == quote)
            throw Wrong("texts of several lines are not read");
        var text = new StringBuilder();
        for (_at++; At() != quote; _at++)
        {
            if (_at >= _text.Length || At() == '\n')
                throw Wrong("a text is not closed on its line");
            if (At() != '\\' || quote == '\'')
            {
                text.Append(At());
                continue;
            }
            _at++;
            var digits = At() == 'u' ? 4 : At() == 'U' ? 8 : 0;
            if (digits > 0)
            {
                if (_at + digits >= _text.Length || !int.TryParse(_text.AsSpan(_at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var point) || !Rune.IsValid(point))
                    throw Wrong("expected a character's number");
                text.Append(new Rune(point));
                _at += digits;
                continue;
            }
            text.Append(At() switch
            {
                'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', '"' => '"', '\\' => '\\',
                var other => throw Wrong($"\\{other} is no escape"),
            });
        }
        _at++;
        return text.ToString();
    }

    private char At(int ahead = 0) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    private void SkipBlanks()
    {
        while (At() is ' ' or '\t')
            _at++;
    }

    /// <summary>Goes past blanks, line ends and comments; false at the end.</summary>
    private bool Skip()
    {
        while (_at < _text.Length && At() is ' ' or '\t' or '\n' or '\r' or '#')
        {
            if (At() == '#')
                while (_at < _text.Length && At() != '\n')
                    _at++;
            else
                _at++;
        }
        return _at < _text.Length;
    }

    private void Expect(char c)
    {
        SkipBlanks();
        if (At() != c)
            throw Wrong($"expected '{c}'");
        _at++;
    }

    private UserErrorException Wrong(string what) => new($"{_path}, line {_text.AsSpan(0, Math.Min(_at, _text.Length)).Count('\n') + 1}: {what}. Expected the official file; fetch it again.");
}
