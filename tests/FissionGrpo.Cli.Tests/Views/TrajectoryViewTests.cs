using System.Collections.Immutable;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Cli.Views;

public class TrajectoryViewTests
{
    private static readonly Trajectory Parent = new(
        "step 1/explore/task/0", "task", "vehicle/doors", TrajectoryUnit.Turn, 0, new TokenSequence([], [], []),
        [new Step(0, 0, 0, "", null, [new ExecutedCall(ToolCall.Of("startEngine", ("mode", "START")), new ToolResult.Failed(ToolErrorKind.Rejected, "doors\u001b[2J open"))])],
        TrajectoryEnd.Completed)
    {
        Score = new EpisodeScore(false, 0, "state differs"),
    };

    private static readonly Trajectory Child = Parent with
    {
        Id = "step 1/fission/task/0", Origin = new FissionOrigin(Parent.Id, 0, "The doors are open.", 10), Score = new EpisodeScore(true, 1, null),
        Steps = [new Step(0, 0, 0, "", null, [new ExecutedCall(ToolCall.Of("lockDoors"), new ToolResult.Ok("locked"))])],
    };

    [Fact]
    public void Trajectory_IsShownWithItsErrorsDiagnosticAndRecoveries()
    {
        using var output = new StringWriter();

        TrajectoryView.Show(output, Recorded(Parent), [Recorded(Child)], null);

        var text = output.ToString();
        Assert.Contains("✗ startEngine(mode=\"START\") → doors", text, StringComparison.Ordinal);
        Assert.Contains("incorrect (state differs)", text, StringComparison.Ordinal);
        Assert.Contains("expected: turn 1: lockDoors()", text, StringComparison.Ordinal);
        Assert.Contains("1 recoveries, 1 of them correct; diagnostic: The doors are open.", text, StringComparison.Ordinal);
        Assert.Contains("✓ lockDoors() → locked", text, StringComparison.Ordinal);
    }

    /// <summary>A policy that has learned recovers in one way: said once.</summary>
    [Fact]
    public void EqualRecoveries_AreShownOnce()
    {
        using var output = new StringWriter();

        TrajectoryView.Show(output, Recorded(Parent), [Recorded(Child), Recorded(Child with { Id = "second" }), Recorded(Child with { Id = "third", Score = new EpisodeScore(false, 0, "late") })], null);

        var lines = output.ToString().Split('\n');
        Assert.Contains("   ├─ second  the same", lines);
        Assert.Contains("   └─ third  incorrect (late)", lines);
        Assert.Equal(2, lines.Count(line => line.Contains("✓ lockDoors()", StringComparison.Ordinal)));
    }

    /// <summary>Where one mark opens every message, its first line says who speaks; where two do, what stands between them.</summary>
    [Theory]
    [InlineData("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi\nthere<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData("<|head|>system<|text|>\n\nBe brief.<|im_end|><|head|>user<|text|>\n\nHi\nthere<|im_end|><|head|>assistant<|text|>\n\n")]
    [InlineData("<|system|>Be brief.<|im_end|><|user|>Hi\nthere<|im_end|><|assistant|>")]
    public void Prompt_NamesWhoSpeaks(string prompt)
    {
        string[] marks = ["<|im_start|>", "<|im_end|>", "<|head|>", "<|text|>", "<|system|>", "<|user|>", "<|assistant|>"];
        var tokenizer = BpeTrainer.Learn(["a b"], new BpeTrainerOptions(400, @"\w+|\W", [.. marks.Select(m => new NewToken(m, true))], new TokenizerSettings()));
        var ids = tokenizer.Encode(prompt);
        using var output = new StringWriter();

        TrajectoryView.Show(
            output, Recorded(Parent with { Tokens = new TokenSequence(ids, [.. ids.Select(_ => TokenOrigin.Prompt)], [.. ids.Select(_ => 0f)]) }), [],
            new QwenDialogueFormat(tokenizer));

        Assert.Equal(["system: Be brief.", "user: Hi⏎there"], output.ToString().Split('\n').Where(l => l.StartsWith("   │ ", StringComparison.Ordinal)).Select(l => l[5..].TrimEnd()));
    }

    /// <summary>A tool's text may hold escape codes that clear the reader's screen.</summary>
    [Fact]
    public void ControlCharacters_AreMadeVisible()
    {
        using var output = new StringWriter();

        TrajectoryView.Show(output, Recorded(Parent), [], null);

        Assert.DoesNotContain('\u001b', output.ToString());
        Assert.Contains("\\u001b[2J", output.ToString(), StringComparison.Ordinal);
    }

    private static RecordedTrajectory Recorded(Trajectory trajectory) =>
        new(trajectory, "step 1 explore", [[ToolCall.Of("lockDoors")]], null);
}
