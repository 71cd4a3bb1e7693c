using System.Text;

namespace FissionGrpo.Text.Templates;

/// <summary>
/// One rendering of a template: runs the statements; <c>TemplateRenderer.Expressions.cs</c> evaluates what stands inside them. All work is
/// paid for in steps, so that no template runs or grows without end. For one thread.
/// </summary>
internal sealed partial class TemplateRenderer(TimeProvider time)
{
    private const long MostSteps = 5_000_000;
    private const int LongestText = 1 << 22;
    private const int DeepestMacros = 100;

    private readonly TimeProvider _time = time;
    private StringBuilder _output = new();
    private long _steps;
    private int _macros;

    private enum Flow
    {
        Next,
        Break,
        Continue,
    }

    /// <summary>Where the statement that is being run stands.</summary>
    public int Line { get; private set; } = 1;

    public string Render(IReadOnlyList<Statement> body, Dictionary<string, Value> variables)
    {
        var globals = new Scope(null);
        foreach (var (name, value) in TemplateFunctions.Of(this, _time))
            globals.Set(name, value);
        var scope = new Scope(globals);
        foreach (var (name, value) in variables)
            scope.Set(name, value);
        Run(body, scope);
        return _output.ToString();
    }

    public ChatTemplateException Error(string problem) => new(problem, Line);

    /// <summary>Pays for work.</summary>
    public void Charge(long steps)
    {
        _steps += steps;
        if (_steps > MostSteps)
            throw Error($"the template takes more than {MostSteps} steps.");
    }

    /// <summary>A string value; its length is paid for and bounded.</summary>
    public Value.Str Text(string text)
    {
        CheckLength(text.Length);
        return new Value.Str(text);
    }

    /// <summary>Pays for a text that is about to be made.</summary>
    public void CheckLength(long length) => CheckGrowth(length, length);

    /// <summary>Pays for what is added to a text, and bounds the whole.</summary>
    public void CheckGrowth(long length, long added)
    {
        if (length > LongestText)
            throw Error($"the template makes a text of more than {LongestText} characters.");
        Charge(1 + (added / 64));
    }

    private Flow Run(IReadOnlyList<Statement> body, Scope scope)
    {
        foreach (var statement in body)
        {
            Line = statement.Line;
            Charge(1);
            var flow = Run(statement, scope);
            if (flow != Flow.Next)
                return flow;
        }
        return Flow.Next;
    }

    private Flow Run(Statement statement, Scope scope)
    {
        switch (statement)
        {
            case Statement.Data data:
                Write(data.Text);
                return Flow.Next;
            case Statement.Output output:
                Write(Show(Evaluate(output.Value, scope)));
                return Flow.Next;
            case Statement.If branch:
                foreach (var (condition, body) in branch.Branches)
                    if (Evaluate(condition, scope).IsTrue)
                        return Run(body, scope);
                return Run(branch.Otherwise, scope);
            case Statement.For loop:
                return Run(loop, scope);
            case Statement.Set set:
                Assign(set.Target, Evaluate(set.Value, scope), scope);
                return Flow.Next;
            case Statement.SetBlock set:
                Value text = Text(Capture(set.Body, new Scope(scope)));
                Assign(set.Target, set.Filter is null ? text : Evaluate(set.Filter, scope, text), scope);
                return Flow.Next;
            case Statement.Macro macro:
                scope.Set(macro.Name, MacroOf(macro.Name, macro.Parameters, macro.Body, scope));
                return Flow.Next;
            case Statement.CallBlock call:
                var caller = MacroOf("caller", call.Parameters, call.Body, scope);
                Write(Show(Call(Evaluate(call.Call.Target, scope), ArgumentsOf(call.Call.Arguments, scope, ("caller", caller)))));
                return Flow.Next;
            case Statement.FilterBlock filter:
                Write(Show(Evaluate(filter.Filter, scope, Text(Capture(filter.Body, new Scope(scope))))));
                return Flow.Next;
            case Statement.With with:
                var inner = new Scope(scope);
                foreach (var (target, value) in with.Variables)
                    Assign(target, Evaluate(value, scope), inner);
                return Run(with.Body, inner);
            case Statement.Block block:
                return Run(block.Body, scope);
            case Statement.Do action:
                Evaluate(action.Value, scope);
                return Flow.Next;
            case Statement.Break:
                return Flow.Break;
            default:
                return Flow.Continue;
        }
    }

    private Flow Run(Statement.For statement, Scope scope)
    {
        return Run(statement, Evaluate(statement.Items, scope), scope, depth: 1);
    }

    private Flow Run(Statement.For statement, Value over, Scope scope, int depth)
    {
        if (depth > DeepestMacros)
            throw Error($"a loop calls itself more than {DeepestMacros} deep.");
        var items = Items(over);
        if (statement.Condition is not null)
        {
            var kept = new List<Value>();
            foreach (var item in items)
            {
                var trial = new Scope(scope);
                Assign(statement.Target, item, trial);
                if (Evaluate(statement.Condition, trial).IsTrue)
                    kept.Add(item);
            }
            items = kept;
        }
        var recurse = statement.IsRecursive ? new Func<Value, Value>(inner => Text(Capture(() => Run(statement, inner, scope, depth + 1)))) : null;
        var loop = new Value.Loop(items, depth, recurse);
        foreach (var item in items)
        {
            Charge(1);
            var inner = new Scope(scope); // what is set in a round is gone in the next
            inner.Set("loop", loop);
            Assign(statement.Target, item, inner);
            if (Run(statement.Body, inner) == Flow.Break)
                break;
            loop.Index++;
        }
        return items.Count == 0 ? Run(statement.Otherwise, new Scope(scope)) : Flow.Next;
    }

    private void Assign(Target target, Value value, Scope scope)
    {
        switch (target)
        {
            case Target.Name name:
                scope.Set(name.Text, value);
                break;
            case Target.Member member:
                if (scope.Find(member.Space) is not Value.Space space)
                    throw Error($"'{member.Space}' is no namespace, so its member '{member.Text}' cannot be set.");
                space.Members[member.Text] = value;
                break;
            case Target.Unpacked unpacked:
                var parts = Items(value);
                if (parts.Count != unpacked.Targets.Count)
                    throw Error($"{parts.Count} values cannot be unpacked into {unpacked.Targets.Count} names.");
                for (var i = 0; i < parts.Count; i++)
                    Assign(unpacked.Targets[i], parts[i], scope);
                break;
        }
    }

    private Value.Callable MacroOf(string name, IReadOnlyList<(string Name, Expression? Default)> parameters, IReadOnlyList<Statement> body, Scope scope) => new(name, arguments =>
    {
        if (++_macros > DeepestMacros)
            throw Error($"macros call each other more than {DeepestMacros} deep.");
        var line = Line;
        var inner = new Scope(scope);
        if (arguments.Positional.Count > parameters.Count)
            throw Error($"'{name}' takes {parameters.Count} arguments, found {arguments.Positional.Count}.");
        foreach (var given in arguments.Named.Keys)
            if (given != "caller" && !parameters.Any(p => p.Name == given))
                throw Error($"'{name}' takes no argument '{given}'.");
        for (var i = 0; i < parameters.Count; i++)
        {
            var (parameter, otherwise) = parameters[i];
            inner.Set(parameter, arguments.At(i, parameter) ?? (otherwise is null ? new Value.Undefined($"parameter '{parameter}'") : Evaluate(otherwise, inner)));
        }
        if (arguments.Named.TryGetValue("caller", out var caller))
            inner.Set("caller", caller);
        var text = Text(Capture(body, inner));
        Line = line;
        _macros--;
        return text;
    });

    private string Capture(IReadOnlyList<Statement> body, Scope scope) => Capture(() => Run(body, scope));

    private string Capture(Func<Flow> run)
    {
        var outer = _output;
        _output = new StringBuilder();
        run();
        var text = _output.ToString();
        _output = outer;
        return text;
    }

    private void Write(string text)
    {
        CheckGrowth(_output.Length + (long)text.Length, text.Length);
        _output.Append(text);
    }
}

/// <summary>Names and values; a name that is not here is looked for outside.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, Value> _values = new(StringComparer.Ordinal);

    public void Set(string name, Value value) => _values[name] = value;

    public Value? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
            if (scope._values.TryGetValue(name, out var value))
                return value;
        return null;
    }

    private Scope? Outer { get; } = outer;
}
