using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;

namespace FissionGrpo.Environments.Tau.Tools;

/// <summary>The tools that both domains have.</summary>
internal static class SharedTools
{
    public const string TransferToHuman = "transfer_to_human_agents";

    public static readonly TauTool[] All =
    [
        new("calculate", ["expression"], Calculate),
        new("think", ["thought"], (_, _) => ""),
        new(TransferToHuman, ["summary"], (_, _) => "Transfer successful"),
    ];

    private static string Calculate(WorldState state, Value[] arguments)
    {
        var expression = arguments[0];
        foreach (var part in Py.Iterate(expression))
        {
            // `part in "0123…"` asks for a piece of that text, which need not be one character when the model sends a list.
            if (part is not Value.Text piece)
                throw PyException.TypeError($"'in <string>' requires string as left operand, not {part.TypeName}");
            if (!"0123456789+-*/(). ".Contains(piece.Content, StringComparison.Ordinal))
                return "Error: invalid characters in expression";
        }
        try
        {
            return expression is Value.Text text
                ? PythonExpression.Evaluate(text.Content)
                : "Error: eval() arg 1 must be a string, bytes or code object";
        }
        catch (PyException error)
        {
            return $"Error: {error.Message}";
        }
    }
}
