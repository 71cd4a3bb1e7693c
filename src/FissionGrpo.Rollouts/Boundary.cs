using FissionGrpo.Episodes;
using FissionGrpo.Model;

namespace FissionGrpo.Rollouts;

/// <summary>
/// The one place that catches broadly: what lies behind a boundary (environment, user simulator, sampler) may fail for reasons that are
/// neither the policy's nor the loop's. One bad episode is then a counted value, and its siblings go on. A policy whose numbers are NaN is no such reason: it ends everything.
/// </summary>
internal static class Boundary
{
    public const string Environment = "environment";
    public const string UserSimulator = "user simulator";
    public const string Sampler = "sampler";
    public const string Scoring = "scoring";

    /// <summary>Runs what lies behind a boundary; whatever it throws comes back as a <see cref="BoundaryException"/> that names it.</summary>
    public static T Cross<T>(string boundary, Func<T> call)
    {
        try
        {
            return call();
        }
#pragma warning disable CA1031 // the rollout boundary: see the class
        catch (Exception cause) when (cause is not OperationCanceledException)
#pragma warning restore CA1031
        {
            throw new BoundaryException(boundary, cause);
        }
    }

    /// <inheritdoc cref="Cross{T}(string, Func{T})"/>
    public static async ValueTask<T> CrossAsync<T>(string boundary, Func<ValueTask<T>> call, CancellationToken episode)
    {
        try
        {
            return await call();
        }
#pragma warning disable CA1031 // the rollout boundary: see the class
        catch (Exception cause) when (cause is not NonFiniteException && (cause is not OperationCanceledException || !episode.IsCancellationRequested))
#pragma warning restore CA1031
        {
            throw new BoundaryException(boundary, cause);
        }
    }
}

/// <summary>Something behind a boundary failed.</summary>
internal sealed class BoundaryException(string boundary, Exception cause) : Exception(cause.Message, cause)
{
    public RolloutFailure ToFailure() => new(boundary, $"{InnerException!.GetType().Name}: {InnerException.Message}");
}
