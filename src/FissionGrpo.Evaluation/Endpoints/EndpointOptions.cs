namespace FissionGrpo.Evaluation.Endpoints;

/// <summary>An OpenAI-compatible server (vLLM, SGLang, llama.cpp, Ollama, hosted ones) and how patient to be with it.</summary>
/// <param name="Address">The base address, up to and including <c>/v1</c>.</param>
/// <param name="Model">The model's name there.</param>
/// <param name="ApiKey">Sent as a bearer token; null sends none.</param>
/// <param name="Temperature">0 is greedy.</param>
/// <param name="MaxTokens">The most tokens of one reply.</param>
/// <param name="Seed">Sent with each request, derived per episode; servers may ignore it.</param>
/// <param name="Timeout">The longest that one attempt may take.</param>
/// <param name="MaxAttempts">Attempts for one reply before its episode counts as failed.</param>
/// <param name="FirstDelay">Wait before the second attempt; doubled each time, with jitter, unless the server says how long.</param>
/// <param name="LongestDelay">The longest wait, whatever the server says.</param>
public sealed record EndpointOptions(
    Uri Address,
    string Model,
    string? ApiKey,
    double Temperature,
    int MaxTokens,
    ulong Seed,
    TimeSpan Timeout,
    int MaxAttempts,
    TimeSpan FirstDelay,
    TimeSpan LongestDelay)
{
    /// <summary>An attempt of two minutes, six attempts, waits from half a second to a minute.</summary>
    public static EndpointOptions For(Uri address, string model) =>
        new(address, model, null, 0, 4096, 1, TimeSpan.FromMinutes(2), 6, TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(1));
}
