using FissionGrpo.Testing;

namespace FissionGrpo.EndToEnd;

/// <summary>Every example that a help text shows is run as it stands there.</summary>
[Collection(nameof(FirstRun))]
public class ExampleTests(FirstRun first)
{
    [SkippableTheory]
    [InlineData("train")]
    [InlineData("evaluate")]
    [InlineData("ablate")]
    [InlineData("inspect")]
    [InlineData("simulator")]
    [InlineData("simulator collect")]
    [InlineData("simulator train")]
    [InlineData("chat")]
    [InlineData("data")]
    [InlineData("data add")]
    [InlineData("data list")]
    [InlineData("workshop")]
    [InlineData("workshop generate")]
    [InlineData("workshop report")]
    [InlineData("model")]
    [InlineData("model create")]
    public async Task EveryExample_Works(string verb)
    {
        var examples = await ExamplesOfAsync(verb);

        Assert.NotEmpty(examples);
        foreach (var example in examples)
        {
            if (example == "train --profile fast --output out/first")
                continue; // that is the run which the others look at
            await RunAsync(example);
        }
    }

    /// <summary>A verb without a test above would be one whose examples nobody runs.</summary>
    [Fact]
    public async Task EveryVerb_IsTested()
    {
        var help = (await FissionProcess.RunAsync(first.Folder, ["--help"])).Out;

        var verbs = help.Split('\n').SkipWhile(line => !line.StartsWith("Commands:", StringComparison.Ordinal)).Skip(1)
            .Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line.Length > 2 && line[2] != ' ')
            .Select(line => line.Trim().Split(' ')[0]);
        var tested = typeof(ExampleTests).GetMethod(nameof(EveryExample_Works))!.GetCustomAttributesData()
            .Where(a => a.AttributeType == typeof(InlineDataAttribute))
            .Select(a => (string)((IReadOnlyCollection<System.Reflection.CustomAttributeTypedArgument>)a.ConstructorArguments[0].Value!).First().Value!);
        Assert.Empty(verbs.Except(tested));
    }

    /// <summary>People start the examples in the repository; the tests start them in a folder of their own.</summary>
    private void CopyPlans()
    {
        var target = Directory.CreateDirectory(Path.Combine(first.Folder, "runs", "ablations"));
        foreach (var plan in Directory.GetFiles(Repository.Path("runs/ablations"), "*.json"))
            File.Copy(plan, Path.Combine(target.FullName, Path.GetFileName(plan)), overwrite: true);
    }

    private async Task<List<string>> ExamplesOfAsync(string verb)
    {
        var help = (await FissionProcess.RunAsync(first.Folder, [.. verb.Split(' '), "--help"])).Out;
        return [.. help.Split('\n').Where(line => line.StartsWith("  fission ", StringComparison.Ordinal) && !line.Contains('[', StringComparison.Ordinal) && !line.Contains('<', StringComparison.Ordinal))
            .Select(line => line.Trim()["fission ".Length..])];
    }

    /// <summary>The benchmark that an example takes for added.</summary>
    private static string? BenchmarkOf(string example) => example.Split(' ') switch
    {
        ["evaluate", ("bfcl" or "tau2") and var benchmark, ..] => benchmark,
        ["workshop", "report", ..] => "bfcl",
        _ => null,
    };

    private async Task RunAsync(string example)
    {
        var variables = new Dictionary<string, string>();
        if (example.Contains("runs/ablations/", StringComparison.Ordinal))
            CopyPlans();
        if (example.StartsWith("simulator train", StringComparison.Ordinal))
            await RunAsync((await ExamplesOfAsync("simulator"))[0]); // collects what it trains on, or finds it collected
        if (example.Contains("path/to/gorilla", StringComparison.Ordinal))
            example = example.Replace("path/to/gorilla", SharedMaterial.Path("bfcl/data"), StringComparison.Ordinal);
        else if (BenchmarkOf(example) is { } benchmark)
        {
            var added = Path.Combine(first.Folder, "added");
            var add = await FissionProcess.RunAsync(first.Folder, ["data", "add", benchmark, SharedMaterial.Path($"{benchmark}/data")], new Dictionary<string, string> { ["FISSION_DATA"] = added });
            Assert.Equal(0, add.Exit);
            variables["FISSION_DATA"] = added;
        }
        await using var server = await FakeEndpoint.StartAsync((context, _, _) => FakeEndpoint.AnswerAsync(context, "I do not know."));
        await using var user = await FakeEndpoint.StartAsync((context, _, number) => FakeEndpoint.AnswerAsync(context, number % 2 == 0 ? "Hello." : "###STOP###"));
        example = example.Replace("http://localhost:8000/v1", server.Address.ToString(), StringComparison.Ordinal).Replace("http://localhost:8001/v1", user.Address.ToString(), StringComparison.Ordinal);

        var result = await FissionProcess.RunAsync(first.Folder, example.Split(' '), variables, input: "\n/quit\n");

        Assert.True(result.Exit == 0, $"fission {example}\n{result.Error}\n{result.Out}");
        Assert.NotEmpty(result.Out);
    }
}
