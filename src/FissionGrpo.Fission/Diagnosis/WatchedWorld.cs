using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>A world that threw while the diagnoser looked into it: the world's bug, told apart from ours.</summary>
internal sealed class WorldException(Exception cause) : Exception($"environment: {cause.GetType().Name}: {cause.Message}", cause);

/// <summary>An environment whose own exceptions come out as <see cref="WorldException"/>.</summary>
internal sealed class WatchedWorld(IEnvironment inner) : IEnvironment
{
    public ImmutableArray<ToolSpec> Tools => Watch(() => inner.Tools);

    public ToolResult Execute(ToolCall call) => Watch(() => inner.Execute(call));

    public ValueTask<UserTurn> NextUserTurnAsync(string assistantText, CancellationToken cancel) => inner.NextUserTurnAsync(assistantText, cancel);

    public IEnvironment Fork() => Watch(() => new WatchedWorld(inner.Fork()));

    public StateDigest Digest() => Watch(inner.Digest);

    public EpisodeScore Score() => Watch(inner.Score);

    private static T Watch<T>(Func<T> call)
    {
        try
        {
            return call();
        }
#pragma warning disable CA1031 // the boundary to the world: one failure without a diagnostic, counted
        catch (Exception cause) when (cause is not WorldException)
#pragma warning restore CA1031
        {
            throw new WorldException(cause);
        }
    }
}
