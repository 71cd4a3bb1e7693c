using System.Globalization;
using System.Numerics;

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
            EndBlock();
            branches.Add((condition, Body("elif", "else", "endif")));
            var next = NextBlock();
            if (next == "elif")
                continue;
            EndBlock();
            if (next == "else")
            {
                otherwise = Body("endif");
                NextBlock();
                EndBlock();
            }
            return new Statement.If(line, branches, otherwise);
        }
    }

    private Statement.For For(int line)
    {
        var target = _expressions.Target(stopAtIn: true);
        _tokens.Expect("in");
        var items = _expressions.TupleOrExpression(withConditional: false);
        var condition = _tokens.Take("if") ? _expressions.Whole() : null;
        var isRecursive = _tokens.Take("recursive");
        EndBlock();
        _loops++;
        var body = Body("else", "endfor");
        _loops--;
        IReadOnlyList<Statement> otherwise = [];
        var next = NextBlock();
        EndBlock();
        if (next == "else")
        {
            otherwise = Body("endfor");
            NextBlock();
            EndBlock();
        }
        return new Statement.For(line, target, items, condition, body, otherwise, isRecursive);
    }

    private Statement Set(int line)
    {
        var target = _expressions.Target(stopAtIn: false);
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
            var target = _expressions.SingleTarget();
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
        EndBlock();
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

    private void EndBlock() => _tokens.Expect(TokenKind.BlockEnd);
}

/// <summary>A position in the tokens of a template.</summary>
internal sealed class TokenReader(List<TemplateToken> tokens)
{
    private int _at;

    public TemplateToken Current => tokens[_at];

    public TemplateToken Ahead(int count) => tokens[Math.Min(_at + count, tokens.Count - 1)];

    public TemplateToken Next()
    {
        var token = tokens[_at];
        if (_at < tokens.Count - 1)
            _at++;
        return token;
    }

    public bool Take(string operatorOrName)
    {
        if (!Current.Is(operatorOrName))
            return false;
        Next();
        return true;
    }

    public void Expect(string operatorOrName)
    {
        if (!Take(operatorOrName))
            throw Unexpected($"'{operatorOrName}'");
    }

    public TemplateToken Expect(TokenKind kind) => Current.Kind == kind ? Next() : throw Unexpected(kind switch
    {
        TokenKind.BlockEnd or TokenKind.OutputEnd => "the end of the tag",
        TokenKind.Name => "a name",
        _ => kind.ToString(),
    });

    public ChatTemplateException Unexpected(string expected) => Error($"found {Current}, expected {expected}.");

    public ChatTemplateException Error(string problem) => new(problem, Current.Line);
}

/// <summary>Reads expressions with Jinja2's precedences.</summary>
internal sealed class ExpressionParser(TokenReader tokens)
{
    private const int DeepestNesting = 100;
    private const int LongestChain = 500;

    private int _depth;

    /// <summary>An expression, a conditional one included.</summary>
    public Expression Whole()
    {
        if (++_depth > DeepestNesting)
            throw tokens.Error($"expressions are nested more than {DeepestNesting} deep.");
        var value = Or();
        for (var links = 0; tokens.Current.Is("if"); links++)
        {
            CheckChain(links);
            var line = tokens.Next().Line;
            var condition = Or();
            value = new Expression.Conditional(line, condition, value, tokens.Take("else") ? Whole() : null);
        }
        _depth--;
        return value;
    }

    /// <summary>An expression, or several with commas between: a tuple without its brackets.</summary>
    public Expression TupleOrExpression(bool withConditional = true)
    {
        var line = tokens.Current.Line;
        var first = withConditional ? Whole() : Or();
        if (!tokens.Current.Is(","))
            return first;
        var items = new List<Expression> { first };
        while (tokens.Take(",") && !EndsTuple())
            items.Add(withConditional ? Whole() : Or());
        return new Expression.ListOf(line, items, Value.ListKind.Tuple);
    }

    /// <summary>What is assigned to: a name, a namespace's member, or several.</summary>
    public Target Target(bool stopAtIn)
    {
        var targets = new List<Target> { SingleTarget() };
        var isTuple = false;
        while (tokens.Take(","))
        {
            isTuple = true;
            if (!(stopAtIn && tokens.Current.Is("in")) && !tokens.Current.Is("="))
                targets.Add(SingleTarget());
        }
        return isTuple ? new Target.Unpacked(targets) : targets[0];
    }

    public Target SingleTarget()
    {
        if (tokens.Take("("))
        {
            if (++_depth > DeepestNesting)
                throw tokens.Error($"expressions are nested more than {DeepestNesting} deep.");
            var inner = Target(stopAtIn: false);
            tokens.Expect(")");
            _depth--;
            return inner;
        }
        var name = tokens.Expect(TokenKind.Name).Value;
        return tokens.Take(".") ? new Target.Member(name, tokens.Expect(TokenKind.Name).Value) : new Target.Name(name);
    }

    /// <summary>One or more filters without the value that they apply to.</summary>
    public Expression.Filter BareFilter()
    {
        Expression.Filter? filter = null;
        for (var links = 0; filter is null || tokens.Take("|"); links++)
        {
            CheckChain(links);
            filter = FilterOn(filter);
        }
        return filter;
    }

    private void CheckChain(int links)
    {
        if (links > LongestChain)
            throw tokens.Error($"an expression has more than {LongestChain} links.");
    }

    private bool EndsTuple() =>
        tokens.Current.Kind is TokenKind.BlockEnd or TokenKind.OutputEnd || tokens.Current.Is(")") || tokens.Current.Is("]") || tokens.Current.Is("in");

    private Expression Or() => Chain(And, "or");

    private Expression And() => Chain(Not, "and");

    private Expression Not()
    {
        if (!tokens.Current.Is("not"))
            return Compare();
        var line = tokens.Next().Line;
        return new Expression.Unary(line, "not", Nested(Not));
    }

    private Expression Compare()
    {
        var first = Sum();
        List<(string, Expression)>? rest = null;
        while (true)
        {
            var token = tokens.Current;
            var name = token switch
            {
                { Kind: TokenKind.Operator, Value: "==" or "!=" or "<" or "<=" or ">" or ">=" } => token.Value,
                { Kind: TokenKind.Name, Value: "in" } => "in",
                { Kind: TokenKind.Name, Value: "not" } when tokens.Ahead(1).Is("in") => "not in",
                _ => null,
            };
            if (name is null)
                return rest is null ? first : new Expression.Comparison(first.Line, first, rest);
            tokens.Next();
            if (name == "not in")
                tokens.Next();
            (rest ??= []).Add((name, Sum()));
        }
    }

    private Expression Sum() => Chain(Concatenation, "+", "-");

    private Expression Concatenation() => Chain(Product, "~");

    private Expression Product() => Chain(Power, "*", "/", "//", "%");

    private Expression Power() => Chain(() => Unary(withFilters: true), "**");

    private Expression Chain(Func<Expression> operand, params ReadOnlySpan<string> operators)
    {
        var left = operand();
        for (var links = 0; tokens.Current.Kind is TokenKind.Operator or TokenKind.Name && operators.Contains(tokens.Current.Value); links++)
        {
            CheckChain(links);
            var token = tokens.Next();
            left = new Expression.Binary(token.Line, token.Value, left, operand());
        }
        return left;
    }

    private Expression Unary(bool withFilters)
    {
        var token = tokens.Current;
        Expression value;
        if (token is { Kind: TokenKind.Operator, Value: "-" or "+" })
        {
            tokens.Next();
            value = new Expression.Unary(token.Line, token.Value, Nested(() => Unary(withFilters: false)));
        }
        else
        {
            value = Primary();
        }
        value = Postfix(value);
        return withFilters ? FiltersAndTests(value) : value;
    }

    /// <summary>Counts nesting that comes without brackets (<c>not not not …</c>, <c>- - - …</c>).</summary>
    private Expression Nested(Func<Expression> inner)
    {
        if (++_depth > DeepestNesting)
            throw tokens.Error($"expressions are nested more than {DeepestNesting} deep.");
        var value = inner();
        _depth--;
        return value;
    }

    private Expression Primary()
    {
        var token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                tokens.Next();
                return token.Value switch
                {
                    "true" or "True" => new Expression.Constant(token.Line, Value.Bool.True),
                    "false" or "False" => new Expression.Constant(token.Line, Value.Bool.False),
                    "none" or "None" => new Expression.Constant(token.Line, Value.None.Instance),
                    _ => new Expression.Variable(token.Line, token.Value),
                };
            case TokenKind.Text:
                var text = "";
                for (var links = 0; tokens.Current.Kind == TokenKind.Text; links++)
                {
                    CheckChain(links);
                    text += tokens.Next().Value; // neighbours are joined
                }
                return new Expression.Constant(token.Line, Value.Of(text));
            case TokenKind.Integer:
                tokens.Next();
                return new Expression.Constant(token.Line, new Value.Int(BigInteger.Parse(token.Value, CultureInfo.InvariantCulture)));
            case TokenKind.Float:
                tokens.Next();
                return new Expression.Constant(token.Line, new Value.Float(double.Parse(token.Value, CultureInfo.InvariantCulture)));
        }
        if (tokens.Take("("))
        {
            if (tokens.Take(")"))
                return new Expression.ListOf(token.Line, [], Value.ListKind.Tuple);
            var inner = TupleOrExpression();
            tokens.Expect(")");
            return inner;
        }
        if (tokens.Take("["))
        {
            var items = new List<Expression>();
            while (!tokens.Take("]"))
            {
                if (items.Count > 0)
                    tokens.Expect(",");
                if (tokens.Take("]"))
                    break;
                items.Add(Whole());
            }
            return new Expression.ListOf(token.Line, items, Value.ListKind.List);
        }
        if (tokens.Take("{"))
            return DictOf(token.Line);
        throw tokens.Unexpected("an expression");
    }

    private Expression.DictOf DictOf(int line)
    {
        var members = new List<(Expression, Expression)>();
        while (!tokens.Take("}"))
        {
            if (members.Count > 0)
                tokens.Expect(",");
            if (tokens.Take("}"))
                break;
            var key = Whole();
            tokens.Expect(":");
            members.Add((key, Whole()));
        }
        return new Expression.DictOf(line, members);
    }

    private Expression Postfix(Expression value)
    {
        for (var links = 0; ; links++)
        {
            CheckChain(links);
            var line = tokens.Current.Line;
            if (tokens.Take("."))
                value = tokens.Current.Kind == TokenKind.Integer
                    ? new Expression.Item(line, value, Primary())
                    : new Expression.Attribute(line, value, tokens.Expect(TokenKind.Name).Value);
            else if (tokens.Take("["))
                value = Subscript(value, line);
            else if (tokens.Current.Is("("))
                value = new Expression.Call(line, value, Arguments());
            else
                return value;
        }
    }

    private Expression Subscript(Expression target, int line)
    {
        var start = tokens.Current.Is(":") ? null : Whole();
        if (!tokens.Take(":"))
        {
            tokens.Expect("]");
            return new Expression.Item(line, target, start!);
        }
        var stop = tokens.Current.Is(":") || tokens.Current.Is("]") ? null : Whole();
        var step = tokens.Take(":") && !tokens.Current.Is("]") ? Whole() : null;
        tokens.Expect("]");
        return new Expression.Slice(line, target, start, stop, step);
    }

    private Expression FiltersAndTests(Expression value)
    {
        for (var links = 0; ; links++)
        {
            CheckChain(links);
            if (tokens.Take("|"))
                value = FilterOn(value);
            else if (tokens.Current.Is("is"))
                value = TestOn(value);
            else if (tokens.Current.Is("("))
                value = new Expression.Call(tokens.Current.Line, value, Arguments());
            else
                return value;
        }
    }

    private Expression.Filter FilterOn(Expression? target)
    {
        var name = tokens.Expect(TokenKind.Name);
        if (!TemplateFilters.Knows(name.Value))
            throw new ChatTemplateException($"there is no filter '{name.Value}'.", name.Line);
        return new Expression.Filter(name.Line, target, name.Value, tokens.Current.Is("(") ? Arguments() : CallArguments.None);
    }

    private Expression.Test TestOn(Expression target)
    {
        var line = tokens.Next().Line;
        var negated = tokens.Take("not");
        var name = tokens.Expect(TokenKind.Name);
        if (!TemplateTests.Knows(name.Value))
            throw new ChatTemplateException($"there is no test '{name.Value}'.", name.Line);
        var arguments = CallArguments.None;
        var next = tokens.Current;
        if (next.Is("("))
            arguments = Arguments();
        else if (next.Kind is TokenKind.Text or TokenKind.Integer or TokenKind.Float || next.Is("[") || next.Is("{")
            || (next.Kind == TokenKind.Name && next.Value is not ("else" or "or" or "and" or "is" or "if" or "in" or "not")))
            arguments = new CallArguments([Postfix(Primary())], []);
        return new Expression.Test(line, target, name.Value, arguments, negated);
    }

    private CallArguments Arguments()
    {
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        Expression? spread = null;
        Expression? namedSpread = null;
        tokens.Expect("(");
        for (var first = true; !tokens.Take(")"); first = false)
        {
            if (!first)
            {
                tokens.Expect(",");
                if (tokens.Take(")"))
                    break;
            }
            if (tokens.Take("**"))
                namedSpread = Whole();
            else if (tokens.Take("*"))
                spread = Whole();
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Ahead(1).Is("="))
            {
                var name = tokens.Next().Value;
                tokens.Next();
                named.Add((name, Whole()));
            }
            else if (named.Count > 0)
                throw tokens.Error("an argument by position stands after one by name.");
            else
                positional.Add(Whole());
        }
        return new CallArguments(positional, named, spread, namedSpread);
    }
}
