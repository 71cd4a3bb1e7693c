using System.CommandLine;
using FissionGrpo.Cli.Shells;

namespace FissionGrpo.Cli.Simulator;

/// <summary><c>fission simulator</c>: an error simulator of one's own, from data to weights.</summary>
internal static class SimulatorVerb
{
    public static Command Make(Shell shell) => new Verb(
        "simulator",
        "Makes an error simulator: collects a policy's failures with a teacher's diagnostics, and fine-tunes a model on them.",
        "simulator collect workshop --policy out/first --items 40 --output out/lessons.jsonl")
    {
        CollectVerb.Make(shell),
        TrainSimulatorVerb.Make(shell),
    };
}
