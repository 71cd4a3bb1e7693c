using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;

namespace FissionGrpo.Evaluation.Playing;

public class ChatPlayerTests
{
    [Fact]
    public async Task GroundTruth_IsCorrect()
    {
        var (trajectory, _) = await new ChatPlayer(new GroundTruthPolicy()).PlayAsync(new DoorTask(), 0, default);

        Assert.True(trajectory.Score!.Correct);
        Assert.Equal(TrajectoryEnd.Completed, trajectory.End);
        Assert.Equal([0, 0, 1, 1], trajectory.Steps.Select(s => s.Turn));
    }

    [Fact]
    public async Task ToolError_GoesBackToThePolicy()
    {
        var policy = new Scripted(
            new([DoorTask.Open]), new([DoorTask.Unlock, DoorTask.Open]), new([]), new([DoorTask.Close]), new([]));

        var (trajectory, _) = await new ChatPlayer(policy).PlayAsync(new DoorTask(), 0, default);

        Assert.True(trajectory.Score!.Correct);
        Assert.True(trajectory.Steps[0].Failed);
        var last = Assert.IsType<Message.Tool>(policy.Requests[1].Messages[^1]);
        Assert.Equal("The door is locked. The code is 7.", last.Text);
        Assert.IsType<Message.System>(policy.Requests[1].Messages[0]);
    }

    [Fact]
    public async Task MalformedReply_EndsTheTurnAndExecutesNothing()
    {
        var policy = new Scripted(new([DoorTask.Unlock]) { Error = "not JSON" }, new([]));

        var (trajectory, _) = await new ChatPlayer(policy).PlayAsync(new DoorTask(), 0, default);

        Assert.Equal("not JSON", trajectory.Steps[0].FormatError);
        Assert.Empty(trajectory.Steps[0].Calls);
        Assert.Equal(1, policy.Requests[1].Turn);
        Assert.Equal(TrajectoryEnd.Completed, trajectory.End);
    }

    [Fact]
    public async Task EndlessCalls_EndAtTheStepLimit()
    {
        var policy = new Scripted([.. Enumerable.Repeat(new Scripted.Line([DoorTask.Open]), 30)]);

        var (trajectory, _) = await new ChatPlayer(policy, maxStepsPerTurn: 20).PlayAsync(new DoorTask(), 0, default);

        Assert.Equal(TrajectoryEnd.StepLimit, trajectory.End);
        Assert.Equal(21, trajectory.Steps.Length); // as the official loop: the limit is looked at after the call
    }

    [Fact]
    public async Task BrokenEnvironment_IsAFailedRollout()
    {
        var (trajectory, _) = await new ChatPlayer(new GroundTruthPolicy()).PlayAsync(new DoorTask(Breaks: true), 0, default);

        Assert.Equal("environment", trajectory.Failure!.Boundary);
        Assert.Contains("hinge", trajectory.Failure.Message, StringComparison.Ordinal);
        Assert.Null(trajectory.Score);
    }

    private sealed class Scripted(params Scripted.Line[] lines) : IChatPolicy
    {
        public List<ChatRequest> Requests { get; } = [];

        public Task<ChatReply> ReplyAsync(ChatRequest request, CancellationToken cancel)
        {
            var line = lines[Requests.Count];
            Requests.Add(request);
            return Task.FromResult(new ChatReply(new Message.Assistant("", line.Calls), line.Error));
        }

        public sealed record Line(ImmutableArray<ToolCall> Calls)
        {
            public string? Error { get; init; }
        }
    }
}
