namespace FissionGrpo.Evaluation.Endpoints;

/// <summary>One attempt failed in a way that another may not.</summary>
/// <param name="kind">For the counts: <c>rate_limit</c>, <c>server_error</c>, <c>connection</c>, <c>time_out</c>, <c>broken_reply</c>.</param>
/// <param name="message">What was found.</param>
/// <param name="retryAfter">How long the server asks to wait.</param>
/// <param name="cause">What it came from.</param>
internal sealed class EndpointException(string kind, string message, TimeSpan? retryAfter = null, Exception? cause = null) : Exception(message, cause)
{
    public string Kind { get; } = kind;

    public TimeSpan? RetryAfter { get; } = retryAfter;
}
