using System.Collections.Immutable;
using FissionGrpo.Environments.Tau2;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tests.Tau2;

/// <summary>When a TAU2 episode is over, and what is then scored. A message of either side and the results that go back to it count one step each.</summary>
public sealed class StopRuleTests : IDisposable
{
    private static readonly ToolCall Cancel = ToolCall.Of("cancel_pending_order", ("order_id", "#W1"), ("reason", "no longer needed"));
    private static readonly ToolCall LookUp = ToolCall.Of("get_order_details", ("order_id", "#W1"));
    private static readonly ToolCall Nonsense = ToolCall.Of("fly");

    private readonly SmallTau2 _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData("Thanks. ###STOP###", "done")]
    [InlineData("###TRANSFER###", "transfer")]
    [InlineData("I don't know. ###OUT-OF-SCOPE###", "done")]
    public async Task UsersMarks_EndTheConversationAndItIsScored(string mark, string end)
    {
        var environment = await OpenAsync(With("Hello.", mark));
        environment.Execute(Cancel);

        Assert.Equal(end, Assert.IsType<UserTurn.Ends>(await SayAsync(environment, "You get 10.0 back.")).Reason);

        Assert.Equal(end, environment.End);
        Assert.True(environment.Score().Correct);
    }

    [Fact]
    public async Task MarkBesideAUsersCall_IsNotHeard()
    {
        var user = new Replies(new Message.Assistant("Hello.", []), new Message.Assistant("###STOP###", [LookUp]), new Message.Assistant("Go on.", []));
        var environment = await OpenAsync(_world.Task with { User = _ => user });

        Assert.Equal("Go on.", Assert.IsType<UserTurn.Says>(await SayAsync(environment, "And now?")).Text);
    }

    [Fact]
    public async Task HandOverByTool_DoesNotEndTheConversation()
    {
        var environment = await OpenAsync(With("Hello.", "###TRANSFER###"));

        Assert.IsType<ToolResult.Ok>(environment.Execute(ToolCall.Of("transfer_to_human_agents", ("summary", "help"))));

        Assert.Null(environment.End);
        Assert.IsType<UserTurn.Ends>(await SayAsync(environment, "You are being transferred."));
    }

    [Fact]
    public async Task AllCallsOfAReply_AreMadeInOrder_AndTheTextBesideThemCountsAsSaid()
    {
        var environment = await OpenAsync(_world.Task);

        Assert.Equal(2, environment.BeginReply("You get 10.0 back.", 2));
        environment.Execute(Cancel);
        var second = environment.Execute(LookUp);

        Assert.Contains("cancelled", second.Text, StringComparison.Ordinal);
        Assert.True(environment.Score().Correct);
    }

    /// <summary>The user's opening is step 1; a reply with calls and its results are two more, however many calls it makes.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task StepLimit_CountsMessagesAndNotCalls(int callsPerReply)
    {
        var environment = await OpenAsync(_world.Task with { StepLimit = 7, ErrorLimit = int.MaxValue });

        for (var reply = 0; reply < 3; reply++)
        {
            Assert.Null(environment.End);
            environment.BeginReply("", callsPerReply);
            for (var i = 0; i < callsPerReply; i++)
                Assert.IsType<ToolResult.Ok>(environment.Execute(LookUp));
        }

        Assert.Equal("step limit", environment.End);
        Assert.Equal(("step limit", 0.0), (environment.Score().Reason, environment.Score().Reward));
    }

    [Fact]
    public async Task StepLimit_OutdoesTheUsersStop()
    {
        var environment = await OpenAsync(With("Hello.", "###STOP###") with { StepLimit = 5 });
        environment.Execute(Cancel);

        Assert.Equal("step limit", Assert.IsType<UserTurn.Ends>(await SayAsync(environment, "You get 10.0 back.")).Reason);

        Assert.False(environment.Score().Correct);
    }

    [Fact]
    public async Task ErrorLimit_IsLookedAtAfterAllCallsOfTheMessage()
    {
        var environment = await OpenAsync(_world.Task with { ErrorLimit = 2 });

        environment.BeginReply("", 3);
        environment.Execute(Nonsense);
        environment.Execute(Nonsense);
        Assert.IsType<ToolResult.Ok>(environment.Execute(LookUp));

        Assert.Equal("error limit", environment.End);
    }

    [Fact]
    public async Task UsersFailedCalls_CountTowardsTheErrorLimit()
    {
        var task = _world.Task with { ErrorLimit = 3, User = _ => new Replies(new Message.Assistant("Hello.", []), new Message.Assistant("", [Nonsense])) };
        var environment = await OpenAsync(task);

        Assert.Equal("error limit", Assert.IsType<UserTurn.Ends>(await SayAsync(environment, "Do it.")).Reason);
    }

    [Fact]
    public async Task UserWhoNeverStops_MeetsTheStepLimit()
    {
        var environment = await OpenAsync(With("And then?"));

        var replies = 0;
        while (await SayAsync(environment, "Well.") is UserTurn.Says)
            replies++;

        Assert.InRange(replies, 90, Tau2Task.OfficialStepLimit / 2);
        Assert.Equal("step limit", environment.End);
    }

    [Fact]
    public async Task EmptyMessageOfTheAgent_IsAnError()
    {
        var environment = await OpenAsync(_world.Task);
        environment.Execute(Cancel);

        Assert.Equal("agent error", Assert.IsType<UserTurn.Ends>(await SayAsync(environment, "")).Reason);

        Assert.Equal(0, environment.Score().Reward);
    }

    [Fact]
    public async Task MalformedReply_IsAnError()
    {
        var environment = await OpenAsync(_world.Task);

        environment.BeginReply("{", 0);

        Assert.Equal("agent error", environment.End);
        Assert.Equal("agent error", environment.Score().Reason);
    }

    [Fact]
    public async Task UserWhoSaysNothing_IsNoTurn() =>
        Assert.Contains("neither says nor does", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await OpenAsync(With("")))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("###STOP###", "done")]
    [InlineData("It is solved.", "agent error")]
    public async Task Solo_TextEndsTheEpisodeWellOnlyWithTheMark(string text, string end)
    {
        var environment = await OpenAsync(_world.Task with { IsSolo = true, Ticket = "Cancel #W1." });

        Assert.Equal(end, Assert.IsType<UserTurn.Ends>(await SayAsync(environment, text)).Reason);
    }

    [Fact]
    public async Task AfterTheEnd_NothingChanges()
    {
        var environment = await OpenAsync(With("Hello.", "###STOP###"));
        await SayAsync(environment, "Bye.");
        var before = environment.Digest();

        environment.BeginReply("Late.", 1);

        Assert.IsType<ToolResult.Failed>(environment.Execute(Cancel));
        Assert.IsType<UserTurn.Ends>(await SayAsync(environment, "Hello?"));
        Assert.Equal(before, environment.Digest());
    }

    [Fact]
    public async Task Judge_IsAskedOnlyWhenAllElseIsRight_AndDecides()
    {
        var judge = new FixedJudge(true, false);
        var environment = await OpenAsync(_world.JudgedTask with { Judge = judge });
        Assert.Equal("DB", (await environment.ScoreAsync(default)).Reason);
        Assert.Null(judge.Conversation);

        environment.Execute(Cancel);

        Assert.True(environment.Score().Correct);
        Assert.Equal("NL_ASSERTION", (await environment.ScoreAsync(default)).Reason);
        Assert.Contains("customer: I want to cancel my lamp order.\nagent calls cancel_pending_order(", judge.Conversation, StringComparison.Ordinal);
        Assert.True((await ((IEnvironment)new Tau2Environment(_world.JudgedTask, environment.World, null)).ScoreAsync(default)).Correct);
    }

    private static ValueTask<UserTurn> SayAsync(Tau2Environment environment, string text) => environment.NextUserTurnAsync(text, CancellationToken.None);

    private static async Task<Tau2Environment> OpenAsync(Tau2Task task)
    {
        var environment = (Tau2Environment)task.Start();
        Assert.IsType<UserTurn.Says>(await SayAsync(environment, ""));
        return environment;
    }

    /// <summary>A user who says these texts, the last one for ever.</summary>
    private Tau2Task With(params string[] texts) => _world.Task with { User = _ => new Replies([.. texts.Select(text => new Message.Assistant(text, []))]) };

    private sealed class Replies(params Message.Assistant[] replies) : IUserSimulator
    {
        private int _next;

        public string Name => "test";

        public ValueTask<Message.Assistant> ReplyAsync(ImmutableArray<Message> news, CancellationToken cancel) =>
            ValueTask.FromResult(replies[Math.Min(_next++, replies.Length - 1)]);

        public IUserSimulator Fork() => new Replies(replies) { _next = _next };
    }

    private sealed class FixedJudge(params bool[] verdicts) : IConversationJudge
    {
        public string Name => "test";

        public string? Conversation { get; private set; }

        public ValueTask<ImmutableArray<bool>> JudgeAsync(string taskId, string conversation, ImmutableArray<string> sentences, CancellationToken cancel)
        {
            Conversation = conversation;
            return ValueTask.FromResult(verdicts.ToImmutableArray());
        }
    }
}
