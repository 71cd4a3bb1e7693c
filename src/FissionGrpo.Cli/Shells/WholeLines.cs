using Spectre.Console;

namespace FissionGrpo.Cli.Shells;

/// <summary>Sentences and commands beside the tables. The console's own <c>WriteLine</c> breaks at its width, and half a command cannot be copied; a terminal breaks lines itself.</summary>
internal static class WholeLines
{
    /// <summary>One line, never wrapped and never read as markup.</summary>
    public static void Line(this IAnsiConsole console, string text) => console.Profile.Out.Writer.WriteLine(text);
}
