using System.Collections.Immutable;

namespace FissionGrpo.Environments.Python.Syntax;

/// <summary>What stands between operators: names, literals, calls, subscripts, displays and comprehensions.</summary>
internal sealed partial class PyParser
{
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
}
