using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Tau;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Episodes;
using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Environments.Tests.Tau;

public sealed class TauEnvironmentTests : IDisposable
{
    private static readonly ToolCall Cancel = ToolCall.Of("cancel_pending_order", ("order_id", "#W1"), ("reason", "no longer needed"));

    private readonly SmallTau _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task GroundTruthAndRequiredOutput_EarnTheReward()
    {
        var environment = _world.RetailTask.Start();
        await environment.NextUserTurnAsync("", CancellationToken.None);

        environment.Execute(Cancel);
        Assert.Equal("outputs", environment.Score().Reason);
        await environment.NextUserTurnAsync("You get $1,0.0 back.", CancellationToken.None);

        Assert.True(environment.Score().Correct);
    }

    [Fact]
    public void WrongReason_ChangesTheDatabaseAndEarnsNothing()
    {
        var environment = _world.RetailTask.Start();

        environment.Execute(ToolCall.Of("cancel_pending_order", ("order_id", "#W1"), ("reason", "ordered by mistake")));

        Assert.Equal("database", environment.Score().Reason);
    }

    [Fact]
    public void IntForFloat_IsAnotherDatabase()
    {
        var task = _world.Airline.Tasks("test")[0];
        TauEnvironment Play(string amount)
        {
            var environment = (TauEnvironment)task.Start();
            environment.Execute(ToolCall.Of("send_certificate", ("user_id", "ada_l"), ("amount", JsonDocument.Parse(amount).RootElement)));
            return environment;
        }

        Assert.True(Play("50").Score().Correct);
        Assert.False(Play("50.0").Score().Correct);
        Assert.NotEqual(Play("50").Digest(), Play("50.0").Digest());
    }

    [Fact]
    public void FailedCall_IsAValueAndChangesNothing()
    {
        var environment = _world.RetailTask.Start();
        var before = environment.Digest();

        Assert.Equal(new ToolResult.Failed(ToolErrorKind.UnknownTool, "Unknown action fly"), environment.Execute(ToolCall.Of("fly")));
        Assert.Equal(new ToolResult.Failed(ToolErrorKind.Rejected, "Error: order not found"), environment.Execute(ToolCall.Of("get_order_details", ("order_id", "W1"))));
        Assert.Equal(
            new ToolResult.Failed(ToolErrorKind.InvalidArguments, "Error: GetOrderDetails.invoke() missing 1 required positional argument: 'order_id'"),
            environment.Execute(ToolCall.Of("get_order_details")));
        Assert.Equal(
            new ToolResult.Failed(ToolErrorKind.InvalidArguments, "Error: unhashable type: 'list'"),
            environment.Execute(ToolCall.Of("get_order_details", ("order_id", new[] { "#W1" }))));

        Assert.Equal(before, environment.Digest());
    }

    [Fact]
    public void Transfer_EndsTheEpisode()
    {
        var environment = (TauEnvironment)_world.RetailTask.Start();

        Assert.IsType<ToolResult.Ok>(environment.Execute(ToolCall.Of("transfer_to_human_agents", ("summary", "help"))));

        Assert.Equal("transfer", environment.End);
        Assert.IsType<ToolResult.Failed>(environment.Execute(Cancel));
        Assert.Equal("database", environment.Score().Reason);
    }

    [Fact]
    public async Task EndlessConversation_IsOverAfterThirtyActions()
    {
        var task = _world.RetailTask with { User = _ => new TalkativeUser() };
        var environment = task.Start();
        await environment.NextUserTurnAsync("", CancellationToken.None);

        var turns = 0;
        while (await environment.NextUserTurnAsync("And then?", CancellationToken.None) is UserTurn.Says)
            turns++;

        Assert.Equal(TauTask.OfficialStepLimit - 1, turns); // the thirtieth is heard and not answered any more
        Assert.Equal("step limit", environment.Score().Reason);
    }

    [Fact]
    public async Task ThirtiethAction_StillCountsWhenItEndsTheEpisode()
    {
        var environment = (TauEnvironment)(_world.RetailTask with { User = _ => new TalkativeUser(stopsAt: 29) }).Start();
        await environment.NextUserTurnAsync("", CancellationToken.None);
        environment.Execute(Cancel);
        for (var i = 0; i < 28; i++)
            Assert.IsType<UserTurn.Says>(await environment.NextUserTurnAsync("You get 10.0 back.", CancellationToken.None));

        Assert.Equal("done", Assert.IsType<UserTurn.Ends>(await environment.NextUserTurnAsync("Bye.", CancellationToken.None)).Reason);

        Assert.True(environment.Score().Correct);
    }

    [Fact]
    public void OfSeveralCallsInAReply_OnlyTheFirstIsMade()
    {
        var environment = (TauEnvironment)_world.RetailTask.Start();

        Assert.Equal(1, environment.BeginReply("One moment.", 3));
        environment.Execute(Cancel);

        for (var action = 2; action <= TauTask.OfficialStepLimit; action++)
        {
            Assert.Null(environment.End);
            environment.BeginReply("", 1);
            environment.Execute(Cancel);
        }
        Assert.Equal("step limit", environment.End);
    }

    [Fact]
    public void MalformedReply_EndsTheEpisodeWithoutReward()
    {
        var environment = (TauEnvironment)_world.RetailTask.Start();
        environment.Execute(Cancel);
        environment.Say("You get 10.0 back.");

        environment.BeginReply("{", 0);

        Assert.Equal("error", environment.End);
        Assert.Equal("error", environment.Score().Reason);
    }

    [Fact]
    public void TextBesideACall_IsNotSaid()
    {
        var environment = (TauEnvironment)_world.RetailTask.Start();

        environment.BeginReply("You get 10.0 back.", 1);
        environment.Execute(Cancel);

        Assert.Equal("outputs", environment.Score().Reason);
    }

    [Fact]
    public void HandOverThatFails_EndsTheEpisodeToo()
    {
        var environment = (TauEnvironment)_world.RetailTask.Start();

        Assert.IsType<ToolResult.Failed>(environment.Execute(ToolCall.Of("transfer_to_human_agents")));

        Assert.Equal("transfer", environment.End);
    }

    [Fact]
    public async Task UserWhoTalksWithoutEnd_IsCut()
    {
        var task = _world.RetailTask with { User = _ => new TalkativeUser(length: 1 << 20) };

        var said = Assert.IsType<UserTurn.Says>(await task.Start().NextUserTurnAsync("", CancellationToken.None));

        Assert.Equal(16_384, said.Text.Length);
    }

    [Fact]
    public void CertificatesUsedUp_EndTheEpisodeAsInTheOriginal()
    {
        var environment = (TauEnvironment)_world.Airline.Tasks("test")[0].Start();
        var send = ToolCall.Of("send_certificate", ("user_id", "ada_l"), ("amount", 50));

        var results = Enumerable.Range(0, 4).Select(_ => environment.Execute(send)).ToList();

        Assert.All(results.Take(3), result => Assert.IsType<ToolResult.Ok>(result));
        Assert.IsType<ToolResult.Failed>(results[3]);
        Assert.Equal("error", environment.Score().Reason);
    }

    [Fact]
    public void CertificateGivenTwice_IsGoneAlthoughTheBookingFails()
    {
        var environment = (TauEnvironment)_world.Airline.Tasks("test")[0].Start();
        var before = environment.Digest();

        var result = environment.Execute(ToolCall.Of(
            "book_reservation",
            ("user_id", "ada_l"), ("origin", "JFK"), ("destination", "SFO"), ("flight_type", "one_way"), ("cabin", "economy"),
            ("flights", new[] { new { flight_number = "HAT1", date = "2024-05-20" } }),
            ("passengers", new[] { new { first_name = "A" }, new { first_name = "B" } }),
            ("payment_methods", new[] { new { payment_id = "certificate_1", amount = 100 }, new { payment_id = "certificate_1", amount = 100 } }),
            ("total_baggages", 0), ("nonfree_baggages", 0), ("insurance", "no")));

        Assert.Equal("Error: 'certificate_1'", result.Text);
        Assert.NotEqual(before, environment.Digest());
    }

    [Fact]
    public void Forks_DoNotSeeEachOther()
    {
        ImmutableArray<ToolCall> calls =
        [
            Cancel,
            ToolCall.Of("modify_pending_order_payment", ("order_id", "#W1"), ("payment_method_id", "credit_card_1")),
            ToolCall.Of("modify_pending_order_items", ("order_id", "#W1"), ("item_ids", new[] { "i1" }), ("new_item_ids", new[] { "i2" }), ("payment_method_id", "credit_card_1")),
            ToolCall.Of("return_delivered_order_items", ("order_id", "#W2"), ("item_ids", new[] { "i2" }), ("payment_method_id", "credit_card_1")),
            ToolCall.Of("modify_user_address", ("user_id", "ada_l"), ("address1", "1"), ("address2", "2"), ("city", "3"), ("state", "4"), ("country", "5"), ("zip", 6)),
            ToolCall.Of("fly"),
        ];
        var task = _world.RetailTask;
        var plays = Gen.Choose(0, calls.Length - 1).ListOf().Two().ToArbitrary();

        Prop.ForAll(plays, both =>
        {
            var origin = task.Start();
            foreach (var at in both.Item1)
                origin.Execute(calls[at]);
            var digest = origin.Digest();
            var fork = origin.Fork();
            foreach (var at in both.Item2)
                fork.Execute(calls[at]);
            var replay = task.Start();
            foreach (var at in both.Item1.Concat(both.Item2))
                replay.Execute(calls[at]);
            return origin.Digest() == digest && fork.Digest() == replay.Digest() && fork.Score() == replay.Score();
        }).QuickCheckThrowOnFailure();
    }

    private sealed class TalkativeUser(int length = 10, int stopsAt = int.MaxValue) : IUserSimulator
    {
        private int _replies;

        public string Name => "talkative";

        public ValueTask<Message.Assistant> ReplyAsync(ImmutableArray<Message> news, CancellationToken cancel) =>
            ValueTask.FromResult(new Message.Assistant(_replies++ < stopsAt ? new string('a', length) : $"Thanks. {TauEnvironment.Stop}", []));

        public IUserSimulator Fork() => this;
    }
}
