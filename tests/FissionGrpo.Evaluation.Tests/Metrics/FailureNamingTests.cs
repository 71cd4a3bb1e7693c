using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;
using FissionGrpo.Evaluation.Playing;

namespace FissionGrpo.Evaluation.Metrics;

public class FailureNamingTests
{
    public static TheoryData<string, ImmutableArray<ToolCall>[], FailureCategory> Cases => new()
    {
        { "locked", [[DoorTask.Open], []], FailureCategory.UnmetPrecondition },
        { "locked, again", [[DoorTask.Open], [DoorTask.Open], []], FailureCategory.UnmetPrecondition },
        { "no such tool", [[ToolCall.Of("kick")], []], FailureCategory.UnknownTool },
        { "nothing at all", [[]], FailureCategory.PrematureStop },
        { "needless", [[DoorTask.Close], []], FailureCategory.NeedlessCall },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task FirstUnmendedFailure_IsNamed(string story, ImmutableArray<ToolCall>[] replies, FailureCategory expected)
    {
        Assert.NotEmpty(story);
        var task = new DoorTask();
        var played = await new ChatPlayer(new FirstTurn(replies)).PlayAsync(task, 0, default);

        Assert.False(played.Trajectory.Score!.Correct);
        Assert.Equal(expected, FailureNaming.Of(task, played));
    }

    /// <summary>The locked door was mended, so it is not what went wrong: the door was never closed.</summary>
    [Fact]
    public async Task MendedFailure_IsPassedOver()
    {
        var task = new DoorTask();
        var played = await new ChatPlayer(new FirstTurn([[DoorTask.Open], [DoorTask.Unlock], [DoorTask.Open], []])).PlayAsync(task, 0, default);

        Assert.NotEqual(FailureCategory.UnmetPrecondition, FailureNaming.Of(task, played));
        Assert.NotNull(FailureNaming.Of(task, played));
    }

    private sealed class FirstTurn(ImmutableArray<ToolCall>[] replies) : IChatPolicy
    {
        public Task<ChatReply> ReplyAsync(ChatRequest request, CancellationToken cancel) =>
            Task.FromResult(new ChatReply(new Message.Assistant("", request.Turn == 0 ? replies[request.StepInTurn] : [])));
    }
}
