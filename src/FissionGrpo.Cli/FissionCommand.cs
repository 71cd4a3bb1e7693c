using System.CommandLine;
using FissionGrpo.Cli.Commands;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Simulator;

namespace FissionGrpo.Cli;

/// <summary>The <c>fission</c> command: its verbs, and what happens when one fails.</summary>
internal static class FissionCommand
{
    /// <summary>Parses, runs, and turns whatever goes wrong into one clear line and an exit code.</summary>
    public static async Task<int> RunAsync(string[] args, Shell shell, CancellationToken cancel)
    {
        var parsed = Build(shell).Parse(args);
        if (parsed.Action is not HelpWithExamples && ParseProblems.Of(parsed) is { Count: > 0 } problems)
        {
            foreach (var problem in problems)
                shell.Tell($"fission: {problem}");
            shell.Tell($"Try `{ParseProblems.CommandLineOf(parsed.CommandResult.Command)} --help`.");
            return Failures.NotUnderstood;
        }
        var invocation = new InvocationConfiguration
        {
            Output = shell.Out,
            Error = shell.Progress.Profile.Out.Writer,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await parsed.InvokeAsync(invocation, cancel);
        }
#pragma warning disable CA1031 // The outermost place: nothing that a person meets may be a raw crash.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Failures.Explain(exception, shell, cancel);
        }
    }

    /// <summary>All verbs.</summary>
    public static RootCommand Build(Shell shell)
    {
        var root = new RootCommand("Trains language models that call tools so that they recover from execution errors (Fission-GRPO).")
        {
            TrainVerb.Make(shell),
            EvaluateVerb.Make(shell),
            AblateVerb.Make(shell),
            SimulatorVerb.Make(shell),
            InspectVerb.Make(shell),
            ChatVerb.Make(shell),
            WorkshopVerb.Make(shell),
            DataVerb.Make(shell),
            ModelVerb.Make(shell),
        };
        HelpWithExamples.Install(root);
        return root;
    }
}
