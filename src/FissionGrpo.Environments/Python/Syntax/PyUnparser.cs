namespace FissionGrpo.Environments.Python.Syntax;

/// <summary><c>ast.unparse</c> for the expressions that occur as arguments.</summary>
internal static class PyUnparser
{
    public static string Text(PyNode? node) => node switch
    {
        null => "",
        PyNode.Name name => name.Id,
        PyNode.Constant constant => constant.Value.Reference is PyEllipsis ? "..." : PyText.Repr(constant.Value),
        PyNode.Attribute attribute => $"{Text(attribute.Value)}.{attribute.Id}",
        PyNode.Subscript { Index: PyNode.Tuple { Items.Length: > 0 } tuple } subscript => $"{Text(subscript.Value)}[{List(tuple.Items)}]",
        PyNode.Subscript subscript => $"{Text(subscript.Value)}[{Text(subscript.Index)}]",
        PyNode.Slice slice => $"{Text(slice.Start)}:{Text(slice.Stop)}{(slice.Step is null ? "" : ":" + Text(slice.Step))}",
        PyNode.Call call => $"{Text(call.Function)}({Arguments(call)})",
        PyNode.Starred starred => $"*{Text(starred.Value)}",
        PyNode.List list => $"[{List(list.Items)}]",
        PyNode.Set set => $"{{{List(set.Items)}}}",
        PyNode.Tuple { Items: [var only] } => $"({Text(only)},)",
        PyNode.Tuple tuple => $"({List(tuple.Items)})",
        PyNode.Dict dict => $"{{{string.Join(", ", dict.Entries.Select(e => e.Key is null ? $"**{Text(e.Value)}" : $"{Text(e.Key)}: {Text(e.Value)}"))}}}",
        PyNode.Unary unary => unary.Operator == "not" ? $"not {Text(unary.Operand)}" : unary.Operator + Text(unary.Operand),
        PyNode.Binary binary => $"{Operand(binary.Left)} {binary.Operator} {Operand(binary.Right)}",
        PyNode.Comparison comparison => $"{Operand(comparison.First)}{string.Concat(comparison.Rest.Select(r => $" {r.Operator} {Operand(r.Right)}"))}",
        _ => throw new PyException("Exception", "Unsupported AST type"),
    };

    private static string List(IEnumerable<PyNode> items) => string.Join(", ", items.Select(Text));

    private static string Arguments(PyNode.Call call) =>
        string.Join(", ", call.Positional.Select(Text).Concat(call.Keywords.Select(k => k.Name is null ? $"**{Text(k.Value)}" : $"{k.Name}={Text(k.Value)}")));

    private static string Operand(PyNode node) => node is PyNode.Binary or PyNode.Comparison ? $"({Text(node)})" : Text(node);
}
