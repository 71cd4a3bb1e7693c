using System.Collections.Immutable;

namespace FissionGrpo.Environments.Python.Syntax;

/// <summary>An expression.</summary>
internal abstract record PyNode
{
    /// <summary>How CPython calls this kind of expression in messages like "cannot assign to …".</summary>
    public abstract string Description { get; }

    internal sealed record Name(string Id) : PyNode
    {
        public override string Description => "name";
    }

    internal sealed record Constant(PyValue Value, bool IsKeyword = false) : PyNode
    {
        public override string Description => Value.Reference is PyEllipsis ? "ellipsis" : IsKeyword ? Value.ToString() : "literal";
    }

    /// <summary>An f-string: texts and values in turn.</summary>
    internal sealed record Joined(ImmutableArray<PyNode> Parts) : PyNode
    {
        public override string Description => "f-string expression";
    }

    /// <summary><c>{value!r:spec}</c> in an f-string.</summary>
    internal sealed record Formatted(PyNode Value, char Conversion, PyNode? Spec) : PyNode
    {
        public override string Description => "f-string expression";
    }

    internal sealed record Tuple(ImmutableArray<PyNode> Items) : PyNode
    {
        public override string Description => "tuple";
    }

    internal sealed record List(ImmutableArray<PyNode> Items) : PyNode
    {
        public override string Description => "list";
    }

    internal sealed record Set(ImmutableArray<PyNode> Items) : PyNode
    {
        public override string Description => "set display";
    }

    /// <summary>A null key stands for <c>**value</c>.</summary>
    internal sealed record Dict(ImmutableArray<(PyNode? Key, PyNode Value)> Entries) : PyNode
    {
        public override string Description => "dict literal";
    }

    internal sealed record Starred(PyNode Value) : PyNode
    {
        public override string Description => "starred";
    }

    /// <summary>A null name stands for <c>**value</c>.</summary>
    internal sealed record Argument(string? Name, PyNode Value, int Line);

    internal sealed record Call(PyNode Function, ImmutableArray<PyNode> Positional, ImmutableArray<Argument> Keywords) : PyNode
    {
        public override string Description => "function call";
    }

    internal sealed record Attribute(PyNode Value, string Id) : PyNode
    {
        public override string Description => "attribute";
    }

    internal sealed record Subscript(PyNode Value, PyNode Index) : PyNode
    {
        public override string Description => "subscript";
    }

    internal sealed record Slice(PyNode? Start, PyNode? Stop, PyNode? Step) : PyNode
    {
        public override string Description => "slice";
    }

    internal sealed record Unary(string Operator, PyNode Operand) : PyNode
    {
        public override string Description => "expression";
    }

    internal sealed record Binary(PyNode Left, string Operator, PyNode Right) : PyNode
    {
        public override string Description => "expression";
    }

    internal sealed record Logical(bool IsAnd, ImmutableArray<PyNode> Operands) : PyNode
    {
        public override string Description => "expression";
    }

    internal sealed record Comparison(PyNode First, ImmutableArray<(string Operator, PyNode Right)> Rest) : PyNode
    {
        public override string Description => "comparison";
    }

    internal sealed record Conditional(PyNode Test, PyNode Then, PyNode Else) : PyNode
    {
        public override string Description => "conditional expression";
    }

    /// <summary>Parsed so that errors inside are found; never called.</summary>
    internal sealed record Lambda(PyNode Body) : PyNode
    {
        public override string Description => "lambda";
    }

    internal sealed record Assignment(string Target, PyNode Value) : PyNode
    {
        public override string Description => "named expression";
    }

    internal sealed record Clause(PyNode Target, PyNode Source, ImmutableArray<PyNode> Conditions);

    /// <summary>A comprehension: <c>[</c>, <c>{</c> (set, or dict when <paramref name="Value"/> is there), <c>(</c> generator.</summary>
    internal sealed record Comprehension(char Bracket, PyNode Element, PyNode? Value, ImmutableArray<Clause> Clauses) : PyNode
    {
        public override string Description => Bracket == '(' ? "generator expression" : Bracket == '[' ? "list comprehension" : Value is null ? "set comprehension" : "dict comprehension";
    }

    internal sealed record Await(PyNode Value) : PyNode
    {
        public override string Description => "await expression";
    }

    internal sealed record Yield : PyNode
    {
        public override string Description => "yield expression";
    }
}
