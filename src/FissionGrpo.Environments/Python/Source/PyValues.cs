using System.Runtime.CompilerServices;
using FissionGrpo.Environments.Python.Syntax;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Python.Source;

/// <summary>
/// The values of literal expressions: literals, lists, tuples, dicts, sets, names of constants of the given modules, sums of texts and numbers,
/// and calls with keywords only, which become dicts of their keywords unless a reader knows better. Whoever reads a file gives it a new
/// <see cref="PyBudget"/> first.
/// </summary>
/// <param name="modules">Where names are looked up, in this order.</param>
internal class PyValues(IReadOnlyList<PyModule> modules)
{
    private readonly Dictionary<string, PyValue> _known = [];
    private readonly HashSet<string> _reading = [];

    protected IReadOnlyList<PyModule> Modules => modules;

    /// <summary>The value of a constant; null when no module has it.</summary>
    public PyValue? Of(string name)
    {
        if (_known.TryGetValue(name, out var known))
            return known;
        foreach (var module in modules)
        {
            if (module.Assigned(name) is not { } place)
                continue;
            if (!_reading.Add(name))
                throw module.Wrong(place, $"'{name}' is defined by itself");
            return _known[name] = Evaluate(module, place, place.Assignment!.Value.Value!);
        }
        return null;
    }

    /// <exception cref="UserErrorException">The expression is no literal.</exception>
    public PyValue Evaluate(PyModule module, PyStatement place, string expression) => Evaluate(module, place, module.Parse(place, expression));

    /// <exception cref="UserErrorException">The expression is no literal.</exception>
    public PyValue Evaluate(PyModule module, PyStatement place, PyNode node)
    {
        try
        {
            return Value(node);
        }
        catch (PyException error)
        {
            throw module.Wrong(place, error.Message);
        }
    }

    protected PyValue Value(PyNode node)
    {
        Step();
        switch (node)
        {
            case PyNode.Constant constant:
                return constant.Value;
            case PyNode.List list:
                return new PyList(list.Items.Select(Value).ToArray());
            case PyNode.Tuple tuple:
                return new PyTuple(tuple.Items.Select(Value).ToArray());
            case PyNode.Set members:
                var set = new PySet();
                foreach (var member in members.Items)
                    set.Add(Value(member));
                return set;
            case PyNode.Dict entries:
                var dict = new PyDict(entries.Entries.Length);
                foreach (var (key, value) in entries.Entries)
                    dict[Value(key ?? throw Unread("** in a dict"))] = Value(value);
                return dict;
            case PyNode.Name name:
                return Of(name.Id) ?? throw Unread($"the name '{name.Id}'");
            case PyNode.Unary { Operator: "-" } minus:
                return PyNumber.Negate(Value(minus.Operand));
            case PyNode.Binary binary:
                return Arithmetic(binary);
            case PyNode.Attribute attribute:
                return Member(attribute);
            case PyNode.Call call:
                return Call(call);
            default:
                throw Unread($"the {node.Description}");
        }
    }

    /// <summary><c>Name.id</c>; refused unless a reader knows the name.</summary>
    protected virtual PyValue Member(PyNode.Attribute attribute) => throw Unread($"the attribute '{attribute.Id}'");

    /// <summary><c>Name(key=value, …)</c>: a record of its keywords.</summary>
    protected virtual PyValue Call(PyNode.Call call)
    {
        if (call is { Function: PyNode.Name { Id: "set" }, Positional.Length: 0, Keywords.Length: 0 })
            return new PySet();
        if (call.Function is not PyNode.Name name || call.Positional.Length > 0)
            throw Unread("a function call");
        return Keywords(call, $"the call of '{name.Id}'");
    }

    protected PyDict Keywords(PyNode.Call call, string what)
    {
        var record = new PyDict(call.Keywords.Length);
        foreach (var keyword in call.Keywords)
            record[keyword.Name ?? throw Unread($"** in {what}")] = Value(keyword.Value);
        return record;
    }

    /// <summary>Takes one step of what may be read for one file (<see cref="PyBudget"/>): names may refer to each other without end.</summary>
    public static void Step(int cost = 10)
    {
        PyBudget.Spend(cost);
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw PyException.TooLarge("the nesting");
    }

    protected static PyException Unread(string what) => new("ValueError", $"{what} is not a literal value");

    private PyValue Arithmetic(PyNode.Binary binary)
    {
        var (left, right) = (Value(binary.Left), Value(binary.Right));
        return binary.Operator switch
        {
            "+" when left.TryGetString(out var first) && right.TryGetString(out var second) => Joined(first, second),
            "+" when left.IsNumber && right.IsNumber => PyNumber.Add(left, right),
            "-" when left.IsNumber && right.IsNumber => PyNumber.Subtract(left, right),
            "*" when left.IsNumber && right.IsNumber => PyNumber.Multiply(left, right),
            "/" when left.IsNumber && right.IsNumber => PyNumber.Divide(left, right),
            _ => throw Unread($"the operator {binary.Operator}"),
        };
    }

    private static string Joined(string first, string second)
    {
        PyBudget.Spend(first.Length + second.Length);
        return first + second;
    }
}
