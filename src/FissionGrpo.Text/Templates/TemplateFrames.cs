using System.Runtime.CompilerServices;

namespace FissionGrpo.Text.Templates;

/// <summary>What Jinja2 finds out about the body of a block before it runs.</summary>
/// <param name="SetFirst">Names that it sets before it reads them, and that nothing around it mentions: until then they are undefined, whatever the variables say.</param>
/// <param name="ReadsCaller">Some expression in it reads <c>caller</c>.</param>
/// <param name="ReadsNamed">Some expression in it reads <c>kwargs</c>.</param>
/// <param name="ReadsPositional">Some expression in it reads <c>varargs</c>.</param>
internal sealed record TemplateFrame(IReadOnlyList<string> SetFirst, bool ReadsCaller, bool ReadsNamed, bool ReadsPositional);

/// <summary>
/// The bodies of a template that have names of their own (the whole, and those of loops, macros and with, call, filter and set blocks), and how
/// Jinja2 binds names in them: once for a body, by the order in which names stand in it. Safe for threads.
/// </summary>
internal sealed class TemplateFrames
{
    private static readonly TemplateFrame Plain = new([], ReadsCaller: false, ReadsNamed: false, ReadsPositional: false);

    private readonly Dictionary<IReadOnlyList<Statement>, TemplateFrame> _frames = new(ReferenceEqualityComparer.Instance);

    public TemplateFrames(IReadOnlyList<Statement> template) => Analyze(template, new FrameNames(null));

    public TemplateFrame Of(IReadOnlyList<Statement> body) => _frames.GetValueOrDefault(body, Plain);

    /// <summary>Notes what the body does to names; returns all that are read in it and in the bodies inside.</summary>
    private HashSet<string> Analyze(IReadOnlyList<Statement> body, FrameNames names)
    {
        names.Visit(body);
        var reads = new HashSet<string>(names.Reads, StringComparer.Ordinal);
        foreach (var (inner, prepare) in names.Inner)
        {
            var child = new FrameNames(names);
            prepare(child);
            reads.UnionWith(Analyze(inner, child));
        }
        if (body.Count > 0)
            _frames[body] = new TemplateFrame(names.SetFirst, reads.Contains("caller"), reads.Contains("kwargs"), reads.Contains("varargs"));
        return reads;
    }
}

/// <summary>The names of one body in the order in which they stand, as Jinja2's compiler tracks them.</summary>
internal sealed class FrameNames(FrameNames? outer)
{
    private const int MostCopies = 10_000_000;

    /// <summary>In what a condition may leave out, a filter or test that does not exist is an error only when it is met.</summary>
    private bool _isSoft;

    private int _copies;

    /// <summary>Every name that the body mentions; true while it is one that is set before it is read.</summary>
    private Dictionary<string, bool> _setFirst = new(StringComparer.Ordinal);
    private HashSet<string> _set = new(StringComparer.Ordinal);

    public HashSet<string> Reads { get; } = new(StringComparer.Ordinal);

    /// <summary>The bodies inside of this one, and what declares their parameters.</summary>
    public List<(IReadOnlyList<Statement> Body, Action<FrameNames> Prepare)> Inner { get; } = [];

    public IReadOnlyList<string> SetFirst => [.. _setFirst.Where(n => n.Value).Select(n => n.Key)];

    public void Visit(IReadOnlyList<Statement> body)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new ChatTemplateException("the template is nested too deeply.", body[0].Line);
        foreach (var statement in body)
            Visit(statement);
    }

    private void Visit(Statement statement)
    {
        switch (statement)
        {
            case Statement.Output output:
                Read(output.Value);
                break;
            case Statement.Do action:
                Read(action.Value);
                break;
            case Statement.If branches:
                Visit(branches);
                break;
            case Statement.For loop:
                Read(loop.Items);
                Inner.Add((loop.Body, inner =>
                {
                    inner.Declare(loop.Target);
                    inner.Read(loop.Condition);
                }));
                Inner.Add((loop.Otherwise, _ => { }));
                break;
            case Statement.Set set:
                Read(set.Value);
                Write(set.Target);
                break;
            case Statement.SetBlock set:
                Write(set.Target);
                if (set.Filter is { } by)
                    Inner.Add(([], inner => inner.Read(by)));
                Inner.Add((set.Body, _ => { }));
                break;
            case Statement.Macro macro:
                Write(new Target.Name(macro.Name));
                Inner.Add((macro.Body, inner => inner.Declare(macro.Parameters)));
                break;
            case Statement.CallBlock call:
                Read(call.Call);
                Inner.Add((call.Body, inner => inner.Declare(call.Parameters)));
                break;
            case Statement.FilterBlock filter:
                Read(filter.Filter);
                Inner.Add((filter.Body, _ => { }));
                break;
            case Statement.With with:
                foreach (var (_, value) in with.Variables)
                    Read(value);
                Inner.Add((with.Body, inner =>
                {
                    foreach (var (target, _) in with.Variables)
                        inner.Declare(target);
                }));
                break;
            case Statement.Block block:
                Inner.Add((block.Body, _ => { }));
                break;
        }
    }

    private void Visit(Statement.If statement)
    {
        var isSoft = _isSoft;
        _isSoft = true;
        var first = statement.Branches[0];
        Read(first.Condition);
        VisitBranches(
            () => Visit(first.Body),
            () =>
            {
                foreach (var (condition, body) in statement.Branches.Skip(1))
                {
                    Read(condition);
                    VisitBranches(() => Visit(body), () => { }, () => { });
                }
            },
            () => Visit(statement.Otherwise));
        _isSoft = isSoft;
    }

    /// <summary>A name that only some branches set may keep what it was outside, so it is not one that is set first.</summary>
    private void VisitBranches(params ReadOnlySpan<Action> branches)
    {
        var (setFirst, set) = (_setFirst, _set);
        var ends = new List<State>();
        foreach (var visit in branches)
        {
            _copies += setFirst.Count;
            if (_copies > MostCopies)
                throw new ChatTemplateException("the template has too many names in too many branches.", 1);
            (_setFirst, _set) = (new(setFirst, StringComparer.Ordinal), new(set, StringComparer.Ordinal));
            visit();
            ends.Add(new State(_setFirst, _set));
        }
        (_setFirst, _set) = (setFirst, set);
        var newlySet = ends.SelectMany(e => e.Set.Where(n => !set.Contains(n))).GroupBy(n => n).Where(g => g.Count() < ends.Count).Select(g => g.Key).ToList();
        foreach (var end in ends)
        {
            foreach (var (name, first) in end.SetFirst)
                _setFirst[name] = first;
            _set.UnionWith(end.Set);
        }
        foreach (var name in newlySet)
            _setFirst[name] = false;
    }

    private void Declare(IReadOnlyList<(string Name, Expression? Default)> parameters)
    {
        foreach (var (name, _) in parameters)
            Declare(new Target.Name(name));
        foreach (var (_, otherwise) in parameters)
            Read(otherwise);
    }

    private void Declare(Target target)
    {
        foreach (var name in NamesOf(target))
        {
            _set.Add(name);
            _setFirst[name] = false;
        }
    }

    private void Write(Target target)
    {
        if (target is Target.Member member)
            Read(member.Space);
        foreach (var name in NamesOf(target))
        {
            _set.Add(name);
            if (!_setFirst.ContainsKey(name))
                _setFirst[name] = outer?.Mentions(name) != true;
        }
    }

    private static IEnumerable<string> NamesOf(Target target) => target switch
    {
        Target.Name name => [name.Text],
        Target.Unpacked unpacked => unpacked.Targets.SelectMany(NamesOf),
        _ => [],
    };

    private bool Mentions(string name) => _setFirst.ContainsKey(name) || outer?.Mentions(name) == true;

    private void Read(string name)
    {
        Reads.Add(name);
        if (!Mentions(name))
            _setFirst[name] = false;
    }

    private void Read(Expression? expression)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new ChatTemplateException("the template is nested too deeply.", expression?.Line ?? 1);
        switch (expression)
        {
            case Expression.Variable variable:
                Read(variable.Name);
                break;
            case Expression.ListOf list:
                foreach (var item in list.Items)
                    Read(item);
                break;
            case Expression.DictOf dict:
                foreach (var (key, value) in dict.Members)
                {
                    Read(key);
                    Read(value);
                }
                break;
            case Expression.Attribute attribute:
                Read(attribute.Target);
                break;
            case Expression.Item item:
                Read(item.Target);
                Read(item.Key);
                break;
            case Expression.Slice slice:
                Read(slice.Target);
                Read(slice.Start);
                Read(slice.Stop);
                Read(slice.Step);
                break;
            case Expression.Call call:
                Read(call.Target);
                Read(call.Arguments);
                break;
            case Expression.Filter filter:
                if (!_isSoft && !TemplateFilters.Knows(filter.Name))
                    throw new ChatTemplateException(TemplateFilters.Missing(filter.Name), filter.Line);
                Read(filter.Target);
                Read(filter.Arguments);
                break;
            case Expression.Test test:
                if (!_isSoft && !TemplateTests.Knows(test.Name))
                    throw new ChatTemplateException($"there is no test '{test.Name}'.", test.Line);
                Read(test.Target);
                Read(test.Arguments);
                break;
            case Expression.Unary unary:
                Read(unary.Operand);
                break;
            case Expression.Binary binary:
                Read(binary.Left);
                Read(binary.Right);
                break;
            case Expression.Comparison comparison:
                Read(comparison.First);
                foreach (var (_, right) in comparison.Rest)
                    Read(right);
                break;
            case Expression.Conditional conditional:
                var isSoft = _isSoft;
                _isSoft = true;
                Read(conditional.Condition);
                Read(conditional.Then);
                Read(conditional.Otherwise);
                _isSoft = isSoft;
                break;
        }
    }

    private void Read(CallArguments arguments)
    {
        foreach (var argument in arguments.Positional)
            Read(argument);
        foreach (var (_, argument) in arguments.Named)
            Read(argument);
        Read(arguments.Spread);
        Read(arguments.NamedSpread);
    }

    private sealed record State(Dictionary<string, bool> SetFirst, HashSet<string> Set);
}
