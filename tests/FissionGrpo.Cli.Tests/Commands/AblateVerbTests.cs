using System.Text.Json;
using FissionGrpo.Testing;

namespace FissionGrpo.Cli.Commands;

public class AblateVerbTests
{
    private const string Plan = """
        {
          "schema": 1, "name": "tiny", "question": "Does it run?", "frozen_on": "2026-11-22", "profile": "fast", "seeds": [1, 2],
          "options": {
            "warm_start": { "steps": 40 }, /* the smallest that goes through every stage */
            "train": { "max_sampled_tokens": 1500, "trajectories_every": 0 }, "evaluation": { "tasks": 4, "benchmarks": false }
          },
          "settings": [ { "name": "plain", "options": {} } ],
          "arms": [
            { "name": "fission_raw", "options": { "simulator": { "kind": "raw_error" } } },
            { "name": "base", "options": { "fission": { "enabled": false }, "train": { "steps": 0 } } }
          ],
          "comparisons": [ { "arm": "fission_raw", "against": "base" } ]
        }
        """;

    /// <summary>Two arms and two seeds, two runs at once: whole, and the same again when a run is made anew.</summary>
    [Fact]
    public async Task TinyPlan_IsComparedAndGoesOn()
    {
        using var shell = new TestShell();
        var (plan, output) = (Write(shell, Plan), shell.PathOf("out"));

        Assert.Equal(0, await shell.RunAsync("ablate", plan, "--output", output, "--parallel", "2", "--threads", "1"));

        var results = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "results.json"))).RootElement;
        Assert.Equal(2, results.GetProperty("seeds").GetArrayLength());
        Assert.True(results.GetProperty("settings")[0].GetProperty("shared_start").GetBoolean());
        var difference = results.GetProperty("comparisons").GetProperty("fission_raw_vs_base").GetProperty("accuracy");
        Assert.InRange(difference.GetProperty("mean").GetDouble(), difference.GetProperty("low").GetDouble(), difference.GetProperty("high").GetDouble());
        Assert.Equal(2, Directory.GetDirectories(shell.PathOf("warm-starts")).Length); // one a seed, shared by the arms that ran at once
        Assert.Contains("fission_raw_vs_base", shell.Out, StringComparison.Ordinal);
        Assert.Contains("<svg", File.ReadAllText(Path.Combine(output, "results.html")), StringComparison.Ordinal);

        double Mean(string metric) => results.GetProperty("settings")[0].GetProperty("arms")[0].GetProperty("metrics").GetProperty(metric).GetProperty("mean").GetDouble();
        Assert.True(Mean("attempts.recoveries") > 0);
        Assert.InRange(Mean("attempts.recoveries_correct"), 0, Mean("attempts.recoveries"));
        Assert.InRange(Mean("attempts.explored_correct"), 0, Mean("attempts.explored"));
        Assert.InRange(Mean("attempts.recovery_token_share"), 0.01, 0.99);
        Assert.InRange(Mean("trained_groups.all_groups"), 0, 1 - Mean("zero_variance.all_groups"));
        Assert.InRange(Mean("training.recovery_updates"), 0, Mean("training.optimizer_steps"));
        foreach (var report in new[] { "results.md", "results.html" })
            Assert.Contains("attempts in 1,000 tokens", File.ReadAllText(Path.Combine(output, report)), StringComparison.Ordinal);

        var before = Trial(output, "base");
        Assert.Equal(0, before.GetProperty("sampled_tokens").GetInt64());
        Assert.True(Trial(output, "fission_raw").GetProperty("sampled_tokens").GetInt64() >= 1500);
        foreach (var metric in before.GetProperty("metrics").EnumerateObject().Where(m => m.Name.StartsWith("before.", StringComparison.Ordinal)))
        {
            // Not trained: nothing has changed. Another arm: the same beginning.
            Assert.Equal(metric.Value.ToString(), before.GetProperty("metrics").GetProperty(metric.Name["before.".Length..]).ToString());
            Assert.Equal(metric.Value.ToString(), Trial(output, "fission_raw").GetProperty("metrics").GetProperty(metric.Name).ToString());
        }

        var first = Trial(output, "fission_raw").GetProperty("metrics").GetProperty("accuracy").ToString();
        File.Delete(TrialFile(output, "fission_raw"));
        Assert.Equal(0, await shell.RunAsync("ablate", plan, "--output", output));
        Assert.Equal(first, Trial(output, "fission_raw").GetProperty("metrics").GetProperty("accuracy").ToString());
        Assert.Contains("going on from the checkpoint", shell.Error, StringComparison.Ordinal);
        Assert.Equal(3, shell.Error.Split("there already").Length - 1);
    }

    [Fact]
    public async Task ProblemsOfEveryArm_AreToldBeforeAnythingRuns()
    {
        using var shell = new TestShell();
        var plan = Write(shell, Plan.Replace("raw_error", "clairvoyant", StringComparison.Ordinal).Replace("\"steps\": 0", "\"stops\": 0", StringComparison.Ordinal));

        Assert.Equal(2, await shell.RunAsync("ablate", plan, "--output", shell.PathOf("out")));

        Assert.Contains("arms.fission_raw.options: simulator.kind", shell.Error, StringComparison.Ordinal);
        Assert.Contains("arms.base.options: train.stops", shell.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(shell.PathOf("out")));
    }

    [Theory]
    [InlineData("\"kind\": \"raw_error\" }", "\"kind\": \"raw_error\" }, \"train\": { \"max_sampled_tokens\": 3000 }, \"warm_start\": { \"steps\": 41 }", "\"steps\": 0", "\"steps\": 9", "unequal budgets")]
    [InlineData("\"max_sampled_tokens\": 1500", "\"max_sampled_tokens\": 0", "", "", "expected a budget")]
    [InlineData("\"kind\": \"raw_error\" }", "\"kind\": \"raw_error\" }, \"workshop\": { \"lateness\": 1 }", "", "", "same tasks")]
    [InlineData("\"kind\": \"raw_error\" }", "\"kind\": \"raw_error\" }, \"seed\": 3", "", "", "sets seed")]
    [InlineData("\"profile\": \"fast\"", "\"profile\": \"slow\"", "", "", "'slow'")]
    public async Task UnfairPlan_IsRefused(string from, string to, string alsoFrom, string alsoTo, string expected)
    {
        using var shell = new TestShell();
        var text = Plan.Replace(from, to, StringComparison.Ordinal);
        var plan = Write(shell, alsoFrom.Length == 0 ? text : text.Replace(alsoFrom, alsoTo, StringComparison.Ordinal));

        Assert.Equal(2, await shell.RunAsync("ablate", plan, "--output", shell.PathOf("out")));
        Assert.Contains(expected, shell.Error, StringComparison.Ordinal);
    }

    public static TheoryData<string> Shipped => [.. Directory.GetFiles(Repository.Path("runs/ablations"), "*.json").Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void ShippedPlan_IsUnderstoodAndSaysHowToStartIt(string path)
    {
        using var shell = new TestShell();

        Assert.NotEmpty(Ablations.PlannedRuns.Read(path, shell.Shell).Plan.Comparisons);
        Assert.Contains($"fission ablate runs/ablations/{Path.GetFileName(path)}", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "cannot be read as a plan: it is empty. `runs/ablations` holds plans to start from.")]
    [InlineData("// later\n", "it is empty")]
    [InlineData("{\"schema\": 1,", "it ends in the middle of an object")]
    [InlineData("{\"options\": {\"train\": {}, \"train\": {}}}", "it has 'train' twice")]
    public async Task PlanThatIsNoneYet_IsExplained(string text, string expected)
    {
        using var shell = new TestShell();
        var plan = Write(shell, text);

        Assert.Equal(2, await shell.RunAsync("ablate", plan, "--output", shell.PathOf("out")));
        Assert.Contains($"{plan}: ", shell.Error, StringComparison.Ordinal);
        Assert.Contains(expected, shell.Error, StringComparison.Ordinal);
    }

    private static string Write(TestShell shell, string plan)
    {
        shell.Variables["FISSION_WARM_START__CACHE_FOLDER"] = shell.PathOf("warm-starts");
        shell.Variables["FISSION_GRPO__TASKS"] = "not for plans";
        var path = shell.PathOf("plan.json");
        File.WriteAllText(path, plan);
        return path;
    }

    private static string TrialFile(string output, string arm) => Path.Combine(output, "plain", arm, "seed-1", "trial.json");

    private static JsonElement Trial(string output, string arm) => JsonDocument.Parse(File.ReadAllText(TrialFile(output, arm))).RootElement;
}
