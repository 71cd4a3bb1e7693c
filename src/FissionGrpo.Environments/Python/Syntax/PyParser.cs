using System.Collections.Immutable;
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

    // eval: expressions NEWLINE* ENDMARKER
    private PyNode? Eval()
    {
        if (Expressions() is not { } node)
            return null;
        while (Peek().Kind == PyTokenKind.Newline)
            _mark++;
        return Peek().Kind == PyTokenKind.End ? node : null;
    }

    private PyNode? Expressions()
    {
        if (Expression() is not { } first)
            return null;
        if (!Is(","))
            return first;
        var items = ImmutableArray.CreateBuilder<PyNode>();
        items.Add(first);
        while (Accept(","))
        {
            if (Expression() is not { } next)
                break;
            items.Add(next);
        }
        return new PyNode.Tuple(items.ToImmutable());
    }

    private PyNode? Expression() => Memo(Rule.Expression, ExpressionRule);

    private PyNode? ExpressionRule()
    {
        if (_explains)
        {
            InvalidExpression();
            InvalidLegacyExpression();
        }
        return ExpressionCore();
    }

    private PyNode? ExpressionCore()
    {
        var start = _mark;
        if (Disjunction() is { } then)
        {
            var afterThen = _mark;
            if (Accept("if") && Disjunction() is { } test && Accept("else") && Expression() is { } otherwise)
                return new PyNode.Conditional(test, then, otherwise);
            _mark = afterThen;
            return then;
        }
        _mark = start;
        return LambdaExpression();
    }

    private PyNode.Lambda? LambdaExpression()
    {
        if (!Accept("lambda"))
            return null;
        // Parameters are read, not kept: a lambda can be made but is never called.
        var depthOfDefault = 0;
        while (!Is(":"))
        {
            if (Accept("*") || Accept("**") || Accept("/") || Accept(","))
                continue;
            if (AcceptName() is null)
                return null;
            if (Accept("=") && Expression() is null)
                return null;
            if (++depthOfDefault > 255)
                return null;
        }
        _mark++;
        return Expression() is { } body ? new PyNode.Lambda(body) : null;
    }

    private PyNode? Disjunction() => Memo(Rule.Disjunction, () => Logic("or", Conjunction, false));

    private PyNode? Conjunction() => Memo(Rule.Conjunction, () => Logic("and", Inversion, true));

    private PyNode? Logic(string word, Func<PyNode?> operand, bool isAnd)
    {
        if (operand() is not { } first)
            return null;
        ImmutableArray<PyNode>.Builder? operands = null;
        while (true)
        {
            var before = _mark;
            if (!Accept(word) || operand() is not { } next)
            {
                _mark = before;
                break;
            }
            if (operands is null)
            {
                operands = ImmutableArray.CreateBuilder<PyNode>();
                operands.Add(first);
            }
            operands.Add(next);
        }
        return operands is null ? first : new PyNode.Logical(isAnd, operands.ToImmutable());
    }

    private PyNode? Inversion() => Memo(Rule.Inversion, () =>
    {
        if (Accept("not"))
            return Inversion() is { } operand ? new PyNode.Unary("not", operand) : null;
        return ComparisonRule();
    });

    private PyNode? ComparisonRule()
    {
        if (BitwiseOr() is not { } first)
            return null;
        ImmutableArray<(string, PyNode)>.Builder? rest = null;
        while (true)
        {
            var before = _mark;
            if (ComparisonOperator() is not { } op || BitwiseOr() is not { } right)
            {
                _mark = before;
                break;
            }
            (rest ??= ImmutableArray.CreateBuilder<(string, PyNode)>()).Add((op, right));
        }
        return rest is null ? first : new PyNode.Comparison(first, rest.ToImmutable());
    }

    private string? ComparisonOperator()
    {
        foreach (var op in (ReadOnlySpan<string>)["==", "!=", "<=", "<", ">=", ">", "in"])
            if (Accept(op))
                return op;
        if (Accept("not"))
            return Accept("in") ? "not in" : null;
        if (Accept("is"))
            return Accept("not") ? "is not" : "is";
        return null;
    }

    private PyNode? BitwiseOr() => Memo(Rule.BitwiseOr, () => Binary(0));

    private static readonly string[][] BinaryLevels = [["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "/", "//", "%", "@"]];

    private PyNode? Binary(int level)
    {
        if (level == BinaryLevels.Length)
            return Factor();
        if (Binary(level + 1) is not { } left)
            return null;
        while (true)
        {
            var before = _mark;
            var token = Peek();
            if (token.Kind != PyTokenKind.Operator || Array.IndexOf(BinaryLevels[level], token.Text) < 0)
                return left;
            _mark++;
            if (Binary(level + 1) is not { } right)
            {
                _mark = before;
                return left;
            }
            left = new PyNode.Binary(left, token.Text, right);
        }
    }

    private PyNode? Factor()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new PyException("MemoryError", "");
        foreach (var op in (ReadOnlySpan<string>)["+", "-", "~"])
            if (Is(op))
            {
                var start = _mark++;
                if (Factor() is { } operand)
                    return new PyNode.Unary(op, operand);
                _mark = start;
                return null;
            }
        return Power();
    }

    private PyNode? Power()
    {
        var start = _mark;
        PyNode? left;
        if (Accept("await"))
            left = Primary() is { } awaited ? new PyNode.Await(awaited) : null;
        else
            left = Primary();
        if (left is null)
        {
            _mark = start;
            return null;
        }
        var before = _mark;
        if (Accept("**"))
        {
            if (Factor() is { } right)
                return new PyNode.Binary(left, "**", right);
            _mark = before;
        }
        return left;
    }

    private PyNode? Primary() => Memo(Rule.Primary, () =>
    {
        if (Atom() is not { } node)
            return null;
        while (Trailer(node) is { } longer)
            node = longer;
        return node;
    });

    private PyNode? Trailer(PyNode target)
    {
        var start = _mark;
        if (Accept("."))
        {
            if (AcceptName() is { } name)
                return new PyNode.Attribute(target, name);
        }
        else if (Is("("))
        {
            if (GeneratorExpression() is { } generator)
                return new PyNode.Call(target, [generator], []);
            _mark = start + 1;
            var arguments = Arguments() as ArgumentList;
            if (Accept(")"))
                return new PyNode.Call(target, arguments?.Positional ?? [], arguments?.Keywords ?? []);
        }
        else if (Accept("["))
        {
            if (Slices() is { } index && Accept("]"))
                return new PyNode.Subscript(target, index);
        }
        _mark = start;
        return null;
    }

    private PyNode? Slices()
    {
        var start = _mark;
        if (SliceRule() is { } single && !Is(","))
            return single;
        _mark = start;
        var items = ImmutableArray.CreateBuilder<PyNode>();
        do
        {
            if ((SliceRule() ?? StarredExpression()) is not { } item)
            {
                if (items.Count == 0)
                    return null;
                break;
            }
            items.Add(item);
        }
        while (Accept(","));
        return new PyNode.Tuple(items.ToImmutable());
    }

    private PyNode? SliceRule() => Try(() =>
    {
        var start = _mark;
        var from = Expression();
        if (Accept(":"))
        {
            var to = Expression();
            PyNode? step = null;
            if (Accept(":"))
                step = Expression();
            return new PyNode.Slice(from, to, step);
        }
        _mark = start;
        return NamedExpression();
    });

    private PyNode? Atom()
    {
        var token = Peek();
        switch (token.Kind)
        {
            case PyTokenKind.Name:
                _mark++;
                return new PyNode.Name(token.Text);
            case PyTokenKind.Keyword when token.Text is "True" or "False" or "None":
                _mark++;
                return new PyNode.Constant(token.Text == "None" ? default : (PyValue)(token.Text == "True"), IsKeyword: true);
            case PyTokenKind.String:
                return Strings();
            case PyTokenKind.Number:
                _mark++;
                return new PyNode.Constant(PyLiterals.Number(token.Text, token.Line));
        }
        return token.Text switch
        {
            "(" => Try(TupleRule) ?? Try(Group) ?? GeneratorExpression(),
            "[" => Try(ListRule) ?? Try(() => Comprehension("[", "]")),
            "{" => Try(DictRule) ?? Try(SetRule) ?? Try(DictComprehension) ?? Try(() => Comprehension("{", "}")),
            "..." when Accept("...") => new PyNode.Constant(PyEllipsis.Instance),
            _ => null,
        };
    }

    private PyNode? Strings()
    {
        var tokens = new List<PyToken>();
        while (Peek().Kind == PyTokenKind.String)
            tokens.Add(_tokens[_mark++]);
        return PyLiterals.Strings(tokens);
    }

    private PyNode? TupleRule()
    {
        _mark++;
        if (Accept(")"))
            return new PyNode.Tuple([]);
        if (StarNamedExpression() is not { } first || !Accept(","))
            return null;
        var items = StarNamedExpressions() ?? [];
        return Accept(")") ? new PyNode.Tuple(items.Insert(0, first)) : null;
    }

    private PyNode? Group()
    {
        _mark++;
        var start = _mark;
        if (Is("yield"))
        {
            _mark++;
            Accept("from");
            _ = Expressions();
            if (Accept(")"))
                return new PyNode.Yield();
            _mark = start;
        }
        if (NamedExpression() is { } inner && Accept(")"))
            return inner;
        _mark = start;
        if (_explains)
            InvalidGroup();
        return null;
    }

    private PyNode? ListRule()
    {
        _mark++;
        var items = StarNamedExpressions() ?? [];
        return Accept("]") ? new PyNode.List(items) : null;
    }

    private PyNode? SetRule()
    {
        _mark++;
        return StarNamedExpressions() is { } items && Accept("}") ? new PyNode.Set(items) : null;
    }

    private PyNode? DictRule()
    {
        _mark++;
        var start = _mark;
        var entries = ImmutableArray.CreateBuilder<(PyNode?, PyNode)>();
        while (Entry() is { } entry)
        {
            entries.Add(entry);
            if (!Accept(","))
                break;
        }
        if (Accept("}"))
            return new PyNode.Dict(entries.ToImmutable());
        _mark = start;
        if (_explains)
            InvalidDictEntries();
        return null;
    }

    private (PyNode? Key, PyNode Value)? Entry()
    {
        var start = _mark;
        if (Accept("**"))
        {
            if (BitwiseOr() is { } unpacked)
                return (null, unpacked);
        }
        else if (Expression() is { } key && Accept(":") && Expression() is { } value)
        {
            return (key, value);
        }
        _mark = start;
        return null;
    }

    private PyNode? DictComprehension()
    {
        var start = _mark;
        _mark++;
        if (Entry() is { Key: { } key, Value: var value } && Clauses() is { } clauses && Accept("}"))
            return new PyNode.Comprehension('{', key, value, clauses);
        _mark = start;
        if (_explains && Accept("{") && Accept("**") && BitwiseOr() is not null && Clauses() is not null && Accept("}"))
            throw Error("dict unpacking cannot be used in dict comprehension", start + 1);
        return null;
    }

    private PyNode.Comprehension? Comprehension(string open, string close)
    {
        var start = _mark;
        _mark++;
        if (NamedExpression() is { } element && Clauses() is { } clauses && Accept(close))
            return new PyNode.Comprehension(open[0], element, null, clauses);
        _mark = start;
        if (_explains)
            InvalidComprehension();
        return null;
    }

    private PyNode.Comprehension? GeneratorExpression() => Try(() =>
    {
        var start = _mark;
        if (!Accept("("))
            return null;
        if (AssignmentOrExpression() is { } element && Clauses() is { } clauses && Accept(")"))
            return new PyNode.Comprehension('(', element, null, clauses);
        _mark = start;
        if (_explains)
            InvalidComprehension();
        return null;
    });

    private ImmutableArray<PyNode.Clause>? Clauses()
    {
        var clauses = ImmutableArray.CreateBuilder<PyNode.Clause>();
        while (true)
        {
            var start = _mark;
            Accept("async");
            if (!Accept("for"))
            {
                _mark = start;
                break;
            }
            var afterFor = _mark;
            if (Targets() is not { } target || !Accept("in"))
            {
                if (_explains)
                {
                    _mark = afterFor;
                    InvalidForTarget();
                }
                _mark = start;
                break;
            }
            // Past "in" there is no other way to read this.
            if (Disjunction() is not { } source)
                return null;
            var conditions = ImmutableArray.CreateBuilder<PyNode>();
            while (Is("if"))
            {
                var before = _mark++;
                if (Disjunction() is not { } condition)
                {
                    _mark = before;
                    break;
                }
                conditions.Add(condition);
            }
            clauses.Add(new PyNode.Clause(target, source, conditions.ToImmutable()));
        }
        return clauses.Count == 0 ? null : clauses.ToImmutable();
    }

    // star_targets, without attributes and subscripts: nothing may be assigned to but names.
    private PyNode? Targets()
    {
        if (Target() is not { } first)
            return null;
        if (!Is(","))
            return first;
        var items = ImmutableArray.CreateBuilder<PyNode>();
        items.Add(first);
        while (Accept(",") && Target() is { } next)
            items.Add(next);
        return new PyNode.Tuple(items.ToImmutable());
    }

    private PyNode? Target() => Try<PyNode>(() =>
    {
        if (AcceptName() is { } name)
            return new PyNode.Name(name);
        var open = Peek().Text;
        if (Peek().Kind != PyTokenKind.Operator || open is not ("(" or "["))
            return null;
        _mark++;
        var inner = Targets();
        return inner is not null && Accept(open == "(" ? ")" : "]") ? inner as PyNode.Tuple ?? (open == "[" ? new PyNode.Tuple([inner]) : inner) : null;
    });

    private ImmutableArray<PyNode>? StarNamedExpressions()
    {
        if (StarNamedExpression() is not { } first)
            return null;
        var items = ImmutableArray.CreateBuilder<PyNode>();
        items.Add(first);
        while (Accept(","))
        {
            if (StarNamedExpression() is not { } next)
                break;
            items.Add(next);
        }
        return items.ToImmutable();
    }

    private PyNode? StarNamedExpression() => Memo(Rule.StarNamed, () =>
    {
        if (Accept("*"))
            return BitwiseOr() is { } unpacked ? new PyNode.Starred(unpacked) : null;
        return NamedExpression();
    });

    private PyNode? NamedExpression() => Memo(Rule.Named, () =>
    {
        if (Assignment() is { } assignment)
            return assignment;
        if (_explains)
            InvalidNamedExpression();
        return Expression() is { } node && !Is(":=") ? node : null;
    });

    private PyNode.Assignment? Assignment() => Try(() =>
        AcceptName() is { } name && Accept(":=") && Expression() is { } value ? new PyNode.Assignment(name, value) : null);

    private PyNode? AssignmentOrExpression() => Assignment() ?? Try(() => Expression() is { } node && !Is(":=") ? node : null);

    private PyNode? StarredExpression() => Try<PyNode>(() => Accept("*") && Expression() is { } node ? new PyNode.Starred(node) : null);

    // arguments: args [','] &')'
    private PyNode? Arguments() => Memo(Rule.Arguments, () =>
    {
        var start = _mark;
        if (Args() is { } list)
        {
            Accept(",");
            if (Is(")"))
                return list;
        }
        _mark = start;
        if (_explains)
            InvalidArguments();
        return null;
    });

    private ArgumentList? Args()
    {
        var positional = ImmutableArray.CreateBuilder<PyNode>();
        var keywords = ImmutableArray.CreateBuilder<PyNode.Argument>();
        while (true)
        {
            var before = _mark;
            if (positional.Count > 0 && !Accept(","))
                break;
            if (PositionalArgument() is not { } argument)
            {
                _mark = before;
                break;
            }
            positional.Add(argument);
        }
        var hasPositional = positional.Count > 0;
        var afterPositional = _mark;
        if (hasPositional && !Accept(","))
            return new ArgumentList(positional.ToImmutable(), []);
        if (!KeywordArguments(positional, keywords))
        {
            _mark = afterPositional;
            return hasPositional ? new ArgumentList(positional.ToImmutable(), []) : null;
        }
        return new ArgumentList(positional.ToImmutable(), keywords.ToImmutable());
    }

    private PyNode? PositionalArgument() => Try(() =>
    {
        if (StarredExpression() is { } starred)
            return starred;
        return AssignmentOrExpression() is { } node && !Is("=") ? node : null;
    });

    // kwargs: name=value and *value first, then name=value and **value.
    private bool KeywordArguments(ImmutableArray<PyNode>.Builder positional, ImmutableArray<PyNode.Argument>.Builder keywords)
    {
        var any = false;
        var acceptsStars = true;
        while (true)
        {
            var before = _mark;
            if (any && !Accept(","))
                return true;
            if (_explains)
                InvalidKeyword();
            var start = _mark;
            if (AcceptName() is { } name && Accept("=") && Expression() is { } value)
            {
                keywords.Add(new PyNode.Argument(name, value, _tokens[start].Line));
                any = true;
                continue;
            }
            _mark = start;
            if (acceptsStars && StarredExpression() is { } starred)
            {
                positional.Add(starred);
                any = true;
                continue;
            }
            if (Accept("**") && Expression() is { } unpacked)
            {
                keywords.Add(new PyNode.Argument(null, unpacked, _tokens[start].Line));
                acceptsStars = false;
                any = true;
                continue;
            }
            _mark = before;
            return any;
        }
    }

    /// <summary>What stands between a call's parentheses; a node only so that it can be remembered like the others.</summary>
    private sealed record ArgumentList(ImmutableArray<PyNode> Positional, ImmutableArray<PyNode.Argument> Keywords) : PyNode
    {
        public override string Description => "arguments";
    }
}
