using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace FissionGrpo.Environments.Python.Syntax;

/// <summary>From the whole text down to powers: each operator with what binds tighter, loosest first.</summary>
internal sealed partial class PyParser
{
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
}
