using System.Collections.Immutable;

namespace FissionGrpo.Environments.Python.Syntax;

/// <summary>The arguments of a call.</summary>
internal sealed partial class PyParser
{
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
