using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using FissionGrpo.Training;

namespace FissionGrpo.Cli;

/// <summary>What the parser did not understand, as a person reads it: where, what was found, what was expected, and what was probably meant.</summary>
internal static class ParseProblems
{
    /// <summary>One line a problem; none when the line was understood.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var mistyped = Mistyped(parsed).ToList();
        if (mistyped.Count > 0)
            return [.. mistyped.Select(name => $"{name} is not an option of `{CommandLineOf(command)}`.{Spelling.Suggestion(name, OptionsOf(command))}")];
        if (parsed.UnmatchedTokens is [var first, ..] && command.Subcommands.Count > 0)
            return [$"`{CommandLineOf(command)}` has no verb {first}. There are: {string.Join(", ", command.Subcommands.Select(c => c.Name))}.{Spelling.Suggestion(first, command.Subcommands.Select(c => c.Name))}"];
        if (command is { Subcommands: [_, ..] verbs, Action: null } and not RootCommand && parsed.Tokens.All(token => token.Type is TokenType.Command))
            return [$"`{CommandLineOf(command)}` needs a verb: {string.Join(" or ", verbs.Select(c => c.Name))}."];
        if (Empty(parsed.CommandResult) is { } empty)
            return [$"{empty} is given without text. Leave it out, or say what it is to be."];
        if (parsed.UnmatchedTokens is [_, ..] extra)
            return [$"`{CommandLineOf(command)}` does not expect {string.Join(' ', extra)} after {string.Join(' ', parsed.Tokens.Select(t => t.Value).Except(extra))}."];
        return [.. parsed.Errors.Select(error => Explain(error, command)).Distinct()];
    }

    /// <summary><c>fission data add</c>.</summary>
    public static string CommandLineOf(Command command)
    {
        var names = new Stack<string>();
        for (var at = command; at is not null and not RootCommand; at = at.Parents.OfType<Command>().FirstOrDefault())
            names.Push(at.Name);
        names.Push("fission");
        return string.Join(' ', names);
    }

    /// <summary>The parser takes an unknown option for an argument wherever one fits, and then finds fault with what stands after it.</summary>
    private static IEnumerable<string> Mistyped(ParseResult parsed) => parsed.Tokens
        .TakeWhile(token => token.Type is not TokenType.DoubleDash)
        .Where(token => token.Type is TokenType.Argument && token.Value is ['-', '-' or (>= 'A' and <= 'z'), ..])
        .Select(token => token.Value.Split('=')[0]);

    /// <summary>The option or argument whose value is an empty text, as an unset variable of a shell leaves it; a path or a name is never empty.</summary>
    private static string? Empty(CommandResult result) => result.Children.FirstOrDefault(child => child.Tokens.Any(token => token.Value.Length == 0)) switch
    {
        OptionResult option => option.Option.Name,
        ArgumentResult argument => argument.Argument.Name,
        _ => null,
    };

    private static IEnumerable<string> OptionsOf(Command command) => command.Options.Select(o => o.Name).Append("--help");

    private static string Explain(ParseError error, Command command) => Owner(error.SymbolResult) switch
    {
        OptionResult { Tokens: [] } option => $"{option.Option.Name} needs a value {option.Option.HelpName}: {option.Option.Description}",
        OptionResult { IdentifierTokenCount: > 1 and var times, Tokens.Count: > 1, Option.Arity.MaximumNumberOfValues: 1 } twice => $"{twice.Option.Name} is given {times} times, expected once.",
        OptionResult option => Explain(error, option.Option, option.Option.ValueType, option.Tokens[^1].Value),
        ArgumentResult { Tokens: [] } argument => $"`{CommandLineOf(command)}` needs <{argument.Argument.Name}>: {argument.Argument.Description}",
        ArgumentResult argument => Explain(error, argument.Argument, argument.Argument.ValueType, argument.Tokens[^1].Value),
        _ => error.Message,
    };

    private static SymbolResult? Owner(SymbolResult? symbol) => symbol is ArgumentResult { Parent: OptionResult option } ? option : symbol;

    private static string Explain(ParseError error, Symbol symbol, Type type, string found)
    {
        var known = symbol.GetCompletions(CompletionContext.Empty).Select(c => c.Label).ToArray();
        if (IsNumber(type, out var kind) && error.Message.StartsWith("Cannot parse", StringComparison.Ordinal))
            return $"{symbol.Name} is {found}, expected {kind}.";
        if (known.Length > 0 && !known.Contains(found))
            return $"{symbol.Name} is {found}, expected one of: {string.Join(", ", known)}.{Spelling.Suggestion(found, known)}";
        return error.Message;
    }

    private static bool IsNumber(Type type, out string kind)
    {
        var inner = Nullable.GetUnderlyingType(type) ?? type;
        kind = inner == typeof(float) || inner == typeof(double) ? "a number" : inner == typeof(ulong) ? "a whole number from 0" : "a whole number";
        return inner.IsPrimitive && inner != typeof(bool);
    }
}
