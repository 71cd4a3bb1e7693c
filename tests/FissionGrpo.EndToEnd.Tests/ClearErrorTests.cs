using System.Text.RegularExpressions;

namespace FissionGrpo.EndToEnd;

/// <summary>Whatever is wrong with the input, a person gets one clear line and an exit code, never a stack trace.</summary>
[Collection(nameof(FirstRun))]
public class ClearErrorTests(FirstRun first)
{
    public static TheoryData<string, string> Wrong => new()
    {
        { "train --profile fast --set grpo.group_size=1", "--set grpo.group_size=1: grpo.group_size is 1, expected 2 to 256" },
        { "train --profile fast --set grpo.grop_size=4", "Did you mean group_size?" },
        { "train --profile fast --set workshop.blocker_rate=2", "workshop.blocker_rate is 2, expected 0 to 1" },
        { "train --profile fast --set workshop.blockerrate=0.2", "Did you mean blocker_rate?" },
        { "train --profile fast --set evaluation.task=2", "Did you mean tasks?" },
        { "train --profile fast --set workshop.apis=bus", "expected a list of: vehicle, " },
        { "train --profile slow", "slow" },
        { "train nowhere.json", "nowhere.json" },
        { "train --resume nowhere", "nowhere" },
        { "train --resume out/first --seed 3", "own options" },
        { "train --profile fast --output out/first", "--resume out/first" },
        { "evaluate workshop --policy nowhere", "nowhere" },
        { "evaluate workshop --policy broken", "broken" },
        { "evaluate workshop --policy cut", "it is truncated. Fetch or copy the file again." },
        { "train --profile fast --set policy.checkpoint=short --set warm_start.steps=0 --output out/short", "rollout.max_reply_tokens is" },
        { "train --profile fast --set policy.checkpoint=short --set warm_start.steps=0 --set rollout.max_reply_tokens=8 --output out/short", "rollout.max_tokens is" },
        { "train --profile fast --set policy.checkpoint= --set warm_start.steps=0 --output out/short", "policy.checkpoint" },
        { "train --profile fast --set simulator.checkpoint=broken --output out/short", "simulator.checkpoint broken: holds no model" },
        { "evaluate workshop --policy short --limit 2 --category held-out", "No prompt leaves room for a reply in 16 tokens (max_position_embeddings" },
        { "simulator collect workshop --policy out/first --data somewhere --output out/lessons-of-nothing.jsonl", "--data somewhere: the Workshop makes its own tasks" },
        { "inspect out/first/evaluations", "holds several evaluations. Give one of " },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task WrongInput_IsOneClearLine(string line, string expected)
    {
        Damage();

        var result = await FissionProcess.RunAsync(first.Folder, line.Split(' '));

        Assert.Equal(2, result.Exit);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Out);
    }

    /// <summary>A run measures one world, so its moment stands for it.</summary>
    [Fact]
    public async Task MomentOfARun_IsInspected()
    {
        var result = await FissionProcess.RunAsync(first.Folder, ["inspect", "out/first/evaluations/after", "--limit", "3"]);

        Assert.True(result.Exit == 0, result.Error);
        Assert.Contains("held-out", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DialogueLongerThanTheContext_EndsInASentence()
    {
        Damage();

        var result = await FissionProcess.RunAsync(first.Folder, ["chat", "short/"], input: "please convert 13 liters to gallons, then show the climate status\n");

        Assert.Equal(2, result.Exit);
        Assert.Contains("the model takes no more than 16", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    /// <summary>A run that never began leaves nothing: the same command can be given again once what was wrong is mended.</summary>
    [Theory]
    [InlineData("policy.checkpoint=nowhere", "warm_start.steps=0")]
    [InlineData("policy.checkpoint=cut", "warm_start.steps=0")]
    [InlineData("simulator.checkpoint=nowhere", "simulator.kind=learned")]
    [InlineData("world=tau", "rollout.unit=episode")]
    [InlineData("rollout.max_tokens=40", "rollout.max_reply_tokens=32")]
    public async Task RefusedStart_LeavesNothingBehind(string wrong, string beside)
    {
        Damage();
        var (fresh, empty, other) = (Path.Combine(first.Folder, "refused", "deep"), Path.Combine(first.Folder, "refused-empty"), Path.Combine(first.Folder, "refused-other"));
        Directory.CreateDirectory(empty);
        Directory.CreateDirectory(other);
        File.WriteAllText(Path.Combine(other, "mine.txt"), "mine");

        foreach (var output in (string[])[fresh, fresh, empty, other])
        {
            var result = await FissionProcess.RunAsync(
                first.Folder, ["train", "--profile", "fast", "--set", wrong, "--set", beside, "--output", output], new Dictionary<string, string> { ["FISSION_DATA"] = Path.Combine(first.Folder, "no-data") });

            Assert.True(result.Exit == 2, result.Error);
            Assert.DoesNotContain("holds a run already", result.Error, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(Path.GetDirectoryName(fresh)));
        Assert.Empty(Directory.GetFileSystemEntries(empty));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(other, "mine.txt")));
    }

    /// <summary>An option that cannot go with --resume is named, also one with a default.</summary>
    [Theory]
    [InlineData("--profile fast", "--profile")]
    [InlineData("--set train.steps=9", "--set")]
    public async Task ResumeWithOtherOptions_NamesTheOption(string other, string named)
    {
        var result = await FissionProcess.RunAsync(first.Folder, ["train", "--resume", "out/first", .. other.Split(' ')]);

        Assert.Equal(2, result.Exit);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task FolderThatCannotBeWritten_IsOneClearLine()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs /proc");

        var result = await FissionProcess.RunAsync(first.Folder, ["train", "--profile", "fast", "--output", "/proc/fission"]);

        Assert.Equal(2, result.Exit);
        Assert.Contains("/proc/fission", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    /// <summary>/dev/full is a disk without space.</summary>
    [SkippableFact]
    public async Task FullDisk_IsOneClearLineAndNothingIsLost()
    {
        Skip.IfNot(File.Exists("/dev/full"), "needs /dev/full");
        var full = Path.Combine(first.Folder, "full");
        Directory.CreateDirectory(full);
        File.CreateSymbolicLink(Path.Combine(full, "evaluation.json.new"), "/dev/full");

        var result = await FissionProcess.RunAsync(first.Folder, ["evaluate", "workshop", "--policy", "ground-truth", "--limit", "2", "--output", "full"]);

        Assert.Equal(1, result.Exit);
        Assert.Contains("disk is full", result.Error, StringComparison.Ordinal);
        Assert.Equal(9, File.ReadLines(Path.Combine(full, "episodes.jsonl")).Count());
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    /// <summary>A folder without config.json, and a checkpoint whose weights were cut off.</summary>
    private void Damage()
    {
        Directory.CreateDirectory(Path.Combine(first.Folder, "broken"));
        if (Copy("cut") is { } cut)
        {
            var weights = Path.Combine(cut, "model.safetensors");
            File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^1000]);
        }
        if (Copy("short") is { } tight)
        {
            var config = Path.Combine(tight, "config.json");
            File.WriteAllText(config, Regex.Replace(File.ReadAllText(config), @"(""max_position_embeddings"": )\d+", "${1}16"));
        }
    }

    /// <summary>A copy of the trained policy under a name of its own; null when it has been made before.</summary>
    private string? Copy(string name)
    {
        var folder = Path.Combine(first.Folder, name);
        if (Directory.Exists(folder))
            return null;
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(Path.Combine(first.Folder, "out", "first", "policy")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return folder;
    }
}
