namespace FissionGrpo.Environments.Python.Syntax;

/// <summary>The rules of the second pass: each recognises one kind of mistake and throws its error, or leaves everything as it was.</summary>
internal sealed partial class PyParser
{
    private const string EqualsMeant = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";

    private static bool IsLegacy(PyNode node) => node is PyNode.Name { Id: "print" or "exec" };

    // CPython compares only as many characters as the token has: "c" and "ma" count as soft keywords too.
    private static bool IsSoftKeyword(string name) =>
        name == "_" || "case".StartsWith(name, StringComparison.Ordinal) || "match".StartsWith(name, StringComparison.Ordinal);

    private void InvalidExpression()
    {
        var start = _mark;
        var first = Peek();
        var isTextPrefix = first.Kind == PyTokenKind.Name && (IsSoftKeyword(first.Text) || Peek(1).Kind == PyTokenKind.String);
        if (!isTextPrefix && Disjunction() is { } left && WithoutExplanations(ExpressionCore) is not null
            && !IsLegacy(left) && _tokens[_mark - 1].Level > 0)
        {
            throw Error("invalid syntax. Perhaps you forgot a comma?", start);
        }
        _mark = start;
        if (Disjunction() is not null && Accept("if") && Disjunction() is not null && !Is("else") && !Is(":"))
            throw Error("expected 'else' after 'if' expression", start);
        _mark = start;
    }

    private void InvalidLegacyExpression()
    {
        var start = _mark;
        if (AcceptName() is { } name && !Is("(") && StarExpressions() is not null && name is "print" or "exec")
            throw Error($"Missing parentheses in call to '{name}'. Did you mean {name}(...)?", start);
        _mark = start;
    }

    private PyNode? WithoutExplanations(Func<PyNode?> parse)
    {
        _explains = false;
        try
        {
            return parse();
        }
        finally
        {
            _explains = true;
        }
    }

    private PyNode? StarExpressions()
    {
        if (StarExpression() is not { } first)
            return null;
        var isTuple = false;
        while (Accept(","))
        {
            isTuple = true;
            if (StarExpression() is null)
                break;
        }
        return isTuple ? new PyNode.Tuple([first]) : first;
    }

    private PyNode? StarExpression() => Try(() => Accept("*") ? BitwiseOr() : Expression());

    private void InvalidNamedExpression()
    {
        var start = _mark;
        if (Expression() is { } target && Accept(":=") && Expression() is not null)
            throw Error($"cannot use assignment expressions with {target.Description}", start);
        _mark = start;
        if (AcceptName() is not null && Accept("=") && BitwiseOr() is not null && !Is("=") && !Is(":="))
            throw Error(EqualsMeant, start);
        _mark = start;
        if (Ahead(() => Is("True") || Is("None") || Is("False") || Is("[") && Try(ListRule) is not null || Is("(") && (Try(TupleRule) ?? GeneratorExpression()) is not null))
            return;
        if (BitwiseOr() is { } left && Accept("=") && BitwiseOr() is not null && !Is("=") && !Is(":="))
            throw Error($"cannot assign to {left.Description} here. Maybe you meant '==' instead of '='?", start);
        _mark = start;
    }

    // The opening bracket has been read.
    private void InvalidGroup()
    {
        var start = _mark;
        if (StarredExpression() is not null && Accept(")"))
            throw Error("cannot use starred expression here", start);
        _mark = start;
        if (Accept("**") && Expression() is not null && Accept(")"))
            throw Error("cannot use double starred expression here", start);
        _mark = start;
    }

    private void InvalidComprehension()
    {
        var start = _mark;
        if (!Is("(") && !Is("[") && !Is("{"))
            return;
        var isRound = Is("(");
        _mark++;
        if (StarredExpression() is not null && Clauses() is not null)
            throw Error("iterable unpacking cannot be used in comprehension", start + 1);
        _mark = start + 1;
        if (!isRound && StarNamedExpression() is not null && Accept(","))
        {
            var afterComma = _mark;
            if (StarNamedExpressions() is not null && Clauses() is not null)
                throw Error("did you forget parentheses around the comprehension target?", start + 1);
            _mark = afterComma;
            if (Clauses() is not null)
                throw Error("did you forget parentheses around the comprehension target?", start + 1);
        }
        _mark = start;
    }

    // The opening bracket has been read.
    private void InvalidDictEntries()
    {
        var start = _mark;
        if (Entry() is not null)
        {
            var afterLast = _mark;
            while (Accept(",") && Entry() is not null)
                afterLast = _mark;
            _mark = afterLast;
            if (Accept(","))
                InvalidEntry();
        }
        _mark = start;
        InvalidEntryValue(start);
        _mark = start;
    }

    private void InvalidEntry()
    {
        var start = _mark;
        if (Expression() is not null && !Is(":"))
            throw Error("':' expected after dictionary key", _mark - 1);
        _mark = start;
        InvalidEntryValue(start);
    }

    private void InvalidEntryValue(int start)
    {
        if (Expression() is not null && Accept(":"))
        {
            var colon = _mark - 1;
            if (Accept("*") && BitwiseOr() is not null)
                throw Error("cannot use a starred expression in a dictionary value", colon + 1);
            _mark = colon + 1;
            if (Is("}") || Is(","))
                throw Error("expression expected after dictionary key and ':'", colon);
        }
        _mark = start;
    }

    private void InvalidForTarget()
    {
        var start = _mark;
        if (StarExpressions() is { } target && Unassignable(target) is { } wrong)
            throw Error($"cannot assign to {wrong.Description}", start);
        _mark = start;
    }

    private static PyNode? Unassignable(PyNode target) => target switch
    {
        PyNode.Name or PyNode.Attribute or PyNode.Subscript => null,
        PyNode.Starred starred => Unassignable(starred.Value),
        PyNode.Tuple tuple => tuple.Items.Select(Unassignable).FirstOrDefault(n => n is not null),
        PyNode.List list => list.Items.Select(Unassignable).FirstOrDefault(n => n is not null),
        PyNode.Comparison { Rest: [{ Operator: "in" }, ..] } comparison => Unassignable(comparison.First),
        _ => target,
    };

    private void InvalidArguments()
    {
        const string Unparenthesized = "Generator expression must be parenthesized";
        var start = _mark;
        if (Args() is not null && Accept(",") && Is("*"))
            throw Error("iterable argument unpacking follows keyword argument unpacking", start);
        _mark = start;
        if (Expression() is not null && Clauses() is not null && Accept(","))
            throw Error(Unparenthesized, start);
        _mark = start;
        if (AcceptName() is not null && Accept("=") && Expression() is not null && Clauses() is not null)
            throw Error(EqualsMeant, start);
        _mark = start;
        if (Args() is { } arguments && Clauses() is not null && arguments.Positional.Length + arguments.Keywords.Length > 1)
            throw Error(Unparenthesized, start);
        _mark = start;
        if (Args() is not null && Accept(",") && Expression() is not null && Clauses() is not null)
            throw Error(Unparenthesized, start);
        _mark = start;
        if (Args() is { } before && Accept(",") && Args() is not null)
        {
            throw Error(
                before.Keywords.Any(k => k.Name is null) ? "positional argument follows keyword argument unpacking" : "positional argument follows keyword argument",
                _tokens.Count - 1);
        }
        _mark = start;
    }

    private void InvalidKeyword()
    {
        var start = _mark;
        if (Is("True") || Is("False") || Is("None"))
        {
            var word = Peek().Text;
            _mark++;
            if (Accept("="))
                throw Error($"cannot assign to {word}", start);
            _mark = start;
        }
        if (AcceptName() is not null && Accept("=") && Expression() is not null && Clauses() is not null)
            throw Error(EqualsMeant, start);
        _mark = start;
        if (Ahead(() => AcceptName() is not null && Is("=")))
            return;
        if (Expression() is not null && Is("="))
            throw Error("expression cannot contain assignment, perhaps you meant \"==\"?", start);
        _mark = start;
    }
}
