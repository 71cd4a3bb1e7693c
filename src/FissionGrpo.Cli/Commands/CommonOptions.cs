using System.CommandLine;

namespace FissionGrpo.Cli.Commands;

/// <summary>Options that several verbs share, so that they are spelled and explained once.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Write the result to standard output as JSON." };

    public static Option<ulong> Seed() => new("--seed") { Description = "The root of every random draw.", DefaultValueFactory = _ => 1, HelpName = "N" };

    public static Option<int?> Threads() => new Option<int?>("--threads") { Description = "Worker threads; all cores by default. The result does not depend on it.", HelpName = "N" }.AtLeast(1);
}
