using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FissionGrpo.Testing;

/// <summary>A server on loopback that answers chat completions as a test says: well, badly, or not at all.</summary>
public sealed class FakeEndpoint : IAsyncDisposable
{
    private readonly WebApplication _application;
    private int _requests;

    private FakeEndpoint(WebApplication application) => _application = application;

    /// <summary>The base address, up to and including <c>/v1</c>.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Requests seen so far.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Starts a server on a free port.</summary>
    /// <param name="answer">Answers a request; it gets the request's body and its number from 0.</param>
    public static async Task<FakeEndpoint> StartAsync(Func<HttpContext, string, int, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        var server = new FakeEndpoint(application);
        application.MapPost("/v1/chat/completions", async context =>
        {
            var number = Interlocked.Increment(ref server._requests) - 1;
            using var reader = new StreamReader(context.Request.Body);
            await answer(context, await reader.ReadToEndAsync(), number);
        });
        await application.StartAsync();
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        server.Address = new Uri(address + "/v1");
        return server;
    }

    /// <summary>A well-formed completion. <paramref name="calls"/> are names with their arguments as JSON text.</summary>
    public static async Task AnswerAsync(HttpContext context, string text, params (string Name, string Arguments)[] calls)
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(System.Text.Json.JsonSerializer.Serialize(new
        {
            choices = new[]
            {
                new
                {
                    index = 0,
                    finish_reason = "stop",
                    message = new
                    {
                        role = "assistant",
                        content = text,
                        tool_calls = calls.Select((c, i) => new { id = $"x{i}", type = "function", function = new { name = c.Name, arguments = c.Arguments } }),
                    },
                },
            },
            usage = new { prompt_tokens = 10, completion_tokens = 3 },
        }));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _application.DisposeAsync();
}
