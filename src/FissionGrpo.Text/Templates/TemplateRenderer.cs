using System.Text;

namespace FissionGrpo.Text.Templates;

/// <summary>
/// One rendering of a template: runs the statements; <c>TemplateRenderer.Expressions.cs</c> evaluates what stands inside them. All work is
/// paid for in steps, so that no template runs or grows without end. For one thread.
/// </summary>
internal sealed partial class TemplateRenderer(TimeProvider time, TemplateFrames frames)
{
    private const long MostSteps = 5_000_000;
    private const int LongestText = 1 << 22;
    private const int DeepestMacros = 100;

    private readonly TimeProvider _time = time;
    private readonly TemplateFrames _frames = frames;
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
        Enter(body, scope);
        Run(body, scope);
        return _output.ToString();
    }

    /// <summary>A scope for a block's body, or the whole template's: names that it sets before it reads them hide those of the same name outside.</summary>
    private Scope Enter(IReadOnlyList<Statement> body, Scope scope)
    {
        foreach (var name in _frames.Of(body).SetFirst)
            scope.Set(name, new Value.Undefined($"'{name}'"));
        return scope;
    }

    public ChatTemplateException Error(string problem) => new(problem, Line);

    /// <summary>Pays for work.</summary>
    public void Charge(long steps)
    {
        _steps += steps;
        if (_steps > MostSteps)
            throw Error($"the template takes more than {MostSteps} steps.");
    }

    /// <summary>Pays for reading a text from end to end; any other value costs nothing.</summary>
    public void ChargeText(Value value)
    {
        if (value is Value.Str { Text.Length: var length })
            Charge(length / 64);
    }

    /// <summary>Pays for reading the texts among some values.</summary>
    public void ChargeTexts(IReadOnlyCollection<Value> values)
    {
        Charge(values.Count / 8);
        foreach (var value in values)
            ChargeText(value);
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
                Value text = Text(Capture(set.Body, Enter(set.Body, new Scope(scope))));
                Assign(set.Target, set.Filter is null ? text : Evaluate(set.Filter, scope, text), scope);
                return Flow.Next;
            case Statement.Macro macro:
                scope.Set(macro.Name, MacroOf(macro.Name, macro.Parameters, macro.Body, scope));
                return Flow.Next;
            case Statement.CallBlock call:
                var caller = MacroOf("caller", call.Parameters, call.Body, scope);
                WriteText(Call(Evaluate(call.Call.Target, scope), ArgumentsOf(call.Call.Arguments, scope, ("caller", caller))));
                return Flow.Next;
            case Statement.FilterBlock filter:
                WriteText(Evaluate(filter.Filter, scope, Text(Capture(filter.Body, Enter(filter.Body, new Scope(scope))))));
                return Flow.Next;
            case Statement.With with:
                var inner = Enter(with.Body, new Scope(scope));
                foreach (var (target, value) in with.Variables)
                    Assign(target, Evaluate(value, scope), inner);
                return Run(with.Body, inner);
            case Statement.Block block:
                return Run(block.Body, Enter(block.Body, new Scope(scope)));
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
                    kept.Add(Passed(statement.Target, item));
            }
            items = kept;
        }
        var recurse = statement.IsRecursive ? new Func<Value, Value>(inner => Text(Capture(() => Run(statement, inner, scope, depth + 1)))) : null;
        var loop = new Value.Loop(items, depth, recurse);
        var isDone = false; // Jinja2 runs the 'else' of a loop unless some round came to its end
        foreach (var item in items)
        {
            Charge(1);
            var inner = Enter(statement.Body, new Scope(scope)); // what is set in a round is gone in the next
            inner.Set("loop", loop);
            Assign(statement.Target, item, inner);
            var flow = Run(statement.Body, inner);
            isDone |= flow == Flow.Next;
            if (flow == Flow.Break)
                break;
            loop.Index++;
        }
        return !isDone ? Run(statement.Otherwise, Enter(statement.Otherwise, new Scope(scope))) : Flow.Next;
    }

    /// <summary>An item that the condition of a loop let through: what was unpacked is a tuple from then on.</summary>
    private Value Passed(Target target, Value item) => target is Target.Unpacked unpacked
        ? new Value.List([.. Items(item).Select((part, i) => Passed(unpacked.Targets[i], part))], Value.ListKind.Tuple)
        : item;

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
        var inner = Enter(body, new Scope(scope));
        BindArguments(name, parameters, _frames.Of(body), arguments, inner);
        var text = Text(Capture(body, inner));
        Line = line;
        _macros--;
        return text;
    }, [.. parameters.Select(p => p.Name)]);

    /// <summary>Arguments that no parameter takes are an error, unless the body asks for them by <c>varargs</c>, <c>kwargs</c> or <c>caller</c>.</summary>
    private void BindArguments(string name, IReadOnlyList<(string Name, Expression? Default)> parameters, TemplateFrame frame, Arguments arguments, Scope inner)
    {
        var left = new OrderedDictionary<Value, Value>(Value.PythonEquality.Instance);
        foreach (var (key, value) in arguments.Named)
            left[Value.Of(key)] = value;
        for (var i = 0; i < parameters.Count; i++)
        {
            var (parameter, otherwise) = parameters[i];
            if (i < arguments.Positional.Count)
                inner.Set(parameter, arguments.Positional[i]);
            else if (left.Remove(Value.Of(parameter), out var given))
                inner.Set(parameter, given);
            else
                inner.Set(parameter, otherwise is null ? new Value.Undefined($"parameter '{parameter}'") : Evaluate(otherwise, inner));
        }
        if (frame.ReadsCaller && !parameters.Any(p => p.Name == "caller"))
            inner.Set("caller", left.Remove(Value.Of("caller"), out var caller) ? caller : new Value.Undefined("'caller'"));
        if (frame.ReadsNamed)
            inner.Set("kwargs", new Value.Dict(left));
        else if (left.Count > 0)
            throw Error($"'{name}' takes no argument '{Show(left.GetAt(0).Key)}'.");
        if (frame.ReadsPositional)
            inner.Set("varargs", new Value.List([.. arguments.Positional.Skip(parameters.Count)], Value.ListKind.Tuple));
        else if (arguments.Positional.Count > parameters.Count)
            throw Error($"'{name}' takes {parameters.Count} arguments, found {arguments.Positional.Count}.");
    }

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

    private void WriteText(Value value) =>
        Write(value is Value.Str text ? text.Text : throw Error($"a block gives a value of type {value.TypeName}, expected a string."));

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
