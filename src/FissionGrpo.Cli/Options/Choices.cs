using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Text.Json;

namespace FissionGrpo.Cli.Options;

/// <summary>
/// Options with a closed set of values. They are spelled as in <c>settings.json</c> (<c>miss_param</c>, <c>turn</c>) wherever a person meets them, in help and errors alike, and read in any case.
/// </summary>
internal static class Choices
{
    /// <summary>An enum's values as people write them.</summary>
    public static string[] NamesOf<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(NameOf)];

    /// <summary>One of them.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>An option whose values are an enum's.</summary>
    public static Option<T?> OneOf<T>(this Option<T?> option)
        where T : struct, Enum
    {
        option.CustomParser = result => Read(result, option.Name, NamesOf<T>()) is { } name ? Enum.GetValues<T>().First(value => NameOf(value) == name) : null;
        return Offering(option, option.CompletionSources, NamesOf<T>());
    }

    /// <summary>An option whose values are these.</summary>
    public static Option<string> OneOf(this Option<string> option, params string[] names)
    {
        option.CustomParser = result => Read(result, option.Name, names);
        return Offering(option, option.CompletionSources, names);
    }

    /// <inheritdoc cref="OneOf(Option{string}, string[])"/>
    public static Argument<string> OneOf(this Argument<string> argument, params string[] names)
    {
        argument.CustomParser = result => Read(result, argument.Name, names);
        return Offering(argument, argument.CompletionSources, names);
    }

    private static TSymbol Offering<TSymbol>(TSymbol symbol, List<Func<CompletionContext, IEnumerable<CompletionItem>>> sources, string[] names)
    {
        sources.Clear();
        sources.Add(_ => names.Select(name => new CompletionItem(name)));
        return symbol;
    }

    private static string? Read(ArgumentResult result, string option, string[] names)
    {
        var found = result.Tokens[^1].Value;
        var known = names.FirstOrDefault(name => name.Equals(found, StringComparison.OrdinalIgnoreCase));
        if (known is null)
            result.AddError($"{option} is {found}, expected one of: {string.Join(", ", names)}.");
        return known;
    }
}
