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

    /// <summary>One spelling of every choice, that of settings.json, in help; any case when it is read.</summary>
    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Choices_AreSpelledAsInSettings(string verb)
    {
        using var shell = new TestShell();

        await shell.RunAsync([.. verb.Split(' '), "--help"]);

        Assert.DoesNotMatch("<[^>]*[A-Z][a-z][^>]*>|default: [A-Z][a-z]", shell.Out);
    }

    [Theory]
    [InlineData("evaluate WorkShop --policy ground-truth --limit 1 --prompting NATIVE --profile Small")]
    [InlineData("evaluate workshop --policy ground-truth --limit 1 --profile FULL")]
    public async Task Choices_AreReadInAnyCase(string line)
    {
        using var shell = new TestShell();

        Assert.Equal(0, await shell.RunAsync(line.Split(' ')));
    }

    /// <summary>Whoever does not know the shapes finds them in the help.</summary>
    [Fact]
    public async Task Shapes_AreListedInTheHelp()
    {
        using var shell = new TestShell();

        await shell.RunAsync("model", "create", "--help");

        Assert.Contains("llama-3.2-1b, qwen2.5-0.5b", shell.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoArguments_ShowTheVerbs()
    {
        using var shell = new TestShell();

        Assert.Equal(0, await shell.RunAsync());
        Assert.Contains("evaluate", shell.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evaluat", "`fission` has no verb evaluat. There are: train, ")]
    [InlineData("evaluat", "Did you mean evaluate?")]
    [InlineData("data ad bfcl", "`fission data` has no verb ad. There are: add, list. Did you mean add?")]
    [InlineData("evaluate nowhere", "world is nowhere, expected one of: bfcl, ")]
    [InlineData("evaluate bfl", "Did you mean bfcl?")]
    [InlineData("evaluate workshop --samples many", "--samples is many, expected a whole number.")]
    [InlineData("evaluate workshop --samples", "--samples needs a value K: Tries of each task")]
    [InlineData("evaluate workshop --timeout 1e10", "--timeout is 1e10, expected 0.001 to 86400.")]
    [InlineData("data add bfcl http://localhost:1/x --timeout 1e300", "--timeout is 1e300, expected 1 to 86400.")]
    [InlineData("evaluate workshop --samples 0", "--samples is 0, expected 1 or more.")]
    [InlineData("evaluate workshop --temperature NaN", "--temperature is NaN, expected 0 or more.")]
    [InlineData("evaluate workshop --sampels 3", "--sampels is not an option of `fission evaluate`. Did you mean --samples?")]
    [InlineData("evaluate workshop --prompting pyton", "--prompting is pyton, expected one of: native, python. Did you mean python?")]
    [InlineData("evaluate workshop --think-history always", "--think-history is always, expected one of: drop, ")]
    [InlineData("simulator collect --policy a --output b --unit tern", "--unit is tern, expected one of: ")]
    [InlineData("model create --output x --like qwen", "--like is qwen, expected one of: llama-3.2-1b, ")]
    [InlineData("data", "`fission data` needs a verb: add or list.")]
    [InlineData("simulator", "`fission simulator` needs a verb: collect or train.")]
    [InlineData("train --output  --seed 3", "--output is given without text.")]
    [InlineData("inspect ", "path is given without text.")]
    [InlineData("train --sed=3", "--sed is not an option of `fission train`. Did you mean --seed?")]
    [InlineData("train --seed abc", "--seed is abc, expected a whole number from 0.")]
    [InlineData("train --seed -1", "--seed is -1, expected a whole number from 0.")]
    [InlineData("train --seed 1 --seed 2", "--seed is given 2 times, expected once.")]
    [InlineData("train --threads 0", "--threads is 0, expected 1 or more.")]
    [InlineData("train --profile slow", "--profile is slow, expected one of: default, fast, real-model.")]
    [InlineData("train a.json b.json", "`fission train` does not expect b.json")]
    [InlineData("data add bfcl", "`fission data add` needs <path>: The official repository")]
    public async Task WhatIsNotUnderstood_IsToldOnStandardErrorWithCodeTwo(string line, string expected)
    {
        using var shell = new TestShell();

        Assert.Equal(2, await shell.RunAsync(line.Split(' ')));
        Assert.Contains(expected, shell.Error, StringComparison.Ordinal);
        Assert.Contains("--help", shell.Error, StringComparison.Ordinal);
        Assert.Empty(shell.Out);
    }

    private static IEnumerable<string> All(Command command, string prefix) =>
        command.Subcommands.SelectMany(c => All(c, $"{prefix} {c.Name}".Trim()).Prepend($"{prefix} {c.Name}".Trim()));

    private static Verb Find(RootCommand root, string path) =>
        (Verb)path.Split(' ').Aggregate((Command)root, (at, name) => at.Subcommands.Single(c => c.Name == name));
}
