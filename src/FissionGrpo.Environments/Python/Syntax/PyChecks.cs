namespace FissionGrpo.Environments.Python.Syntax;

/// <summary>What CPython's compiler finds wrong with a tree that parsed.</summary>
internal static class PyChecks
{
    /// <summary>The node itself.</summary>
    /// <exception cref="PyException">SyntaxError, or RecursionError when the tree is too deep to compile.</exception>
    public static PyNode Checked(PyNode node, int line)
    {
        Check(node, line, 0);
        return node;
    }

    private static void Check(PyNode? node, int line, int depth)
    {
        if (depth > PyOps.MaxDepth || !System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new PyException("RecursionError", "maximum recursion depth exceeded during compilation");
        switch (node)
        {
            case PyNode.Await:
                throw PyTokenizer.Error("'await' outside function", line);
            case PyNode.Yield:
                throw PyTokenizer.Error("'yield' outside function", line);
            case PyNode.Call call:
                Check(call.Function, line, depth + 1);
                for (var i = 0; i < call.Keywords.Length; i++)
                    for (var j = 0; j < i; j++)
                        if (call.Keywords[i].Name is { } name && name == call.Keywords[j].Name)
                            throw PyTokenizer.Error($"keyword argument repeated: {name}", call.Keywords[i].Line);
                foreach (var argument in call.Positional)
                    Check(argument, line, depth + 1);
                foreach (var keyword in call.Keywords)
                    Check(keyword.Value, line, depth + 1);
                break;
            default:
                foreach (var child in Children(node))
                    Check(child, line, depth + 1);
                break;
        }
    }

    private static IEnumerable<PyNode?> Children(PyNode? node) => node switch
    {
        PyNode.Joined joined => joined.Parts,
        PyNode.Formatted formatted => [formatted.Value, formatted.Spec],
        PyNode.Tuple tuple => tuple.Items,
        PyNode.List list => list.Items,
        PyNode.Set set => set.Items,
        PyNode.Dict dict => dict.Entries.SelectMany(e => (IEnumerable<PyNode?>)[e.Key, e.Value]),
        PyNode.Starred starred => [starred.Value],
        PyNode.Attribute attribute => [attribute.Value],
        PyNode.Subscript subscript => [subscript.Value, subscript.Index],
        PyNode.Slice slice => [slice.Start, slice.Stop, slice.Step],
        PyNode.Unary unary => [unary.Operand],
        PyNode.Binary binary => [binary.Left, binary.Right],
        PyNode.Logical logical => logical.Operands,
        PyNode.Comparison comparison => [comparison.First, .. comparison.Rest.Select(r => r.Right)],
        PyNode.Conditional conditional => [conditional.Test, conditional.Then, conditional.Else],
        PyNode.Assignment assignment => [assignment.Value],
        PyNode.Comprehension comprehension =>
            [comprehension.Element, comprehension.Value, .. comprehension.Clauses.SelectMany(c => (IEnumerable<PyNode?>)[c.Source, .. c.Conditions])],
        _ => [],
    };
}
