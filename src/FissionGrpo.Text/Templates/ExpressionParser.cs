using System.Globalization;
using System.Numerics;

namespace FissionGrpo.Text.Templates;

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
    public Target Target()
    {
        var targets = new List<Target> { SingleTarget() };
        var isTuple = false;
        while (tokens.Take(","))
        {
            isTuple = true;
            if (tokens.Current.Is(")"))
                break;
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
            var inner = Target();
            tokens.Expect(")");
            _depth--;
            return inner;
        }
        var name = tokens.Expect(TokenKind.Name).Value;
        if (name is "true" or "True" or "false" or "False" or "none" or "None")
            throw tokens.Error($"nothing can be assigned to '{name}'.");
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
        if (tokens.Take("]"))
            return new Expression.Item(line, target, new Expression.ListOf(line, [], Value.ListKind.Tuple));
        var start = tokens.Current.Is(":") ? null : Whole();
        if (start is not null && tokens.Current.Is(","))
        {
            var keys = new List<Expression> { start };
            while (tokens.Take(","))
                keys.Add(Whole());
            tokens.Expect("]");
            return new Expression.Item(line, target, new Expression.ListOf(line, keys, Value.ListKind.Tuple));
        }
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
        var line = tokens.Current.Line;
        var name = DottedName();
        return new Expression.Filter(line, target, name, tokens.Current.Is("(") ? Arguments() : CallArguments.None);
    }

    /// <summary>The name of a filter or test, which may have dots; whether there is such a one shows later.</summary>
    private string DottedName()
    {
        var name = tokens.Expect(TokenKind.Name).Value;
        for (var links = 0; tokens.Take("."); links++)
        {
            CheckChain(links);
            name += "." + tokens.Expect(TokenKind.Name).Value;
        }
        return name;
    }

    private Expression.Test TestOn(Expression target)
    {
        var line = tokens.Next().Line;
        var negated = tokens.Take("not");
        var name = DottedName();
        var arguments = CallArguments.None;
        var next = tokens.Current;
        if (next.Is("("))
            arguments = Arguments();
        else if (next.Kind is TokenKind.Text or TokenKind.Integer or TokenKind.Float || next.Is("[") || next.Is("{")
            || (next.Kind == TokenKind.Name && next.Value is not ("else" or "or" or "and" or "is" or "if" or "in" or "not")))
            arguments = new CallArguments([Postfix(Primary())], []);
        return new Expression.Test(line, target, name, arguments, negated);
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
