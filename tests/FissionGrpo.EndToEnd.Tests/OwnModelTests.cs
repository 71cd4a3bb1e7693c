using System.Text.Json;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Text.Tests.Dialogues;

namespace FissionGrpo.EndToEnd;

/// <summary>A checkpoint of one's own: made, trained, saved, gone on with, evaluated. The shape is that of the first run's model; the way is the one of a 0.6B model.</summary>
[Collection(nameof(FirstRun))]
public class OwnModelTests(FirstRun first)
{
    private static readonly string[] Few =
    [
        "--set", "warm_start.steps=0", "--set", "simulator.kind=diagnoser", "--set", "train.steps=3", "--set", "train.checkpoint_every=2", "--set", "evaluation.tasks=2",
        "--set", "grpo.anchor_demonstrations=2",
    ];

    [Theory]
    [InlineData("bf16", 0)]
    [InlineData("f32", 4)]
    public async Task RandomWeights_TrainAndAreReadBack(string dtype, int loraRank)
    {
        var (model, run) = ($"random-{dtype}", $"own-{dtype}");
        Assert.Equal(0, (await FissionProcess.RunAsync(first.Folder, ["model", "create", "--config", "out/first", "--tokenizer", "out/first", "--dtype", dtype, "--output", model])).Exit);

        var trained = await TrainAsync(model, run, loraRank);
        var elsewhere = Directory.CreateDirectory(Path.Combine(first.Folder, "elsewhere")).FullName; // the checkpoint was given relative to another folder
        Directory.Delete(Path.Combine(first.Folder, run, "policy"), recursive: true);
        var resumed = await FissionProcess.RunAsync(elsewhere, ["train", "--resume", $"../{run}"]);
        var evaluated = await FissionProcess.RunAsync(elsewhere, ["evaluate", "workshop", "--policy", $"../{run}", "--limit", "2", "--json"]);
        var chatted = await FissionProcess.RunAsync(first.Folder, ["chat", model], input: "\n/quit\n");
        var inspected = await FissionProcess.RunAsync(first.Folder, ["inspect", run]);

        Assert.True(trained.Exit == 0, trained.Error);
        Assert.Contains("│ user: ", inspected.Out, StringComparison.Ordinal);
        Assert.Contains("memory: ", trained.Error, StringComparison.Ordinal);
        Assert.True(resumed.Exit == 0, resumed.Error);
        Assert.True(evaluated.Exit == 0, evaluated.Error);
        Assert.Equal(0, chatted.Exit);
        var after = Figures(File.ReadAllText(Path.Combine(first.Folder, run, "evaluations", "after", "workshop", "evaluation.json")));
        Assert.Equal(after, Figures(evaluated.Out));
        Assert.Equal(loraRank > 0, File.Exists(Path.Combine(first.Folder, run, "policy", "adapter", "adapter_model.safetensors")));
    }

    /// <summary>A run's folder stands for its policy, wherever one goes on from it.</summary>
    [Fact]
    public async Task RunFolder_IsACheckpoint_AndAMovedOneIsNamed()
    {
        var trained = await TrainAsync("out/first", "on-top", loraRank: 2);
        Directory.Delete(Path.Combine(first.Folder, "on-top", "policy"), recursive: true); // adapters alone are left: they need what they were trained on
        var settings = Path.Combine(first.Folder, "on-top", "settings.json");
        var given = Path.Combine(first.Folder, "out", "first", "policy");
        var written = await File.ReadAllTextAsync(settings);
        await File.WriteAllTextAsync(settings, written.Replace(given, "moved/policy", StringComparison.Ordinal));

        var result = await FissionProcess.RunAsync(first.Folder, ["chat", "on-top"]);

        Assert.True(trained.Exit == 0, trained.Error);
        Assert.Contains(given, written, StringComparison.Ordinal);
        Assert.Equal(2, result.Exit);
        Assert.Contains("settings.json: policy.checkpoint is moved/policy, which is not there", result.Error, StringComparison.Ordinal);
    }

    /// <summary>Other families than Qwen3, spoken to by their own templates.</summary>
    [Theory]
    [InlineData("llama")]
    [InlineData("mistral")]
    public async Task OtherFamily_ChatsTrainsAndIsEvaluated(string family)
    {
        var given = Directory.CreateDirectory(Path.Combine(first.Folder, $"given-{family}")).FullName;
        var tokenizer = FamilyTemplates.Of(family).Tokenizer;
        tokenizer.Save(given);
        var shape = ModelConfiguration.Qwen3(tokenizer.VocabularySize, 32, 1, 2, 1, 16, 64, 32768) with { Family = ModelFamily.Llama };
        await File.WriteAllBytesAsync(Path.Combine(given, "config.json"), ConfigurationFile.Write(shape));
        Assert.Equal(0, (await FissionProcess.RunAsync(first.Folder, ["model", "create", "--config", given, "--tokenizer", given, "--output", family])).Exit);

        var trained = await TrainAsync(family, $"own-{family}", 0, "rollout.max_tokens=24576", "rollout.max_reply_tokens=12", "workshop.distractor_tools=0", "grpo.tasks=2", "evaluation.tasks=1");
        var evaluated = await FissionProcess.RunAsync(first.Folder, ["evaluate", "workshop", "--policy", $"own-{family}", "--limit", "1", "--json"]);
        var chatted = await FissionProcess.RunAsync(first.Folder, ["chat", $"own-{family}"], input: "\n/quit\n");

        Assert.True(trained.Exit == 0, trained.Error);
        Assert.Contains("(passed)", trained.Error, StringComparison.Ordinal);
        Assert.True(evaluated.Exit == 0, evaluated.Error);
        Assert.True(chatted.Exit == 0, chatted.Error);
    }

    /// <summary>The newest checkpoint cannot be read: the run goes on from the one before and ends as it would have.</summary>
    [Fact]
    public async Task DamagedCheckpoint_IsSetAside()
    {
        var run = Path.Combine(first.Folder, "damaged");
        await FissionProcess.RunAsync(first.Folder, FirstRun.LineInto("damaged"));
        Directory.Delete(Path.Combine(run, "policy"), recursive: true);
        var newest = Directory.GetDirectories(Path.Combine(run, "checkpoints")).Order(StringComparer.Ordinal).Last();
        File.WriteAllText(Path.Combine(newest, "state.json"), "{\"schema\":");

        var resumed = await FissionProcess.RunAsync(first.Folder, ["train", "--resume", "damaged"]);

        Assert.True(resumed.Exit == 0, resumed.Error);
        Assert.Contains("is damaged and was set aside", resumed.Error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(newest + ".damaged"));
        Assert.Equal(FirstRun.Hashes(Path.Combine(first.Folder, "out", "first"))["policy/model.safetensors"], FirstRun.Hashes(run)["policy/model.safetensors"]);
    }

    private Task<FissionResult> TrainAsync(string model, string run, int loraRank, params string[] more) => FissionProcess.RunAsync(
        first.Folder, ["train", "--profile", "fast", .. Few, .. more.SelectMany(m => (string[])["--set", m]), "--set", $"policy.checkpoint={model}", "--set", $"policy.lora_rank={loraRank}", "--output", run],
        new Dictionary<string, string> { ["FISSION_WARM_START__STEPS"] = "0" });

    /// <summary>What was measured, without where.</summary>
    private static string Figures(string report) => JsonDocument.Parse(report).RootElement.GetProperty("overall").GetProperty("calls").ToString();
}
