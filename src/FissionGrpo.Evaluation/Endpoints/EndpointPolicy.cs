using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;
using FissionGrpo.Seeds;
using Polly;
using Polly.Retry;

namespace FissionGrpo.Evaluation.Endpoints;

/// <summary>What happened between us and the server.</summary>
/// <param name="Requests">Attempts, repeated ones included.</param>
/// <param name="Retries">Repeated ones.</param>
/// <param name="PromptTokens">Tokens read, as the server counts them.</param>
/// <param name="ReplyTokens">Tokens written.</param>
/// <param name="Errors">Failed attempts by kind.</param>
public sealed record EndpointCounts(long Requests, long Retries, long PromptTokens, long ReplyTokens, ImmutableSortedDictionary<string, long> Errors)
{
    /// <summary>What has come since an earlier count; of the errors all.</summary>
    public EndpointCounts Since(EndpointCounts earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        return this with
        {
            Requests = Requests - earlier.Requests, Retries = Retries - earlier.Retries,
            PromptTokens = PromptTokens - earlier.PromptTokens, ReplyTokens = ReplyTokens - earlier.ReplyTokens,
        };
    }
}

/// <summary>A policy behind an OpenAI-compatible server. Safe for several threads.</summary>
public sealed class EndpointPolicy : IChatPolicy, IDisposable
{
    /// <summary>A chat completion is a few kilobytes; a server that streams without end must not fill the memory.</summary>
    private const int LargestReply = 16 << 20;

    private readonly EndpointOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline<ChatReply> _patience;
    private readonly Uri _completions;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private long _requests;
    private long _retries;
    private long _promptTokens;
    private long _replyTokens;
    private volatile bool _hasAnswered;

    /// <summary>Talks to one model of one server.</summary>
    /// <param name="options">Where, what and how patiently.</param>
    /// <param name="clock">Time, for waits and time-outs.</param>
    public EndpointPolicy(EndpointOptions options, TimeProvider clock)
    {
        (_options, _clock) = (options, clock);
        _completions = new Uri(options.Address.ToString().TrimEnd('/') + "/chat/completions");
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(10) })
        {
            Timeout = Timeout.InfiniteTimeSpan, // each attempt has its own
        };
        if (options.ApiKey is { Length: > 0 } key)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        _patience = Patience(options, clock);
    }

    /// <summary>The model and where it is.</summary>
    public string Name => $"{_options.Model} at {_options.Address}";

    /// <summary>The counts so far.</summary>
    public EndpointCounts Counts
    {
        get
        {
            lock (_gate)
                return new EndpointCounts(_requests, _retries, _promptTokens, _replyTokens, _errors.ToImmutableSortedDictionary(StringComparer.Ordinal));
        }
    }

    /// <inheritdoc/>
    public Task<ChatReply> ReplyAsync(ChatRequest request, CancellationToken cancel) => CompleteAsync(
        request.Messages,
        request.Tools,
        new Seed(_options.Seed).Derive("endpoint").Derive(request.Task.Id).Derive("sample", request.Sample).Derive("turn", request.Turn).Derive(request.StepInTurn),
        cancel);

    /// <summary>Continues any dialogue.</summary>
    /// <param name="messages">The dialogue.</param>
    /// <param name="tools">The tools on offer.</param>
    /// <param name="seed">Sent with the request; servers may ignore it.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ChatFailureException">No answer could be had.</exception>
    /// <exception cref="UserErrorException">There is no such server, or it knows neither the key nor the model.</exception>
    public async Task<ChatReply> CompleteAsync(ImmutableArray<Message> messages, ImmutableArray<ToolSpec> tools, Seed seed, CancellationToken cancel)
    {
        var body = Body(messages, tools, seed);
        try
        {
            var reply = await _patience.ExecuteAsync(token => new ValueTask<ChatReply>(AttemptAsync(body, token)), cancel);
            lock (_gate)
            {
                _promptTokens += reply.PromptTokens;
                _replyTokens += reply.ReplyTokens;
            }
            return reply;
        }
        catch (EndpointException exception)
        {
            throw new ChatFailureException("endpoint", $"{exception.Kind} after {_options.MaxAttempts} attempts: {exception.Message}", exception);
        }
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _http.Dispose();

    private ResiliencePipeline<ChatReply> Patience(EndpointOptions options, TimeProvider clock)
    {
        var builder = new ResiliencePipelineBuilder<ChatReply> { TimeProvider = clock };
        if (options.MaxAttempts > 1)
            builder.AddRetry(new RetryStrategyOptions<ChatReply>
            {
                MaxRetryAttempts = options.MaxAttempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = options.FirstDelay,
                MaxDelay = options.LongestDelay,
                ShouldHandle = new PredicateBuilder<ChatReply>().Handle<EndpointException>(),
                DelayGenerator = arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is EndpointException { RetryAfter: { } wait }
                        ? (TimeSpan?)(wait < options.LongestDelay ? wait : options.LongestDelay)
                        : null),
                OnRetry = _ =>
                {
                    lock (_gate)
                        _retries++;
                    return ValueTask.CompletedTask;
                },
            });
        return builder.Build();
    }

    private async Task<ChatReply> AttemptAsync(byte[] body, CancellationToken cancel)
    {
        lock (_gate)
            _requests++;
        try
        {
            return await SendAsync(body, cancel);
        }
        catch (EndpointException exception)
        {
            lock (_gate)
                _errors[exception.Kind] = _errors.GetValueOrDefault(exception.Kind) + 1;
            throw;
        }
    }

    private async Task<ChatReply> SendAsync(byte[] body, CancellationToken cancel)
    {
        using var time = new CancellationTokenSource(_options.Timeout, _clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel, time.Token);
        try
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var request = new HttpRequestMessage(HttpMethod.Post, _completions) { Content = content };
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            _hasAnswered = true;
            var reply = await ReadAsync(response, limit.Token);
            if (response.IsSuccessStatusCode)
                return OpenAiReply.Read(reply);
            throw Refused(response, System.Text.Encoding.UTF8.GetString(reply.Span[..Math.Min(500, reply.Length)]));
        }
        catch (OperationCanceledException exception) when (!cancel.IsCancellationRequested)
        {
            throw new EndpointException("time_out", $"no reply within {_options.Timeout.TotalSeconds:0.#} s", null, exception);
        }
        catch (HttpRequestException exception) when (!_hasAnswered && IsUnreachable(exception))
        {
            throw new UserErrorException(
                $"{_completions}: nothing answers there ({exception.Message}). Start the server, or check the address; `curl {_options.Address.ToString().TrimEnd('/')}/models` shows whether it is up.", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new EndpointException("connection", exception.Message, null, exception);
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[1 << 14];
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        for (int read; (read = await stream.ReadAsync(chunk, cancel)) > 0;)
        {
            if (buffer.Length + read > LargestReply)
                throw new EndpointException("broken_reply", $"the server sent more than {LargestReply >> 20} MiB");
            buffer.Write(chunk, 0, read);
        }
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    /// <summary>A wrong key, address or model fails every request, so the person is told at once; a refused dialogue fails its own episode.</summary>
    private Exception Refused(HttpResponseMessage response, string reply)
    {
        var status = (int)response.StatusCode;
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                new UserErrorException($"{_completions}: the server answers {status}: {reply} Give a key that it knows (--api-key-variable NAME)."),
            HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed =>
                new UserErrorException($"{_completions}: the server answers {status}: {reply} Check the address (it usually ends with /v1) and the model's name, '{_options.Model}'."),
            HttpStatusCode.TooManyRequests => new EndpointException("rate_limit", $"the server answers {status}: {reply}", Wait(response)),
            HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict => new EndpointException("server_error", $"the server answers {status}: {reply}"),
            _ when status >= 500 => new EndpointException("server_error", $"the server answers {status}: {reply}", Wait(response)),
            _ => new ChatFailureException("endpoint", $"the server refuses the request with {status}: {reply}"),
        };
    }

    /// <summary>A server that was never there is for the person to start; one that goes away in the middle may come back.</summary>
    private static bool IsUnreachable(HttpRequestException exception) =>
        exception.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;

    private static TimeSpan? Wait(HttpResponseMessage response) => response.Headers.RetryAfter?.Delta;

    private byte[] Body(ImmutableArray<Message> messages, ImmutableArray<ToolSpec> tools, Seed seed)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("model", _options.Model);
            OpenAiMessages.Write(writer, messages);
            OpenAiMessages.Write(writer, tools);
            writer.WriteNumber("temperature", _options.Temperature);
            writer.WriteNumber("max_tokens", _options.MaxTokens);
            writer.WriteNumber("seed", (int)(seed.Value & int.MaxValue));
            writer.WriteBoolean("stream", false);
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }
}
