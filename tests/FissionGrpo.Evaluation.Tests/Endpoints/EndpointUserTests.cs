using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;
using FissionGrpo.Seeds;
using FissionGrpo.Testing;

namespace FissionGrpo.Evaluation.Endpoints;

public class EndpointUserTests
{
    private static readonly UserBrief Brief = new("task", "You want a refund.", "You want a refund.", []);

    [Fact]
    public async Task User_HearsTheAgentAndRemembers()
    {
        var roles = new List<string>();
        await using var server = await FakeEndpoint.StartAsync((context, body, number) =>
        {
            roles.Add(string.Join(' ', JsonDocument.Parse(body).RootElement.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("role").GetString())));
            return FakeEndpoint.AnswerAsync(context, $"reply {number}");
        });
        using var endpoint = Endpoint(server);
        var user = new EndpointUser(endpoint, Brief, new Seed(1));

        await user.ReplyAsync([new Message.User("Hi! How can I help you today?")], default);
        var fork = user.Fork();
        var second = await user.ReplyAsync([new Message.User("Which order?")], default);
        await fork.ReplyAsync([new Message.User("Anything else?")], default);

        Assert.Equal("reply 1", second.Text);
        Assert.Equal(["system user", "system user assistant user", "system user assistant user"], roles);
    }

    [Fact]
    public async Task UnreachableUser_FailsTheEpisodeAtItsOwnBoundary()
    {
        await using var server = await FakeEndpoint.StartAsync((context, _, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        using var endpoint = Endpoint(server);

        var failure = await Assert.ThrowsAsync<ChatFailureException>(async () => await new EndpointUser(endpoint, Brief, new Seed(1)).ReplyAsync([], default));

        Assert.Equal("user simulator", failure.Boundary);
    }

    private static EndpointPolicy Endpoint(FakeEndpoint server) => new(
        EndpointOptions.For(server.Address, "small") with { MaxAttempts = 2, FirstDelay = TimeSpan.FromMilliseconds(1) }, TimeProvider.System);
}
