using System.Collections.Immutable;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Episodes;

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
