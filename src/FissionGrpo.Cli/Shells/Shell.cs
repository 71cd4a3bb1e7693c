using System.Text;
using Spectre.Console;

namespace FissionGrpo.Cli.Shells;

/// <summary>
/// Everything a command may see of the outside: two consoles, the clock, the environment's variables. Injected, so
/// that tests run commands without a process.
/// </summary>
/// <param name="Out">Standard output, for results that a machine reads.</param>
/// <param name="Screen">Standard output, for results that a person reads.</param>
/// <param name="Progress">Standard error: progress, logs and errors.</param>
/// <param name="IsLive">Standard error is a terminal: progress may redraw itself. Otherwise plain lines.</param>
/// <param name="In">Standard input, for <c>chat</c>.</param>
/// <param name="IsPiped">Standard input is no terminal: what is read from it does not show by itself.</param>
/// <param name="Clock">Time.</param>
/// <param name="Variables">The environment's variables.</param>
internal sealed record Shell(
    TextWriter Out, IAnsiConsole Screen, IAnsiConsole Progress, bool IsLive, TextReader In, bool IsPiped, TimeProvider Clock, IReadOnlyDictionary<string, string> Variables)
{
    /// <summary>Characters on a line where there is no terminal to ask: wide enough for every table.</summary>
    private const int PlainWidth = 160;

    /// <summary>Where added benchmark data lives: <c>FISSION_DATA</c>, or <c>fission</c> in the user's own application data.</summary>
    public string DataFolder =>
        Variables.GetValueOrDefault("FISSION_DATA") is { Length: > 0 } given ? Path.GetFullPath(given)
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "fission", "data");

    /// <summary>The shell of this process.</summary>
    public static Shell OfProcess()
    {
        // A tool's output is UTF-8 wherever it goes; the runtime would otherwise ask the locale, which containers leave unset.
        if (Console.IsOutputRedirected)
            Console.OutputEncoding = new UTF8Encoding(false);
        return new Shell(
            Console.Out,
            ConsoleOn(Console.Out, Console.IsOutputRedirected),
            ConsoleOn(Console.Error, Console.IsErrorRedirected),
            !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb",
            Console.In,
            Console.IsInputRedirected,
            TimeProvider.System,
            Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
                .ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? "", StringComparer.Ordinal));
    }

    /// <summary>A console on a writer; without a terminal it has no colours, no cursor and a fixed width.</summary>
    public static IAnsiConsole ConsoleOn(TextWriter writer, bool isRedirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = isRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (isRedirected)
        {
            console.Profile.Width = PlainWidth;
            console.Profile.Capabilities.Unicode = true;
        }
        return console;
    }

    /// <summary>One line on standard error, never wrapped and never read as markup.</summary>
    public void Tell(string line) => Progress.Line(line);
}
