using System.Runtime.CompilerServices;

namespace FissionGrpo.Environments.Python.Syntax;

/// <summary>
/// One Python expression, by the rules of CPython 3.11's grammar: a parser that backtracks and remembers, because which error a faulty text
/// gets depends on which alternatives are tried and how far they read. As in CPython, a first pass parses; when it fails, a second pass tries
/// the rules that recognise common mistakes. Nothing is evaluated here.
/// </summary>
internal sealed partial class PyParser
{
    /// <summary>Texts longer than this are refused unread.</summary>
    public const int MaxSource = 1 << 22;

    private readonly PyTokenizer _tokenizer;
    private readonly List<PyToken> _tokens = [];
    private readonly Dictionary<(Rule Rule, int Mark), (PyNode? Node, int End)> _memo = [];
    private readonly string _source;
    private bool _explains;
    private int _mark;

    private PyParser(string source)
    {
        _source = source;
        _tokenizer = new PyTokenizer(source);
    }

    private enum Rule : byte
    {
        Expression,
        Disjunction,
        Conjunction,
        Inversion,
        BitwiseOr,
        Primary,
        Named,
        StarNamed,
        Arguments,
    }

    /// <summary>The expression that the text is, leading blanks aside, as <c>eval</c> compiles it.</summary>
    /// <exception cref="PyException">SyntaxError with CPython's text.</exception>
    public static PyNode Parse(string source) => PyChecks.Checked(ParseTree(source.TrimStart(' ', '\t')), 1);

    /// <summary>The tree alone, as <c>ast.parse</c> gives it: blanks before the expression are an error, and the compiler's checks are left out.</summary>
    /// <exception cref="PyException">SyntaxError with CPython's text.</exception>
    public static PyNode ParseTree(string source)
    {
        if (source.Length > MaxSource)
            throw PyException.TooLarge("the call");
        if (source.Contains('\0', StringComparison.Ordinal))
            throw new PyException("SyntaxError", "source code string cannot contain null bytes");
        RequireEncodable(source);
        return new PyParser(source).Run();
    }

    private static void RequireEncodable(string source)
    {
        for (var i = 0; i < source.Length; i += PyString.Width(source, i))
        {
            if (!char.IsSurrogate(source[i]) || PyString.Width(source, i) == 2)
                continue;
            var first = PyString.Length(source[..i]);
            var end = i;
            while (end < source.Length && char.IsSurrogate(source[end]) && PyString.Width(source, end) == 1)
                end++;
            throw new PyException("UnicodeEncodeError", end - i == 1
                ? $"'utf-8' codec can't encode character '\\u{(int)source[i]:x4}' in position {first}: surrogates not allowed"
                : $"'utf-8' codec can't encode characters in position {first}-{first + end - i - 1}: surrogates not allowed");
        }
    }

    private PyNode Run()
    {
        try
        {
            if (Eval() is { } parsed)
                return parsed;
        }
        catch (PyException e) when (e.Type == "SyntaxError")
        {
            throw Later(e);
        }
        var last = _tokens[^1];
        _explains = true;
        _memo.Clear();
        _mark = 0;
        try
        {
            Eval();
        }
        catch (PyException e) when (e.Type == "SyntaxError")
        {
            throw Later(e);
        }
        if (last.Kind == PyTokenKind.Indent)
            throw new PyException("IndentationError", $"unexpected indent (<string>, line {last.Line})");
        throw Later(PyTokenizer.Error("invalid syntax", last.Line));
    }

    // Errors of the tokenizer anywhere in the rest of the text take precedence over those of the parser.
    private PyException Later(PyException error)
    {
        if (_tokenizerFailed)
            return error;
        try
        {
            while (_tokenizer.Next().Kind != PyTokenKind.End)
            {
            }
        }
        catch (PyException e) when (e.Type == "SyntaxError")
        {
            // Stray backslashes only matter to a parser that gets as far.
            if (e.Message.StartsWith("unexpected ", StringComparison.Ordinal))
                return error;
            // An open bracket at the end only counts when the error is on a later line than the bracket.
            var isUnclosed = _tokenizer.Unclosed is { } unclosed && unclosed.Message == e.Message;
            return isUnclosed && _tokens[^1].Line <= _tokenizer.UnclosedLine ? error : e;
        }
        return error;
    }

    private bool _tokenizerFailed;

    private PyToken Peek(int ahead = 0)
    {
        while (_tokens.Count <= _mark + ahead)
        {
            try
            {
                _tokens.Add(_tokenizer.Next());
            }
            catch (PyException)
            {
                _tokenizerFailed = true;
                throw;
            }
        }
        return _tokens[_mark + ahead];
    }

    private bool Is(string text) => Peek() is { Kind: PyTokenKind.Operator or PyTokenKind.Keyword } token && token.Text == text;

    private bool Accept(string text)
    {
        if (!Is(text))
            return false;
        _mark++;
        return true;
    }

    private string? AcceptName()
    {
        if (Peek().Kind != PyTokenKind.Name)
            return null;
        return _tokens[_mark++].Text;
    }

    private PyException Error(string message, int mark) => PyTokenizer.Error(message, _tokens[mark].Line);

    private PyNode? Memo(Rule rule, Func<PyNode?> parse)
    {
        if (_memo.TryGetValue((rule, _mark), out var known))
        {
            _mark = known.Node is null ? _mark : known.End;
            return known.Node;
        }
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new PyException("MemoryError", "");
        var start = _mark;
        var node = parse();
        if (node is null)
            _mark = start;
        _memo[(rule, start)] = (node, _mark);
        return node;
    }

    private T? Try<T>(Func<T?> parse)
        where T : class
    {
        var start = _mark;
        var node = parse();
        if (node is null)
            _mark = start;
        return node;
    }

    private bool Ahead(Func<bool> test)
    {
        var start = _mark;
        var result = test();
        _mark = start;
        return result;
    }
}
