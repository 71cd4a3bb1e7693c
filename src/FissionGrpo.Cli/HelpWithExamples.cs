using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace FissionGrpo.Cli;

/// <summary>The parser's help, with the verb's examples below it.</summary>
internal sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
{
    /// <summary>Replaces the help of a command and of everything below it (the option is recursive).</summary>
    public static void Install(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        var action = new HelpWithExamples((HelpAction)help.Action!);
        help.Action = action;
        root.SetAction(action.Invoke);
    }

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var exit = inner.Invoke(parseResult);
        if (parseResult.CommandResult.Command is not Verb { Examples.IsEmpty: false } verb)
            return exit;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine(verb.Examples.Length == 1 ? "Example:" : "Examples:");
        foreach (var example in verb.Examples)
            output.WriteLine($"  fission {example}");
        output.WriteLine();
        return exit;
    }
}
