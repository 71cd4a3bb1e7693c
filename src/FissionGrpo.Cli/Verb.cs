using System.Collections.Immutable;
using System.CommandLine;

namespace FissionGrpo.Cli;

/// <summary>A verb of the command line with examples, which its help shows and a test runs.</summary>
internal sealed class Verb(string name, string description, params ImmutableArray<string> examples) : Command(name, description)
{
    /// <summary>Command lines without the leading <c>fission</c>.</summary>
    public ImmutableArray<string> Examples => examples;
}
