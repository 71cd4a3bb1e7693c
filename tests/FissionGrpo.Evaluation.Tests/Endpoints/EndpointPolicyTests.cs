using System.Net;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;
using FissionGrpo.Evaluation.Playing;
using FissionGrpo.Testing;
using Microsoft.AspNetCore.Http;

namespace FissionGrpo.Evaluation.Endpoints;

public class EndpointPolicyTests
{
    private static readonly ChatRequest Request = new(
        new DoorTask(), 0, 0, 0, [new Message.System("You mind a door."), new Message.User("Open it.")], new DoorTask().Start().Tools);

    [Fact]
    public async Task Episode_IsPlayedOverHttp()
    {
        // The server opens the door when it is asked to, reads the error, unlocks, and tries again.
        await using var server = await FakeEndpoint.StartAsync((context, body, _) => body switch
        {
            _ when LastRole(body) == "user" && body.Contains("Close it.", StringComparison.Ordinal) => FakeEndpoint.AnswerAsync(context, "", ("close", "{}")),
            _ when LastRole(body) == "user" => FakeEndpoint.AnswerAsync(context, "", ("open", "")),
            _ when LastText(body).Contains("locked.", StringComparison.Ordinal) => FakeEndpoint.AnswerAsync(context, "", ("unlock", """{"code": 7}"""), ("open", "{}")),
            _ => FakeEndpoint.AnswerAsync(context, "Done."),
        });
        using var policy = Policy(server);

        var (trajectory, _) = await new ChatPlayer(policy).PlayAsync(new DoorTask(), 0, default);

        Assert.True(trajectory.Score!.Correct);
        Assert.True(trajectory.Steps[0].Failed);
        Assert.Equal(5, policy.Counts.Requests);
        Assert.Equal(50, policy.Counts.PromptTokens);
        Assert.Equal(15, policy.Counts.ReplyTokens);
    }

    [Fact]
    public async Task TextInParts_IsPutTogether()
    {
        await using var server = await FakeEndpoint.StartAsync((context, _, _) => context.Response.WriteAsync(
            """{"choices": [{"message": {"content": [{"type": "reasoning", "text": "hm"}, {"type": "text", "text": "All "}, {"type": "text", "text": "done."}]}}]}"""));
        using var policy = Policy(server);

        Assert.Equal("All done.", (await policy.ReplyAsync(Request, default)).Message.Text);
    }

    [Theory]
    [InlineData("429", "rate_limit")]
    [InlineData("503", "server_error")]
    [InlineData("drop", "connection")]
    [InlineData("cut", "connection")]
    [InlineData("slow", "time_out")]
    [InlineData("broken json", "broken_reply")]
    [InlineData("empty choices", "broken_reply")]
    [InlineData("event stream", "broken_reply")]
    [InlineData("binary", "broken_reply")]
    [InlineData("null message", "broken_reply")]
    [InlineData("number for text", "broken_reply")]
    public async Task PassingTrouble_IsRetriedAndCounted(string trouble, string kind)
    {
        var clock = new PatientClock();
        await using var server = await FakeEndpoint.StartAsync((context, _, number) =>
            number < 2 ? MisbehaveAsync(context, trouble, clock) : FakeEndpoint.AnswerAsync(context, "fine"));
        using var policy = Policy(server, clock);

        var reply = await policy.ReplyAsync(Request, default);

        Assert.Equal("fine", reply.Message.Text);
        Assert.Equal(2, policy.Counts.Errors[kind]);
        Assert.Equal((3L, 2L), (policy.Counts.Requests, policy.Counts.Retries));
    }

    [Theory]
    [InlineData("503")]
    [InlineData("drop")]
    [InlineData("broken json")]
    [InlineData("endless")]
    public async Task LastingTrouble_FailsTheEpisodeAndNothingElse(string trouble)
    {
        await using var server = await FakeEndpoint.StartAsync((context, _, _) => MisbehaveAsync(context, trouble));
        using var policy = Policy(server);

        var (trajectory, _) = await new ChatPlayer(policy).PlayAsync(new DoorTask(), 0, default);

        Assert.Equal("endpoint", trajectory.Failure!.Boundary);
        Assert.Equal(TrajectoryEnd.Failed, trajectory.End);
        Assert.Equal(3, server.Requests);
    }

    /// <summary>A server that was never there fails every episode, so nobody waits for it.</summary>
    [Theory]
    [InlineData("http://127.0.0.1:9/v1")]
    [InlineData("http://no-such-host.invalid/v1")]
    public async Task NoServer_IsTheUsersToMendAtOnce(string address)
    {
        using var policy = new EndpointPolicy(EndpointOptions.For(new Uri(address), "small"), TimeProvider.System);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => policy.ReplyAsync(Request, default));

        Assert.StartsWith(address, error.Message, StringComparison.Ordinal);
        Assert.Contains("Start the server", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, policy.Counts.Requests);
    }

    [Fact]
    public async Task ServerThatGoesAway_FailsTheEpisodeOnly()
    {
        var server = await FakeEndpoint.StartAsync((context, _, _) => FakeEndpoint.AnswerAsync(context, "fine"));
        using var policy = Policy(server);
        await policy.ReplyAsync(Request, default);
        await server.DisposeAsync();

        await Assert.ThrowsAsync<ChatFailureException>(() => policy.ReplyAsync(Request, default));

        Assert.Equal(3, policy.Counts.Errors["connection"]);
    }

    [Theory]
    [InlineData(401, "key")]
    [InlineData(404, "model's name")]
    public async Task WrongKeyOrModel_IsTheUsersToMend(int status, string remedy)
    {
        await using var server = await FakeEndpoint.StartAsync((context, _, _) => Status(context, status));
        using var policy = Policy(server);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => policy.ReplyAsync(Request, default));

        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task RefusedDialogue_IsNotTriedAgain()
    {
        await using var server = await FakeEndpoint.StartAsync((context, _, _) => Status(context, 400));
        using var policy = Policy(server);

        await Assert.ThrowsAsync<ChatFailureException>(() => policy.ReplyAsync(Request, default));

        Assert.Equal(1, server.Requests);
    }

    [Theory]
    [InlineData("{\"code\": ")]
    [InlineData("[7]")]
    [InlineData("seven")]
    public async Task ArgumentsThatAreNoObject_AreTheModelsFormatError(string arguments)
    {
        await using var server = await FakeEndpoint.StartAsync((context, _, _) => FakeEndpoint.AnswerAsync(context, "", ("unlock", arguments)));
        using var policy = Policy(server);

        var reply = await policy.ReplyAsync(Request, default);

        Assert.Contains("unlock", reply.FormatError, StringComparison.Ordinal);
        Assert.Empty(reply.Message.Calls);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task Request_SpeaksTheApisWords()
    {
        var sent = "";
        await using var server = await FakeEndpoint.StartAsync((context, body, _) =>
        {
            sent = body;
            return FakeEndpoint.AnswerAsync(context, "fine");
        });
        using var policy = Policy(server);

        await policy.ReplyAsync(
            Request with
            {
                Messages =
                [
                    .. Request.Messages, new Message.Assistant("", [DoorTask.Unlock, DoorTask.Open]),
                    new Message.Tool("unlock", "unlocked"), new Message.Tool("open", "open"),
                ],
            },
            default);

        var root = JsonDocument.Parse(sent).RootElement;
        var messages = root.GetProperty("messages");
        Assert.Equal("small", root.GetProperty("model").GetString());
        Assert.Equal("""{"code":7}""", messages[2].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString());
        Assert.Equal(messages[2].GetProperty("tool_calls")[1].GetProperty("id").GetString(), messages[4].GetProperty("tool_call_id").GetString());
        var parameters = root.GetProperty("tools")[0].GetProperty("function").GetProperty("parameters");
        Assert.Equal("object", parameters.GetProperty("type").GetString());
        Assert.Equal("number", parameters.GetProperty("properties").GetProperty("code").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Cancellation_IsNotRetried()
    {
        using var cancel = new CancellationTokenSource();
        await using var server = await FakeEndpoint.StartAsync(async (context, _, _) =>
        {
            await cancel.CancelAsync();
            await Status(context, 503);
        });
        using var policy = Policy(server);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => policy.ReplyAsync(Request, cancel.Token));
    }

    private static EndpointPolicy Policy(FakeEndpoint server, TimeProvider? clock = null) => new(
        EndpointOptions.For(server.Address, "small") with
        {
            MaxAttempts = 3, FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(5), Timeout = TimeSpan.FromMinutes(10),
        },
        clock ?? TimeProvider.System);

    private static async Task MisbehaveAsync(HttpContext context, string trouble, PatientClock? clock = null)
    {
        switch (trouble)
        {
            case "429":
                context.Response.Headers.RetryAfter = "3600"; // the longest wait is ours to set
                await Status(context, 429);
                break;
            case "503":
                await Status(context, 503);
                break;
            case "drop":
                context.Abort();
                break;
            case "cut":
                context.Response.ContentLength = 1000;
                await context.Response.WriteAsync("""{"choices": [""");
                await context.Response.Body.FlushAsync();
                context.Abort();
                break;
            case "slow":
                clock!.LetTimePass();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case "broken json":
                await context.Response.WriteAsync("""{"choices": [{"message": {"content": "a""");
                break;
            case "empty choices":
                await context.Response.WriteAsync("""{"choices": []}""");
                break;
            case "event stream":
                context.Response.ContentType = "text/event-stream";
                await context.Response.WriteAsync("data: {\"choices\": [{\"delta\": {\"content\": \"a\"}}]}\n\ndata: [DONE]\n\n");
                break;
            case "binary":
                await context.Response.Body.WriteAsync(new byte[] { 0, 255, 254, 1, 0xC3, 0x28 });
                break;
            case "null message":
                await context.Response.WriteAsync("""{"choices": [{"message": null}]}""");
                break;
            case "number for text":
                await context.Response.WriteAsync("""{"choices": [{"message": {"content": 12}}]}""");
                break;
            case "endless":
                var chunk = new byte[1 << 16];
                while (!context.RequestAborted.IsCancellationRequested)
                    await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
                break;
        }
    }

    private static Task Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync("no");
    }

    private static string LastRole(string body) => Last(body).GetProperty("role").GetString()!;

    private static string LastText(string body) => Last(body).GetProperty("content").GetString()!;

    private static JsonElement Last(string body)
    {
        var messages = JsonDocument.Parse(body).RootElement.GetProperty("messages");
        return messages[messages.GetArrayLength() - 1];
    }
}
