namespace FissionGrpo.Text.Templates;

/// <summary>Reads the statements of a template; <see cref="ExpressionParser"/> reads what stands inside them. Nesting is bounded.</summary>
internal sealed class TemplateParser
{
    private const int DeepestNesting = 100;

    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;
    private int _depth;
    private int _loops;

    private TemplateParser(string source)
    {
        _tokens = new TokenReader(TemplateLexer.Read(source));
        _expressions = new ExpressionParser(_tokens);
    }

    public static IReadOnlyList<Statement> Read(string source)
    {
        var parser = new TemplateParser(source);
        var body = parser.Body();
        return parser._tokens.Current.Kind == TokenKind.End ? body : throw parser._tokens.Unexpected("the end of the template");
    }

    /// <summary>Statements up to a block of one of the given names, which stays unread, or to the end.</summary>
    private List<Statement> Body(params ReadOnlySpan<string> ends)
    {
        if (++_depth > DeepestNesting)
            throw _tokens.Error($"blocks are nested more than {DeepestNesting} deep.");
        var body = new List<Statement>();
        while (_tokens.Current.Kind != TokenKind.End)
        {
            var token = _tokens.Current;
            switch (token.Kind)
            {
                case TokenKind.Data:
                    _tokens.Next();
                    body.Add(new Statement.Data(token.Line, token.Value));
                    break;
                case TokenKind.OutputBegin:
                    _tokens.Next();
                    body.Add(new Statement.Output(token.Line, _expressions.TupleOrExpression()));
                    _tokens.Expect(TokenKind.OutputEnd);
                    break;
                default:
                    if (ends.Contains(_tokens.Ahead(1).Value))
                    {
                        _depth--;
                        return body;
                    }
                    _tokens.Next();
                    body.Add(Block());
                    break;
            }
        }
        if (ends.Length > 0)
            throw _tokens.Unexpected($"{{% {ends[^1]} %}}");
        _depth--;
        return body;
    }

    private Statement Block()
    {
        var name = _tokens.Expect(TokenKind.Name);
        var line = name.Line;
        switch (name.Value)
        {
            case "if":
                return If(line);
            case "for":
                return For(line);
            case "set":
                return Set(line);
            case "macro":
                return Macro(line);
            case "call":
                var parameters = _tokens.Current.Is("(") ? Parameters() : [];
                return _expressions.Whole() is Expression.Call call
                    ? new Statement.CallBlock(line, call, parameters, Until("endcall"))
                    : throw _tokens.Error("a call block needs a call.");
            case "filter":
                return new Statement.FilterBlock(line, _expressions.BareFilter(), Until("endfilter"));
            case "with":
                return With(line);
            case "generation":
                return new Statement.Block(line, Until("endgeneration"));
            case "do":
                var value = _expressions.TupleOrExpression();
                EndBlock();
                return new Statement.Do(line, value);
            case "break" or "continue" when _loops > 0:
                EndBlock();
                return name.Value == "break" ? new Statement.Break(line) : new Statement.Continue(line);
            case "include" or "import" or "from" or "extends" or "block" or "autoescape" or "trans":
                throw new ChatTemplateException($"{{% {name.Value} %}} is not supported in chat templates.", line);
            default:
                throw new ChatTemplateException($"{{% {name.Value} %}} is not known here.", line);
        }
    }

    private Statement.If If(int line)
    {
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        IReadOnlyList<Statement> otherwise = [];
        while (true)
        {
            var condition = _expressions.TupleOrExpression();
            BeginBody();
            branches.Add((condition, Body("elif", "else", "endif")));
            var next = NextBlock();
            if (next == "elif")
                continue;
            if (next == "else")
            {
                BeginBody();
                otherwise = Body("endif");
                NextBlock();
            }
            EndBlock();
            return new Statement.If(line, branches, otherwise);
        }
    }

    private Statement.For For(int line)
    {
        var target = _expressions.Target();
        _tokens.Expect("in");
        var items = _expressions.TupleOrExpression(withConditional: false);
        var condition = _tokens.Take("if") ? _expressions.Whole() : null;
        var isRecursive = _tokens.Take("recursive");
        BeginBody();
        _loops++;
        var body = Body("else", "endfor");
        _loops--;
        IReadOnlyList<Statement> otherwise = [];
        if (NextBlock() == "else")
        {
            BeginBody();
            otherwise = Body("endfor");
            NextBlock();
        }
        EndBlock();
        return new Statement.For(line, target, items, condition, body, otherwise, isRecursive);
    }

    private Statement Set(int line)
    {
        var target = _expressions.Target();
        if (_tokens.Take("="))
        {
            var value = _expressions.TupleOrExpression();
            EndBlock();
            return new Statement.Set(line, target, value);
        }
        var filter = _tokens.Take("|") ? _expressions.BareFilter() : null;
        return new Statement.SetBlock(line, target, filter, Until("endset"));
    }

    private Statement.Macro Macro(int line)
    {
        var name = _tokens.Expect(TokenKind.Name).Value;
        var parameters = Parameters();
        var loops = _loops;
        _loops = 0;
        var body = Until("endmacro");
        _loops = loops;
        return new Statement.Macro(line, name, parameters, body);
    }

    private Statement.With With(int line)
    {
        var variables = new List<(Target, Expression)>();
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (variables.Count > 0)
                _tokens.Expect(",");
            var target = _expressions.Target();
            _tokens.Expect("=");
            variables.Add((target, _expressions.Whole()));
        }
        return new Statement.With(line, variables, Until("endwith"));
    }

    private List<(string Name, Expression? Default)> Parameters()
    {
        var parameters = new List<(string Name, Expression? Default)>();
        _tokens.Expect("(");
        while (!_tokens.Take(")"))
        {
            if (parameters.Count > 0)
                _tokens.Expect(",");
            var name = _tokens.Expect(TokenKind.Name).Value;
            parameters.Add((name, _tokens.Take("=") ? _expressions.Whole() : null));
        }
        return parameters;
    }

    /// <summary>The rest of the opening tag, the body, and the closing tag.</summary>
    private List<Statement> Until(string end)
    {
        BeginBody();
        var body = Body(end);
        NextBlock();
        EndBlock();
        return body;
    }

    private string NextBlock()
    {
        _tokens.Expect(TokenKind.BlockBegin);
        return _tokens.Expect(TokenKind.Name).Value;
    }

    /// <summary>The end of an opening tag, before which a colon may stand as in Python.</summary>
    private void BeginBody()
    {
        _tokens.Take(":");
        EndBlock();
    }

    private void EndBlock() => _tokens.Expect(TokenKind.BlockEnd);
}
