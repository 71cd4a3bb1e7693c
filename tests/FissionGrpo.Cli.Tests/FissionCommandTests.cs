using System.CommandLine;

namespace FissionGrpo.Cli;

public class FissionCommandTests
{
    public static TheoryData<string> Verbs
    {
        get
        {
            using var shell = new TestShell();
            var data = new TheoryData<string>();
            foreach (var verb in All(FissionCommand.Build(shell.Shell), ""))
                data.Add(verb);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task EveryVerb_HasHelpWithAnExample(string verb)
    {
        using var shell = new TestShell();

        var exit = await shell.RunAsync([.. verb.Split(' '), "--help"]);

        Assert.Equal(0, exit);
        Assert.Matches("Examples?:", shell.Out);
        Assert.Contains($"fission {verb}", shell.Out, StringComparison.Ordinal);
        Assert.Empty(shell.Error);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void EveryExample_Parses(string verb)
    {
        using var shell = new TestShell();
        var root = FissionCommand.Build(shell.Shell);

        foreach (var example in Find(root, verb).Examples)
            Assert.Empty(root.Parse(example).Errors);
    }

    [Fact]
    public async Task NoArguments_ShowTheVerbs()
    {
        using var shell = new TestShell();

        Assert.Equal(0, await shell.RunAsync());
        Assert.Contains("evaluate", shell.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evaluat", "evaluat")]
    [InlineData("evaluate nowhere", "nowhere")]
    [InlineData("evaluate workshop --samples many", "many")]
    [InlineData("data add bfcl", "add")]
    public async Task WhatIsNotUnderstood_IsToldOnStandardErrorWithCodeTwo(string line, string expected)
    {
        using var shell = new TestShell();

        Assert.Equal(2, await shell.RunAsync(line.Split(' ')));
        Assert.Contains(expected, shell.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("--help", shell.Error, StringComparison.Ordinal);
        Assert.Empty(shell.Out);
    }

    private static IEnumerable<string> All(Command command, string prefix) =>
        command.Subcommands.SelectMany(c => All(c, $"{prefix} {c.Name}".Trim()).Prepend($"{prefix} {c.Name}".Trim()));

    private static Verb Find(RootCommand root, string path) =>
        (Verb)path.Split(' ').Aggregate((Command)root, (at, name) => at.Subcommands.Single(c => c.Name == name));
}
